"""Who is what in a finding or a case, and what of it exists for them. Whoever is concerned has no other role in it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Account, Accounts, Grant, Named, User
from yuantou.apps.integrity.models import Case, Finding
from yuantou.apps.proposals.facade import own_keys
from yuantou.apps.workflow.facade import NOBODY, Source, follow, guarded, plays, register_of, visible
from yuantou.engines.workflow import Register

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


def _register() -> Register:
    return register_of("integrity")


class InText(Source):
    """Whoever has a part in one of the texts of a finding, or in the proposal of a case: kept out."""

    names = (NOBODY,)

    def __init__(self, *paths: str) -> None:
        self._paths = paths

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether one of them is the own."""
        own = own_keys(user)
        return {NOBODY} if any(follow(record, path) in own for path in self._paths) else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records about the own proposals."""
        own = own_keys(user)
        return {NOBODY: reduce(or_, (Q(**{f"{path}__in": own}) for path in self._paths))}


# Whoever is concerned has no other role; a member of the committee judges a case and does not run it.
plays(
    Finding,
    [Named("author", "proposal__applicant", in_person=True)],
    [InText("proposal_id", "old_text__proposal_id")],
    [Grant("integrity", "proposal__call__agency")],
)
plays(
    Case,
    [Named("respondent", "respondent", in_person=True)],
    [Account("reporter", "reporter")],
    [InText("proposal_id")],
    [Accounts("committee", Case, "seats__user")],
    [Grant("integrity", "agency"), Grant("signatory", "agency")],
)


def visible_findings(user: User) -> "QuerySet[Finding]":
    """Return the findings of which a user may see the state."""
    return visible(Finding, user, "state").select_related("proposal__call", "old_text")


def visible_cases(user: User) -> "QuerySet[Case]":
    """Return the cases of which a user may see the state."""
    return visible(Case, user, "state").select_related("proposal", "agency")


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
    kind=_register,
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
    kind=_register,
)
