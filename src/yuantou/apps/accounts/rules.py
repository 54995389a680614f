"""Standing roles of accounts."""

from django.db.models import QuerySet

from yuantou.apps.accounts.models import Role, RoleGrant, User

LENT = (Role.INSTITUTION,)
"""Roles that somebody has who looks through another person's account; all others read what was judged."""


def has_role(user: User, role: Role | str, organisation_id: str | None) -> bool:
    """Tell whether an account holds a standing role for an organisation (grants are read once per request)."""
    return organisation_id is not None and (str(role), organisation_id) in _grants(user)


def organisations_of(user: User, role: Role | str) -> "QuerySet[RoleGrant, str]":
    """Return the organisations for which an account holds a role, as a subquery of ids."""
    grants = RoleGrant.objects.filter(user=user, role=str(role)).values_list("organisation", flat=True)
    return grants.none() if user.seen_by and role not in LENT else grants


def granted_in(user: User, role: Role | str) -> list[str]:
    """Return the keys of the organisations for which an account holds a role, as read once per request."""
    return sorted(organisation for held, organisation in _grants(user) if held == str(role))


def _grants(user: User) -> set[tuple[str, str]]:
    cached: set[tuple[str, str]] | None = getattr(user, "_grants", None)
    if cached is None:
        held = user.grants.filter(role__in=LENT) if user.seen_by else user.grants
        cached = {(role, organisation) for role, organisation in held.values_list("role", "organisation")}
        user._grants = cached  # type: ignore[attr-defined]
    return cached
