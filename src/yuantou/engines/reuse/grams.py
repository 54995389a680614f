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
_MIX2: Final = np.uint64(0x94D049BB133111EB)
_HAN: Final = 0x3040  # from here on a sign is kana, Chinese or Korean


def _powers() -> np.ndarray:
    found = np.ones(WEIGHT + 1, np.uint64)
    for i in range(1, WEIGHT + 1):
        found[i] = np.uint64((int(found[i - 1]) * int(_BASE)) % 2**64)
    return found


_POWERS: Final = _powers()


@numba.njit(cache=True, nogil=True)
def weights(code: np.ndarray) -> np.ndarray:
    """Return the weight of each letter (int64): 3 for Chinese, 1 for others. O(length)."""
    found = np.ones(len(code), np.int64)
    for i in range(len(code)):
        if code[i] >= _HAN:
            found[i] = HAN_WEIGHT
    return found


@numba.njit(cache=True, nogil=True)
def grams(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hash of the run that begins at each letter (uint64) and where it ends (int32).

    Letters too near the end have no run, so both are shorter than ``code``. O(length): each hash is the difference of
    two sums over the text, mixed once.
    """
    n = len(code)
    sums = np.empty(n + 1, np.uint64)
    sums[0] = np.uint64(1)
    for i in range(n):
        sums[i + 1] = sums[i] * _BASE + np.uint64(code[i]) + np.uint64(1)
    hashes, ends = np.empty(n, np.uint64), np.empty(n, np.int32)
    end, weight, count = 0, 0, 0
    for i in range(n):
        while end < n and weight < WEIGHT:
            weight += HAN_WEIGHT if code[end] >= _HAN else 1
            end += 1
        if weight < WEIGHT:
            break
        value = sums[end] - sums[i] * _POWERS[end - i] + np.uint64(end - i)
        value = (value ^ (value >> np.uint64(30))) * _MIX
        value = (value ^ (value >> np.uint64(27))) * _MIX2
        hashes[i], ends[i] = value ^ (value >> np.uint64(31)), end
        weight -= HAN_WEIGHT if code[i] >= _HAN else 1
        count += 1
    return hashes[:count], ends[:count]


@numba.njit(cache=True, nogil=True)
def sampled(hashes: np.ndarray, rate: int) -> np.ndarray:
    """Return the different hashes of which one in ``rate`` is kept, ascending."""
    kept = np.empty(len(hashes), np.uint64)
    n = 0
    for value in hashes:
        if value % np.uint64(rate) == 0:
            kept[n] = value
            n += 1
    kept = np.sort(kept[:n])
    m = 0
    for i in range(n):
        if i == 0 or kept[i] != kept[i - 1]:
            kept[m] = kept[i]
            m += 1
    return kept[:m]


@numba.njit(cache=True, nogil=True)
def known(hashes: np.ndarray, table: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Tell which hashes stand in an ascending table that ``begins`` cuts by leading bits (see ``Stop``)."""
    found = np.zeros(len(hashes), np.bool_)
    if len(table) == 0:
        return found
    shift = np.uint64(64)
    n = len(begins) - 1
    while n > 1:
        n >>= 1
        shift -= np.uint64(1)
    for i in range(len(hashes)):
        part = np.int64(hashes[i] >> shift) if shift < np.uint64(64) else 0
        for k in range(begins[part], begins[part + 1]):
            if table[k] >= hashes[i]:
                found[i] = table[k] == hashes[i]
                break
    return found


def begins_of(table: np.ndarray) -> np.ndarray:
    """Return where each group of leading bits begins in an ascending table of hashes: two or so hashes a group."""
    bits = max(0, len(table).bit_length() - 1)
    edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits) if bits else np.zeros(1, np.uint64)
    return np.append(np.searchsorted(table, edges), len(table)).astype(np.int64)
