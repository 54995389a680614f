"""Who is what in an evaluation, and what each may see of it."""

from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, Round
from yuantou.apps.workflow.facade import guarded, register_of, resolves_roles, visible_states

MANAGING = (Role.OFFICER, Role.INSTITUTION)
"""Officers of an agency and the research office of an institution organise rounds of their own house."""


@resolves_roles(Round)
def round_roles(user: User, record: Round) -> set[str]:
    """Managers of the house that organises it, unless they are candidates themselves."""
    if user.person_id and record.portfolios.filter(candidate=user.person_id).exists():
        return set()
    return {"manager"} if any(has_role(user, role, record.organisation_id) for role in MANAGING) else set()


@resolves_roles(Portfolio)
def portfolio_roles(user: User, record: Portfolio) -> set[str]:
    """The candidate, or else a manager of the round, or an assessor who was asked; never two of them."""
    if user.person_id == record.candidate_id:
        return {"candidate"}
    roles = round_roles(user, record.round)
    if not user.seen_by and any(
        row.assessor_id == user.pk and (row.is_now.asked or row.is_now.given) for row in record.assessments.all()
    ):
        return {"assessor"}
    return roles


@resolves_roles(Assessment)
def assessment_roles(user: User, record: Assessment) -> set[str]:
    """The one who was asked, or a manager."""
    if record.assessor_id == user.pk:
        return set() if user.seen_by else {"assessor"}
    return portfolio_roles(user, record.portfolio) & {"manager"}


@resolves_roles(LightCheck)
def check_roles(user: User, record: LightCheck) -> set[str]:
    """As for its portfolio."""
    return portfolio_roles(user, record.portfolio) & {"candidate", "manager"}


def visible_rounds(user: Any) -> "QuerySet[Round]":
    """Return the rounds that somebody may see: those of the own house, and what is open to everybody."""
    states = visible_states(register_of("evaluation"), "round", "public", "title")
    shown = Q(state__in=states)
    if getattr(user, "is_authenticated", False):
        mine = set(organisations_of(user, Role.OFFICER)) | set(organisations_of(user, Role.INSTITUTION))
        shown |= Q(organisation__in=mine)
    return Round.objects.filter(shown).select_related("organisation")


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
)
