"""Whole plans from prices: neighbourhoods of intervals, each re-planned as well as can be while the rest stands.

Large neighbourhood search (Shaw 1998, doi:10.1007/3-540-49481-2_30): related intervals are taken out, bargain among
themselves for what is free, and the best packing of the plans they met is put back if it is worth more. The
neighbourhood grows while packings are proved best, and shrinks when they are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yuantou.engines.scheduling.arrays import Arrays
from yuantou.engines.scheduling.draft import Draft, penalty, piece
from yuantou.engines.scheduling.packing import Pool, pack
from yuantou.engines.scheduling.pricing import Prices, bargain

SMALLEST: Final = 8
LARGEST: Final = 120
PASSES: Final = 12
FALL: Final = 0.85


@dataclass(frozen=True)
class Places:
    """Which intervals each request fits into (``interval`` cut by ``start``)."""

    start: NDArray[np.int64]
    interval: NDArray[np.int32]

    def of(self, request: int) -> NDArray[np.int32]:
        """Return the intervals of a request."""
        return self.interval[self.start[request] : self.start[request + 1]]


def places(arrays: Arrays) -> Places:
    """Return the intervals that each request fits into, each once."""
    interval = np.repeat(np.arange(len(arrays.interval_start)), np.diff(arrays.pair_start))
    pairs = np.unique(np.stack((arrays.request[arrays.pair_job], interval)), axis=1)
    start = np.searchsorted(pairs[0], np.arange(arrays.requests + 1))
    return Places(start, pairs[1].astype(np.int32))


def search(draft: Draft, prices: Prices, *, step: float, rng: np.random.Generator) -> Iterator[float]:
    """Improve the draft in place for ever; yield its value after each neighbourhood."""
    where, size = places(draft.arrays), float(SMALLEST)
    if not len(where.interval):
        return
    value = draft.value
    while True:
        now = size if rng.random() < 0.5 else rng.uniform(SMALLEST, size)
        intervals = _neighbourhood(draft, where, int(now), rng)
        gained, proved = _replan(draft, prices, intervals, step * rng.uniform(0.3, 2.0), rng)
        value += gained
        size = min(max(size, now * 1.2), LARGEST) if proved else max(now / 1.5, SMALLEST)
        yield value


def _neighbourhood(draft: Draft, where: Places, size: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return related intervals: where an unplaced request fits, then where its rivals there fit, and so on.

    Where that leads no further any request is as good: resources and shares may tie together what no request does.
    """
    arrays = draft.arrays
    anybody = np.flatnonzero(arrays.placeable)
    waiting = np.flatnonzero(~draft.placed & arrays.placeable)
    request = int(rng.choice(waiting if len(waiting) else anybody))
    found: dict[int, None] = {}
    for _ in range(size):
        before = len(found)
        for i in rng.permutation(where.of(request))[: max(4, size // 4)]:
            found.setdefault(int(i))
        if len(found) >= size:
            break
        rivals = draft.plans.get(int(rng.choice(list(found))))
        if rivals is not None and len(found) > before:
            request = int(arrays.request[rng.choice(rivals.job)])
        else:
            request = int(rng.choice(anybody))
    return np.array(list(found)[:size], dtype=np.int32)


def _replan(
    draft: Draft, prices: Prices, intervals: NDArray[np.int32], step: float, rng: np.random.Generator
) -> tuple[float, bool]:
    arrays, pool = draft.arrays, Pool()
    before = -penalty(arrays, draft.shares)
    taken = [plan for i in intervals if (plan := draft.take(int(i))) is not None]
    for plan in taken:
        before += float(plan.value[0])
        pool.add(plan)
    here = draft.prices(prices.request, prices.resource)
    here = Prices(here.request, here.resource, prices.share)
    for _ in range(PASSES):
        here, columns = bargain(arrays, here, step, step / 10, rng.permutation(intervals))
        pool.add(columns)
        step *= FALL
    met = pool.columns()
    found = pack(arrays, met, draft.held, draft.shares)
    better = found.value > before + 1e-6
    for plan in [piece(met, k) for k in found.chosen] if better else taken:
        draft.put(plan)
    return (found.value - before if better else 0.0), found.proved
