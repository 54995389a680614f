"""The best plans of availability intervals at given prices: all at one price, or one after another as prices move."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from yuantou.engines.scheduling.arrays import Arrays
from yuantou.engines.scheduling.interval import LONGEST, MOST_CRITICAL, best_of_interval, offers

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


@dataclass(frozen=True)
class Prices:
    """What a place costs: ``request`` (R), ``resource`` (resources × slots) and ``share`` (one per partner rule)."""

    request: Floats
    resource: Floats
    share: Floats


@dataclass(frozen=True)
class Columns:
    """Plans of single intervals: plan k holds ``job[start[k]:start[k + 1]]`` begun at ``slot``; ``interval`` (K)."""

    interval: Integers
    start: NDArray[np.int64]
    job: Integers
    slot: Integers
    value: Floats

    def __len__(self) -> int:
        return len(self.interval)


def best_plans(arrays: Arrays, prices: Prices, intervals: Integers | None = None) -> tuple[Floats, Columns]:
    """Return the best reduced value of each interval (at least 0) and the plan that reaches it."""
    return _sweep(arrays, prices, intervals, 0.0, 0.0)


def bargain(
    arrays: Arrays, prices: Prices, step: float, resource_step: float, intervals: Integers
) -> tuple[Prices, Columns]:
    """Let each interval in turn choose at the prices the earlier ones left; return the prices after all, and the plans.

    A request taken costs ``step`` more for whoever comes next, and all requests a little less: an incremental
    subgradient step of the Lagrangian dual (Nedić & Bertsekas 2001, doi:10.1137/S1052623499362111). In turn, unlike at
    once, intervals do not all run for the same requests.
    """
    eased = prices.resource - resource_step * arrays.resource_ease * _open_slots(arrays, intervals)
    moved = Prices(prices.request.copy(), np.maximum(0.0, eased), prices.share)
    _, columns = _sweep(arrays, moved, intervals, step, resource_step)
    return moved, columns


def _open_slots(arrays: Arrays, intervals: Integers) -> Floats:
    """Return how many of the intervals are open in each slot (T)."""
    change = np.zeros(arrays.capacity.shape[1] + 1)
    np.add.at(change, arrays.interval_start[intervals], 1)
    np.add.at(change, arrays.interval_stop[intervals], -1)
    return np.cumsum(change)[:-1]


def _sweep(
    arrays: Arrays, prices: Prices, intervals: Integers | None, step: float, resource_step: float
) -> tuple[Floats, Columns]:
    chosen = np.arange(len(arrays.interval_start), dtype=np.int32) if intervals is None else intervals
    value = arrays.value + prices.share @ arrays.share
    best, sizes, job, slot = _price(
        chosen, arrays.interval_start, arrays.interval_stop, arrays.interval_instrument, arrays.pair_start,
        arrays.pair_job, arrays.request, arrays.duration, arrays.configuration, arrays.release, arrays.deadline,
        arrays.use_start, arrays.use_resource, value, prices.request, prices.resource, arrays.setup,
        arrays.switch_cost, arrays.kept_slot, arrays.keep_reward, step, resource_step,
    )  # fmt: skip
    start = np.concatenate(([0], np.cumsum(sizes)))
    return best, Columns(chosen, start, job, slot, arrays.plan_values(start, job, slot))


@numba.njit(cache=True)
def _price(
    chosen: np.ndarray, first: np.ndarray, last: np.ndarray, instrument: np.ndarray, pair_start: np.ndarray,
    pair_job: np.ndarray, request: np.ndarray, duration: np.ndarray, configuration: np.ndarray, release: np.ndarray,
    deadline: np.ndarray, use_start: np.ndarray, use_resource: np.ndarray, job_value: np.ndarray, price: np.ndarray,
    resource_price: np.ndarray, setup: np.ndarray, switch_cost: float, kept_slot: np.ndarray, keep_reward: float,
    step: float, resource_step: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip  # pragma: no cover
    best, sizes = np.zeros(len(chosen)), np.zeros(len(chosen), np.int64)
    job, slot = np.empty(len(chosen) * 8 + LONGEST, np.int32), np.empty(len(chosen) * 8 + LONGEST, np.int32)
    path_job, path_slot = np.empty(LONGEST, np.int32), np.empty(LONGEST, np.int32)
    critical = np.empty(MOST_CRITICAL, np.int32)
    fits = _fits(chosen, pair_start, pair_job, request, len(price))
    length = 0
    for k in range(len(chosen)):
        i = chosen[k]
        begin, slots = first[i], last[i] - first[i]
        pairs = pair_job[pair_start[i] : pair_start[i + 1]]
        for j in pairs:
            price[request[j]] = max(0.0, price[request[j]] - step / fits[request[j]])
        jobs, gain = offers(
            pairs, begin, slots, request, duration, release, deadline, use_start, use_resource, job_value, price,
            resource_price, kept_slot, keep_reward,
        )  # fmt: skip
        best[k], size = best_of_interval(
            begin, slots, setup[instrument[i]], switch_cost, jobs, gain, request, duration, configuration, critical,
            path_job, path_slot,
        )  # fmt: skip
        if length + size > len(job):
            job, slot = np.concatenate((job, job)), np.concatenate((slot, slot))
        for x in range(size):
            j, t = path_job[size - 1 - x], path_slot[size - 1 - x]
            job[length + x], slot[length + x] = j, t
            price[request[j]] += step
            for u in use_resource[use_start[j] : use_start[j + 1]]:
                resource_price[u, t : t + duration[j]] += resource_step
        sizes[k] = size
        length += size
    return best, sizes, job[:length], slot[:length]


@numba.njit(cache=True)
def _fits(
    chosen: np.ndarray, pair_start: np.ndarray, pair_job: np.ndarray, request: np.ndarray, requests: int
) -> np.ndarray:  # pragma: no cover
    """Return how many of the chosen intervals each request fits into."""
    fits = np.zeros(requests)
    for i in chosen:
        for q in range(pair_start[i], pair_start[i + 1]):
            fits[request[pair_job[q]]] += 1.0
    return fits
