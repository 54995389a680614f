"""What a careful person does by hand: requests in order of priority, each at the first place that is free."""

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np

from yuantou.engines.scheduling.arrays import Arrays, arrays_of
from yuantou.engines.scheduling.draft import Draft
from yuantou.engines.scheduling.market import Market, first_prices
from yuantou.engines.scheduling.plan import Plan, plan_of
from yuantou.engines.scheduling.pricing import Columns
from yuantou.engines.scheduling.year import FacilityYear

Order = Literal["merit", "value"]
ORDERS: Final[tuple[Order, ...]] = ("merit", "value")


def greedy_plan(year: FacilityYear, order: Order) -> Plan:
    """Return the plan of a checked year by order of value per slot (``merit``) or of whole value: the yardstick.

    No bound is proved (``bound`` is infinite); shares of partners are not looked at.
    """
    arrays = arrays_of(year)
    rank = arrays.value / arrays.duration if order == "merit" else arrays.value
    draft = Draft(arrays)
    intervals: dict[int, list[int]] = {}
    for i in range(len(arrays.interval_start)):
        for j in arrays.pair_job[arrays.pair_start[i] : arrays.pair_start[i + 1]]:
            intervals.setdefault(int(j), []).append(i)
    for j in np.lexsort((arrays.request, -rank)):
        if not draft.placed[arrays.request[j]]:
            _place(draft, int(j), intervals.get(int(j), []))
    return plan_of(arrays, draft.columns(), Market(first_prices(arrays), np.inf), seed=0)


def _place(draft: Draft, j: int, intervals: list[int]) -> None:
    for i in sorted(intervals, key=lambda i: int(draft.arrays.interval_start[i])):
        for plan in _insertions(draft, j, i):
            draft.take(i)
            draft.put(plan)
            return


def _insertions(draft: Draft, j: int, i: int) -> Iterator[Columns]:
    """Yield the interval's plan with the job put in, earliest first, the others where they are."""
    arrays, old = draft.arrays, draft.plans.get(i)
    jobs, slots = (list(old.job), list(old.slot)) if old else ([], [])
    first = max(int(arrays.interval_start[i]), int(arrays.release[j]))
    last = min(int(arrays.interval_stop[i]), int(arrays.deadline[j])) - int(arrays.duration[j])
    used = arrays.use_resource[arrays.use_start[j] : arrays.use_start[j + 1]]
    for t in range(first, last + 1):
        during = slice(t, t + int(arrays.duration[j]))
        place = int(np.searchsorted(slots, t))
        row = [*jobs[:place], j, *jobs[place:]], [*slots[:place], t, *slots[place:]]
        if _runs(arrays, *row) and (draft.held[used, during] < arrays.capacity[used, during]).all():
            job, slot = (np.array(part, dtype=np.int32) for part in row)
            start = np.array([0, len(job)])
            yield Columns(np.array([i], dtype=np.int32), start, job, slot, arrays.plan_values(start, job, slot))


def _runs(arrays: Arrays, jobs: list[int], slots: list[int]) -> bool:
    """Tell whether experiments and changes of configuration between them fit one after another."""
    configuration, end = -1, -1
    for j, t in zip(jobs, slots, strict=True):
        wanted = int(arrays.configuration[j])
        change = configuration >= 0 and wanted >= 0 and wanted != configuration
        setup = int(arrays.setup[arrays.instrument[j], configuration, wanted]) if change else 0
        if end >= 0 and t < end + setup:
            return False
        configuration, end = wanted if wanted >= 0 else configuration, t + int(arrays.duration[j])
    return True
