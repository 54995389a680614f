"""Statements that others sign in a proposal, as they stand: what their writers read, and what enters the proposal."""

from dataclasses import dataclass
from typing import Any

from yuantou.apps.proposals.models import Proposal, Statement, StatementState
from yuantou.engines.workflow import Field, ProgrammeType, Section
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText


def written_by_others(programme: ProgrammeType) -> list[tuple[Section, Field]]:
    """Return the fields of a form that somebody else writes, each with the section it stands in."""
    return [(section, field) for section in programme.form for field in section.fields if field.writer]


def shown_to_writer(proposal: Proposal, field_id: str) -> dict[str, Any]:
    """Return the answers that a writer reads: the title, and the section in which the own field stands."""
    section = next(section for section, field in written_by_others(proposal.programme) if field.id == field_id)
    keys = [key for field in section.fields if not field.writer for key in field.keys]
    return {key: proposal.answers[key] for key in ("title_zh", "title_en", *keys) if proposal.answers.get(key)}


def seen_now(proposal: Proposal, field_id: str) -> str:
    """Return the hash of what a writer reads now."""
    return content_hash(shown_to_writer(proposal, field_id))


def holds(statement: Statement, proposal: Proposal) -> bool:
    """Tell whether a statement is signed, and for what the proposal says now."""
    return statement.state == StatementState.SIGNED and statement.seen_hash == seen_now(proposal, statement.field)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that somebody else writes, as its applicant sees it."""

    field: Field
    role: LocalText
    statement: Statement | None
    holds: bool


def asked_of(proposal: Proposal) -> list[Asked]:
    """Return every field that somebody else writes, with whom was asked and whether the signature holds."""
    fields = [field for _section, field in written_by_others(proposal.programme)]
    found = {one.field: one for one in proposal.statements.all()} if fields else {}
    roles = proposal.programme.roles
    return [
        Asked(field, roles[field.writer], one, bool(one and holds(one, proposal)))
        for field in fields
        for one in [found.get(field.id)]
    ]


def with_statements(proposal: Proposal) -> dict[str, Any]:
    """Return the answers with the statements that hold, and no other text in their fields."""
    fields = [field.id for _section, field in written_by_others(proposal.programme)]
    if not fields:
        return dict(proposal.answers)
    own = {key: value for key, value in proposal.answers.items() if key not in fields}
    signed = [one for one in proposal.statements.all() if one.field in fields and holds(one, proposal)]
    return own | {one.field: f"{one.text}\n\n{one.signed_as}" for one in signed}
