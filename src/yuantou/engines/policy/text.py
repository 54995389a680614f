"""A policy text as clauses with stable names, and the search for a quotation in it.

Texts are compared folded: Unicode NFKC (full and half width), without white space, page breaks, quotation marks and
marks of layout, so that a phrase is found however the page was set.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DROPPED: Final = frozenset("\"'“”‘’「」『』《》〈〉#*_`·•★")
_END: Final = re.compile(r"[。；;!?！？\n]+")


@dataclass(frozen=True)
class Clause:
    """One sentence or line: ``id`` is the start of its hash, ``offset`` where it begins in the text as given."""

    id: str
    offset: int
    text: str
    sha256: str


@dataclass(frozen=True)
class Policy:
    """A policy text: its clauses in order, its folded form and the hash of that."""

    clauses: tuple[Clause, ...]
    folded: str
    places: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class Found:
    """Where a quotation stands: ``start`` and ``stop`` in the text as given, and the clauses it touches."""

    start: int
    stop: int
    clauses: tuple[str, ...]


def fold(text: str) -> str:
    """Return a text as it is compared.

    >>> fold("“揭榜挂帅” ＡＢ")
    '揭榜挂帅AB'
    """
    return _fold(text)[0]


def read_policy(text: str) -> Policy:
    """Return a text as clauses; a clause keeps its id as long as its words stay, wherever it moves."""
    folded, places = _fold(text)
    return Policy(tuple(_clauses(text)), folded, tuple(places), hashlib.sha256(folded.encode()).hexdigest())


def find_quotation(policy: Policy, quotation: str) -> Found | None:
    """Return where a quotation stands first, or None. Work: the length of the text."""
    wanted = fold(quotation)
    at = policy.folded.find(wanted) if wanted else -1
    if at < 0:
        return None
    start, stop = policy.places[at], policy.places[at + len(wanted) - 1] + 1
    touched = [
        clause.id for clause in policy.clauses if clause.offset < stop and start < clause.offset + len(clause.text)
    ]
    return Found(start, stop, tuple(touched))


def _fold(text: str) -> tuple[str, list[int]]:
    kept, places = [], []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKC", character):
            if not part.isspace() and part not in _DROPPED:
                kept.append(part)
                places.append(place)
    return "".join(kept), places


def _clauses(text: str) -> list[Clause]:
    found: list[Clause] = []
    times: dict[str, int] = {}
    start = 0
    for stop in [*(match.end() for match in _END.finditer(text)), len(text)]:
        piece = text[start:stop]
        words = fold(piece)
        if words:
            digest = hashlib.sha256(words.encode()).hexdigest()
            times[digest] = times.get(digest, 0) + 1
            again = f"-{times[digest]}" if times[digest] > 1 else ""
            lead = len(piece) - len(piece.lstrip())
            found.append(Clause(digest[:10] + again, start + lead, piece.strip(), digest))
        start = stop
    return found
