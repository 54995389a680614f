"""A whole call at once: every new text against an index, as numbers in and numbers out."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numba
import numpy as np

from yuantou.engines.reuse.folding import HAN_WEIGHT, fold_units, tables
from yuantou.engines.reuse.grams import begins_of, grams, known, sampled
from yuantou.engines.reuse.model import Limits
from yuantou.engines.reuse.passages import prepared, shared_passages
from yuantou.engines.reuse.postings import Postings, Texts, candidates
from yuantou.kernel.progress import Progress, silent

_BLOCK: Final = 2000


def find_pairs(
    new: Texts,
    old: Texts,
    postings: Postings,
    stop: np.ndarray,
    *,
    limits: Limits,
    among: bool = False,
    threads: int = 1,
    progress: Progress = silent,
) -> np.ndarray:
    """Return rows (number of the new text, of the old one, weight shared), int64, ascending.

    Parameters
    ----------
    stop:
        Hashes of boilerplate, ascending (uint64).
    among:
        Whether both sets are the same one: each pair then stands once, the later text as the new one.
    threads:
        Parts of the new set are compared side by side; the result does not depend on their number.

    Complexity: for each new text a look into one bucket per sample, then O(n + m) for each candidate.
    """
    begins, blocks = begins_of(stop), range(0, len(new), _BLOCK)
    done = 0

    def part(first: int) -> np.ndarray:
        last = min(first + _BLOCK, len(new))
        sets = (new.units, new.starts, old.units, old.starts)
        index = (postings.begins, postings.rest, postings.owner, postings.bits)
        least = (limits.passage * HAN_WEIGHT, limits.total * HAN_WEIGHT)
        counts = (limits.rate, limits.shared, limits.most)
        return _scan(first, last, *sets, *index, stop, begins, *tables(), *counts, *least, among)

    found = []
    with ThreadPoolExecutor(threads) as pool:
        for rows in _in_order(pool, part, blocks, threads):
            found.append(rows)
            done = min(done + _BLOCK, len(new))
            progress("compare", done, len(new))
    return np.concatenate(found) if found else np.zeros((0, 3), np.int64)


def _in_order(
    pool: ThreadPoolExecutor, part: Callable[[int], np.ndarray], blocks: range, threads: int
) -> Iterator[np.ndarray]:
    """Yield results in order with few blocks waiting, so that a cancelled run ends soon."""
    waiting: list[Future[np.ndarray]] = []
    for block in blocks:
        waiting.append(pool.submit(part, block))
        if len(waiting) > threads:
            yield waiting.pop(0).result()
    yield from (one.result() for one in waiting)


@numba.njit(cache=True, nogil=True)
def _scan(
    first: int,
    last: int,
    new_units: np.ndarray,
    new_starts: np.ndarray,
    old_units: np.ndarray,
    old_starts: np.ndarray,
    begins: np.ndarray,
    rest: np.ndarray,
    owner: np.ndarray,
    bits: int,
    stop: np.ndarray,
    stop_begins: np.ndarray,
    table: np.ndarray,
    flat: np.ndarray,
    rate: int,
    shared: int,
    most: int,
    passage: int,
    total: int,
    among: bool,
) -> np.ndarray:
    found = np.empty((256, 3), np.int64)
    count = 0
    for k in range(first, last):
        code, _place = fold_units(new_units[new_starts[k] : new_starts[k + 1]], table, flat)
        hashes, _ends = grams(code)
        samples = sampled(hashes, rate)
        samples = samples[~known(samples, stop, stop_begins)]
        below = k if among else len(old_starts)
        owners = candidates(samples, begins, rest, owner, bits, shared, most, below)
        if len(owners) == 0:
            continue
        text, own, places, following, worth = prepared(code, stop, stop_begins)
        for number in owners:
            other, _where = fold_units(old_units[old_starts[number] : old_starts[number + 1]], table, flat)
            rows = shared_passages(text, own, places, following, worth, other)
            size = 0
            for row in range(len(rows)):
                if rows[row, 4] >= passage:
                    size += rows[row, 4]
            if size >= total:
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count, 0], found[count, 1], found[count, 2] = k, number, size
                count += 1
    return found[:count]
