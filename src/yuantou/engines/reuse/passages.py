"""Passages two texts share: exact runs, letter by letter, grown over small changes and chained.

Runs of equal hashes are checked in the text itself, then grown in both directions along their diagonal as long as more
letters agree than differ (the rule of BLAST: Altschul et al., 1990, doi:10.1016/S0022-2836(05)80360-2), so that changed
characters neither end a passage nor count. Runs that follow one another in both texts form one passage.
"""

from typing import Final

import numba
import numpy as np

from yuantou.engines.reuse.grams import begins_of, grams, known, weights

GAP: Final = 16
"""Letters that may lie between two runs of one passage."""
_DROP: Final = 6  # how far growing may fall behind its best before it stops
_PLACES: Final = 64  # a text of one letter repeated must not cost the square of its length
_EMPTY: Final = -1


def passages(new: np.ndarray, old: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return rows (start and end in ``new``, start and end in ``old``, weight shared outside boilerplate), int64.

    ``stop`` holds the hashes of boilerplate, ascending. Complexity: O(n + m) for texts without repeats; of a run that
    repeats, the first 64 places are tried.
    """
    return shared_passages(*prepared(new, stop, begins_of(stop)), old)


@numba.njit(cache=True, nogil=True)
def prepared(
    new: np.ndarray, stop: np.ndarray, begins: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a text ready to be compared: itself, its hashes, a table over them, chains of equal ones, its worth."""
    hashes, ends = grams(new)
    masked = _covered(len(new), ends, known(hashes, stop, begins))
    worth = weights(new)
    for i in range(len(new)):
        if masked[i]:
            worth[i] = 0
    size = 16
    while size < 2 * len(hashes):
        size *= 2
    table, following = np.full(size, _EMPTY, np.int32), np.full(len(hashes), _EMPTY, np.int32)
    for i in range(len(hashes) - 1, -1, -1):
        slot = np.int64(hashes[i] & np.uint64(size - 1))
        while table[slot] != _EMPTY and hashes[table[slot]] != hashes[i]:
            slot = (slot + 1) & (size - 1)
        following[i] = table[slot]
        table[slot] = i
    return new, hashes, table, following, worth


@numba.njit(cache=True, nogil=True)
def _covered(length: int, ends: np.ndarray, marked: np.ndarray) -> np.ndarray:
    covered = np.zeros(length, np.bool_)
    reach = 0
    for i in range(len(marked)):
        if marked[i]:
            for k in range(max(i, reach), ends[i]):
                covered[k] = True
            reach = max(reach, ends[i])
    return covered


@numba.njit(cache=True, nogil=True)
def shared_passages(
    new: np.ndarray,
    hashes: np.ndarray,
    table: np.ndarray,
    following: np.ndarray,
    worth: np.ndarray,
    old: np.ndarray,
) -> np.ndarray:
    """Return the passages (rows as in ``passages``) that a prepared text shares with another. O(n + m)."""
    runs = _runs(new, hashes, table, following, old)
    return _chain(_grown(runs, new, old), new, old, worth)


@numba.njit(cache=True, nogil=True)
def _runs(new: np.ndarray, hashes: np.ndarray, table: np.ndarray, following: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Return rows (start in ``new``, start in ``old``, length): the longest agreeing run at each letter of ``old``."""
    others, _ends = grams(old)
    found = np.empty((64, 3), np.int64)
    count, j, mask = 0, 0, len(table) - 1
    while j < len(others):
        slot = np.int64(others[j] & np.uint64(mask))
        while table[slot] != _EMPTY and hashes[table[slot]] != others[j]:
            slot = (slot + 1) & mask
        i, best, where, tried = table[slot], 0, 0, 0
        while i != _EMPTY and tried < _PLACES:
            length = 0
            while i + length < len(new) and j + length < len(old) and new[i + length] == old[j + length]:
                length += 1
            if length > best:
                best, where = length, i
            i = following[i]
            tried += 1
        if best:
            if count == len(found):
                found = np.concatenate((found, np.empty_like(found)))
            found[count, 0], found[count, 1], found[count, 2] = where, j, best
            count += 1
        j += max(best, 1)
    return found[:count]


@numba.njit(cache=True, nogil=True)
def _grown(runs: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Return rows (start, end in ``new``, start in ``old``): runs grown both ways along their diagonal."""
    found = np.empty((len(runs), 3), np.int64)
    for k in range(len(runs)):
        i, j, length = runs[k, 0], runs[k, 1], runs[k, 2]
        left = _reach(new, old, i - 1, j - 1, -1)
        right = _reach(new, old, i + length, j + length, 1)
        found[k, 0], found[k, 1], found[k, 2] = i - left, i + length + right, j - left
    return found


@numba.njit(cache=True, nogil=True)
def _reach(new: np.ndarray, old: np.ndarray, i: int, j: int, step: int) -> int:
    """Return how many letters from here on belong to the passage: up to where most agree."""
    score, best, reach, n = 0, 0, 0, 0
    while 0 <= i < len(new) and 0 <= j < len(old) and best - score < _DROP:
        score += 1 if new[i] == old[j] else -1
        n += 1
        if score > best:
            best, reach = score, n
        i += step
        j += step
    return reach


@numba.njit(cache=True, nogil=True)
def _chain(runs: np.ndarray, new: np.ndarray, old: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Join runs that follow one another in both texts; what two runs claim counts once."""
    runs = runs[np.argsort(runs[:, 0])]
    found = np.empty((len(runs), 5), np.int64)
    count, reach = 0, 0
    for k in range(len(runs)):
        a, b, shift = max(runs[k, 0], reach), runs[k, 1], runs[k, 2] - runs[k, 0]
        if b <= a:
            continue
        gain = 0
        for i in range(a, b):
            if new[i] == old[i + shift]:
                gain += worth[i]
        c, d, last = a + shift, b + shift, count - 1
        reach = b
        if last >= 0 and a - found[last, 1] <= GAP and 0 <= c - found[last, 3] <= GAP:
            found[last, 1], found[last, 3] = b, d
            found[last, 4] += gain
        else:
            found[count, 0], found[count, 1], found[count, 2] = a, b, c
            found[count, 3], found[count, 4] = d, gain
            count += 1
    return found[:count]
