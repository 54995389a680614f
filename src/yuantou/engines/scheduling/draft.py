"""A plan while it is being made: the chosen plan of each interval, who is placed, what is held."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yuantou.engines.scheduling.arrays import Arrays
from yuantou.engines.scheduling.pricing import Columns, Prices, best_plans

BARRED = 1e9
"""A price nobody pays."""


class Draft:
    """Plans of intervals by index, and what follows from them; intervals can be taken out and put in."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.plans: dict[int, Columns] = {}
        self.placed: NDArray[np.bool_] = np.zeros(arrays.requests, dtype=bool)
        self.held: NDArray[np.float64] = np.zeros(arrays.capacity.shape)
        self.shares: NDArray[np.float64] = np.zeros(len(arrays.share))

    @property
    def value(self) -> float:
        """Value of all plans, premiums and rewards included, less the penalty of shares not kept."""
        return sum(float(plan.value[0]) for plan in self.plans.values()) - penalty(self.arrays, self.shares)

    def put(self, plan: Columns) -> None:
        """Put in the plan of one interval, which must be empty."""
        self.plans[int(plan.interval[0])] = plan
        self.placed[self.arrays.request[plan.job]] = True
        self._hold(plan, 1)

    def take(self, interval: int) -> Columns | None:
        """Take out the plan of an interval and return it."""
        plan = self.plans.pop(interval, None)
        if plan is not None:
            self.placed[self.arrays.request[plan.job]] = False
            self._hold(plan, -1)
        return plan

    def prices(self, request: NDArray[np.float64], resource: NDArray[np.float64]) -> Prices:
        """Return prices under which nobody wants what is placed or held elsewhere."""
        full = self.held >= self.arrays.capacity
        return Prices(
            np.where(self.placed, BARRED, request), np.where(full, BARRED, resource), np.zeros(len(self.arrays.share))
        )

    def polish(self, intervals: NDArray[np.int32], sweeps: int = 3) -> None:
        """Let each interval in turn take the best of its own and the unplaced requests, all else unmoved."""
        for _ in range(sweeps):
            if sum(self._polish_one(int(i)) for i in intervals) == 0:
                return

    def columns(self) -> Columns:
        """Return all plans, by interval."""
        return joined([self.plans[i] for i in sorted(self.plans)])

    def _polish_one(self, i: int) -> bool:
        old = self.take(i)
        free = self.prices(np.zeros(self.arrays.requests), np.zeros(self.held.shape))
        _, new = best_plans(self.arrays, free, np.array([i], dtype=np.int32))
        better = new.value[0] > (float(old.value[0]) if old is not None else 0.0) + 1e-9
        if better:
            self.put(new)
        elif old is not None:
            self.put(old)
        return bool(better)

    def _hold(self, plan: Columns, sign: int) -> None:
        arrays = self.arrays
        for j, t in zip(plan.job, plan.slot, strict=True):
            for u in range(arrays.use_start[j], arrays.use_start[j + 1]):
                self.held[arrays.use_resource[u], t : t + arrays.duration[j]] += sign
        self.shares += sign * arrays.share[:, plan.job].sum(axis=1)


def penalty(arrays: Arrays, shares: NDArray[np.float64]) -> float:
    """Return what share rules not kept cost: dearer than any experiment in the slots concerned."""
    return arrays.share_penalty * float(np.maximum(0.0, -shares).sum())


def piece(columns: Columns, k: int) -> Columns:
    """Return plan k alone."""
    part = slice(columns.start[k], columns.start[k + 1])
    start = np.array([0, columns.start[k + 1] - columns.start[k]])
    return Columns(columns.interval[k : k + 1], start, columns.job[part], columns.slot[part], columns.value[k : k + 1])


def joined(pieces: list[Columns]) -> Columns:
    """Return plans of single intervals as one."""
    sizes = [len(plan.job) for plan in pieces]
    nothing = np.zeros(0, np.int32)
    return Columns(
        np.concatenate([*(plan.interval for plan in pieces), nothing]),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        np.concatenate([*(plan.job for plan in pieces), nothing]),
        np.concatenate([*(plan.slot for plan in pieces), nothing]),
        np.concatenate([*(plan.value for plan in pieces), np.zeros(0)]),
    )


def first_draft(arrays: Arrays, columns: Columns) -> Draft:
    """Return a valid draft from plans that may serve a request twice or hold too much: first come, first kept."""
    draft = Draft(arrays)
    for k in range(len(columns)):
        plan = piece(columns, k)
        kept = np.array([_fits(draft, j, t) for j, t in zip(plan.job, plan.slot, strict=True)], dtype=bool)
        if kept.any():
            job, slot = plan.job[kept], plan.slot[kept]
            start = np.array([0, len(job)])
            draft.put(Columns(plan.interval, start, job, slot, arrays.plan_values(start, job, slot)))
    return draft


def _fits(draft: Draft, j: int, t: int) -> bool:
    arrays = draft.arrays
    used = arrays.use_resource[arrays.use_start[j] : arrays.use_start[j + 1]]
    during = slice(t, t + arrays.duration[j])
    room = bool((draft.held[used, during] < arrays.capacity[used, during]).all())
    return room and not draft.placed[arrays.request[j]]


def draft_of(arrays: Arrays, bookings: pl.DataFrame) -> Draft:
    """Return the draft that holds those bookings which are still possible."""
    names = {name: index for index, name in enumerate(arrays.names)}
    instruments = {name: index for index, name in enumerate(arrays.instruments)}
    ways = {
        (int(r), int(m), int(d)): j
        for j, (r, m, d) in enumerate(zip(arrays.request, arrays.instrument, arrays.duration, strict=True))
    }
    found: dict[int, list[tuple[int, int]]] = {}
    for request, name, start, stop in bookings.select("request", "instrument", "start", "stop").iter_rows():
        way = ways.get((names.get(request, -1), instruments.get(name, -1), stop - start))
        place = _interval(arrays, way, start, stop) if way is not None else None
        if way is not None and place is not None:
            found.setdefault(place, []).append((start, way))
    pairs = [(i, sorted(found[i])) for i in sorted(found)]
    job = np.array([j for _, rows in pairs for _, j in rows], dtype=np.int32)
    slot = np.array([t for _, rows in pairs for t, _ in rows], dtype=np.int32)
    start = np.concatenate(([0], np.cumsum([len(rows) for _, rows in pairs]))).astype(np.int64)
    interval = np.array([i for i, _ in pairs], dtype=np.int32)
    return first_draft(arrays, Columns(interval, start, job, slot, arrays.plan_values(start, job, slot)))


def _interval(arrays: Arrays, job: int, start: int, stop: int) -> int | None:
    if start < arrays.release[job] or stop > arrays.deadline[job]:
        return None
    here = np.flatnonzero(
        (arrays.interval_instrument == arrays.instrument[job])
        & (arrays.interval_start <= start)
        & (arrays.interval_stop >= stop)
    )
    return int(here[0]) if len(here) else None
