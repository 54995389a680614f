"""Lists of projects and of what is due in them: one row type, filters, orders, pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from yuantou.apps.accounts.facade import Role, User
from yuantou.apps.paging import page_of
from yuantou.apps.projects.models import Gate, Part, Project, Report, Verdict
from yuantou.apps.projects.rules import own_projects, visible_to_all
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import visible_as
from yuantou.engines.workflow import State
from yuantou.kernel.local_text import LocalText

PAGE = 25
SOON = timedelta(days=60)
LISTED = "proposal", "call__programme_type", "holder", "organisation"
ORDERS: dict[str, Any] = {
    "due": F("due_at").asc(nulls_last=True),
    "-due": F("due_at").desc(nulls_last=True),
    "number": "proposal__number",
    "-number": "-proposal__number",
    "amount": "amount",
    "-amount": "-amount",
    "closed": F("closed_at").desc(nulls_last=True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a list prints of a project; nothing else of it reaches a template."""

    pk: str
    number: str
    title: str
    call: str
    holder: str
    organisation: str
    amount: Decimal
    currency: str
    state: State
    due_at: datetime | None
    late: bool
    ends_at: datetime | None
    time_zone: str


def _row(project: Project, now: datetime) -> Row:
    return Row(
        pk=project.pk,
        number=project.proposal.number or "",
        title=project.proposal.title,
        call=project.call.title,
        holder=str(project.holder),
        organisation=str(project.organisation or "—"),
        amount=project.amount,
        currency=project.programme.budget.currency,
        state=project.now_in,
        due_at=project.due_at,
        late=project.due_at is not None and project.due_at < now,
        ends_at=project.ends_at,
        time_zone=project.call.time_zone,
    )


def _page(rows: "QuerySet[Project]", query: QueryDict, default: str, now: datetime) -> "Page[Any]":
    order = ORDERS.get(query.get("sort", ""), ORDERS[default])
    page: Page[Any] = page_of(
        _filtered(rows, query, now).order_by(order, "pk"),
        query.get("page"),
        size=PAGE,
        read=lambda keys: Project.objects.filter(pk__in=keys).select_related(*LISTED).defer("proposal__answers"),
        searched=bool(query.get("q")),
    )
    page.object_list = [_row(project, now) for project in page.object_list]
    return page


def _filtered(rows: "QuerySet[Project]", query: QueryDict, now: datetime) -> "QuerySet[Project]":
    if words := query.get("q", "").strip():
        people = Person.objects.filter(Q(name_zh__icontains=words) | Q(name_en__icontains=words))
        title = Q(proposal__title_zh__icontains=words) | Q(proposal__title_en__icontains=words)
        rows = rows.filter(title | Q(proposal__number__istartswith=words) | Q(holder__in=people.values("pk")))
    if state := query.get("state"):
        rows = rows.exclude(state__means="ended") if state == "live" else rows.filter(state=state)
    if call := query.get("call"):
        rows = rows.filter(call=call)
    due = {
        "late": Q(due_at__lt=now),
        "soon": Q(due_at__gte=now, due_at__lt=now + SOON),
        "gate": Q(state__means="at_gate"),
    }
    wanted = due.get(query.get("due", ""))
    return rows if wanted is None else rows.filter(wanted)


def my_table(user: User, query: QueryDict, now: datetime) -> "Page[Any]":
    """Return a page of the projects a person leads or takes part in, the one due first on top."""
    return _page(own_projects(user), query, "due", now)


def desk_table(user: User, role: Role, query: QueryDict, now: datetime) -> "Page[Any]":
    """Return a page of the projects of one's agencies or institutions."""
    return _page(visible_as(Project, user, role), query, "due", now)


def public_table(query: QueryDict, now: datetime) -> "Page[Any]":
    """Return a page of what everybody may read, the last closed first."""
    return _page(visible_to_all(), query, "closed", now)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a person has to do by a day."""

    name: LocalText
    title: str
    due_at: datetime | None
    url: str
    late: bool
    time_zone: str


def my_duties(user: User, now: datetime) -> list[Duty]:
    """Return what a person has to do in projects now or soon: reports, gates, agreements, consents, opinions."""
    if user.person_id is None:
        return []
    mine = Project.objects.filter(holder=user.person_id)
    found = [_duty(p, SIGN, p.due_at, "agreement", now) for p in _listed(mine.filter(state__means="contracting"))]
    running: dict[str, Any] = {"project__holder": user.person_id, "project__state__means": "running"}
    reports = Report.objects.filter(**running, state__means="writable", due_at__lt=now + SOON)
    gates = Gate.objects.filter(**running, state__means="ahead", due_at__lt=now + SOON)
    found += [_duty(r.project, r.plan.name, r.due_at, "report", now, r.pk) for r in _steps(reports)]
    mine_to_do = [g for g in _steps(gates) if g.is_now.registered or g.plan.registrar == "holder"]
    found += [_duty(g.project, g.plan.name, g.due_at, "gate", now, g.pk) for g in mine_to_do]
    parts = Part.objects.filter(member__person=user.person_id, agreed_at=None, project__state__means="contracting")
    found += [_duty(part.project, CONSENT, None, "detail", now) for part in _steps(parts)]
    asked = Verdict.objects.filter(
        person=user.person_id,
        state__means="asked",
        project__state__means=["at_gate", "closing"],
    )
    asked = asked.none() if user.seen_by else asked  # who judges is not for whoever looks as somebody else
    found += [_duty(v.project, JUDGE, v.due_at, "verdict", now, v.pk) for v in _steps(asked)]
    return sorted(found, key=lambda duty: duty.due_at or now)


SIGN = LocalText("任务书", "Agreement")
CONSENT = LocalText("确认您的任务与预算", "Consent to your work package")
JUDGE = LocalText("专家意见", "Your opinion")


def _listed(rows: "QuerySet[Project]") -> "QuerySet[Project]":
    return rows.select_related("proposal", "call__programme_type").defer("proposal__answers")


def _steps(rows: Any) -> Iterable[Any]:
    return rows.select_related("project__proposal", "project__call__programme_type").defer("project__proposal__answers")


def _duty(project: Project, name: LocalText, due: datetime | None, page: str, now: datetime, key: str = "") -> Duty:
    url = reverse(f"projects:{page}", args=[project.pk, *([key] if key else [])])
    late = due is not None and due < now
    return Duty(name, project.proposal.title, due, url, late, project.call.time_zone)
