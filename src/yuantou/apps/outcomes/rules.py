"""Who is what in an evaluation, and what each may see of it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Account, Accounts, Grant, Named, Role
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, Round
from yuantou.apps.workflow.facade import (
    NOBODY,
    NONE,
    About,
    Source,
    follow,
    guarded,
    plays,
    register_of,
    visible,
    visible_states,
)
from yuantou.engines.workflow import Register

MANAGING = (Role.OFFICER, Role.INSTITUTION)
"""Officers of an agency and the research office of an institution organise rounds of their own house."""


def _register() -> Register:
    return register_of("evaluation")


class Candidates(Source):
    """Whoever is a candidate in the round of a record does not manage it."""

    names = (NOBODY,)

    def __init__(self, path: str = "") -> None:
        self._path = path

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the person is one."""
        of: Round = follow(record, self._path) if self._path else record
        return {NOBODY} if user.person_id and of.portfolios.filter(candidate=user.person_id).exists() else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records of rounds in which the person is one."""
        if user.person_id is None:
            return {NOBODY: NONE}
        rounds = Portfolio.objects.filter(candidate=user.person_id).values("round")
        return {NOBODY: Q(**{f"{self._path or 'pk'}__in": rounds})}


plays(Round, [Candidates()], [Grant("manager", "organisation", *MANAGING)])
# Never two of them: whoever was asked to assess a portfolio does not manage it.
plays(
    Portfolio,
    [Named("candidate", "candidate")],
    [Accounts("assessor", Portfolio, "assessments__assessor", assessments__state__means=["asked", "given"])],
    [Candidates("round")],
    [Grant("manager", "round__organisation", *MANAGING)],
)
plays(Assessment, [Account("assessor", "assessor")], [About("portfolio", Portfolio, only=["manager"])])
plays(LightCheck, [About("portfolio", Portfolio, only=["candidate", "manager"])])


def visible_rounds(user: Any) -> "QuerySet[Round]":
    """Return the rounds that somebody may see: those of the own house, and what is open to everybody."""
    return visible(Round, user, "title").select_related("organisation")


def handed_states() -> set[str]:
    """Return the states of a portfolio in which the managers of its round know whose it is."""
    return set(visible_states(register_of("evaluation"), "portfolio", "manager", "candidate"))


def _works(portfolio: Portfolio) -> list[Any]:
    return list(portfolio.works.all())


def _without_venues(works: list[Any], portfolio: Portfolio, roles: frozenset[str]) -> list[Any]:
    """Assessors read works, not the names of journals, where the round says so."""
    if "assessor" in roles and portfolio.round.hide_venues:
        for work in works:
            work.venue, work.identifier, work.home_venue = "", "", None
    return works


def _reasons(portfolio: Portfolio) -> list[dict[str, Any]]:
    """Grades with their reasons, without who gave them, in an order that tells nothing."""
    given = [row for row in portfolio.assessments.all() if row.is_now.given]
    return [{"grades": row.grades, "reasons": row.reasons} for row in sorted(given, key=lambda row: row.content_hash)]


guarded(
    Round,
    "round",
    {
        "title": lambda r: r.title,
        "category": lambda r: r.category,
        "dates": lambda r: (r.closes_at, r.due_at),
        "progress": lambda r: list(r.portfolios.all()),
        "result": lambda r: r.result,
    },
    kind=_register,
)
guarded(
    Portfolio,
    "portfolio",
    {
        "candidate": lambda p: p.candidate,
        "statement": lambda p: p.statement,
        "works": _works,
        "assessors": lambda p: list(p.assessments.all()),
        "result": lambda p: p.round.result.get("portfolios", {}).get(p.pk),
        "reasons": _reasons,
    },
    narrowed={"works": _without_venues},
    kind=_register,
    judging={"assessors"},
)
