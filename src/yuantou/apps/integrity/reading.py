"""Two texts side by side: cut at the passages they share, each passage linked to its other half."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from yuantou.apps.integrity.models import Finding
from yuantou.apps.integrity.texts import text_of_answers
from yuantou.apps.language import page_language
from yuantou.engines.workflow import ProgrammeType

Pieces = list["Piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; ``passage`` is its number, or nothing where the texts differ. ``heading`` begins a field."""

    text: str
    passage: int = 0
    heading: str = ""


def new_side(finding: Finding) -> Pieces:
    """Return the submitted text cut into pieces."""
    return _cut(finding.new_text.answers, finding.proposal.programme, finding.spans, "new")


def old_side(finding: Finding) -> Pieces:
    """Return the whole earlier text cut into pieces: for the office, never for the author."""
    return _cut(finding.old_text.answers, finding.old_text.proposal.programme, finding.spans, "old")


def passages_alone(finding: Finding) -> Pieces:
    """Return of the earlier text only what the new one shares: all that its author may see of somebody else's."""
    text, _sections = text_of_answers(finding.old_text.proposal.programme, finding.old_text.answers)
    return [Piece(text[slice(*span["old"])], number) for number, span in enumerate(finding.spans, 1)]


def _cut(answers: dict[str, Any], programme: ProgrammeType, spans: list[dict[str, Any]], side: str) -> Pieces:
    text, sections = text_of_answers(programme, answers)
    names = names_of_fields(programme)
    begins = {part.start: names.get(part.name, part.name) for part in sections}
    numbered = sorted((*span[side], number) for number, span in enumerate(spans, 1))
    edges = {0, len(text), *begins, *(edge for first, last, _n in numbered for edge in (first, last))}
    cuts = sorted(edges)
    pieces = []
    for first, last in pairwise(cuts):
        inside = next((n for start, end, n in numbered if start <= first < end), 0)
        pieces.append(Piece(text[first:last], inside, begins.get(first, "")))
    return pieces


def names_of_fields(programme: ProgrammeType) -> dict[str, str]:
    """Return the label of every field by the key of its answer, in the language of the page."""
    language = page_language()
    sides = {"zh": "中文", "en": "English"}
    names = {}
    for section in programme.form:
        for field in section.fields:
            for key in field.keys:
                side = f" ({sides[key[-2:]]})" if field.bilingual else ""
                names[key] = field.label.in_language(language) + side
    return names


def shares_in_words(programme: ProgrammeType, shares: dict[str, float]) -> list[tuple[str, float]]:
    """Return share by section in per cent, only sections that share anything, in order of the form."""
    names = names_of_fields(programme)
    return [(names.get(key, key), 100 * shares[key]) for key in names if shares.get(key)]
