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


@dataclass(frozen=True)
class Limits:
    """When two texts are shown to a person.

    ``rate``: one run in so many is indexed. ``shared``: sampled runs in common before texts are compared.
    ``passage``, ``total``: least weight of a passage and of all together, in Chinese characters (3 letters each), not
    counting boilerplate. ``common``: texts a run must stand in to be boilerplate when learned. ``most``: a run that
    more texts hold leads to none of them.
    """

    rate: int = 8
    shared: int = 3
    passage: int = 20
    total: int = 80
    common: int = 5
    most: int = 200


@dataclass(frozen=True)
class Span:
    """One passage: offsets in both original texts (end excluded), the sections, and its ``size`` in characters."""

    new_start: int
    new_end: int
    old_start: int
    old_end: int
    new_section: str
    old_section: str
    size: float


@dataclass(frozen=True)
class Finding:
    """Passages that a text shares with an earlier one: a thing to read, never a verdict.

    ``size`` and ``length`` are in Chinese characters (3 letters each), outside boilerplate and in all of the new text.
    """

    new: str
    old: str
    relation: Relation
    date: str
    size: float
    length: float
    spans: tuple[Span, ...]

    @property
    def share(self) -> float:
        """The part of the new text that stands in the old one, 0 to 1."""
        return min(1.0, self.size / self.length) if self.length else 0.0


def share_by_section(document: Document, spans: tuple[Span, ...]) -> dict[str, float]:
    """Return for each section of a text the part of its characters that lie in a passage, in order of the text.

    Characters are those of the original text, spaces and marks included. Overlapping passages count once.
    """
    sections = document.sections or (Section("", 0),)
    ends = [*(part.start for part in sections[1:]), len(document.text)]
    shares = {}
    for part, end in zip(sections, ends, strict=True):
        inside, reach = 0, part.start
        for span in sorted(spans, key=lambda one: one.new_start):
            first, last = max(span.new_start, reach), min(span.new_end, end)
            inside, reach = inside + max(0, last - first), max(reach, last)
        shares[part.name] = inside / (end - part.start) if end > part.start else 0.0
    return shares
