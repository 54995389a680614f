"""Changes of a running project: approved by rule where the type allows, else decided by the officer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.projects.agreement import fix_calendar, lines_total
from yuantou.apps.projects.calendar import renew_due
from yuantou.apps.projects.models import Change, Project
from yuantou.apps.projects.steps import months_after, take
from yuantou.apps.proposals.facade import read_money
from yuantou.apps.registry.models import Affiliation, Person
from yuantou.apps.workflow.facade import SYSTEM, facts_of, only
from yuantou.engines.workflow.project_plan import Change as ChangePlan
from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText


def kinds_of(project: Project) -> list[ChangePlan]:
    """Return the changes that may be asked for; without budget lines there is nothing to shift between them."""
    plan = project.programme.project
    return [change for change in plan.changes if change.id != "budget" or plan.lines]


@transaction.atomic
def ask_change(
    *, project: Project, kind: str, values: Mapping[str, Any], reason: str, user: User, now: datetime
) -> Change:
    """Ask for a change; it is approved at once where the rule of the type holds.

    ``values``: ``months`` of an extension, the ``person`` (key) of a new lead, ``line_<id>`` of a new budget.

    Raises
    ------
    InputError
        If it asks for nothing, or for what cannot be.
    """
    only(user, project, "holder", when=("running",))
    plan = next((change for change in kinds_of(project) if change.id == kind), None)
    if plan is None or not reason.strip():
        raise _refused("请选择变更类型并写明理由。", "Choose a kind of change and give the reason.")
    wanted = _READ[kind](project, values)
    row = Change.objects.create(project=project, plan_id=kind, values=wanted, reason=reason.strip(), asked_at=now)
    data = {"project": project.pk, "kind": kind, "values": content_hash(wanted), "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="change.ask", kind="change", key=row.pk, data=data)
    if facts_of(row, user=SYSTEM, now=now).get("within_rule"):
        _approve(row, "approve_by_rule", user=SYSTEM, now=now, changes={"decided_at": now, "by_rule": True})
    return row


def _refused(zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en), LocalText("请修改后重试。", "Please correct it and try again."), code="change.input"
    )


def _extension(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    text = str(values.get("months", ""))
    months = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < months <= 60:
        raise _refused("延期须为 1 至 60 个月。", "An extension is 1 to 60 months.")
    return {"months": months}


def _person(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    person = Person.objects.filter(pk=values.get("person", "")).first()
    if person is None or person.pk == project.holder_id:
        raise _refused("请选择新的项目负责人。", "Choose the new project lead.")
    if not Affiliation.objects.filter(person=person, organisation=project.organisation_id, end=None).exists():
        raise _refused("新负责人须在依托单位任职。", "The new lead must work at the institution of the project.")
    return {"person": person.pk, "from": project.holder_id}


def _budget(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    before = project.plan.get("lines", {})
    after = {item.id: str(values.get(f"line_{item.id}", "")) for item in project.programme.project.lines}
    if sum(map(_amount, after.values()), Decimal(0)) != lines_total(project) or not moved_between(before, after):
        raise _refused("调剂后总额须不变。", "Something is shifted, and the total stays.")
    return {"lines": after, "before": before}


def moved_between(before: Mapping[str, str], after: Mapping[str, str]) -> Decimal:
    """Return how much a new budget puts on lines that had less before."""
    more = [_amount(after[key]) - _amount(before.get(key, "")) for key in after]
    return sum((amount for amount in more if amount > 0), Decimal(0))


def _amount(text: str) -> Decimal:
    found = read_money(str(text))
    return Decimal(0) if found is None else Decimal(str(found))


_READ = {"extension": _extension, "person": _person, "budget": _budget}


@transaction.atomic
def decide_change(*, change: Change, approve: bool, reason: str, user: User, now: datetime) -> None:
    """Approve or refuse a change that no rule approved."""
    changes = {"answer": reason.strip(), "decided_at": now}
    if approve:
        _approve(change, "approve", user=user, now=now, reason=reason, changes=changes)
        return
    says = {"outcome": LocalText("未批准", "refused")}
    take(change, "refuse", user=user, now=now, reason=reason, changes=changes, says=says)


def _approve(change: Change, action: str, *, now: datetime, **how: Any) -> None:
    project, says = change.project, {"outcome": LocalText("已批准", "approved")}
    take(change, action, now=now, says=says, **how)
    columns = _COLUMNS[change.plan_id](project, change.values)
    for name, value in columns.items():
        setattr(project, name, value)
    project.save(update_fields=list(columns))
    if "ends_at" in columns:
        _put_off_final(project)
        fix_calendar(project, now=now)
        renew_due(project)


def _extended(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    assert project.starts_at is not None
    months = project.months + int(values["months"])
    return {"months": months, "ends_at": months_after(project.starts_at, months, project.call.time_zone)}


def _put_off_final(project: Project) -> None:
    """Move the final report with the end; what was on its day already, and the gates, stay."""
    assert project.starts_at is not None
    plan = project.programme.project
    due = months_after(project.starts_at, project.months, project.call.time_zone, plan.closing_days)
    project.reports.filter(plan_id=plan.final.id).exclude(state__means="accepted").update(due_at=due, reminded="")


_COLUMNS: Mapping[str, Callable[[Project, Mapping[str, Any]], dict[str, Any]]] = {
    "extension": _extended,
    "person": lambda project, values: {"holder": Person.objects.get(pk=values["person"])},
    "budget": lambda project, values: {"plan": {**project.plan, "lines": values["lines"]}},
}
