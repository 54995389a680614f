"""The year planned: ever better plans with a proved bound, until the gap is small or the caller stops asking."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.scheduling.arrays import Arrays, arrays_of
from yuantou.engines.scheduling.draft import draft_of, first_draft
from yuantou.engines.scheduling.market import (
    Market,
    dual_bound,
    first_prices,
    first_step,
    passes,
    required_premium,
)
from yuantou.engines.scheduling.pricing import Columns, Prices
from yuantou.engines.scheduling.search import search
from yuantou.engines.scheduling.year import FacilityYear
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "facility-year/1"
FIRST_PASSES: Final = 120
NEIGHBOURHOODS: Final = 50


@dataclass(frozen=True)
class Plan:
    """A plan and what proves it.

    ``bookings`` has ``request``, ``instrument``, ``start``, ``stop``, ``configuration``, ``value``; ``bound`` is what
    no plan can exceed; ``missing`` are required requests without a place, and ``out_of_share`` the slots by which
    partner shares are not kept (both: none in a plan fit to publish). ``prices`` (of requests ``names``, and of
    ``resources`` in every slot) prove the bound, explain refusals, and let the next run begin where this one ended.
    """

    bookings: pl.DataFrame
    value: float
    bound: float
    missing: tuple[str, ...]
    out_of_share: float
    prices: Prices
    names: tuple[str, ...]
    resources: tuple[str, ...]
    seed: int
    method: str = METHOD

    @property
    def gap(self) -> float:
        """Return the proved distance from the best possible, as a share of it."""
        return max(0.0, (self.bound - self.value) / abs(self.bound)) if self.bound else 0.0


def plan_year(
    year: FacilityYear, *, seed: int, gap: float = 0.001, rounds: int = 6, progress: Progress = silent
) -> Plan:
    """Return the best plan of ``rounds`` rounds, or the first whose proved gap is at most ``gap``.

    Raises
    ------
    CancelledError
        Through ``progress``; use ``plans`` to keep what was found until then.
    """
    best: Plan | None = None
    for best in plans(year, seed=seed, rounds=rounds, progress=progress):
        if best.gap <= gap:
            break
    assert best is not None
    return best


def plans(
    year: FacilityYear, *, seed: int, rounds: int = 6, warm: Plan | None = None, progress: Progress = silent
) -> Iterator[Plan]:
    """Yield ever better plans of a checked year; stop asking when the clock says so.

    Parameters
    ----------
    warm:
        An earlier plan of nearly the same year (what-if, resume): its prices and bookings are the start.
    """
    yield from improve(arrays_of(year), seed=seed, rounds=rounds, warm=warm, progress=progress)


def improve(
    arrays: Arrays, *, seed: int, rounds: int, warm: Plan | None = None, progress: Progress = silent
) -> Iterator[Plan]:
    """Yield ever better plans of the arrays: bargain for prices and a bound, then search for whole plans."""
    rng, step = np.random.default_rng(seed), first_step(arrays)
    start = first_prices(arrays) if warm is None else carried(warm, arrays)
    market = Market(start, dual_bound(arrays, start))
    length = FIRST_PASSES if warm is None else FIRST_PASSES // 4
    last = None
    for done, last in enumerate(passes(arrays, start, step=step, rounds=length, rng=rng)):
        progress("bargaining", done, length)
        if done % 10 == 9:
            market = _better(arrays, market, last[0])
    assert last is not None
    draft = first_draft(arrays, last[1]) if warm is None else draft_of(arrays, warm.bookings)
    draft.polish(np.arange(len(arrays.interval_start), dtype=np.int32))
    yield plan_of(arrays, draft.columns(), market, seed)
    steps = search(draft, market.prices, step=step, rng=rng)
    length = min(NEIGHBOURHOODS, 5 + 2 * len(arrays.interval_start))
    for number in range(rounds):
        for done, _ in enumerate(itertools.islice(steps, length)):
            progress("searching", number * length + done, rounds * length)
        yield plan_of(arrays, draft.columns(), market, seed)


def _better(arrays: Arrays, market: Market, prices: Prices) -> Market:
    bound = dual_bound(arrays, prices)
    return Market(prices, bound) if bound < market.bound else market


def carried(plan: Plan, arrays: Arrays) -> Prices:
    """Return a plan's prices for other arrays: by name, first prices for newcomers."""
    prices = first_prices(arrays)
    old = dict(zip(plan.names, plan.prices.request, strict=True))
    request = np.array([old.get(name, price) for name, price in zip(arrays.names, prices.request, strict=True)])
    row = {name: index for index, name in enumerate(plan.resources)}
    resource = prices.resource.copy()
    slots = min(resource.shape[1], plan.prices.resource.shape[1])
    for index, name in enumerate(arrays.resources):
        if name in row:
            resource[index, :slots] = plan.prices.resource[row[name], :slots]
    share = plan.prices.share if len(plan.prices.share) == len(prices.share) else prices.share
    return Prices(np.where(arrays.placeable, request, 0.0), resource, share)


def plan_of(arrays: Arrays, columns: Columns, market: Market, seed: int) -> Plan:
    """Return chosen plans of intervals as a plan of the year; rewards for kept slots and premiums are left out."""
    jobs, slots = columns.job, columns.slot
    value = arrays.value[jobs] - arrays.premium[jobs]
    bookings = pl.DataFrame(
        {
            "request": [arrays.names[r] for r in arrays.request[jobs]],
            "instrument": [arrays.instruments[m] for m in arrays.instrument[jobs]],
            "start": slots,
            "stop": slots + arrays.duration[jobs],
            "configuration": [arrays.configurations[c] if c >= 0 else None for c in arrays.configuration[jobs]],
            "value": value,
        },
        schema_overrides={"configuration": pl.String, "request": pl.String, "instrument": pl.String},
    ).sort("instrument", "start")
    placed = np.zeros(arrays.requests, dtype=bool)
    placed[arrays.request[jobs]] = True
    missing = np.flatnonzero(~placed & (required_premium(arrays) > 0))
    switches = arrays.switch_cost * float(arrays.switches(columns.start, columns.job).sum())
    unplaced = tuple(arrays.names[r] for r in missing)
    reached = float(value.sum()) - switches
    out = float(np.maximum(0.0, -arrays.share[:, jobs].sum(axis=1)).sum())
    return Plan(bookings, reached, market.bound, unplaced, out, market.prices, arrays.names, arrays.resources, seed)
