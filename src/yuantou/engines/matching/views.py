"""Further views of the same texts, and one affinity from all of them.

Words of titles and abstracts find the candidates. Where both sides have a full text its words stand in their place
(they contain them), and an encoder adds a view of meaning. Cosines of different views have different scales, and full
texts are there for some works only, so each view is standardised over the pairs that it sees; words and meaning count
alike. Nothing is fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numba
import numpy as np

from yuantou.engines.text import TERMS, Vectors

SIEVE: Final = 1 << 15
"""Places of a small table that tells which terms a proposal may have, without a look at the large one."""


class View(Protocol):
    """One way to compare proposals with the works of experts."""

    @property
    def name(self) -> str:
        """What it is, for the record of a run."""
        ...

    def scores(self, near: np.ndarray, top: int) -> np.ndarray:
        """Return for each proposal and its experts ``near`` (-1: none) the mean of the ``top`` closest works.

        NaN where the proposal or the expert has nothing to be seen in this view. With fewer works than ``top`` the mean
        is over those there are: that a profile is thin already counts in the first view.
        """
        ...


@dataclass(frozen=True)
class WordView:
    """Sparse vectors; ``first`` cuts the works by expert."""

    proposals: Vectors
    works: Vectors
    first: np.ndarray
    name: str = "full-text"

    def scores(self, near: np.ndarray, top: int) -> np.ndarray:
        """See ``View``."""
        asked, own = self.proposals, self.works
        return _words(
            near, asked.start, asked.term, asked.weight, own.start, own.term, own.weight, self.first, top, TERMS
        )


@dataclass(frozen=True)
class DenseView:
    """Unit vectors of an encoder (n × width, float32)."""

    proposals: np.ndarray
    works: np.ndarray
    first: np.ndarray
    name: str = "encoder"

    def scores(self, near: np.ndarray, top: int) -> np.ndarray:
        """See ``View``."""
        return _dense(near, self.proposals, self.works, self.first, top)


def blend(words: np.ndarray, full: Sequence[np.ndarray], meaning: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of standardised views in units of ``words``, in [0, 1]; NaN of ``words`` stays.

    ``full`` stands in the place of ``words`` where it is known. Time and memory O(views × pairs).
    """
    center, spread = _scale(words)
    read = _standard(words)
    for view in full:
        read = np.where(np.isnan(view), read, _standard(view))
    views = [read, *(_standard(view) for view in meaning)]
    seen = np.sum([~np.isnan(view) for view in views], axis=0)
    mean = np.sum([np.nan_to_num(view) for view in views], axis=0) / np.maximum(seen, 1)
    return np.where(np.isnan(words), np.nan, np.clip(center + spread * mean, 0, 1)).astype(np.float32)


def _standard(view: np.ndarray) -> np.ndarray:
    center, spread = _scale(view)
    return (view - center) / spread if spread else view * 0


def _scale(view: np.ndarray) -> tuple[float, float]:
    known = view[~np.isnan(view)].astype(np.float64)
    return (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)


@numba.njit(cache=True, nogil=True)
def pooled(best: np.ndarray, works: int) -> float:
    """Return the sum of the closest works (ascending), of which the closest counts at most twice the second.

    So a text stuffed with one work's words does not win its author: others of hers must come near too. Of a profile
    smaller than ``best`` nothing is cut, as its sum is small anyway.
    """
    top = len(best)
    total = best.sum()
    if works >= top > 1:
        total -= max(best[top - 1] - 2 * best[top - 2], np.float32(0))
    return total


@numba.njit(cache=True, nogil=True)
def _words(  # noqa: C901  one tight loop over one state
    near: np.ndarray,
    start: np.ndarray,
    term: np.ndarray,
    weight: np.ndarray,
    work_start: np.ndarray,
    work_term: np.ndarray,
    work_weight: np.ndarray,
    first: np.ndarray,
    top: int,
    terms: int,
) -> np.ndarray:
    found, asked, best = np.full(near.shape, np.nan, np.float32), np.zeros(terms, np.float32), np.zeros(top, np.float32)
    maybe = np.zeros(SIEVE, np.bool_)
    for row in range(len(near)):
        if start[row] == start[row + 1]:
            continue
        for place in range(start[row], start[row + 1]):
            asked[term[place]], maybe[term[place] & (SIEVE - 1)] = weight[place], True
        for place in range(near.shape[1]):
            expert = near[row, place]
            if expert < 0 or first[expert] == first[expert + 1]:
                continue
            best[:] = 0
            for work in range(first[expert], first[expert + 1]):
                similar = np.float32(0)
                for posting in range(work_start[work], work_start[work + 1]):
                    if maybe[work_term[posting] & (SIEVE - 1)]:
                        similar += asked[work_term[posting]] * work_weight[posting]
                if similar > best[0]:
                    best[0] = similar
                    best.sort()
            own = first[expert + 1] - first[expert]
            found[row, place] = pooled(best, own) / min(top, own)
        for place in range(start[row], start[row + 1]):
            asked[term[place]], maybe[term[place] & (SIEVE - 1)] = 0, False
    return found


@numba.njit(cache=True, nogil=True)
def _dense(near: np.ndarray, proposals: np.ndarray, works: np.ndarray, first: np.ndarray, top: int) -> np.ndarray:
    found, best = np.full(near.shape, np.nan, np.float32), np.zeros(top, np.float32)
    for row in range(len(near)):
        for place in range(near.shape[1]):
            expert = near[row, place]
            if expert < 0 or first[expert] == first[expert + 1]:
                continue
            best[:] = -1
            for work in range(first[expert], first[expert + 1]):
                similar = np.float32(0)
                for axis in range(works.shape[1]):
                    similar += proposals[row, axis] * works[work, axis]
                if similar > best[0]:
                    best[0] = similar
                    best.sort()
            count = min(top, first[expert + 1] - first[expert])
            found[row, place] = best[top - count :].sum() / count
    return found
