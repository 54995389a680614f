"""Which fields of a record may a role see? Denied unless a rule of the programme type grants it.

Whoever judges in a phase has the role ``reviewer@phase``: what the type grants to reviewers, what is granted to that
very role, and what the phase hears of those before; less what its blind mode and its choice of sections hold back. No
rule can give back what a blind mode holds back.
"""

from collections.abc import Collection, Iterator
from typing import Final, Protocol

from yuantou.engines.workflow.model import Field, Machine, ProgrammeType, ReviewPhase, Section, VisibilityRule


class Grants(Protocol):
    """A programme type or a register: what says who may see what."""

    @property
    def visibility(self) -> tuple[VisibilityRule, ...]:
        """The grants."""
        ...

    def machine(self, record: str) -> Machine:
        """Return the machine of a kind of record."""
        ...


NAMES: Final = frozenset({"applicant", "members", "organisation"})
"""The fields that say who stands behind a proposal."""

JUDGING: Final = frozenset({"reviewer", "invitee"})
"""The roles that a phase narrows."""


def in_phase(role: str, phase: ReviewPhase) -> str:
    """Return the role that somebody has in a phase.

    >>> from yuantou.kernel.local_text import LocalText
    >>> in_phase("reviewer", ReviewPhase("outline", LocalText("", ""), ("reviewer",), 2, "double"))
    'reviewer@outline'
    """
    return f"{role}@{phase.id}" if phase.id else role


def base_of(role: str) -> str:
    """Return a role without its phase."""
    return role.partition("@")[0]


def visible_fields(
    programme: Grants, record: str, *, state: str, roles: Collection[str], fields: Collection[str]
) -> frozenset[str]:
    """Return those of ``fields`` that any of ``roles`` may see of a record in a state.

    A rule with ``*`` among its fields grants all ``fields`` offered. No rule, no field.
    """
    granted: set[str] = set()
    for role in roles:
        kept = held_back(programme, record, role)
        for states, names in _grants(programme, record, role):
            if "*" in states or state in states:
                granted |= (set(fields) if "*" in names else names & set(fields)) - kept
    return frozenset(granted)


def states_granted(programme: Grants, record: str, role: str, field: str) -> set[str]:
    """Return the states of a record in which a role may see a field: the same rules, for conditions of a query."""
    if field in held_back(programme, record, role):
        return set()
    every = {state.id for state in programme.machine(record).states}
    found = (states for states, names in _grants(programme, record, role) if names & {field, "*"})
    return {state for states in found for state in (every if "*" in states else states & every)}


def _grants(programme: Grants, record: str, role: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    base, phase = base_of(role), phase_of(programme, role)
    for rule in programme.visibility:
        if rule.record != record or not rule.roles & {role, base}:
            continue
        yield rule.states, rule.fields
        if phase and record == "proposal" and base == "reviewer" and "reviewer" in rule.roles:
            yield rule.states, frozenset(phase.hears)
    if phase and record == "review" and base == "applicant" and phase.blind == "open":
        yield frozenset({"released"}), frozenset({"reviewer"})


def phase_of(programme: Grants, role: str) -> ReviewPhase | None:
    """Return the phase that a role belongs to, or nothing; registers have none."""
    _base, at, phase = role.partition("@")
    return programme.phase(phase) if at and isinstance(programme, ProgrammeType) else None


def held_back(programme: Grants, record: str, role: str) -> frozenset[str]:
    """Return the fields that no rule grants to a role in its phase.

    The names, where it is double-blind; enclosures, which may tell of anything, there and where it reads only some
    sections of the form.
    """
    phase = phase_of(programme, role)
    if phase is None or record != "proposal" or base_of(role) not in JUDGING:
        return frozenset()
    if phase.blind == "double":
        return NAMES | {"attachments"}
    return frozenset({"attachments"}) if phase.shows else frozenset()


def visible_answers(programme: ProgrammeType, roles: Collection[str]) -> frozenset[str]:
    """Return the keys of the answers that the form lets any of ``roles`` read; ``public`` reads none by itself."""
    return frozenset(
        key
        for section in programme.form
        for field in section.fields
        if any(_reads(programme, role, section, field) for role in set(roles) - {"public"})
        for key in field.keys
    )


def _reads(programme: ProgrammeType, role: str, section: Section, field: Field) -> bool:
    phase = phase_of(programme, role)
    if base_of(role) in field.hidden_from or role in field.hidden_from:
        return False
    if phase is None:
        return True
    return (not phase.shows or section.id in phase.shows) and not (field.identifies and phase.blind == "double")
