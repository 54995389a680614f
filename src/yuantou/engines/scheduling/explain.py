"""Why a request is not in the plan, what its place would cost, and what one more of a scarce thing is worth."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from yuantou.engines.scheduling.arrays import Arrays, arrays_of
from yuantou.engines.scheduling.plan import Plan, carried
from yuantou.engines.scheduling.pricing import Prices, best_plans
from yuantou.engines.scheduling.year import FacilityYear
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

FORCED = 1e7


@dataclass(frozen=True)
class Absence:
    """The cheapest place of an unplaced request: what it displaces there (``price``), of which scarce ``resources``."""

    request: str
    instrument: str
    start: int
    worth: float
    price: float
    resources: dict[str, float]

    @property
    def reason(self) -> LocalText:
        """Return the reason in both languages."""
        held_zh = "".join(f"其中 {name} 占 {price:,.1f}；" for name, price in self.resources.items())
        held_en = "".join(f" {price:,.1f} of it for {name}." for name, price in self.resources.items())
        if self.worth >= self.price:
            return LocalText(
                f"与已排申请相当（价值 {self.worth:,.1f}，最省处 {self.instrument} 第 {self.start} 班次的代价 "
                f"{self.price:,.1f}），只因整场实验不可拆分而未排上；列入候补。",
                f"As good as what was placed (worth {self.worth:,.1f}; its cheapest place, {self.instrument} from slot "
                f"{self.start}, costs {self.price:,.1f}), left out only because experiments are not divided: reserve.",
            )
        return LocalText(
            f"最省的位置是 {self.instrument} 第 {self.start} 班次：会挤掉价值 {self.price:,.1f} 的实验；{held_zh}"
            f"本申请价值 {self.worth:,.1f}，差 {self.price - self.worth:,.1f}。",
            f"Its cheapest place is {self.instrument} from slot {self.start}: it would displace experiments worth "
            f"{self.price:,.1f}.{held_en} It is worth {self.worth:,.1f}, short by {self.price - self.worth:,.1f}.",
        )


def explain_absence(year: FacilityYear, plan: Plan, request: str) -> Absence:
    """Return the cheapest place of a request of a checked year that the plan leaves out, at the plan's prices.

    Raises
    ------
    InputError
        If the year has no such request, or nothing can serve it (``check_year`` says why).
    """
    arrays = arrays_of(year)
    if request not in arrays.names or not arrays.placeable[arrays.names.index(request)]:
        raise InputError(
            LocalText(f"没有可以安排的申请 {request}。", f"There is no request {request} that could be placed."),
            LocalText("请看检查结果中的原因。", "See the findings of the check."),
        )
    return _cheapest(arrays, carried(plan, arrays), arrays.names.index(request))


def explain_absences(year: FacilityYear, plan: Plan) -> list[Absence]:
    """Return the cheapest place of every request that a plan leaves out, the nearest to a place first."""
    arrays = arrays_of(year)
    prices, placed = carried(plan, arrays), set(plan.bookings["request"])
    waiting = [r for r, name in enumerate(arrays.names) if name not in placed and arrays.placeable[r]]
    found = [_cheapest(arrays, prices, r) for r in waiting]
    return sorted(found, key=lambda absence: (absence.price - absence.worth, absence.request))


def reserve_list(year: FacilityYear, plan: Plan) -> pl.DataFrame:
    """Return unplaced requests, the nearest to a place first: ``request``, ``instrument``, ``start``, ``worth``,
    ``price``, ``short`` (price less worth).
    """
    found = explain_absences(year, plan)
    rows = [(a.request, a.instrument, a.start, a.worth, a.price, a.price - a.worth) for a in found]
    columns = {"request": pl.String, "instrument": pl.String, "start": pl.Int32} | dict.fromkeys(
        ("worth", "price", "short"), pl.Float64
    )
    return pl.DataFrame(rows, schema=columns, orient="row").sort("short", "request")


def resource_prices(plan: Plan) -> pl.DataFrame:
    """Return what one more of each shared resource, all year, would be worth at most (``resource``, ``price``)."""
    return pl.DataFrame({"resource": list(plan.resources), "price": plan.prices.resource.sum(axis=1)}).sort(
        "price", descending=True
    )


def _cheapest(arrays: Arrays, prices: Prices, r: int) -> Absence:
    jobs = np.flatnonzero(arrays.request == r)
    pair_interval = np.repeat(np.arange(len(arrays.interval_start)), np.diff(arrays.pair_start))
    intervals = np.unique(pair_interval[np.isin(arrays.pair_job, jobs)]).astype(np.int32)
    price = prices.request.copy()
    price[r] = 1e9
    without, _ = best_plans(arrays, replace(prices, request=price), intervals)
    price[r] = 0.0
    forced = arrays.value.copy()
    forced[jobs] = FORCED
    with_it, columns = best_plans(replace(arrays, value=forced), replace(prices, request=price), intervals)
    cost = without - (with_it - FORCED)
    best = int(np.argmin(cost))
    part = slice(columns.start[best], columns.start[best + 1])
    at = int(np.flatnonzero(np.isin(columns.job[part], jobs))[0])
    j, t = int(columns.job[part][at]), int(columns.slot[part][at])
    during = slice(t, t + int(arrays.duration[j]))
    used = arrays.use_resource[arrays.use_start[j] : arrays.use_start[j + 1]]
    paid = {arrays.resources[u]: float(prices.resource[u, during].sum()) for u in used}
    return Absence(
        arrays.names[r],
        arrays.instruments[arrays.instrument[j]],
        t,
        float(arrays.value[j] - arrays.premium[j]),
        float(cost[best]),
        {name: price for name, price in paid.items() if price > 0},
    )
