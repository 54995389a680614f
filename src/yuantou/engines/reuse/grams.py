"""Numbers of short runs of text, and the sampled ones that go into the index.

A run begins at every letter and reaches until it weighs ``WEIGHT``: 8 Chinese characters, 24 letters, or a mix. A run
is sampled when its hash says so, not where it stands, so the same passage gives the same samples everywhere (Broder,
1997, doi:10.1109/SEQUEN.1997.666900; FracMinHash: Irber et al., 2022, doi:10.1101/2022.01.11.475838).
"""

from typing import Final

import numba
import numpy as np

from yuantou.engines.reuse.folding import HAN_WEIGHT

WEIGHT: Final = 8 * HAN_WEIGHT
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)


@numba.njit(cache=True, nogil=True)
def weights(code: np.ndarray) -> np.ndarray:
    """Return the weight of each letter (int64): 3 for Chinese, 1 for others. O(length)."""
    found = np.ones(len(code), np.int64)
    for i in range(len(code)):
        if code[i] >= 0x3040:
            found[i] = HAN_WEIGHT
    return found


@numba.njit(cache=True, nogil=True)
def grams(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hash of the run that begins at each letter (uint64) and where it ends (int64).

    Letters too near the end have no run, so both are shorter than ``code``. O(length × run).
    """
    weight = weights(code)
    hashes, ends = np.empty(len(code), np.uint64), np.empty(len(code), np.int64)
    end, sum_, count = 0, 0, 0
    for i in range(len(code)):
        while end < len(code) and sum_ < WEIGHT:
            sum_ += weight[end]
            end += 1
        if sum_ < WEIGHT:
            break
        value = np.uint64(end - i)
        for j in range(i, end):
            value = (value ^ np.uint64(code[j])) * _BASE
            value ^= value >> np.uint64(29)
        value *= _MIX
        hashes[i], ends[i] = value ^ (value >> np.uint64(32)), end
        sum_ -= weight[i]
        count += 1
    return hashes[:count], ends[:count]


def sampled(hashes: np.ndarray, rate: int) -> np.ndarray:
    """Return the different hashes of which one in ``rate`` is kept, ascending."""
    return np.unique(hashes[hashes % np.uint64(rate) == 0])


def known(hashes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Tell which hashes stand in an ascending table. O(n log m)."""
    if not len(table):
        return np.zeros(len(hashes), np.bool_)
    place = np.minimum(np.searchsorted(table, hashes), len(table) - 1)
    return table[place] == hashes
