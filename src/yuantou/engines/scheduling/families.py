"""A very large year solved family by family: instruments that no request joins have nothing to do with one another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.engines.scheduling.arrays import arrays_of
from yuantou.engines.scheduling.draft import draft_of
from yuantou.engines.scheduling.market import Market
from yuantou.engines.scheduling.plan import Plan, plan_of
from yuantou.engines.scheduling.pricing import Prices
from yuantou.engines.scheduling.year import FacilityYear


def families(year: FacilityYear) -> list[FacilityYear]:
    """Return the parts of a checked year that no request joins; the whole if partner shares tie it together.

    Shared equipment and people may still be wanted by several parts: ``merge`` settles that.
    """
    if year.shares.height:
        return [year]
    instruments = year.intervals["instrument"].unique().sort().to_list()
    place = {name: index for index, name in enumerate(instruments)}
    joined = year.alternatives.select("request", "instrument").unique().sort("request", "instrument")
    first = joined.group_by("request", maintain_order=True).agg(pl.col("instrument").first().alias("first"))
    edges = joined.join(first, on="request")
    row, column = ([place[name] for name in edges[side]] for side in ("instrument", "first"))
    graph = sparse.coo_array((np.ones(len(row)), (row, column)), shape=(len(place), len(place)))
    _, part = sparse.csgraph.connected_components(graph, directed=False)
    groups = [[name for name in instruments if part[place[name]] == k] for k in range(part.max(initial=-1) + 1)]
    return [_part(year, group) for group in groups]


def merge(year: FacilityYear, plans: Sequence[Plan]) -> Plan:
    """Return the plans of all ``families`` as one: what holds too much of a shared resource gives way, then gaps fill.

    The bounds add up: each was proved with the whole capacity of what is shared.
    """
    arrays = arrays_of(year)
    bookings = pl.concat([plan.bookings for plan in plans]).sort("value", descending=True)
    draft = draft_of(arrays, bookings)
    draft.polish(np.arange(len(arrays.interval_start), dtype=np.int32), sweeps=1)
    request = {name: price for plan in plans for name, price in zip(plan.names, plan.prices.request, strict=True)}
    resource = np.zeros(arrays.capacity.shape)
    for plan in plans:
        for index, name in enumerate(plan.resources):
            row = arrays.resources.index(name)
            resource[row] = np.maximum(resource[row], plan.prices.resource[index])
    prices = Prices(np.array([request.get(name, 0.0) for name in arrays.names]), resource, np.zeros(0))
    bound = sum(plan.bound for plan in plans)
    return plan_of(arrays, draft.columns(), Market(prices, bound), plans[0].seed)


def _part(year: FacilityYear, instruments: list[str]) -> FacilityYear:
    inside = pl.col("instrument").is_in(instruments)
    return replace(year, intervals=year.intervals.filter(inside), alternatives=year.alternatives.filter(inside))
