"""MERIT: chances that keep the most of the true top in the worst case the intervals allow.

Goldberg, Fanti and Shah 2025, A Principled Approach to Randomized Selection under Uncertainty (arXiv:2506.19083).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def merit_chances(low: Floats, high: Floats, places: int, *, tolerance: float = 1e-7, rounds: int = 500) -> Floats:
    """Maximise the least expected number of true top ``places`` selected, over all qualities within the intervals.

    Parameters
    ----------
    low, high:
        Ends of the interval of each proposal's quality, larger is better; shape (n,).
    places:
        How many are selected, between 1 and n - 1.
    tolerance, rounds:
        Cutting planes end when the worst case is within ``tolerance`` places of the bound.

    Returns
    -------
    numpy.ndarray
        Chances in [0, 1] that sum to ``places``. Who is wholly above another has chance 1 before that one has any.

    Raises
    ------
    RuntimeError
        If the linear program does not converge in ``rounds`` cuts.

    Notes
    -----
    A set is a possible top if some cut has it hold everything wholly above and nothing wholly below; the worst one at a
    cut is found by sorting, so separation is O(n² log n) over the m undecided, and each round one LP of m columns.
    """
    above = np.searchsorted(np.sort(low), high, side="right")  # how many start at or below my end
    rivals_over = len(low) - above  # wholly above me
    may_beat = len(high) - np.searchsorted(np.sort(high), low, side="left") - 1  # could be at or above me
    chances = np.where(may_beat < places, 1.0, 0.0)
    free = (may_beat >= places) & (rivals_over < places)
    if free.any():
        left = places - int(chances.sum())
        chances[free] = _dominance(_solve(low[free], high[free], left, tolerance, rounds), low[free], high[free])
    return chances


def _solve(low: Floats, high: Floats, places: int, tolerance: float, rounds: int) -> Floats:
    cuts = [cut for cut in np.unique(np.r_[low, high]) if (low > cut).sum() <= places <= (high >= cut).sum()]
    found = np.full(len(low), places / len(low))
    rows: list[Floats] = []
    bound = float(places)
    for _ in range(rounds):
        worst = [_worst(found, low, high, cut, places) for cut in cuts]
        if not worst or min(row @ found for row in worst) >= bound - tolerance:
            return found
        rows.extend(row for row in worst if row @ found < bound - tolerance)
        found, bound = _master(np.array(rows), places)
    raise RuntimeError("MERIT did not converge")


def _worst(chances: Floats, low: Floats, high: Floats, cut: float, places: int) -> Floats:
    """Return the possible top set at a cut that holds the least chance, as a row of zeros and ones."""
    sure = low > cut
    open_ = np.flatnonzero(~sure & (high >= cut))
    row = sure.astype(float)
    row[open_[np.argsort(chances[open_], kind="stable")[: places - int(sure.sum())]]] = 1.0
    return row


def _master(rows: Floats, places: int) -> tuple[Floats, float]:
    """Maximise z with every row's chance at least z."""
    n = rows.shape[1]
    found = optimize.linprog(
        np.r_[np.zeros(n), -1.0],
        A_ub=sparse.csr_array(np.c_[-rows, np.ones(len(rows))]),
        b_ub=np.zeros(len(rows)),
        A_eq=np.r_[np.ones(n), 0.0][None, :],
        b_eq=[places],
        bounds=[(0, 1)] * n + [(0, places)],
        method="highs",
    )
    if found.x is None:
        raise RuntimeError(found.message)
    return np.clip(found.x[:n], 0, 1), float(-found.fun)


def _dominance(chances: Floats, low: Floats, high: Floats) -> Floats:
    """Move chance from who is wholly below to who is wholly above: no possible top set loses by it."""
    chances = chances.copy()
    weakest = np.argsort(high, kind="stable")
    for i in np.argsort(-low, kind="stable"):
        below = weakest[: np.searchsorted(high[weakest], low[i], side="left")]
        given = np.clip(np.minimum(chances[below], 1 - chances[i] - np.r_[0, np.cumsum(chances[below])[:-1]]), 0, None)
        chances[below] -= given
        chances[i] += given.sum()
    return np.clip(chances, 0, 1)
