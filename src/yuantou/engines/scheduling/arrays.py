"""A facility year as arrays, for the kernels."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yuantou.engines.scheduling.year import FacilityYear

PREMIUM: Final = 3.0
"""A required request outbids this many of the most valuable ones."""

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Arrays:
    """Jobs (alternatives) J, requests R, intervals I, resources E, slots T, instruments M, configurations C.

    ``pair_job`` lists for each interval (``pair_start``) the jobs that fit into it; ``use_resource`` for each job
    (``use_start``) what it holds while it runs; ``capacity`` is E × T; ``setup`` M × C × C in slots;
    ``share`` is partner rules × jobs: what one placed job adds to the rule's left side (a rule asks for ≥ 0).
    ``kept_slot`` (J; -1 for none) earns ``keep_reward`` when the job begins there.
    """

    names: tuple[str, ...]
    instruments: tuple[str, ...]
    resources: tuple[str, ...]
    configurations: tuple[str, ...]
    request: Integers
    instrument: Integers
    duration: Integers
    value: Floats
    configuration: Integers
    release: Integers
    deadline: Integers
    use_start: NDArray[np.int64]
    use_resource: Integers
    share: Floats
    interval_instrument: Integers
    interval_start: Integers
    interval_stop: Integers
    pair_start: NDArray[np.int64]
    pair_job: Integers
    capacity: Floats
    setup: Integers
    switch_cost: float
    premium: Floats
    kept_slot: Integers
    keep_reward: float = 0.0

    @property
    def requests(self) -> int:
        """Number of requests."""
        return len(self.names)

    @cached_property
    def share_penalty(self) -> float:
        """Cost of each slot by which a share rule is not kept: dearer than what any experiment earns there."""
        return 3.0 * float(((self.value - self.premium) / self.duration).max(initial=1.0))

    @cached_property
    def placeable(self) -> NDArray[np.bool_]:
        """Tell which requests fit anywhere (R)."""
        return np.bincount(self.request[self.pair_job], minlength=self.requests) > 0

    @cached_property
    def resource_ease(self) -> Floats:
        """Share of a resource's capacity that each interval open at a slot stands for (E × T)."""
        change = np.zeros(self.capacity.shape[1] + 1)
        np.add.at(change, self.interval_start, 1)
        np.add.at(change, self.interval_stop, -1)
        return self.capacity / np.maximum(np.cumsum(change)[:-1], 1)

    def plan_values(self, start: NDArray[np.int64], job: Integers, slot: Integers) -> Floats:
        """Return the value of plans: of their jobs and kept slots, less the cost of changing configuration (K)."""
        gained = self.value[job] + self.keep_reward * (self.kept_slot[job] == slot)
        total = np.concatenate(([0.0], np.cumsum(gained)))
        return total[start[1:]] - total[start[:-1]] - self.switch_cost * self.switches(start, job)

    def switches(self, start: NDArray[np.int64], job: Integers) -> Floats:
        """Return how often each plan changes configuration (K)."""
        configuration = self.configuration[job]
        plan = np.repeat(np.arange(len(start) - 1), np.diff(start))
        given = configuration >= 0
        plan, configuration = plan[given], configuration[given]
        changed = (plan[1:] == plan[:-1]) & (configuration[1:] != configuration[:-1])
        return np.bincount(plan[1:][changed], minlength=len(start) - 1).astype(float)


def arrays_of(year: FacilityYear, kept: pl.DataFrame | None = None, keep_reward: float = 0.0) -> Arrays:
    """Return a checked year as arrays; bookings ``kept`` (request, instrument, start, stop) earn ``keep_reward``."""
    table = year.alternatives.sort("instrument", "request", "duration")
    intervals = year.intervals.sort("instrument", "start")
    instruments = tuple(intervals["instrument"].unique().sort())
    names = tuple(table["request"].unique().sort())
    table, resources = _contested(table, dict(year.resources.iter_rows()))
    configurations = tuple(
        sorted(set(table["configuration"].drop_nulls()) | set(year.setups["before"]) | set(year.setups["after"]))
    )
    value = table["value"].to_numpy().astype(float)
    premium = np.where(table["required"].to_numpy(), PREMIUM * max(value.max(initial=0.0), 1.0), 0.0)
    instrument, duration = _codes(table["instrument"], instruments), _numbers(table["duration"])
    release, deadline = _numbers(table["release"]), _numbers(table["deadline"])
    start, stop = _numbers(intervals["start"]), _numbers(intervals["stop"])
    where = _codes(intervals["instrument"], instruments)
    pair_start, pair_job = _pairs(instrument, duration, release, deadline, where, start, stop)
    return Arrays(
        names=names,
        instruments=instruments,
        resources=resources,
        configurations=configurations,
        request=_codes(table["request"], names),
        instrument=instrument,
        duration=duration,
        value=value + premium,
        configuration=_codes(table["configuration"], configurations),
        release=release,
        deadline=deadline,
        use_start=np.concatenate(([0], np.cumsum(table["resources"].list.len().to_numpy()))).astype(np.int64),
        use_resource=_codes(table["resources"].explode().drop_nulls(), resources),
        share=_share_rows(year, table, duration),
        interval_instrument=where,
        interval_start=start,
        interval_stop=stop,
        pair_start=pair_start,
        pair_job=pair_job,
        capacity=_capacity(year, resources),
        setup=_setups(year, instruments, configurations),
        switch_cost=year.switch_cost,
        premium=premium,
        kept_slot=_kept_slots(table, kept),
        keep_reward=keep_reward,
    )


def _contested(table: pl.DataFrame, capacity: dict[str, int]) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the table without resources that all who want them can hold at once, and the names of the others."""
    wanted = table.select("request", "resources").explode("resources").drop_nulls().unique()
    counts = wanted.group_by("resources").len().iter_rows()
    names = tuple(sorted(name for name, requests in counts if requests > capacity.get(name, 1)))
    return table.with_columns(pl.col("resources").list.set_intersection(list(names)).list.sort()), names


def _numbers(column: pl.Series) -> Integers:
    return column.to_numpy().astype(np.int32)


def _codes(column: pl.Series, names: tuple[str, ...]) -> Integers:
    """Return the place of each name, -1 for null (int32)."""
    place = {name: index for index, name in enumerate(names)}
    return np.array([place.get(name, -1) for name in column], dtype=np.int32)


def _pairs(
    instrument: Integers, duration: Integers, release: Integers, deadline: Integers, where: Integers, start: Integers,
    stop: Integers,
) -> tuple[NDArray[np.int64], Integers]:  # fmt: skip
    first = np.searchsorted(instrument, np.arange(where.max(initial=-1) + 2))
    found = []
    for i in range(len(where)):
        jobs = np.arange(first[where[i]], first[where[i] + 1], dtype=np.int32)
        room = np.minimum(stop[i], deadline[jobs]) - np.maximum(start[i], release[jobs])
        found.append(jobs[room >= duration[jobs]])
    sizes = np.array([len(jobs) for jobs in found], dtype=np.int64)
    return np.concatenate(([0], np.cumsum(sizes))), np.concatenate([*found, np.zeros(0, np.int32)])


def _capacity(year: FacilityYear, resources: tuple[str, ...]) -> Floats:
    given = dict(year.resources.iter_rows())
    return np.repeat(np.array([float(given.get(name, 1)) for name in resources])[:, None], year.slots, axis=1)


def _setups(year: FacilityYear, instruments: tuple[str, ...], configurations: tuple[str, ...]) -> Integers:
    setup = np.zeros((len(instruments), max(len(configurations), 1), max(len(configurations), 1)), dtype=np.int32)
    place = {name: index for index, name in enumerate(configurations)}
    row = {name: index for index, name in enumerate(instruments)}
    for instrument, before, after, slots in year.setups.iter_rows():
        if instrument in row:
            setup[row[instrument], place[before], place[after]] = slots
    return setup


def _share_rows(year: FacilityYear, table: pl.DataFrame, duration: Integers) -> Floats:
    partner = table["partner"]
    rows = []
    for name, low, high in year.shares.iter_rows():
        own = (partner == name).fill_null(value=False).to_numpy().astype(float)
        rows += [] if low is None else [duration * (own - low)]
        rows += [] if high is None else [duration * (high - own)]
    return np.array(rows).reshape(len(rows), len(duration))


def _kept_slots(table: pl.DataFrame, kept: pl.DataFrame | None) -> Integers:
    if kept is None:
        return np.full(table.height, -1, dtype=np.int32)
    starts = {(request, instrument): (start, stop - start) for request, instrument, start, stop in kept.iter_rows()}
    found = [
        start if (start := starts.get((request, instrument), (-1, 0)))[1] == duration else (-1, 0)
        for request, instrument, duration in table.select("request", "instrument", "duration").iter_rows()
    ]
    return np.array([start for start, _ in found], dtype=np.int32)
