"""A test anyone can repeat: made-up documents in which reuse is planted, and how much of it is found.

Words come from a list the caller gives, in sentences about one of many topics, mixed with phrases and clauses that many
documents share, as agencies' and authors' do. Everything follows from the seed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from yuantou.engines.reuse.folding import units_of
from yuantou.engines.reuse.postings import Texts

SHARES: Final = (10, 30, 50, 80)
CHANGES: Final = (0, 5, 10)
CELLS: Final = tuple((share, changed) for share in SHARES for changed in CHANGES)
"""Per cent of a document that is taken, and per cent of the taken characters that are changed."""

_TOPIC_WORDS: Final = 300
_PHRASES: Final = 3_000_000


@dataclass(frozen=True)
class PlantedTest:
    """``plants``: rows (new text, old text, share in %, changed in %), int64, one for each planted document."""

    old: Texts
    new: Texts
    plants: np.ndarray


def make_test(
    old: int,
    new: int,
    *,
    words: Sequence[str],
    clauses: Sequence[str],
    seed: int,
    length: int = 2000,
    planted: float = 0.05,
) -> PlantedTest:
    """Return old and new documents of ``length`` characters; a share ``planted`` of the new ones takes from an old one.

    Parameters
    ----------
    words, clauses:
        What documents are made of: single words, and clauses that any document may hold (a fifth of the text).

    Complexity: O(characters); two bytes for each.
    """
    before = made_texts(old, words=words, clauses=clauses, seed=seed, length=length)
    fresh = made_texts(new, words=words, clauses=clauses, seed=seed + 1, length=length)
    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.choice(new, max(1, round(new * planted)), replace=False))
    cells = np.array(CELLS)[np.arange(len(chosen)) % len(CELLS)]
    plants = np.column_stack([chosen, draw.integers(0, old, len(chosen)), cells]).astype(np.int64)
    _plant(fresh.units, before.units, plants, length, seed)
    return PlantedTest(before, fresh, plants)


def made_texts(count: int, *, words: Sequence[str], clauses: Sequence[str], seed: int, length: int) -> Texts:
    """Return made-up texts without planted reuse."""
    word, clause = (_flat(kind) for kind in (words, clauses))
    units = np.empty(count * length, np.uint16)
    _write(units, length, *word, *clause, np.uint64(seed))
    return Texts(units, np.arange(count + 1, dtype=np.int64) * length)


def score(test: PlantedTest, pairs: Iterable[tuple[int, int]]) -> tuple[dict[tuple[int, int], float], int]:
    """Return the recall of each cell, and how many pairs (new, old) were never planted."""
    found = {(int(a), int(b)) for a, b in pairs}
    planted = {(int(row[0]), int(row[1])) for row in test.plants}
    hits: dict[tuple[int, int], list[bool]] = {cell: [] for cell in CELLS}
    for new, old, share, changed in test.plants.tolist():
        hits[share, changed].append((new, old) in found)
    return {cell: float(np.mean(row)) if row else float("nan") for cell, row in hits.items()}, len(found - planted)


def _flat(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    units = [units_of(text) for text in texts]
    return np.concatenate(units), np.cumsum([0, *map(len, units)]).astype(np.int64)


@numba.njit(cache=True)
def _next(state: np.ndarray) -> np.uint64:
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    value = state[0]
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True)
def _below(state: np.ndarray, most: "int | np.signedinteger") -> np.int64:
    return np.int64(_next(state) % np.uint64(most))


@numba.njit(cache=True)
def _put(units: np.ndarray, at: int, end: int, source: np.ndarray, first: int, last: int) -> int:
    for k in range(first, last):
        if at < end:
            units[at] = source[k]
            at += 1
    return at


@numba.njit(cache=True)
def _write(
    units: np.ndarray,
    length: int,
    word: np.ndarray,
    word_at: np.ndarray,
    clause: np.ndarray,
    clause_at: np.ndarray,
    seed: np.uint64,
) -> None:
    """Fill texts with sentences: a fifth shared clauses, a quarter phrases (few of them often), else topic words."""
    state, other = np.zeros(1, np.uint64), np.zeros(1, np.uint64)
    words, clauses = len(word_at) - 1, len(clause_at) - 1
    for number in range(len(units) // length):
        state[0] = seed * np.uint64(0x100000001B3) + np.uint64(number) * np.uint64(0xD6E8FEB86659FD93)
        topic = _below(state, 2000)
        at, end = number * length, (number + 1) * length
        while at < end:
            kind = _below(state, 20)
            if kind < 2:
                k = _below(state, clauses)
                at = _put(units, at, end, clause, clause_at[k], clause_at[k + 1])
            elif kind < 7:
                # A phrase is four words that follow from its number; low numbers are drawn far more often.
                drawn = np.float64(_next(state) >> np.uint64(11)) / 2.0**53
                other[0] = np.uint64(_PHRASES**drawn) * np.uint64(0xA24BAED4963EE407)
                for _step in range(4):
                    k = _below(other, words)
                    at = _put(units, at, end, word, word_at[k], word_at[k + 1])
            else:
                for _step in range(4 + _below(state, 8)):
                    if _below(state, 10) < 6:
                        other[0] = np.uint64(topic * _TOPIC_WORDS + _below(state, _TOPIC_WORDS) + 7)
                        k = _below(other, words)
                    else:
                        k = _below(state, words)
                    at = _put(units, at, end, word, word_at[k], word_at[k + 1])
            if at < end:
                units[at] = 0xFF0C if _below(state, 3) else 0x3002
                at += 1


@numba.njit(cache=True)
def _plant(new: np.ndarray, old: np.ndarray, plants: np.ndarray, length: int, seed: int) -> None:
    """Overwrite parts of new texts with spans of 60 to 300 characters of old ones, some characters changed."""
    state = np.zeros(1, np.uint64)
    for row in range(len(plants)):
        state[0] = np.uint64(seed) + np.uint64(plants[row, 0]) * np.uint64(0xE7037ED1A0B428DB)
        left = length * plants[row, 2] // 100
        free, at = length - left, plants[row, 0] * length
        while left > 0:
            size = min(left, 60 + _below(state, 241))
            if left - size < 60:
                size = min(left, 300)
            first = plants[row, 1] * length + _below(state, length - size + 1)
            skip = _below(state, free * size // left + 1) if free else 0
            free -= skip
            at += skip
            for k in range(size):
                changed = _below(state, 100) < plants[row, 3]
                new[at + k] = 0x4E00 + _below(state, 20_000) if changed else old[first + k]
            at += size
            left -= size
