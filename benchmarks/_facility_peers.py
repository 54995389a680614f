"""The year as CP-SAT and as a time-indexed program would have it: what a team without column thinking would write."""

import time
from itertools import product

import numpy as np
from scipy import optimize, sparse

from yuantou.engines.scheduling import FacilityYear

Result = tuple[float, float, float]


def cp_sat(year: FacilityYear, seconds: float) -> Result:
    """Optional intervals, no overlap with setups left out (a relaxation: its value is an optimistic one)."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    on: dict[str, list] = {name: [] for name in year.intervals["instrument"].unique()}
    held: dict[str, list] = {}
    served: dict[str, list] = {}
    terms = []
    open_time = {key[0]: part.select("start", "stop").rows() for key, part in year.intervals.group_by("instrument")}
    for row in year.alternatives.iter_rows(named=True):
        starts = [
            [max(a, row["release"]), min(b, row["deadline"]) - row["duration"]]
            for a, b in open_time[row["instrument"]]
            if min(b, row["deadline"]) - max(a, row["release"]) >= row["duration"]
        ]
        taken = model.new_bool_var("")
        start = model.new_int_var_from_domain(cp_model.Domain.from_intervals(starts), "")
        interval = model.new_optional_fixed_size_interval_var(start, row["duration"], taken, "")
        on[row["instrument"]].append(interval)
        served.setdefault(row["request"], []).append(taken)
        for name in row["resources"]:
            held.setdefault(name, []).append(interval)
        terms.append(int(row["value"]) * taken)
    for intervals in on.values():
        model.add_no_overlap(intervals)
    for ways in served.values():
        model.add_at_most_one(ways)
    capacity = dict(year.resources.iter_rows())
    for name, intervals in held.items():
        model.add_cumulative(intervals, [1] * len(intervals), capacity.get(name, 1))
    model.maximize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    started = time.perf_counter()
    status = solver.solve(model)
    value = solver.objective_value if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else 0.0
    return value, solver.best_objective_bound, time.perf_counter() - started


def time_indexed(year: FacilityYear, seconds: float) -> Result:
    """One binary for each start; setups left out (a relaxation), every third slot as a start."""
    rows, columns, values = [], [], []
    request = {name: k for k, name in enumerate(year.alternatives["request"].unique().sort())}
    instrument = {name: k for k, name in enumerate(year.intervals["instrument"].unique().sort())}
    kit = {name: k for k, name in enumerate(year.resources["resource"])}
    slots = year.slots
    open_time = {key[0]: part.select("start", "stop").rows() for key, part in year.intervals.group_by("instrument")}
    for way in year.alternatives.iter_rows(named=True):
        for a, b in open_time[way["instrument"]]:
            first, last = max(a, way["release"]), min(b, way["deadline"]) - way["duration"]
            for start in range(first, last + 1, 3):
                here = len(values)
                values.append(way["value"])
                lanes = [len(request) + instrument[way["instrument"]] * slots]
                lanes += [len(request) + (len(instrument) + kit[name]) * slots for name in way["resources"]]
                rows += [
                    request[way["request"]],
                    *(x + t for x, t in product(lanes, range(start, start + way["duration"]))),
                ]
                columns += [here] * (1 + len(lanes) * way["duration"])
    limits = np.ones(len(request) + (len(instrument) + len(kit)) * slots)
    for name, capacity in year.resources.iter_rows():
        begin = len(request) + (len(instrument) + kit[name]) * slots
        limits[begin : begin + slots] = capacity
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(limits), len(values)))
    started = time.perf_counter()
    found = optimize.milp(
        -np.array(values),
        constraints=optimize.LinearConstraint(matrix, -np.inf, limits),
        integrality=np.ones(len(values)),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": seconds},
    )
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else np.inf
    return (-float(found.fun) if found.x is not None else 0.0), float(bound), time.perf_counter() - started
