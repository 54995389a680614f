"""After an outage, a cancellation or an urgent request: mend the plan and leave published bookings where they are."""

import itertools
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.scheduling.arrays import Arrays, arrays_of
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
    rest = _from_now(year, begun, now)
    arrays = arrays_of(rest, ahead.select("request", "instrument", "start", "stop"), reward)
    prices = carried(published, arrays)
    draft = draft_of(arrays, ahead)
    if not len(arrays.share):
        draft.polish(np.arange(len(arrays.interval_start), dtype=np.int32))
    rng = np.random.default_rng(seed)
    for _ in itertools.islice(search(draft, prices, step=reward / 8 + 1e-9, rng=rng), NEIGHBOURHOODS):
        pass
    market = _free_bound(arrays_of(rest), prices, rng)
    mended = plan_of(arrays, draft.columns(), market, seed)
    return _repair(mended, begun, ahead, still_open(rest, ahead))


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


def _from_now(year: FacilityYear, begun: pl.DataFrame, now: int) -> FacilityYear:
    """Return the year without its past: what runs now runs to its end, and its request is served."""
    busy = begun.group_by("instrument").agg(until=pl.col("stop").max())
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
