"""Small facility years for the tests."""

import numpy as np
import polars as pl

from yuantou.engines.scheduling import FacilityYear


def small_year(seed: int, *, requests: int = 8, shares: bool = False, upkeep: bool = False) -> FacilityYear:
    """Return a random year of two instruments that can be searched through."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(requests):
        release = int(rng.integers(0, 8))
        window = (release, int(release + rng.integers(4, 10)))
        resources = [name for name in ("magnet", "ann", "bo") if rng.random() < 0.35]
        partner = str(rng.choice(["north", "south"]))
        for name in rng.permutation(["laser", "beam"])[: rng.integers(1, 3)]:
            duration, configuration = int(rng.integers(1, 4)), rng.choice(["cold", "hot", None])
            value = float(rng.integers(5, 60))
            rows.append((f"r{number}", name, duration, value, configuration, *window, resources, partner, False))
    if upkeep:
        rows.append(("upkeep", "laser", 2, 0.0, None, 0, 14, [], None, True))
    columns = ("request", "instrument", "duration", "value", "configuration", "release", "deadline", "resources")
    schema = dict.fromkeys((*columns, "partner", "required"), None)
    alternatives = pl.DataFrame(rows, schema=list(schema), orient="row")
    return FacilityYear(
        14,
        pl.DataFrame({"instrument": ["laser", "laser", "beam"], "start": [0, 7, 2], "stop": [6, 14, 11]}),
        alternatives,
        pl.DataFrame(
            [(name, a, b, 1) for name in ("laser", "beam") for a, b in (("cold", "hot"), ("hot", "cold"))],
            schema=["instrument", "before", "after", "slots"], orient="row",
        ),
        pl.DataFrame({"resource": ["magnet", "ann", "bo"], "capacity": [1, 1, 2]}),
        pl.DataFrame({"partner": ["north"], "low": [0.3], "high": [0.7]}) if shares else pl.DataFrame(
            schema={"partner": pl.String, "low": pl.Float64, "high": pl.Float64}
        ),
        switch_cost=2.0,
    )  # fmt: skip


def best_by_search(year: FacilityYear) -> float:
    """Return the greatest value of any plan, by trying them all: requests in turn, each start or none."""
    from yuantou.engines.scheduling import check_bookings, worth

    ways: dict[str, list[tuple[str, int, int]]] = {}
    for row in year.alternatives.iter_rows(named=True):
        for name, start, stop in year.intervals.iter_rows():
            if name == row["instrument"]:
                first, last = max(start, row["release"]), min(stop, row["deadline"]) - row["duration"]
                starts = [(name, t, t + row["duration"]) for t in range(first, last + 1)]
                ways.setdefault(row["request"], []).extend(starts)
    schema = {"request": pl.String, "instrument": pl.String, "start": pl.Int64, "stop": pl.Int64}
    best = 0.0
    stack: list[tuple[list[str], list[tuple[str, str, int, int]]]] = [(sorted(ways), [])]
    while stack:
        left, placed = stack.pop()
        bookings = pl.DataFrame(placed, schema=schema, orient="row")
        faults = {problem.code for problem in check_bookings(year, bookings)}
        if faults - {"plan.share", "plan.missing"}:
            continue
        if not faults:
            best = max(best, worth(year, bookings))
        if left:
            stack.append((left[1:], placed))
            stack += [(left[1:], [*placed, (left[0], *way)]) for way in ways[left[0]]]
    return best
