"""Where an auction goes on from: pairs that stand, and the bids that hold them at given prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import polars as pl

from yuantou.engines.matching.candidates import find_pairs, indices
from yuantou.engines.matching.problem import SCALE, AssignmentProblem

INERTIA: Final = SCALE // 50
"""Somebody moves only where that is worth more than this affinity (two in a hundred)."""


@dataclass(frozen=True)
class Standing:
    """Pairs that stand (bool), prices by expert, reviews held by proposal, seats of each expert, lowest first."""

    chosen: np.ndarray
    price: np.ndarray
    held: np.ndarray
    count: np.ndarray
    bids: np.ndarray
    holder: np.ndarray

    @classmethod
    def nothing(cls, problem: AssignmentProblem) -> "Standing":
        """Return the start from nothing; an expert without a seat can never be paid for."""
        seats = problem.seats
        return cls(
            np.zeros(len(problem.column), np.bool_),
            np.where(np.diff(seats) > 0, 0, 2**40).astype(np.int64),
            np.zeros(len(problem.demand), np.int64),
            np.zeros(len(problem.load), np.int64),
            np.zeros(seats[-1], np.int64),
            np.zeros(seats[-1], np.int64),
        )

    @classmethod
    def of(
        cls, problem: AssignmentProblem, pairs: pl.DataFrame, prices: Mapping[str, float], *, inertia: int = INERTIA
    ) -> "Standing":
        """Return what of ``pairs`` may stand in the problem, best first where a limit has become smaller.

        A pair holds its seat with what it is worth above the proposal's best other choice, so that few of them give
        way. Time O(pairs).
        """
        start = cls.nothing(problem)
        paid = np.array([round(prices.get(name, 0) * SCALE) for name in problem.expert_ids], np.int64)
        start.price[:] = np.maximum(start.price, paid)
        own = places(problem, pairs)
        own = own[np.argsort(-problem.value[own], kind="stable")]
        worth = _worth(problem.start, problem.column, problem.value, problem.unit, start.price, _marked(problem, own))
        _seat(own, problem.row, problem.column, problem.demand, problem.seats, start.chosen, start.held, start.count)
        kept = np.flatnonzero(start.chosen)
        kept = kept[np.lexsort((worth[kept], problem.column[kept]))]
        nth = np.arange(len(kept)) - np.searchsorted(problem.column[kept], problem.column[kept])
        seat = problem.seats[problem.column[kept]] + nth
        paid = start.price[problem.column[kept]]
        start.bids[seat], start.holder[seat] = np.maximum(worth[kept], paid) + inertia, kept
        offered = np.diff(problem.seats)
        start.price[start.count < offered] = 0  # who has a seat left is free of charge
        full = np.flatnonzero((start.count == offered) & (offered > 0))
        start.price[full] = start.bids[problem.seats[full]]
        return start


def places(problem: AssignmentProblem, pairs: pl.DataFrame) -> np.ndarray:
    """Return where in the problem ``pairs`` are; those it does not have are left out."""
    row, column = indices(pairs["proposal_id"], problem.proposal_ids), indices(pairs["expert_id"], problem.expert_ids)
    found = find_pairs(problem.start, problem.column, row, column)
    return np.sort(found[found >= 0])


def _marked(problem: AssignmentProblem, own: np.ndarray) -> np.ndarray:
    marked = np.zeros(len(problem.column), np.bool_)
    marked[own] = True
    return marked


@numba.njit(cache=True)
def _seat(
    own: np.ndarray,
    owner: np.ndarray,
    column: np.ndarray,
    demand: np.ndarray,
    seats: np.ndarray,
    chosen: np.ndarray,
    held: np.ndarray,
    count: np.ndarray,
) -> None:
    for pair in own:
        row, expert = owner[pair], column[pair]
        if held[row] < demand[row] and count[expert] < seats[expert + 1] - seats[expert]:
            chosen[pair] = True
            held[row] += 1
            count[expert] += 1


@numba.njit(cache=True, nogil=True)
def _worth(
    start: np.ndarray,
    column: np.ndarray,
    value: np.ndarray,
    unit: np.ndarray,
    price: np.ndarray,
    marked: np.ndarray,
) -> np.ndarray:
    """Return for each marked pair what it is worth above the best unmarked one that could stand in its place."""
    worth = np.zeros(len(column), np.int64)
    for row in range(len(start) - 1):
        first, last = start[row], start[row + 1]
        taken = np.zeros(last - first, np.bool_)
        within = np.full(last - first, -SCALE, np.int64)
        for pair in range(first, last):
            if marked[pair]:
                taken[unit[pair]] = True
        free = np.int64(-SCALE)
        for pair in range(first, last):
            if not marked[pair]:
                profit = value[pair] - price[column[pair]]
                within[unit[pair]] = max(within[unit[pair]], profit)
                if not taken[unit[pair]]:
                    free = max(free, profit)
        for pair in range(first, last):
            if marked[pair]:
                worth[pair] = value[pair] - max(free, within[unit[pair]])
    return worth
