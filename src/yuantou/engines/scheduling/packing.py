"""Whole numbers: at most one plan for each interval, each request once, resources and shares kept (set packing)."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from yuantou.engines.scheduling.arrays import Arrays
from yuantou.engines.scheduling.pricing import Columns

HARD: Final = 60
"""Plans that the linear relaxation splits: with more of them whole numbers take too long."""
NODES: Final = 40
"""Branching at most so far: the same end on every machine, unlike a clock."""

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass
class Pool:
    """Plans met, each once."""

    interval: list[int] = field(default_factory=list)
    job: list[Integers] = field(default_factory=list)
    slot: list[Integers] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def add(self, columns: Columns) -> None:
        """Add the plans not met before (empty ones are of no use)."""
        for k in np.flatnonzero(np.diff(columns.start)):
            job, slot = (part[columns.start[k] : columns.start[k + 1]] for part in (columns.job, columns.slot))
            key = b"".join((columns.interval[k].tobytes(), job.tobytes(), slot.tobytes()))
            if key not in self._seen:
                self._seen.add(key)
                self.interval.append(int(columns.interval[k]))
                self.job.append(job)
                self.slot.append(slot)
                self.value.append(float(columns.value[k]))

    def columns(self) -> Columns:
        """Return all plans."""
        sizes = [len(job) for job in self.job]
        return Columns(
            np.array(self.interval, dtype=np.int32),
            np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            np.concatenate([*self.job, np.zeros(0, np.int32)]),
            np.concatenate([*self.slot, np.zeros(0, np.int32)]),
            np.array(self.value),
        )


@dataclass(frozen=True)
class Packing:
    """The chosen plans (indices), what they are worth, and whether that is proved best."""

    chosen: NDArray[np.intp]
    value: float
    proved: bool


def pack(arrays: Arrays, columns: Columns, held: Floats, shares: Floats) -> Packing:
    """Return the most valuable packing of plans beside what others ``held`` (E × T) and added to ``shares``."""
    if not len(columns):
        return Packing(np.zeros(0, np.intp), -np.inf, proved=True)
    matrix = packing_rows(arrays, columns)
    cells = len(arrays.interval_start) + arrays.requests
    limits = np.concatenate((np.ones(cells), (arrays.capacity - held).ravel(), shares))
    used = np.flatnonzero(np.asarray(matrix.maximum(0).sum(axis=1)).ravel() > limits + 1e-9)
    rules = np.flatnonzero(used >= cells + held.size)
    slack = sparse.csr_array((-np.ones(len(rules)), (rules, np.arange(len(rules)))), shape=(len(used), len(rules)))
    rows = sparse.hstack((matrix[used], slack)).tocsc()
    cost = np.concatenate((-columns.value, np.full(len(rules), arrays.share_penalty)))
    most = np.concatenate((np.ones(len(columns)), np.full(len(rules), np.inf)))
    bounds = np.stack((np.zeros(len(most)), most), axis=1)
    relaxed = optimize.linprog(cost, A_ub=rows, b_ub=limits[used], bounds=bounds, method="highs-ds")
    split = np.abs(relaxed.x[: len(columns)] - np.round(relaxed.x[: len(columns)])) > 1e-6
    if np.count_nonzero(split) > HARD:
        return Packing(np.zeros(0, np.intp), -np.inf, proved=False)
    found = optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(rows, -np.inf, limits[used]),
        integrality=np.concatenate((np.ones(len(columns)), np.zeros(len(rules)))),
        bounds=optimize.Bounds(0, most),
        options={"mip_rel_gap": 1e-4, "node_limit": NODES},
    )
    if found.x is None:
        return Packing(np.zeros(0, np.intp), -np.inf, proved=False)
    return Packing(np.flatnonzero(found.x[: len(columns)] > 0.5), -float(found.fun), bool(found.status == 0))


def packing_rows(arrays: Arrays, columns: Columns) -> sparse.csr_array:
    """Return left sides (rows × plans): intervals, requests, resources × slots, and minus what plans add to shares."""
    intervals, requests, slots = len(arrays.interval_start), arrays.requests, arrays.capacity.shape[1]
    plan = np.repeat(np.arange(len(columns)), np.diff(columns.start))
    uses = np.diff(arrays.use_start)[columns.job]
    held = np.repeat(np.arange(len(columns.job)), uses)
    which = np.arange(len(held)) - np.repeat(np.cumsum(uses) - uses, uses)
    resource = arrays.use_resource[arrays.use_start[columns.job[held]] + which]
    length = arrays.duration[columns.job[held]]
    offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    cell = np.repeat(resource.astype(np.int64) * slots + columns.slot[held], length) + offset
    shares = np.array([np.bincount(plan, weights=-rule[columns.job], minlength=len(columns)) for rule in arrays.share])
    share_row, share_column = np.nonzero(shares) if len(shares) else (np.zeros(0, int), np.zeros(0, int))
    first = intervals + requests + arrays.capacity.size
    row = (columns.interval, intervals + arrays.request[columns.job], intervals + requests + cell, first + share_row)
    column = (np.arange(len(columns)), plan, np.repeat(plan[held], length), share_column)
    ones = np.ones(sum(len(part) for part in row[:3]))
    entry = np.concatenate((ones, shares[share_row, share_column])) if len(share_row) else ones
    return sparse.csr_array(
        (entry, (np.concatenate(row), np.concatenate(column))), shape=(first + len(arrays.share), len(columns))
    )
