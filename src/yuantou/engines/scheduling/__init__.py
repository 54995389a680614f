"""Shared facilities: an optimal, explained year of time at instruments.

>>> import polars as pl
>>> open_time = pl.DataFrame({"instrument": ["laser"], "start": [0], "stop": [6]})
>>> asked = pl.DataFrame({"request": ["a", "b", "c"], "instrument": ["laser"] * 3, "duration": [4, 3, 3],
...     "value": [40.0, 33.0, 30.0], "release": [0] * 3, "deadline": [6] * 3})
>>> year, findings = check_year(FacilityYear(6, open_time, asked))
>>> plan = plan_year(year, seed=1)
>>> plan.bookings["request"].to_list(), plan.value, round(plan.gap, 6)
(['c', 'b'], 63.0, 0.0)
"""

from yuantou.engines.scheduling.checker import check_bookings, worth
from yuantou.engines.scheduling.explain import Absence, explain_absence, explain_absences, reserve_list, resource_prices
from yuantou.engines.scheduling.families import families, merge
from yuantou.engines.scheduling.greedy import greedy_plan
from yuantou.engines.scheduling.plan import METHOD, Plan, plan_year, plans
from yuantou.engines.scheduling.pricing import Prices
from yuantou.engines.scheduling.repair import Repair, repair_plan
from yuantou.engines.scheduling.year import FacilityYear, check_year

__all__ = [
    "METHOD",
    "Absence",
    "FacilityYear",
    "Plan",
    "Prices",
    "Repair",
    "check_bookings",
    "check_year",
    "explain_absence",
    "explain_absences",
    "families",
    "greedy_plan",
    "merge",
    "plan_year",
    "plans",
    "repair_plan",
    "reserve_list",
    "resource_prices",
    "worth",
]
