"""The index itself: which texts hold which sampled run, six bytes for each.

A sampled hash is cut in two: its leading bits name a bucket, the next sixteen are kept beside the number of the text.
Two runs that agree in both count as one; of a text of 250 samples in an index of 750 million about 0.04 agree by
chance, and the texts themselves decide afterwards. Buckets are filled by counting, in two passes over the texts, so
that nothing larger than the result is ever held.
"""

from dataclasses import dataclass

import numba
import numpy as np

from yuantou.engines.reuse.folding import fold_units, tables
from yuantou.engines.reuse.grams import grams, sampled


@dataclass(frozen=True)
class Texts:
    """Texts one after the other: ``units`` (uint16, UTF-16), cut by ``starts`` (int64, one more than texts).

    Both may lie on disk (``numpy.memmap``); only what is read is loaded.
    """

    units: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def one(self, number: int) -> np.ndarray:
        """Return the units of a text."""
        return self.units[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True)
class Postings:
    """``begins`` (int64) cuts ``rest`` (uint16, the next bits of the hash) and ``owner`` (uint32) into buckets."""

    begins: np.ndarray
    rest: np.ndarray
    owner: np.ndarray

    @property
    def bits(self) -> int:
        """How many leading bits of a hash name its bucket."""
        return (len(self.begins) - 1).bit_length() - 1


def bits_for(samples: int) -> int:
    """Return the bits of a bucket for so many samples: about eight samples a bucket."""
    return min(28, max(4, int(samples // 8).bit_length()))


def build_postings(texts: Texts, rate: int, *, expected: int | None = None) -> Postings:
    """Index texts. Complexity: O(letters), twice; memory is that of the result.

    ``expected`` samples choose the number of buckets; by default guessed from the length.
    """
    bits = bits_for(expected if expected is not None else len(texts.units) // rate)
    counts = np.zeros((1 << bits) + 1, np.int64)
    _count(texts.units, texts.starts, *tables(), rate, bits, counts)
    begins = np.cumsum(counts)
    rest, owner = np.empty(begins[-1], np.uint16), np.empty(begins[-1], np.uint32)
    _fill(texts.units, texts.starts, *tables(), rate, bits, begins[:-1].copy(), rest, owner)
    return Postings(begins, rest, owner)


@numba.njit(cache=True, nogil=True)
def _count(
    units: np.ndarray,
    starts: np.ndarray,
    table: np.ndarray,
    flat: np.ndarray,
    rate: int,
    bits: int,
    counts: np.ndarray,
) -> None:
    for k in range(len(starts) - 1):
        code, _place = fold_units(units[starts[k] : starts[k + 1]], table, flat)
        hashes, _ends = grams(code)
        for value in sampled(hashes, rate):
            counts[np.int64(value >> np.uint64(64 - bits)) + 1] += 1


@numba.njit(cache=True, nogil=True)
def _fill(
    units: np.ndarray,
    starts: np.ndarray,
    table: np.ndarray,
    flat: np.ndarray,
    rate: int,
    bits: int,
    at: np.ndarray,
    rest: np.ndarray,
    owner: np.ndarray,
) -> None:
    for k in range(len(starts) - 1):
        code, _place = fold_units(units[starts[k] : starts[k + 1]], table, flat)
        hashes, _ends = grams(code)
        for value in sampled(hashes, rate):
            bucket = np.int64(value >> np.uint64(64 - bits))
            rest[at[bucket]] = np.uint16((value >> np.uint64(48 - bits)) & np.uint64(0xFFFF))
            owner[at[bucket]] = k
            at[bucket] += 1


@numba.njit(cache=True, nogil=True)
def candidates(
    samples: np.ndarray,
    begins: np.ndarray,
    rest: np.ndarray,
    owner: np.ndarray,
    bits: int,
    shared: int,
    most: int,
    below: int,
) -> np.ndarray:
    """Return the numbers of texts below ``below`` that hold at least ``shared`` of the samples, ascending.

    A sample that more than ``most`` texts hold tells nothing and is passed over.
    """
    found = np.empty(1024, np.uint32)
    n = 0
    for value in samples:
        bucket = np.int64(value >> np.uint64(64 - bits))
        wanted = np.uint16((value >> np.uint64(48 - bits)) & np.uint64(0xFFFF))
        before = n
        for place in range(begins[bucket], begins[bucket + 1]):
            if rest[place] == wanted and owner[place] < below:
                if n == len(found):
                    found = np.concatenate((found, np.empty(len(found), np.uint32)))
                found[n] = owner[place]
                n += 1
        if n - before > most:
            n = before
    found = np.sort(found[:n])
    kept, i = 0, 0
    while i < n:
        j = i
        while j < n and found[j] == found[i]:
            j += 1
        if j - i >= shared:
            found[kept] = found[i]
            kept += 1
        i = j
    return found[:kept]
