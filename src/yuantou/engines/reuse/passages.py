"""Passages two texts share: exact runs, letter by letter, chained over small changes."""

from typing import Final

import numba
import numpy as np

from yuantou.engines.reuse.folding import HAN_WEIGHT
from yuantou.engines.reuse.grams import grams, known, weights

GAP: Final = 16 * HAN_WEIGHT
_PLACES: Final = 64  # a text of one letter repeated must not cost the square of its length


def passages(new: np.ndarray, old: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return rows (start and end in ``new``, start and end in ``old``, weight shared outside boilerplate), int64.

    Runs that agree letter by letter are found from equal hashes and checked in the text itself; runs that follow one
    another in both texts at a distance below ``GAP`` form one passage. ``stop`` holds the hashes of boilerplate,
    ascending. Complexity: O(n log n) for n letters; of a run that repeats, the first 64 places are tried.
    """
    hashes, ends = grams(new)
    others, _ends = grams(old)
    order = np.argsort(others, kind="stable")
    masked = _covered(len(new), ends, known(hashes, stop))
    worth = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.where(masked, 0, weights(new)))])
    return _chain(_runs(new, old, hashes, others[order], order), worth)


@numba.njit(cache=True, nogil=True)
def _covered(length: int, ends: np.ndarray, marked: np.ndarray) -> np.ndarray:
    covered = np.zeros(length, np.bool_)
    reach = 0
    for i in range(len(marked)):
        if marked[i]:
            covered[max(i, reach) : ends[i]] = True
            reach = ends[i]
    return covered


@numba.njit(cache=True, nogil=True)
def _runs(new: np.ndarray, old: np.ndarray, hashes: np.ndarray, others: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the longest agreeing run at each letter of ``new``, from left to right, without overlap."""
    found = np.empty((len(hashes), 4), np.int64)
    count, i = 0, 0
    while i < len(hashes):
        best, where = 0, 0
        place = np.searchsorted(others, hashes[i])
        last = min(place + _PLACES, len(others))
        while place < last and others[place] == hashes[i]:
            j = order[place]
            length = 0
            while i + length < len(new) and j + length < len(old) and new[i + length] == old[j + length]:
                length += 1
            if length > best:
                best, where = length, j
            place += 1
        if best:
            found[count] = i, i + best, where, where + best
            count += 1
        i += max(best, 1)
    return found[:count]


@numba.njit(cache=True, nogil=True)
def _chain(runs: np.ndarray, worth: np.ndarray) -> np.ndarray:
    found = np.empty((len(runs), 5), np.int64)
    count = 0
    for k in range(len(runs)):
        a, b, c, d = runs[k]
        gain = worth[b] - worth[a]
        last = count - 1
        if last >= 0 and a - found[last, 1] <= GAP and 0 <= c - found[last, 3] <= GAP:
            found[last, 1], found[last, 3] = b, d
            found[last, 4] += gain
        else:
            found[count] = a, b, c, d, gain
            count += 1
    return found[:count]
