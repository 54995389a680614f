"""Who is what in a finding or a case, and what of it exists for them. Whoever is concerned has no other role in it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.integrity.models import Case, Finding, Seat
from yuantou.apps.proposals.facade import own_keys
from yuantou.apps.workflow.facade import guarded, register_of, resolves_roles, visible_states

COMMITTEE: Final = 5
"""Members that a committee has at least (rules of 2022, on the academic panel)."""

CLOCKS: Final = {
    "finding": 10,
    "accept": 15,
    "reply": 10,
    "hearing": 5,
    "appeal": 15,
}
"""Working days of each step. Acceptance and appeal follow the rules of 2022; the others are this platform's choice."""

MEASURES: Final = ("admonished", "notified", "ended", "barred_3", "barred_5", "barred_long")
"""Measures by severity; the last three bar from applying: up to 3 years, 3 to 5, more than 5."""

YEARS: Final = {"barred_3": (0, 3), "barred_5": (3, 5), "barred_long": (5, 99)}


def after_working_days(start: datetime, days: int) -> datetime:
    """Return the instant so many working days later (Monday to Friday; public holidays are not known here)."""
    moment = start
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment


@resolves_roles(Finding)
def finding_roles(user: User, finding: Finding) -> set[str]:
    """The author of the text; the integrity office of the agency, unless it has a part in either text."""
    if user.seen_by:
        return set()
    if user.person_id is not None and finding.proposal.applicant_id == user.person_id:
        return {"author"}
    if {finding.proposal_id, finding.old_text.proposal_id} & set(own_keys(user)):
        return set()
    return {"integrity"} if has_role(user, Role.INTEGRITY, finding.proposal.call.agency_id) else set()


@resolves_roles(Case)
def case_roles(user: User, case: Case) -> set[str]:
    """Respondent and reporter are nothing else in their case; a member of the committee judges and does not run it."""
    if user.seen_by:
        return set()
    if case.respondent_id is not None and case.respondent_id == user.person_id:
        return {"respondent"}
    if case.reporter_id == user.pk:
        return {"reporter"}
    if case.proposal_id in own_keys(user):
        return set()
    if case.seats.filter(user=user).exists():
        return {"committee"}
    return {str(role) for role in (Role.INTEGRITY, Role.SIGNATORY) if has_role(user, role, case.agency_id)}


def visible_findings(user: User) -> "QuerySet[Finding]":
    """Return the findings of which a user may see the state: the twin of ``see`` for lists and counts."""
    rows = Finding.objects.select_related("proposal__call", "old_text")
    if user.seen_by:
        return rows.none()
    own = Q(proposal__applicant=user.person_id) if user.person_id else Q(pk__in=[])
    part = own_keys(user)
    office = Q(proposal__call__agency__in=organisations_of(user, Role.INTEGRITY)) & ~Q(proposal__in=part)
    office &= ~Q(old_text__proposal__in=part)
    return rows.filter(own | office)


def visible_cases(user: User) -> "QuerySet[Case]":
    """Return the cases of which a user may see the state."""
    rows = Case.objects.select_related("proposal", "agency")
    if user.seen_by:
        return rows.none()
    register = register_of("integrity")

    def seen(role: str) -> Q:
        return Q(state__in=sorted(visible_states(register, "case", role, "state")))

    respondent = Q(respondent=user.person_id) if user.person_id else Q(pk__in=[])
    reporter = Q(reporter=user)
    seated = Q(pk__in=Seat.objects.filter(user=user).values("case"))
    concerned = respondent | reporter | Q(proposal__in=own_keys(user))
    agency = Q(agency__in=organisations_of(user, Role.INTEGRITY)) & seen("integrity")
    agency |= Q(agency__in=organisations_of(user, Role.SIGNATORY)) & seen("signatory")
    rest = (seated & seen("committee")) | (agency & ~seated)
    mine = (respondent & seen("respondent")) | (reporter & ~respondent & seen("reporter"))
    return rows.filter(mine | (rest & ~concerned))


def _passages(finding: Finding) -> list[dict[str, Any]]:
    return finding.spans


def _statements(rows: list[Any], case: Case, roles: frozenset[str]) -> list[Any]:
    """The respondent reads what was sent to the respondent, and the own words; never the report itself."""
    if roles & {"integrity", "signatory"}:
        return rows
    if "committee" in roles:
        return [row for row in rows if row.act in {"notify", "reply"}]
    own = {"notify", "reply", "conclude", "plead", "sanction", "clear", "appeal", "uphold", "overturn"}
    return [row for row in rows if row.act in own]


def _files(rows: list[Any], case: Case, roles: frozenset[str]) -> list[Any]:
    """The respondent has the own files back; what others handed in may tell who reported."""
    if "respondent" in roles:
        return [row for row in rows if row.by_id is not None and row.by.person_id == case.respondent_id]
    return rows


guarded(
    Finding,
    "finding",
    {
        "proposal": lambda f: f.proposal,
        "source": lambda f: f.old_text,
        "passages": _passages,
        "shares": lambda f: f.sections,
        "relation": lambda f: f.relation,
        "related": lambda f: f.check_made.related,
        "signals": lambda f: f.check_made.signals,
        "answer": lambda f: f.answer,
        "outcome": lambda f: f.outcome,
        "state": lambda f: f.state,
        "due": lambda f: f.due_at,
        "history": lambda f: f.pk,
    },
)
guarded(
    Case,
    "case",
    {
        "number": lambda c: c.number,
        "kind": lambda c: c.get_kind_display(),
        "allegation": lambda c: c.allegation,
        "own_report": lambda c: c.allegation,
        "finding": lambda c: c.finding,
        "respondent": lambda c: c.respondent,
        "reporter": lambda c: c.reporter,
        "statements": lambda c: list(c.statements.select_related("author__person")),
        "files": lambda c: list(c.files.select_related("by")),
        "committee": lambda c: list(c.seats.select_related("user__person")),
        "measure": lambda c: c.measure,
        "state": lambda c: c.state,
        "due": lambda c: c.due_at,
        "history": lambda c: c.pk,
    },
    narrowed={"statements": _statements, "files": _files},
)
