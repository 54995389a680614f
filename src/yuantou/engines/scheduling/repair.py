"""After an outage, a cancellation or an urgent request: mend the plan and leave published bookings where they are."""

import itertools
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.scheduling.arrays import Arrays, arrays_of
from yuantou.engines.scheduling.checker import check_bookings
from yuantou.engines.scheduling.draft import draft_of
from yuantou.engines.scheduling.market import Market, dual_bound, first_step, passes
from yuantou.engines.scheduling.plan import Plan, carried, plan_of
from yuantou.engines.scheduling.pricing import Prices
from yuantou.engines.scheduling.search import search
from yuantou.engines.scheduling.year import FacilityYear

NEIGHBOURHOODS: Final = 35
PASSES: Final = 12


@dataclass(frozen=True)
class Repair:
    """A mended plan and whom it touches.

    ``plan`` holds all bookings, past ones too; ``moved`` has ``request``, ``instrument``, ``start``, ``stop`` as
    published and ``instrument_now``, ``start_now``, ``stop_now`` (null: no longer placed); ``kept`` is the share of
    future bookings still possible that stay exactly where they were.
    """

    plan: Plan
    moved: pl.DataFrame
    added: pl.DataFrame
    kept: float


def repair_plan(year: FacilityYear, published: Plan, *, now: int, seed: int, move_costs: float | None = None) -> Repair:
    """Return the plan of a changed year from slot ``now`` on, near the published one.

    Parameters
    ----------
    year:
        The checked year as it is now: intervals shortened by the outage, cancelled requests left out, urgent ones in.
    move_costs:
        What moving one published booking must gain in value; a sixth of a middling booking's if not given.

    Notes
    -----
    Bookings begun before ``now`` stay. Value is that of experiments alone; the reward for staying is left out of it.
    """
    begun = published.bookings.filter(pl.col("start") < now)
    ahead = published.bookings.filter(pl.col("start") >= now)
    middling = float(np.median(ahead["value"].to_numpy())) if ahead.height else 0.0
    reward = move_costs if move_costs is not None else middling / 6
    changed: dict[str, int] = {}
    returned = False
    while True:
        rest = _released(_from_now(year, begun, now, changed), year, begun, now, returned=returned)
        mended = _mended(rest, published, ahead, reward=reward, seed=seed)
        early = _before_the_change(year, begun, mended.bookings)
        over = not returned and _overused(year, pl.concat([begun, mended.bookings]))
        if early.keys() <= changed.keys() and not over:
            return _repair(mended, begun, ahead, still_open(rest, ahead))
        changed, returned = changed | early, returned or over


def _mended(rest: FacilityYear, published: Plan, ahead: pl.DataFrame, *, reward: float, seed: int) -> Plan:
    """Return the plan of what is left of a year, near the bookings ahead."""
    arrays = arrays_of(rest, ahead.select("request", "instrument", "start", "stop"), reward)
    prices = carried(published, arrays)
    draft = draft_of(arrays, ahead)
    if not len(arrays.share):
        draft.polish(np.arange(len(arrays.interval_start), dtype=np.int32))
    rng = np.random.default_rng(seed)
    for _ in itertools.islice(search(draft, prices, step=reward / 8 + 1e-9, rng=rng), NEIGHBOURHOODS):
        pass
    market = _free_bound(arrays_of(rest), prices, rng)
    return plan_of(arrays, draft.columns(), market, seed)


def _before_the_change(year: FacilityYear, begun: pl.DataFrame, placed: pl.DataFrame) -> dict[str, int]:
    """Return instruments on which a booking follows one that has begun too soon for the change of configuration.

    Each with the slot from which any configuration is ready. What is left of a year does not know in which
    configuration its past ends, and seldom has to: only there its open time begins later.
    """
    setups = {(row[0], row[1], row[2]): int(row[3]) for row in year.setups.iter_rows()}
    early: dict[str, int] = {}
    for instrument in placed["instrument"].unique().sort():
        here = pl.col("instrument") == instrument
        past, ahead = begun.filter(here).sort("start"), placed.filter(here).sort("start")
        known = past["configuration"].drop_nulls()
        if not past.height or not known.len():
            continue
        last, until, first = known[-1], int(past["stop"][-1]), ahead.row(0, named=True)
        open_times = year.intervals.filter(here & (pl.col("start") < until) & (pl.col("stop") >= first["stop"]))
        change = 0 if first["configuration"] == last else setups.get((instrument, last, first["configuration"]), 0)
        if open_times.height and first["start"] < until + change:
            early[instrument] = until + max(
                (slots for (name, old, _new), slots in setups.items() if (name, old) == (instrument, last)), default=0
            )
    return early


def _overused(year: FacilityYear, bookings: pl.DataFrame) -> bool:
    return any(problem.code == "plan.resource" for problem in check_bookings(year, bookings))


def _released(rest: FacilityYear, year: FacilityYear, begun: pl.DataFrame, now: int, *, returned: bool) -> FacilityYear:
    """Let what needs a resource wait until bookings that have begun give it back.

    As a rule until one is free again; with ``returned``, until all are, for bookings that would overuse it together.
    """
    running = begun.filter(pl.col("stop") > now).select("request", "instrument", "stop")
    held = running.join(year.alternatives, on=["request", "instrument"]).explode("resources").drop_nulls("resources")
    capacity = dict(year.resources.iter_rows())
    free = {}
    for (name,), rows in held.unique(["request", "resources"]).group_by("resources"):
        stops = sorted(rows["stop"].to_list(), reverse=True)
        allowed = 1 if returned else int(capacity.get(name, 1))
        if len(stops) >= allowed:
            free[name] = stops[allowed - 1]
    if not free:
        return rest
    wait = pl.col("resources").list.eval(pl.element().replace_strict(free, default=0, return_dtype=pl.Int64)).list.max()
    release = pl.max_horizontal("release", wait.fill_null(0)).cast(rest.alternatives.schema["release"])
    return replace(rest, alternatives=rest.alternatives.with_columns(release=release))


def still_open(year: FacilityYear, bookings: pl.DataFrame) -> int:
    """Return how many bookings the year's open intervals still hold."""
    joined = bookings.join(year.intervals, on="instrument", suffix="_open")
    inside = (pl.col("start_open") <= pl.col("start")) & (pl.col("stop") <= pl.col("stop_open"))
    asked = joined.filter(inside).join(year.alternatives, on=("request", "instrument"), how="semi")
    return asked.select("request").unique().height


def _free_bound(free: Arrays, prices: Prices, rng: np.random.Generator) -> Market:
    """Return prices, bargained a little further, and the bound they prove where nothing has to stay."""
    best = Market(prices, dual_bound(free, prices))
    for number, (mean, _) in enumerate(passes(free, prices, step=first_step(free) / 8, rounds=PASSES, rng=rng)):
        if number % 4 == 3:
            best = min(best, Market(mean, dual_bound(free, mean)), key=lambda market: market.bound)
    return best


def _from_now(year: FacilityYear, begun: pl.DataFrame, now: int, changed: dict[str, int]) -> FacilityYear:
    """Return the year without its past: what runs now runs to its end, and its request is served.

    ``changed`` tells from which slot on an instrument is ready, where a change of configuration takes time.
    """
    busy = begun.group_by("instrument").agg(until=pl.col("stop").max())
    busy = busy.with_columns(
        until=pl.max_horizontal("until", pl.col("instrument").replace_strict(changed, default=0, return_dtype=pl.Int64))
    )
    intervals = (
        year.intervals.join(busy, on="instrument", how="left")
        .with_columns(start=pl.max_horizontal("start", pl.lit(now), "until").cast(pl.Int32))
        .filter(pl.col("start") < pl.col("stop"))
        .drop("until")
    )
    alternatives = year.alternatives.filter(~pl.col("request").is_in(begun["request"].to_list()))
    return replace(year, intervals=intervals, alternatives=alternatives)


def _repair(mended: Plan, begun: pl.DataFrame, ahead: pl.DataFrame, possible: int) -> Repair:
    places = ("request", "instrument", "start", "stop")
    after = mended.bookings.select(places).rename({name: f"{name}_now" for name in places[1:]})
    both = ahead.select(places).join(after, on="request", how="left")
    stays = (pl.col("instrument") == pl.col("instrument_now")) & (pl.col("start") == pl.col("start_now"))
    kept = both.filter(stays).height
    return Repair(
        replace(mended, bookings=pl.concat([begun, mended.bookings]).sort("instrument", "start")),
        both.filter(~stays.fill_null(value=False)),
        mended.bookings.join(ahead, on="request", how="anti"),
        kept / possible if possible else 1.0,
    )
