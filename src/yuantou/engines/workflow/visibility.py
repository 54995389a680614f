"""Which fields of a record may a role see? Denied unless a rule of the programme type grants it."""

from collections.abc import Collection

from yuantou.engines.workflow.model import ProgrammeType


def visible_fields(
    programme: ProgrammeType, record: str, *, state: str, roles: Collection[str], fields: Collection[str]
) -> frozenset[str]:
    """Return those of ``fields`` that any of ``roles`` may see of a record in a state.

    A rule with ``*`` among its fields grants all ``fields`` offered. No rule, no field.
    """
    granted: set[str] = set()
    for rule in programme.visibility:
        if rule.record != record or not rule.roles & set(roles):
            continue
        if "*" in rule.states or state in rule.states:
            granted |= set(fields) if "*" in rule.fields else rule.fields & set(fields)
    return frozenset(granted)
