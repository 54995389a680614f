"""The year of a facility as the tables of the scheduler, and a plan's prices in and out of the database.

Requests go by their number, instruments and equipment by their code, so that findings can be read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from yuantou.apps.facilities.acts import problem
from yuantou.apps.facilities.models import Booking, Instrument, TimeRequest, YearPlan
from yuantou.apps.facilities.register import calendar_problems
from yuantou.apps.facilities.requests import problems_of
from yuantou.engines.scheduling import FacilityYear, Plan, Prices, check_year
from yuantou.kernel.errors import Problem

SHORTENED: Final = 0.9
"""A slot of an experiment cut below its allocation is worth this share of one of a whole experiment."""
BEYOND: Final = 0.5
"""A slot beyond the allocation is worth this share of one within it."""
SWITCH_SHARE: Final = 0.05
"""A change of configuration costs this share of a middling request's slot."""


@dataclass(frozen=True)
class Year:
    """A checked year, the findings on its way, and who is behind the names in its tables."""

    tables: FacilityYear
    findings: tuple[Problem, ...]
    requests: dict[str, TimeRequest]
    instruments: dict[str, Instrument]


def year_of(plan: YearPlan, *, extra: "Extra | None" = None) -> Year:
    """Return the year of a plan as it stands now in the register (about ten queries)."""
    instruments = {
        row.code: row
        for row in plan.facility.instruments.filter(state__means="working").prefetch_related(
            "closures", "configurations"
        )
    }
    rows = plan.facility.requests.filter(state__means="ready").select_related("proposal", "contact", "lead")
    requests = {key_of(row): row for row in rows.prefetch_related("team")}
    findings = [found for row in instruments.values() for found in calendar_problems(row)]
    findings += clock_changes(plan)
    good = {}
    for name, row in requests.items():
        found = problems_of(row)
        findings += found
        if not any(one.fatal for one in found):
            good[name] = row
    by_id = {row.pk: row.code for row in instruments.values()}
    extra = extra or Extra()
    year = FacilityYear(
        slots=plan.slots,
        intervals=_intervals(plan, instruments.values(), extra),
        alternatives=_alternatives(plan, good, by_id),
        setups=_setups(instruments.values()),
        resources=_resources(plan, good, extra),
        shares=_shares(plan),
        switch_cost=_switch_cost(good.values()),
    )
    checked, problems = check_year(year)
    return Year(checked, (*findings, *problems), requests, instruments)


@dataclass(frozen=True)
class Extra:
    """What a what-if adds: days without closure on an instrument (``opened``), pieces of equipment (``more``)."""

    opened: tuple[str, int, int] | None = None
    more: str = ""


def key_of(request: TimeRequest) -> str:
    """Return the name of a request in tables and findings."""
    return request.proposal.number or request.pk


def clock_changes(plan: YearPlan) -> list[Problem]:
    """Return the days on which clocks are changed: slots stay as long as they are, and begin at another hour."""
    zone = ZoneInfo(plan.facility.time_zone)
    found, day = [], plan.starts_at
    while day < plan.ends_at:
        after = day + timedelta(days=1)
        before, later = day.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset()
        if before != later:
            name = f"{after.astimezone(zone):%Y-%m-%d}"
            found.append(
                problem(
                    "clock.change", name, f"{name} 前后时钟调整，此后各班次的钟点随之变动，时长不变。",
                    f"Clocks change around {name}: slots keep their length and begin at another hour.",
                    "请在发布前核对班次钟点。", "Check the hours of shifts before publishing.", fatal=False,
                )
            )  # fmt: skip
        day = after
    return found


def open_times(plan: YearPlan, instrument: Instrument, keep: tuple[int, int] | None = None) -> list[tuple[int, int]]:
    """Return the open intervals of an instrument in slots: the year without its closures (``keep`` stays open)."""
    closed = []
    for row in instrument.closures.all():
        first, last = max(0, floor(plan.slot_of(row.starts_at))), min(plan.slots, ceil(plan.slot_of(row.ends_at)))
        parts = [(first, last)] if keep is None else [(first, min(last, keep[0])), (max(first, keep[1]), last)]
        closed += [(a, b) for a, b in parts if a < b]
    found, free = [], 0
    for first, last in sorted(closed):
        if first > free:
            found.append((free, first))
        free = max(free, last)
    return [*found, (free, plan.slots)] if free < plan.slots else found


def _intervals(plan: YearPlan, instruments: Iterable[Instrument], extra: Extra) -> pl.DataFrame:
    rows = []
    for row in instruments:
        keep = extra.opened[1:] if extra.opened and extra.opened[0] == row.code else None
        rows += [(row.code, a, b) for a, b in open_times(plan, row, keep)]
    return pl.DataFrame(rows, schema=["instrument", "start", "stop"], orient="row") if rows else _empty_intervals()


def _empty_intervals() -> pl.DataFrame:
    return pl.DataFrame(schema={"instrument": pl.String, "start": pl.Int32, "stop": pl.Int32})


def worth_of(request: TimeRequest, slots: int) -> float:
    """Return what so many slots of a request are worth: its calibrated merit times slots, less beyond and below."""
    whole = request.shifts
    effective = slots * SHORTENED if slots < whole else whole + (slots - whole) * BEYOND
    return round(request.merit * effective, 6)


def _alternatives(plan: YearPlan, requests: dict[str, TimeRequest], codes: dict[str, str]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for name, row in requests.items():
        release, deadline = window_of(plan, row)
        held = held_by(row)
        for way in row.ways:
            code = codes.get(way["instrument"])
            if code is None:
                continue
            for slots in sorted({row.shifts_min, row.shifts, row.shifts_max}):
                worth, wanted = worth_of(row, slots), way["configuration"] or None
                rows.append((name, code, slots, worth, release, deadline, wanted, held, row.partner or None, False))
    columns: dict[str, Any] = {
        "request": pl.String, "instrument": pl.String, "duration": pl.Int32, "value": pl.Float64, "release": pl.Int32,
        "deadline": pl.Int32, "configuration": pl.String, "resources": pl.List(pl.String), "partner": pl.String,
        "required": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


def window_of(plan: YearPlan, request: TimeRequest) -> tuple[int, int]:
    """Return the window of a request in slots of a plan; whole days of the facility's zone."""
    zone = ZoneInfo(plan.facility.time_zone)
    release, deadline = 0, plan.slots
    if request.window_start:
        release = ceil(plan.slot_of(datetime.combine(request.window_start, datetime.min.time(), zone)))
    if request.window_end:
        after = request.window_end + timedelta(days=1)
        deadline = floor(plan.slot_of(datetime.combine(after, datetime.min.time(), zone)))
    return max(0, release), min(plan.slots, deadline)


def held_by(request: TimeRequest) -> list[str]:
    """Return what a request holds while it runs: equipment, its people, its contact."""
    people = [request.lead_id, *(person.pk for person in request.team.all())]
    people += [request.contact_id] if request.contact_id else []
    return [*request.needs, *(f"@{person}" for person in dict.fromkeys(people))]


def _resources(plan: YearPlan, requests: dict[str, TimeRequest], extra: Extra) -> pl.DataFrame:
    rows = {row.code: row.capacity + (row.code == extra.more) for row in plan.facility.equipment.all()}
    rows |= {name: 1 for row in requests.values() for name in held_by(row) if name.startswith("@")}
    columns: dict[str, Any] = {"resource": pl.String, "capacity": pl.Int32}
    return pl.DataFrame(sorted(rows.items()), schema=columns, orient="row")


def _setups(instruments: Iterable[Instrument]) -> pl.DataFrame:
    rows = [
        (row.code, before.code, after, slots)
        for row in instruments
        for before in row.configurations.all()
        for after, slots in sorted(before.setups.items())
    ]
    columns: dict[str, Any] = {"instrument": pl.String, "before": pl.String, "after": pl.String, "slots": pl.Int32}
    return pl.DataFrame(rows, schema=columns, orient="row")


def _shares(plan: YearPlan) -> pl.DataFrame:
    rows = [(row["partner"], row.get("low"), row.get("high")) for row in plan.shares]
    columns: dict[str, Any] = {"partner": pl.String, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=columns, orient="row")


def _switch_cost(requests: Iterable[TimeRequest]) -> float:
    merits = sorted(row.merit for row in requests)
    return round(SWITCH_SHARE * merits[len(merits) // 2], 6) if merits else 0.0


# --- plans in and out of the database ---------------------------------------------------------------------------------


def bookings_table(rows: Iterable[Booking]) -> pl.DataFrame:
    """Return bookings (with request and proposal read) as the table of the scheduler."""
    values = [
        (key_of(row.request), row.instrument.code, row.start, row.stop, row.configuration or None, row.value)
        for row in rows
    ]
    columns: dict[str, Any] = {
        "request": pl.String, "instrument": pl.String, "start": pl.Int32, "stop": pl.Int32,
        "configuration": pl.String, "value": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(values, schema=columns, orient="row").sort("instrument", "start")


def packed(prices: Prices, names: tuple[str, ...], resources: tuple[str, ...]) -> dict[str, Any]:
    """Return prices as JSON: what costs nothing is left out."""
    held = {}
    for name, row in zip(resources, prices.resource, strict=True):
        where = np.flatnonzero(row > 0)
        held[name] = [where.tolist(), [round(float(row[slot]), 6) for slot in where]]
    request = {name: round(float(price), 6) for name, price in zip(names, prices.request, strict=True)}
    return {"request": request, "resource": held, "share": [float(price) for price in prices.share]}


def stored_plan(plan: YearPlan, rows: Iterable[Booking]) -> Plan:
    """Return a stored plan as the engine's: where search, repair and explanation begin."""
    prices = plan.prices or {"request": {}, "resource": {}, "share": []}
    resource = np.zeros((len(prices["resource"]), plan.slots))
    for index, (where, values) in enumerate(prices["resource"].values()):
        resource[index, where] = values
    return Plan(
        bookings_table(rows),
        plan.value or 0.0,
        plan.bound or 0.0,
        (),
        0.0,
        Prices(np.array(list(prices["request"].values()), dtype=float), resource, np.array(prices["share"])),
        tuple(prices["request"]),
        tuple(prices["resource"]),
        plan.seed,
    )
