"""The citation graph in compressed rows: who cites whom and who is cited by whom.

Works are numbered in order of time, so that the citers of a work, sorted by number, are sorted by year and any window
of years is one slice. Memory: 4 bytes per citation and direction, 8 bytes per work and direction; building adds the
edge list given by the caller (8 bytes per citation) and nothing else. The references are read in order only, so they
may lie on disk (a ``numpy.memmap``): then 4 bytes per citation and 8 per work are held in memory.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

NO_YEAR: Final = np.iinfo(np.int32).max
"""Year of a work without one: after all others, within no window."""


@dataclass(frozen=True, slots=True)
class CitationGraph:
    """Citations among ``n`` works in order of year.

    ``years`` int32 (n), ascending, ``NO_YEAR`` at the end; ``references`` int32 in rows ``reference_starts`` (int64,
    n + 1), sorted within a row, without repeats or self-citations; ``citers`` likewise. ``order`` maps these numbers to
    the caller's where the caller's were not in order of time, else None.
    """

    years: np.ndarray
    reference_starts: np.ndarray
    references: np.ndarray
    citer_starts: np.ndarray
    citers: np.ndarray
    order: np.ndarray | None = None

    @property
    def works(self) -> int:
        """Number of works."""
        return len(self.years)

    @property
    def citations(self) -> int:
        """Number of citations."""
        return len(self.references)

    def given(self, values: np.ndarray) -> np.ndarray:
        """Return per-work values in the caller's numbering."""
        if self.order is None:
            return values
        found = np.empty_like(values)
        found[self.order] = values
        return found

    def first_of_year(self) -> tuple[int, np.ndarray]:
        """Return the earliest year y0 and, for y0, y0 + 1, …, the number of the first work of that year or later."""
        dated = self.years[: np.searchsorted(self.years, NO_YEAR)]
        if not len(dated):
            return 0, np.zeros(1, np.int64)
        first = int(dated[0])
        return first, np.searchsorted(dated, np.arange(first, int(dated[-1]) + 2)).astype(np.int64)


def build_graph(citing: np.ndarray, cited: np.ndarray, years: np.ndarray, *, keep_self: bool = False) -> CitationGraph:
    """Build the graph from a list of citations.

    Parameters
    ----------
    citing, cited:
        Numbers of works, integer arrays of one length. Repeats are dropped, and citations of a work by itself: they
        make every citer one that "also cites a reference".
    years:
        Year of each work, int32 (n); ``NO_YEAR`` or any value below 1 where unknown.
    keep_self:
        Keep citations of a work by itself, only to compare with tools that do.

    Raises
    ------
    InputError
        If a number lies outside 0 to n - 1 (``literature.number``).

    Notes
    -----
    Three counting sorts: O(works + citations) time; a list already sorted by citing work and cited work takes one.

    >>> graph = build_graph(np.array([1, 2, 2]), np.array([0, 0, 1]), np.array([2000, 2001, 2003]))
    >>> graph.references.tolist(), graph.citers.tolist()
    ([0, 0, 1], [1, 2, 2])
    """
    count = len(years)
    if len(citing) and (min(citing.min(), cited.min()) < 0 or max(citing.max(), cited.max()) >= count):
        raise InputError(
            LocalText("引用中的编号超出文献范围。", "A citation names a work that is not there."),
            LocalText("编号须在 0 与文献数之间。", "Numbers run from 0 to the number of works less one."),
            code="literature.number",
        )
    years = np.where(np.asarray(years) < 1, NO_YEAR, years).astype(np.int32)
    order = None
    if len(years) and (np.diff(years.astype(np.int64)) < 0).any():
        order = np.argsort(years, kind="stable").astype(np.int32)
        rank = np.empty(count, np.int32)
        rank[order] = np.arange(count, dtype=np.int32)
        citing, cited, years = rank[citing], rank[cited], years[order]
    citing, cited = citing.astype(np.int32, copy=False), cited.astype(np.int32, copy=False)
    if not _is_sorted(citing, cited):
        starts, rows = _rows(cited, citing, count)
        cited_starts, citing_rows = _transpose(starts, rows, count)
        starts, references = _unique(cited_starts, citing_rows, keep_self)
    else:
        starts = np.zeros(count + 1, np.int64)
        starts[1:] = np.cumsum(np.bincount(citing, minlength=count))
        starts, references = _unique(starts, cited, keep_self)
    return from_references(starts, references, years, order=order)


def from_references(
    starts: np.ndarray, references: np.ndarray, years: np.ndarray, *, order: np.ndarray | None = None
) -> CitationGraph:
    """Build the graph from rows of references, sorted and without repeats; they may be memory-mapped from disk."""
    citer_starts, citers = _transpose(starts, references, len(years))
    return CitationGraph(years, starts, references, citer_starts, citers, order)


@njit(cache=True, nogil=True)
def _is_sorted(citing: np.ndarray, cited: np.ndarray) -> bool:
    for i in range(1, len(citing)):
        if citing[i] < citing[i - 1] or (citing[i] == citing[i - 1] and cited[i] < cited[i - 1]):
            return False
    return True


@njit(cache=True, nogil=True)
def _rows(rows: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Lay values out by row, in the order given."""
    starts = np.zeros(count + 1, np.int64)
    for i in range(len(rows)):
        starts[rows[i] + 1] += 1
    for n in range(count):
        starts[n + 1] += starts[n]
    placed = np.empty(len(rows), np.int32)
    for i in range(len(rows)):
        placed[starts[rows[i]]] = values[i]
        starts[rows[i]] += 1
    for n in range(count, 0, -1):
        starts[n] = starts[n - 1]
    starts[0] = 0
    return starts, placed


@njit(cache=True, nogil=True)
def _transpose(starts: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn rows into columns; the result is sorted within its rows."""
    turned = np.zeros(count + 1, np.int64)
    for i in range(len(values)):
        turned[values[i] + 1] += 1
    for n in range(count):
        turned[n + 1] += turned[n]
    placed = np.empty(len(values), np.int32)
    for row in range(len(starts) - 1):
        for i in range(starts[row], starts[row + 1]):
            placed[turned[values[i]]] = row
            turned[values[i]] += 1
    for n in range(count, 0, -1):
        turned[n] = turned[n - 1]
    turned[0] = 0
    return turned, placed


@njit(cache=True, nogil=True)
def _unique(starts: np.ndarray, values: np.ndarray, keep_self: bool) -> tuple[np.ndarray, np.ndarray]:
    """Drop repeats and self-citations from sorted rows."""
    kept = np.zeros(len(starts), np.int64)
    for write in range(2):
        if write == 1:
            found = np.empty(kept[-1], np.int32)
        at = 0
        for row in range(len(starts) - 1):
            before = -1
            for i in range(starts[row], starts[row + 1]):
                if values[i] != before and (keep_self or values[i] != row):
                    if write == 1:
                        found[at] = values[i]
                    at += 1
                before = values[i]
            kept[row + 1] = at
    return kept, found
