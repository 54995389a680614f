"""What no assignment can exceed: the dual bound of given prices, and the number of reviews a set can get.

Both need only the problem and a few numbers, no solver: they are what a certificate is checked with.
"""

import numba
import numpy as np

from yuantou.engines.matching.problem import SCALE, AssignmentProblem


def upper_bound(problem: AssignmentProblem, price: np.ndarray, filled: int, *, fair: bool = False) -> int:
    """Return a bound on the worth of every assignment that fills ``filled`` slots (fixed pairs aside).

    Worth is the sum of affinities (in units of ``1 / SCALE``), with ``fair`` plus the worth of slots. For any prices
    ≥ 0 it is at most seats · price plus the ``filled`` best gains at these prices (Lagrangian duality).
    Time O(pairs), memory O(slots).
    """
    gains = _gains(
        problem.start,
        problem.column,
        problem.value,
        problem.unit,
        problem.demand,
        closed_price(problem, price),
        SCALE if fair else 0,
    )
    best = np.partition(gains, len(gains) - filled)[len(gains) - filled :] if filled else gains[:0]
    return int(np.diff(problem.seats) @ np.maximum(price, 0)) + int(best.sum())


def closed_price(problem: AssignmentProblem, price: np.ndarray) -> np.ndarray:
    """Return prices ≥ 0; an expert without any seat costs more than anything is worth, which no bound pays for."""
    return np.where(np.diff(problem.seats) > 0, np.maximum(price, 0), 2**40).astype(np.int64)


def slot_worth(demand: np.ndarray, given: np.ndarray) -> int:
    """Return the worth of ``given`` filled slots under ``fair``: the last slot 0, each earlier one 1 more."""
    return int((given * (demand - 1) - given * (given - 1) // 2).sum()) * SCALE


def reviews_possible(problem: AssignmentProblem, rows: np.ndarray, columns: np.ndarray) -> tuple[int, int]:
    """Return what proposals ``rows`` can get at most: from the experts ``columns`` by load, and from all others.

    From the others a proposal gets at most one for each organisation (a cut of the network: Ford, Fulkerson, 1956).
    """
    inside = np.zeros(len(problem.load), dtype=bool)
    inside[columns] = True
    width = int(problem.unit.max(initial=0)) + 1
    outside = np.isin(problem.row, rows) & ~inside[problem.column]
    units = np.unique(problem.row[outside].astype(np.int64) * width + problem.unit[outside])
    return int(problem.load[columns].sum()), len(units)


@numba.njit(cache=True, nogil=True)
def _gains(
    start: np.ndarray,
    column: np.ndarray,
    value: np.ndarray,
    unit: np.ndarray,
    demand: np.ndarray,
    price: np.ndarray,
    fair: int,
) -> np.ndarray:
    """Return for each slot of each proposal the profit of its best expert, one of each organisation."""
    never = np.int64(-(2**60))
    gains, place = np.full(demand.sum(), -(2**40), np.int64), 0
    for row in range(len(demand)):
        best = np.full(start[row + 1] - start[row], never)
        for pair in range(start[row], start[row + 1]):
            best[unit[pair]] = max(best[unit[pair]], value[pair] - price[column[pair]])
        best = np.sort(best)[::-1]
        for slot in range(min(demand[row], len(best))):
            if best[slot] > never:
                gains[place + slot] = best[slot] + fair * (demand[row] - 1 - slot)
        place += demand[row]
    return gains
