"""An independent check of a plan against the tables alone: nothing here is shared with the scheduler."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import polars as pl

from yuantou.engines.scheduling.year import FacilityYear
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText

Row = dict[str, Any]

_MESSAGES = {
    "plan.alternative": ("不是该申请的任何一种排法。", "is none of the ways in which its request may be served."),
    "plan.twice": ("同一申请排了两次。", "serves a request that is served already."),
    "plan.closed": ("超出仪器的开放时段。", "lies outside the open intervals of its instrument."),
    "plan.clash": (
        "与前一个预约重叠，或没有留出换装时间。",
        "overlaps the one before it, or leaves no time for the change.",
    ),
    "plan.resource": ("所用资源超出容量。", "holds a resource beyond its capacity."),
    "plan.share": ("合作方份额不符。", "the partner's share is out of its bounds."),
    "plan.missing": ("必须安排的维护没有排上。", "must be placed and is not."),
}


def check_bookings(year: FacilityYear, bookings: pl.DataFrame) -> list[Problem]:
    """Return every rule that ``bookings`` (``request``, ``instrument``, ``start``, ``stop``) of a year break."""
    return list(_Check(year, bookings).problems())


def worth(year: FacilityYear, bookings: pl.DataFrame) -> float:
    """Return the value of valid bookings, changes of configuration paid."""
    return _Check(year, bookings).worth()


class _Check:
    def __init__(self, year: FacilityYear, bookings: pl.DataFrame) -> None:
        self.year = year
        self.rows: list[Row] = bookings.sort("instrument", "start").to_dicts()
        ways: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for way in year.alternatives.iter_rows(named=True):
            ways[way["request"], way["instrument"]].append(way)
        self.open: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for name, start, stop in year.intervals.iter_rows():
            self.open[name].append((start, stop))
        self.pairs = [(row, self._way(row, ways[row["request"], row["instrument"]])) for row in self.rows]
        self.setup = {tuple(row[:3]): row[3] for row in year.setups.iter_rows()}

    def problems(self) -> Iterator[Problem]:
        yield from (_problem("plan.alternative", row["request"]) for row, way in self.pairs if way is None)
        placed = Counter(row["request"] for row in self.rows)
        yield from (_problem("plan.twice", request) for request, times in placed.items() if times > 1)
        yield from (_problem("plan.closed", row["request"]) for row in self.rows if self._interval(row) is None)
        for name in sorted(self.open):
            yield from self._clashes([pair for pair in self.pairs if pair[0]["instrument"] == name])
        yield from self._overused()
        yield from self._shares()
        required = self.year.alternatives.filter("required")["request"].unique().sort()
        yield from (_problem("plan.missing", request) for request in required if request not in placed)

    def worth(self) -> float:
        total, here, configuration = 0.0, None, None
        for row, way in self.pairs:
            assert way is not None
            interval = (row["instrument"], self._interval(row))
            configuration = configuration if interval == here else None
            here = interval
            wanted = way["configuration"]
            total += way["value"] - self.year.switch_cost * (
                None not in {configuration, wanted} and configuration != wanted
            )
            configuration = wanted or configuration
        return total

    @staticmethod
    def _way(row: Row, ways: list[Row]) -> Row | None:
        fitting = [
            way
            for way in ways
            if way["duration"] == row["stop"] - row["start"]
            and way["release"] <= row["start"]
            and row["stop"] <= way["deadline"]
        ]
        return max(fitting, key=lambda way: way["value"], default=None)

    def _interval(self, row: Row) -> tuple[int, int] | None:
        return next((i for i in self.open[row["instrument"]] if i[0] <= row["start"] and row["stop"] <= i[1]), None)

    def _clashes(self, pairs: list[tuple[Row, Row | None]]) -> Iterator[Problem]:
        configuration = None
        for (before, way), (row, after) in pairwise(pairs):
            if way is None or after is None:
                continue
            same = self._interval(before) == self._interval(row)
            configuration = way["configuration"] or (configuration if same else None)
            change = (row["instrument"], configuration, after["configuration"])
            setup = self.setup.get(change, 0) if same and configuration != after["configuration"] else 0
            if row["start"] < before["stop"] + setup:
                yield _problem("plan.clash", row["request"])
            configuration = configuration if same else None

    def _overused(self) -> Iterator[Problem]:
        capacity = dict(self.year.resources.iter_rows())
        held: Counter[tuple[str, int]] = Counter()
        for row, way in self.pairs:
            for resource in (way or {}).get("resources") or []:
                held.update((resource, slot) for slot in range(row["start"], row["stop"]))
        over = sorted({resource for (resource, _), times in held.items() if times > capacity.get(resource, 1)})
        yield from (_problem("plan.resource", resource) for resource in over)

    def _shares(self) -> Iterator[Problem]:
        slots: Counter[str | None] = Counter()
        for row, way in self.pairs:
            slots[way["partner"] if way else None] += row["stop"] - row["start"]
        whole = slots.total()
        for partner, low, high in self.year.shares.iter_rows():
            below = low is not None and slots[partner] < low * whole - 1e-6
            above = high is not None and slots[partner] > high * whole + 1e-6
            if below or above:
                yield _problem("plan.share", partner)


def _problem(code: str, name: str) -> Problem:
    zh, en = _MESSAGES[code]
    return Problem(
        code, LocalText(f"{name}：{zh}", f"{name}: {en}"), LocalText("请重新排期。", "Plan again."), Place("bookings")
    )
