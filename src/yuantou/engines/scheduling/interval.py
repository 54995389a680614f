"""The best plan of one availability interval at given prices: an exact dynamic programme over slot and configuration.

State: the slot from which the instrument is free, the configuration it is left in (the last: nothing set up yet), and
which of the interval's *critical* requests it has served. A request becomes critical only when the programme without it
would serve it twice (decremental state-space relaxation, Righini & Salani 2008, doi:10.1002/net.20212), so the state
stays small. Work: slots × jobs × 2^critical.
"""

from typing import Final

import numba
import numpy as np

MOST_CRITICAL: Final = 6
"""Requests watched in one interval; beyond, the bound is a relaxation (still valid) and the repetition is cut out."""
LONGEST: Final = 400
"""Experiments that one plan of an interval can hold."""
NOTHING: Final = -1e18


@numba.njit(cache=True)
def offers(
    pairs: np.ndarray, begin: int, slots: int, request: np.ndarray, duration: np.ndarray, release: np.ndarray,
    deadline: np.ndarray, use_start: np.ndarray, use_resource: np.ndarray, job_value: np.ndarray, price: np.ndarray,
    resource_price: np.ndarray, kept_slot: np.ndarray, keep_reward: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip  # pragma: no cover
    """Return the jobs worth placing and what each gains by starting slot (``NOTHING`` where it cannot start)."""
    jobs, gain = np.empty(len(pairs), np.int32), np.full((len(pairs), slots), NOTHING)
    paid = np.zeros(slots + 1)
    n = 0
    for j in pairs:
        worth = job_value[j] - price[request[j]]
        if worth + (keep_reward if kept_slot[j] >= 0 else 0.0) <= 1e-9:
            continue
        jobs[n] = j
        uses = use_resource[use_start[j] : use_start[j + 1]]
        paid[:] = 0.0
        for u in uses:
            paid[1:] += np.cumsum(resource_price[u, begin : begin + slots])
        low = max(0, release[j] - begin)
        high = min(slots, deadline[j] - begin) - duration[j]
        for t in range(low, high + 1):
            gain[n, t] = worth - (paid[t + duration[j]] - paid[t])
            if begin + t == kept_slot[j]:
                gain[n, t] += keep_reward
        n += 1
    return jobs[:n], gain[:n]


@numba.njit(cache=True)
def best_of_interval(
    begin: int, slots: int, setup: np.ndarray, switch_cost: float, jobs: np.ndarray, gain: np.ndarray,
    request: np.ndarray, duration: np.ndarray, configuration: np.ndarray, critical: np.ndarray, path_job: np.ndarray,
    path_slot: np.ndarray,
) -> tuple[float, int]:  # fmt: skip  # pragma: no cover
    """Write the best plan, last job first; return its value and size. More requests are watched until none repeats."""
    best, size = 0.0, 0
    watched = 0
    while len(jobs) > 0:
        bits = np.zeros(len(jobs), np.int32)
        for a in range(len(jobs)):
            for w in range(watched):
                if critical[w] == request[jobs[a]]:
                    bits[a] = 1 << w
        best, size = _plan(
            begin, slots, setup, switch_cost, jobs, gain, duration, configuration, bits, 1 << watched, path_job,
            path_slot,
        )  # fmt: skip
        repeated = _repeated(path_job, size, request)
        if repeated < 0:
            break
        if watched == len(critical):
            size = _without_repeats(path_job, path_slot, size, request)
            break
        critical[watched] = repeated
        watched += 1
    return best, size


@numba.njit(cache=True)
def _plan(
    begin: int, slots: int, setup: np.ndarray, switch_cost: float, jobs: np.ndarray, gain: np.ndarray,
    duration: np.ndarray, configuration: np.ndarray, bits: np.ndarray, masks: int, path_job: np.ndarray,
    path_slot: np.ndarray,
) -> tuple[float, int]:  # fmt: skip  # pragma: no cover
    states = setup.shape[0] + 1
    free = np.full((slots + 1, states, masks), NOTHING)
    by_job = np.full((slots + 1, states, masks), -1, np.int32)
    by_state = np.zeros((slots + 1, states, masks), np.int32)
    ready, ready_state = np.empty((states, masks)), np.empty((states, masks), np.int32)
    free[0, states - 1, 0] = 0.0
    for t in range(slots):
        if t > 0:
            _wait(t, free, by_job)
        _make_ready(t, free, setup, switch_cost, ready, ready_state)
        for a in range(len(jobs)):
            if gain[a, t] > 0.0:
                _run(
                    t, t + duration[jobs[a]], jobs[a], gain[a, t], configuration[jobs[a]], bits[a], free, by_job,
                    by_state, ready, ready_state,
                )  # fmt: skip
    _wait(slots, free, by_job)
    return _trace(begin, slots, duration, free, by_job, by_state, path_job, path_slot)


@numba.njit(cache=True)
def _wait(t: int, free: np.ndarray, by_job: np.ndarray) -> None:  # pragma: no cover
    """Let the instrument stand idle for the slot before t where that is no worse."""
    for c in range(free.shape[1]):
        for s in range(free.shape[2]):
            if free[t - 1, c, s] >= free[t, c, s]:
                free[t, c, s] = free[t - 1, c, s]
                by_job[t, c, s] = -1


@numba.njit(cache=True)
def _make_ready(
    t: int, free: np.ndarray, setup: np.ndarray, switch_cost: float, ready: np.ndarray, ready_state: np.ndarray
) -> None:  # pragma: no cover
    """Write the best way to stand ready at t in each configuration: as left, set up afresh, or changed over."""
    states, masks = free.shape[1], free.shape[2]
    fresh = states - 1
    for c in range(states):
        for s in range(masks):
            ready[c, s], ready_state[c, s] = free[t, c, s], (t * states + c) * masks + s
            if c == fresh:
                continue
            if free[t, fresh, s] > ready[c, s]:
                ready[c, s], ready_state[c, s] = free[t, fresh, s], (t * states + fresh) * masks + s
            for b in range(fresh):
                at = t - setup[b, c]
                if b != c and at >= 0 and free[at, b, s] - switch_cost > ready[c, s]:
                    ready[c, s], ready_state[c, s] = free[at, b, s] - switch_cost, (at * states + b) * masks + s


@numba.njit(cache=True)
def _run(
    t: int, done: int, job: int, gain: float, configuration: int, bit: int, free: np.ndarray, by_job: np.ndarray,
    by_state: np.ndarray, ready: np.ndarray, ready_state: np.ndarray,
) -> None:  # fmt: skip  # pragma: no cover
    """Run a job from t to done out of every state that allows it; one without configuration leaves it as it was."""
    states, masks = free.shape[1], free.shape[2]
    low, high = (configuration, configuration + 1) if configuration >= 0 else (0, states)
    for c in range(low, high):
        for s in range(masks):
            if s & bit:
                continue
            if configuration >= 0:
                total, state = ready[c, s] + gain, ready_state[c, s]
            else:
                total, state = free[t, c, s] + gain, np.int32((t * states + c) * masks + s)
            if total > free[done, c, s | bit] + 1e-12:
                free[done, c, s | bit] = total
                by_job[done, c, s | bit] = job
                by_state[done, c, s | bit] = state


@numba.njit(cache=True)
def _trace(
    begin: int, slots: int, duration: np.ndarray, free: np.ndarray, by_job: np.ndarray, by_state: np.ndarray,
    path_job: np.ndarray, path_slot: np.ndarray,
) -> tuple[float, int]:  # fmt: skip  # pragma: no cover
    states, masks = free.shape[1], free.shape[2]
    best, t, c, s = 0.0, 0, 0, 0
    for x in range(states):
        for y in range(masks):
            if free[slots, x, y] > best:
                best, t, c, s = free[slots, x, y], slots, x, y
    size = 0
    while t > 0:
        j = by_job[t, c, s]
        if j < 0:
            t -= 1
            continue
        path_job[size], path_slot[size] = j, begin + t - duration[j]
        size += 1
        state = by_state[t, c, s]
        s, c, t = state % masks, state // masks % states, state // masks // states
    return best, size


@numba.njit(cache=True)
def _repeated(path_job: np.ndarray, size: int, request: np.ndarray) -> int:  # pragma: no cover
    for x in range(size):
        for y in range(x + 1, size):
            if request[path_job[x]] == request[path_job[y]]:
                return request[path_job[x]]
    return -1


@numba.njit(cache=True)
def _without_repeats(
    path_job: np.ndarray, path_slot: np.ndarray, size: int, request: np.ndarray
) -> int:  # pragma: no cover
    kept = 0
    for x in range(size):
        double = False
        for y in range(kept):
            double = double or request[path_job[x]] == request[path_job[y]]
        if not double:
            path_job[kept], path_slot[kept] = path_job[x], path_slot[x]
            kept += 1
    return kept
