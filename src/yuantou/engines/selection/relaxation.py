"""The linear program behind a portfolio, solved on the few columns where its prices leave any doubt."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from yuantou.engines.selection.portfolio_rules import Rows

Floats = NDArray[np.float64]
SMALL: Final = 20_000
TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Optimum with shares of proposals allowed: ``x``, ``prices`` of the rows (score for one unit more), ``bound``."""

    x: Floats
    prices: Floats
    bound: float
    rounds: int

    def margins(self, values: Floats, rows: Rows) -> Floats:
        """Return how far each proposal's value lies above (or below) what it takes from the rows at their prices."""
        return values - rows.matrix.T @ self.prices


def relax(values: Floats, rows: Rows, *, core: int = SMALL) -> Relaxation | None:
    """Maximise ``values @ x`` over ``rows``, 0 <= x <= 1; return None if no x keeps the rows.

    Large problems are sifted (Bixby, Gregory, Lustig, Marsten and Shanno 1992, doi:10.1287/opre.40.5.885): the program
    is solved on a sample for first prices, then on the ``core`` proposals nearest to their price others held at 0
    or 1; those found on the wrong side join, until none is. The bound is the dual value of the prices, hence valid
    however they were found.
    """
    if len(values) <= 2 * core:
        found = _solve(values, rows.matrix, rows.limit)
        return None if found is None else Relaxation(found[0], found[1], dual_bound(values, rows, found[1]), 1)
    sample = np.arange(0, len(values), max(1, len(values) // core))
    start = _solve(values[sample], rows.matrix[:, sample], rows.limit * len(sample) / len(values))
    prices = np.zeros(len(rows.limit)) if start is None else start[1]
    return _sift(values, rows, prices, core)


def dual_bound(values: Floats, rows: Rows, prices: Floats) -> float:
    """Return the most any x could reach, proven by prices of zero or more (weak duality)."""
    return float(prices @ rows.limit + np.maximum(values - rows.matrix.T @ prices, 0).sum())


def _sift(values: Floats, rows: Rows, prices: Floats, core: int) -> Relaxation | None:
    inside = np.zeros(len(values), dtype=bool)
    margin = values - rows.matrix.T @ prices
    inside[np.argpartition(np.abs(margin), core)[:core]] = True
    for count in range(1, 100):
        x = (margin > 0).astype(float)
        x[inside] = 0
        found = _solve(values[inside], rows.matrix[:, inside], rows.limit - rows.matrix @ x)
        if found is None:
            if inside.all():
                return None
            inside[np.argsort(np.abs(np.where(inside, np.inf, margin)))[: 4 * core]] = True
            continue
        x[inside], prices = found
        margin = values - rows.matrix.T @ prices
        wrong = ~inside & (margin * (2 * x - 1) < -TOLERANCE)
        if not wrong.any():
            return Relaxation(x, prices, dual_bound(values, rows, prices), count)
        inside |= wrong
    raise RuntimeError("sifting did not end")


def _solve(values: Floats, matrix: sparse.csr_array, limit: Floats) -> tuple[Floats, Floats] | None:
    """Solve one program by HiGHS with rows of unit size; return x and prices, or None if it cannot be kept."""
    size = row_sizes(matrix)
    found = optimize.linprog(
        -values, A_ub=sparse.diags_array(1 / size) @ matrix, b_ub=limit / size, bounds=(0, 1), method="highs"
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise RuntimeError(found.message)
    return np.clip(found.x, 0, 1), np.maximum(-found.ineqlin.marginals, 0) / size


def row_sizes(matrix: sparse.csr_array) -> Floats:
    """Return the largest entry of each row, 1 for empty rows."""
    largest = abs(matrix).max(axis=1).toarray().ravel()
    return np.where(largest > 0, largest, 1.0)
