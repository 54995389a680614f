"""Phrases that stand where a term should (Cabanac, Labbé, Magazinov, 2021, arXiv:2107.06751).

One or two occur in honest texts; five different ones hardly ever.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from yuantou.engines.integrity.signal import Signal
from yuantou.kernel.local_text import LocalText

DISTINCT: Final = 5
"""Different phrases from which on a text is told (the rule of the Problematic Paper Screener)."""

_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class PhraseList:
    """Unusual phrases by their words, each with the term it stands for, and the longest in words."""

    terms: dict[tuple[str, ...], str]
    longest: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Return a list of pairs (phrase, term); phrases of one word are left out, they are words of the language."""
        terms = {tuple(_WORD.findall(phrase.lower())): term for phrase, term in pairs}
        terms = {words: term for words, term in terms.items() if len(words) > 1}
        return cls(terms, max(map(len, terms), default=0))


def tortured_phrases(text: str, known: PhraseList, *, least: int = DISTINCT) -> Signal | None:
    """Return the phrases of a list that stand in a text, if there are ``least`` different ones. O(words × longest)."""
    words = _WORD.findall(text.lower())
    found: dict[tuple[str, ...], str] = {}
    for first in range(len(words)):
        for size in range(2, known.longest + 1):
            run = tuple(words[first : first + size])
            if run in known.terms:
                found[run] = known.terms[run]
    if len(found) < least:
        return None
    said = LocalText(
        f"{len(found)} 个不同的怪异词组。", f"{len(found)} different phrases that stand in place of terms."
    )
    lines = tuple(f"“{' '.join(run)}” ← {term}" for run, term in found.items())
    return Signal("tortured_phrases", said, lines)
