"""Solution where one group of reviewers is too large to factor: only products with its matrix.

Means by conjugate gradients. Draws and deviations by a polynomial: with the matrix scaled to diagonal one, a Chebyshev
expansion of 1/sqrt on the interval of its eigenvalues turns independent normals into draws with its inverse as
covariance (Pleiss, Jankowiak, Eriksson, Damle and Gardner 2020, arXiv:2006.11267, solve the same task by quadrature).
Reviewers share few proposals, so the interval is short and a polynomial of small degree is exact to the tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.polynomial import chebyshev
from scipy import linalg, sparse

from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.kernels import through_proposals
from yuantou.engines.calibration.solution import Sides, Solution

EXACT: Final = 1e-8  # of the solution, relative to the right side
ROOT: Final = 1e-3  # of a draw's covariance, relative
STEPS: Final = 500
HIGHEST: Final = 400  # degree of the polynomial
TURNS: Final = 30  # of Lanczos, with every vector kept orthogonal
PROBES: Final = 64  # draws behind a deviation


@dataclass(frozen=True)
class Matrix:
    """The matrix over the columns, never formed."""

    design: Design
    weight: Array
    prior: Array

    @classmethod
    def at(cls, design: Design, ratios: Array) -> "Matrix":
        """Return the matrix at variance ratios over the noise (proposal, reviewer, panel)."""
        prior = np.where(np.arange(design.width) < len(design.reviewers), 1 / ratios[1], 1 / ratios[2])
        return cls(design, 1 / (design.counts + 1 / ratios[0]), prior)

    def times(self, x: Array) -> Array:
        """Multiply the matrix with columns x, in their precision."""
        starts, columns, often = self.design.entries
        out = np.ascontiguousarray(self._kept(x.dtype) @ x)
        weight = self.weight.astype(x.dtype)
        through_proposals(starts, columns, often, weight, np.ascontiguousarray(x), out)
        return out

    def _kept(self, kind: np.dtype) -> sparse.csr_matrix:
        return self._double if kind == np.float64 else self._single

    @cached_property
    def _double(self) -> sparse.csr_matrix:
        return (self.design.ww + sparse.diags(self.prior)).tocsr()

    @cached_property
    def _single(self) -> sparse.csr_matrix:
        return self._double.astype(np.float32)

    @cached_property
    def diagonal(self) -> Array:
        """The diagonal of the matrix."""
        return self._double.diagonal() - self.design.zw.power(2).T @ self.weight

    def solved(self, right: Array) -> tuple[Array, int, bool]:
        """Solve for every column of ``right`` by conjugate gradients; return also the steps, and if they sufficed."""
        scale = 1 / self.diagonal[:, None]
        x = np.zeros_like(right)
        rest = right.copy()
        way = scale * rest
        slope = (rest * way).sum(axis=0)
        goal = EXACT**2 * (right**2).sum(axis=0)
        for step in range(STEPS):
            if ((rest**2).sum(axis=0) <= goal).all():
                return x, step, True
            image = self.times(way)
            length = slope / np.maximum((way * image).sum(axis=0), 1e-300)
            x, rest = x + length * way, rest - length * image
            better = scale * rest
            before, slope = slope, (rest * better).sum(axis=0)
            way = better + slope / np.maximum(before, 1e-300) * way
        return x, STEPS, False


@dataclass(frozen=True)
class Polynomial:
    """The inverse of a matrix by a polynomial in it."""

    matrix: Matrix

    @cached_property
    def ends(self) -> tuple[float, float, float, Array]:
        """Bounds of the eigenvalues of the matrix scaled to diagonal one but the least, that one, and its vector.

        All reviewers rising together is one direction apart from all others, so it is taken out where Lanczos has
        found it; where it has not, its value is the lower bound and the vector is nought.
        """
        scale = 1 / np.sqrt(self.matrix.diagonal)
        values, vector, rest = lanczos(
            lambda x: scale * self.matrix.times((scale * x)[:, None])[:, 0],
            np.random.default_rng(0).uniform(0.5, 1.5, len(scale)),
        )
        sure = float((self.matrix.prior / self.matrix.diagonal).min())  # without the prior it is still not negative
        apart = rest <= ROOT and len(values) > 1
        low = max(0.95 * float(values[int(apart)]), sure)
        return low, 1.04 * float(values[-1]), float(values[0]), vector * apart

    @cached_property
    def coefficients(self) -> Array:
        """Of the Chebyshev expansion of 1/sqrt, as many as the tolerance needs."""
        low, high, _least, _vector = self.ends

        degree = 4
        while True:
            nodes = chebyshev.chebpts1(degree + 1)
            found = chebyshev.chebfit(nodes, 1 / np.sqrt((high - low) / 2 * nodes + (high + low) / 2), degree)
            if abs(found[-1]) <= ROOT / 2 / np.sqrt(high) or degree >= HIGHEST:
                return found
            degree += 1

    def _drawn(self, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return draws and the first term of their expansion, which forgets that reviewers share proposals."""
        low, high, least, vector = self.ends
        scale = (1 / np.sqrt(self.matrix.diagonal)).astype(np.float32)[:, None]
        stretch, shift = np.float32(2 / (high - low)), np.float32((high + low) / (high - low))

        def moved(x: Array) -> Array:
            return stretch * scale * self.matrix.times(scale * x) - shift * x

        before = rng.standard_normal((len(scale), count), np.float32)
        rough = scale * before
        alone = vector.astype(np.float32)[:, None]
        share = alone.T @ before
        before = before - alone * share  # this one direction is known; the polynomial need not reach down to it
        now = moved(before)
        factors = self.coefficients.astype(np.float32)
        total = factors[0] * before + factors[1] * now
        for factor in factors[2:]:
            before, now = now, 2 * moved(now) - before
            total += factor * now
        return scale * (total + alone * (share / np.float32(np.sqrt(least)))), rough

    @cached_property
    def _probes(self) -> list[tuple[Array, Array]]:
        rng = np.random.default_rng(0)
        return [self._drawn(16, rng) for _turn in range(PROBES // 16)]

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Return draws with the inverse as covariance, columns × count."""
        return self._drawn(count, rng)[0]

    def diagonal(self) -> Array:
        """Return the diagonal of the inverse, from draws."""
        return self.across(sparse.identity(len(self.matrix.diagonal), format="csr"))

    def across(self, rows: sparse.csr_matrix) -> Array:
        """Return x' C x for every row x: known for unconnected reviewers, the difference from draws."""
        known = rows.power(2) @ (1 / self.matrix.diagonal)
        narrow, more = rows.astype(np.float32), np.zeros(rows.shape[0])
        for drawn, rough in self._probes:
            more += np.square(narrow @ drawn).sum(axis=1) - np.square(narrow @ rough).sum(axis=1)
        return np.maximum(known + more / PROBES, 0.5 * known)


def solve(design: Design, ratios: Array) -> Solution:
    """Solve at variance ratios over the noise (proposal, reviewer, panel), all above zero.

    Time O(reviews · steps); the steps grow with the square root of the condition, not with the size of the call.
    """
    matrix = Matrix.at(design, ratios)
    weight = matrix.weight
    edge = design.sizes - design.zw.T @ (weight * design.counts)
    right = design.wy - design.zw.T @ (weight * design.zy)
    corner = len(design.y) - float(weight @ design.counts**2)
    top = float(design.y.sum() - weight @ (design.counts * design.zy))
    found, steps, converged = matrix.solved(np.column_stack([edge, right]))
    sides = Sides(weight, edge, right, corner, top)
    solution = sides.solution(design, found[:, 0], found[:, 1], Polynomial(matrix))
    return replace(solution, steps=steps, converged=converged)


def lanczos(times: Callable[[Array], Array], start: Array) -> tuple[Array, Array, float]:
    """Return estimates of the eigenvalues from the least to the greatest, the vector of the least, and its error.

    Lanczos 1950 (doi:10.6028/jres.045.026): the ends of the spectrum come out first; |A v - value v| is the error.
    """
    basis = [start / np.linalg.norm(start)]
    diagonal: list[float] = []
    beside: list[float] = []
    for _turn in range(min(TURNS, len(start))):
        image = times(basis[-1])
        diagonal.append(float(image @ basis[-1]))
        known = np.array(basis)
        for _twice in range(2):  # once leaves rounding that grows with every turn
            image -= known.T @ (known @ image)
        beside.append(float(np.linalg.norm(image)))
        if beside[-1] < 1e-10:
            break
        basis.append(image / beside[-1])
    values, vectors = linalg.eigh_tridiagonal(diagonal, beside[: len(diagonal) - 1])
    vector = np.array(basis[: len(diagonal)]).T @ vectors[:, 0]
    return values, vector, beside[-1] * abs(float(vectors[-1, 0]))
