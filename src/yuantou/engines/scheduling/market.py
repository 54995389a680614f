"""Prices of requests, resources and shares by bargaining: the dual bound, and the plans that whole numbers choose from.

Lagrangian relaxation of "each request once, each resource within its capacity, each share within its bounds" splits the
year into its open intervals, each solved exactly (``pricing``). Passes in random order with falling steps approach the
best prices; their running mean proves the bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yuantou.engines.scheduling.arrays import Arrays
from yuantou.engines.scheduling.pricing import Columns, Prices, bargain, best_plans

FALL: Final = 0.96
"""Each pass moves prices by this share of the last pass's step."""
MEMORY: Final = 0.7
RESOURCE_STEP: Final = 0.1
"""Step of a resource's price in one slot, as a share of a request's: experiments hold about ten slots."""
SHARE_STEP: Final = 0.2
"""Step of the price of a share, for each slot of the year that it is out by (as a share of all)."""
SCARCE: Final = 0.93
"""Share of the open slots that experiments can fill, between setups and odd ends: sets the first prices only."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Market:
    """Where bargaining stands: the mean prices and the bound they prove (in value, premiums left out)."""

    prices: Prices
    bound: float


def first_prices(arrays: Arrays) -> Prices:
    """Return prices at which demand meets supply if all slots of the year were alike."""
    density = np.zeros(arrays.requests)
    length = np.zeros(arrays.requests)
    np.maximum.at(density, arrays.request, arrays.value / arrays.duration)
    np.maximum.at(length, arrays.request, arrays.duration)
    order = np.argsort(-density, kind="stable")
    supply = SCARCE * float((arrays.interval_stop - arrays.interval_start).sum())
    last = int(np.searchsorted(np.cumsum(length[order]), supply))
    slot = density[order[last]] if last < len(order) else 0.0
    price = np.zeros(arrays.requests)
    np.maximum.at(price, arrays.request, arrays.value - slot * arrays.duration)
    price[~arrays.placeable] = 0.0
    return Prices(price, np.zeros(arrays.capacity.shape), np.zeros(len(arrays.share)))


def first_step(arrays: Arrays) -> float:
    """Return a step of the size of what one slot is worth."""
    return 0.6 * float(np.median((arrays.value - arrays.premium) / arrays.duration)) if len(arrays.value) else 1.0


def dual_bound(arrays: Arrays, prices: Prices) -> float:
    """Return what no plan can exceed, by weak duality: prices' own worth plus the best of every interval."""
    best, _ = best_plans(arrays, prices)
    rewards = float(prices.request.sum() + (prices.resource * arrays.capacity).sum() + best.sum())
    return rewards - float(required_premium(arrays).sum())


def required_premium(arrays: Arrays) -> Floats:
    """Return the premium of each request, 0 where it is not required (R)."""
    premium = np.zeros(arrays.requests)
    np.maximum.at(premium, arrays.request, arrays.premium)
    return np.where(arrays.placeable, premium, 0.0)


def passes(
    arrays: Arrays, prices: Prices, *, step: float, rounds: int, rng: np.random.Generator
) -> Iterator[tuple[Prices, Columns]]:
    """Yield the mean prices and the plans of each pass; ``rounds`` passes with falling steps."""
    here, mean = prices, prices
    slots = float((arrays.interval_stop - arrays.interval_start).sum())
    for _ in range(rounds):
        order = rng.permutation(len(arrays.interval_start)).astype(np.int32)
        here, columns = bargain(arrays, here, step, RESOURCE_STEP * step, order)
        if len(arrays.share):
            balance = arrays.share[:, columns.job].sum(axis=1) / slots
            here = Prices(here.request, here.resource, np.maximum(0.0, here.share - SHARE_STEP * step * balance))
        mean = _mixed(mean, here)
        yield mean, columns
        step *= FALL


def _mixed(mean: Prices, here: Prices) -> Prices:
    def mix(old: Floats, new: Floats) -> Floats:
        return MEMORY * old + (1 - MEMORY) * new

    return Prices(mix(mean.request, here.request), mix(mean.resource, here.resource), mix(mean.share, here.share))
