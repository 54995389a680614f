"""What is compared, and how two documents stand to one another."""

from dataclasses import dataclass
from typing import Literal

Relation = Literal["self", "team", "third_party"]


@dataclass(frozen=True)
class Section:
    """A part of a text: ``name`` from offset ``start`` on, up to the next one."""

    name: str
    start: int


@dataclass(frozen=True)
class Document:
    """A text with what a finding has to tell of it.

    ``lead`` identifies who answers for it, ``team`` everybody on it (person ids, never names: the caller resolves
    them); ``date`` is an ISO date or empty; ``sections`` ascend by start.
    """

    id: str
    text: str
    lead: str = ""
    team: tuple[str, ...] = ()
    date: str = ""
    sections: tuple[Section, ...] = ()

    def section_at(self, place: int) -> str:
        """Return the name of the section that holds an offset, or nothing."""
        return next((part.name for part in reversed(self.sections) if part.start <= place), "")


def relation_of(new: Document, old: Document) -> Relation:
    """Tell own text from text of the same team and of others; unknown people make it a third party's."""
    if new.lead and new.lead == old.lead:
        return "self"
    everyone = {*new.team, new.lead} & {*old.team, old.lead}
    return "team" if everyone - {""} else "third_party"
