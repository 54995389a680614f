"""What every verb on a project shares: taking a step with its letter, and dates in the zone of the call."""

import calendar
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yuantou.apps.accounts.facade import User, recipient_of
from yuantou.apps.projects.models import Project
from yuantou.apps.proposals.letters import link_to
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Recipient, change_state, queue_letter, roles_of
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money


def take(
    record: Any,
    action: str,
    *,
    user: Any,
    now: datetime,
    given: Mapping[str, Any] | None = None,
    reason: str = "",
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    says: Mapping[str, Any] | None = None,
) -> None:
    """Take a step of a project or of something in it, and queue the letter that the type names for it.

    ``says`` holds what the letter prints beside title, number and link; a ``LocalText`` in the reader's language.
    """
    machine = "project" if isinstance(record, Project) else record.machine
    step = change_state(
        record,
        action,
        machine=machine,
        user=user,
        now=now,
        given=given,
        reason=reason,
        version=version,
        changes=changes,
        data=data,
    )
    if step.letter:
        project = record if isinstance(record, Project) else record.project
        to = addressees(project, record.programme.letters[step.letter].to)
        tell(
            project,
            step.letter,
            to,
            now=now,
            cause=record.ledger_index,
            once=f"{record.pk}.{record.version}",
            reason=reason,
            **(says or {}),
        )


def tell(
    project: Project,
    letter: str,
    to: list[Recipient],
    *,
    now: datetime,
    once: str,
    cause: int | None = None,
    **says: Any,
) -> None:
    """Queue a letter about a project for each recipient, in the language of each."""
    proposal, zone = project.proposal, project.call.time_zone
    for recipient in to:
        language = recipient.language
        said = {name: value.in_language(language) if _bilingual(value) else value for name, value in says.items()}
        said = {name: print_instant(v, zone) if isinstance(v, datetime) else str(v) for name, v in said.items()}
        context = {
            "title": LocalText(proposal.title_zh, proposal.title_en).in_language(language),
            "number": proposal.number or "",
            "amount": Money(project.amount, project.programme.budget.currency).in_language(language),
            "link": link_to("projects:detail", project.pk),
            "hash": project.plan_hash,
            **said,
        }
        queue_letter(
            letter,
            programme=project.programme,
            recipients=[recipient],
            kind="project",
            key=project.pk,
            context=context,
            now=now,
            once=once,
            cause=cause,
        )


def _bilingual(value: Any) -> bool:
    return isinstance(value, LocalText | Money)


def people(*persons: Person) -> list[Recipient]:
    """Return where letters to people go, as far as an address is known."""
    return [recipient for person in persons if (recipient := recipient_of(person))]


def addressees(project: Project, roles: Iterable[str]) -> list[Recipient]:
    """Return where letters to some roles go; who has two of them gets one."""
    found: dict[str, Recipient] = {}
    for role in roles:
        if role == "institution":
            to = offices_of(project)
        elif role == "member":
            joined = project.proposal.members.filter(state="confirmed").select_related("person")
            to = people(*(member.person for member in joined if member.person))
        else:
            to = people(project.holder)
        found |= {recipient.address: recipient for recipient in to}
    return list(found.values())


def offices_of(project: Project) -> list[Recipient]:
    """Return the research officers of the institution."""
    users = User.objects.filter(
        grants__role="institution", grants__organisation=project.organisation_id, is_active=True
    )
    return people(*(user.person for user in users.select_related("person") if user.person))


def only(user: User, record: Any, role: str, *, states: tuple[str, ...] = ()) -> None:
    """Let only a role pass, and only in some states.

    Raises
    ------
    NotAllowedError
        Otherwise.
    """
    if role not in roles_of(user, record):
        raise NotAllowedError(LocalText("您无权执行此操作。", "You may not do this."), code="not_allowed.role")
    if states and record.state not in states:
        name = record.now_in.name
        raise NotAllowedError(
            LocalText(f"当前状态为“{name.zh}”，不能修改。", f"It cannot be changed while the state is “{name.en}”."),
            code="not_allowed.state",
        )


def months_after(start: datetime, months: int, zone: str, days: int = 0) -> datetime:
    """Return the last minute of the day some months (and days) later; a month that is too short ends on its last day.

    >>> months_after(datetime(2026, 1, 31, tzinfo=ZoneInfo("UTC")), 1, "UTC").isoformat()
    '2026-02-28T23:59:00+00:00'
    """
    local = start.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    last = local.replace(year=year, month=month + 1, day=day) + timedelta(days=days)
    return datetime.combine(last, time(23, 59), ZoneInfo(zone))
