"""Exact solution where reviewers fall into groups of a bearable size: one small matrix for each group.

Proposals are eliminated first, so a group is a matrix over its reviewers and panels; matrices of like size are factored
together. The mean is a border to all of them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.solution import Sides, Solution

LARGEST = 2500  # columns of one group; beyond, a factor costs minutes and PCG wins


@dataclass(frozen=True)
class _Bucket:
    """Groups of like size: padded matrices and where their columns stand."""

    at: Array  # groups × size, the column or -1
    whole: Array  # groups × size × size: columns by columns
    parts: tuple[Array, ...]  # the same through the proposals with 1, 2, … reviews


@dataclass(frozen=True)
class Factors:
    """Inverse factors of every bucket's matrices: the exact spread of the columns."""

    design: Design
    inverses: tuple[tuple[Array, Array], ...]

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Return draws (columns × count) whose covariance is the inverse of the matrix."""
        drawn = np.zeros((self.design.width, count), np.float32)
        for at, inverse in self.inverses:
            shock = rng.standard_normal((*at.shape, count), np.float32)
            drawn[at[at >= 0]] = (inverse.transpose(0, 2, 1).astype(np.float32) @ shock)[at >= 0]
        return drawn

    def diagonal(self) -> Array:
        """Return the diagonal of the inverse."""
        found = np.zeros(self.design.width)
        for at, inverse in self.inverses:
            found[at[at >= 0]] = np.einsum("gij,gij->gj", inverse, inverse)[at >= 0]
        return found

    def across(self, rows: sparse.csr_matrix) -> Array:
        """Return x' C x for every row x, where C is the inverse."""
        group, slot = np.full(self.design.width, -1), np.full(self.design.width, -1)
        total = np.zeros(rows.shape[0])
        pairs = _pairs(rows)
        for at, inverse in self.inverses:
            group[:] = -1
            groups, slots = np.nonzero(at >= 0)
            group[at[groups, slots]], slot[at[groups, slots]] = groups, slots
            covariance = inverse.transpose(0, 2, 1) @ inverse
            for first, second, row, weight in pairs:
                inside = (group[first] >= 0) & (group[first] == group[second])
                one, two = first[inside], second[inside]
                total += np.bincount(
                    row[inside], weight[inside] * covariance[group[one], slot[one], slot[two]], len(total)
                )
        return total


def _pairs(entries: sparse.csr_matrix) -> list[tuple[Array, Array, Array, Array]]:
    """Return pairs of columns that meet in a row, by their distance among its entries, with the product of both."""
    rows = np.repeat(np.arange(entries.shape[0]), np.diff(entries.indptr))
    found = []
    for distance in range(int(np.diff(entries.indptr).max(initial=0))):
        near = np.arange(len(rows) - distance)
        near = near[rows[near] == rows[near + distance]]
        weight = entries.data[near] * entries.data[near + distance] * (1 if distance == 0 else 2)
        found.append((entries.indices[near], entries.indices[near + distance], rows[near], weight))
    return found


class Blocks:
    """The normal equations of a design, group by group."""

    def __init__(self, design: Design, label: Array) -> None:
        self.design = design
        self.sizes = np.unique(design.counts.astype(int))
        whole = (design.w.T @ design.w).tocoo()
        rows = [np.flatnonzero(design.counts == n) for n in self.sizes]
        parts = [(design.zw[row].T @ design.zw[row]).tocoo() for row in rows]
        self.buckets = tuple(_buckets(label, whole, parts))
        self.counted = [np.asarray(design.zw[row].sum(axis=0)).ravel() for row in rows]
        self.summed = [np.asarray(design.zw[row].T @ design.zy[row]).ravel() for row in rows]
        self.column_counts = np.asarray(design.w.sum(axis=0)).ravel()

    def solve(self, ratios: Array, *, factors: bool = True) -> Solution:
        """Solve at variance ratios over the noise (proposal, reviewer, panel), all above zero.

        Without ``factors`` for the likelihood alone: draws and deviations cannot be had of it then.
        """
        design, weights = self.design, 1 / (self.sizes + 1 / ratios[0])
        by_size = dict(zip(self.sizes, weights, strict=True))
        weight = np.array([by_size[n] for n in self.sizes])[np.searchsorted(self.sizes, design.counts.astype(int))]
        prior = np.where(np.arange(design.width) < len(design.reviewers), 1 / ratios[1], 1 / ratios[2])
        turned = [w * n * c for w, n, c in zip(weights, self.sizes, self.counted, strict=True)]
        edge = self.column_counts - np.sum(turned, axis=0)
        right = design.wy - np.sum([w * s for w, s in zip(weights, self.summed, strict=True)], axis=0)
        corner = len(design.y) - float(weight @ design.counts**2)
        top = float(design.y.sum() - weight @ (design.counts * design.zy))
        lean, raw = np.zeros(design.width), np.zeros(design.width)
        log_determinant, inverses = 0.0, []
        for bucket in self.buckets:
            matrix, inside = _matrix(bucket, weights, prior), bucket.at >= 0
            factor = np.linalg.cholesky(matrix)
            log_determinant += 2 * float(np.log(np.diagonal(factor, axis1=1, axis2=2)).sum())
            both = np.stack([np.where(inside, source[bucket.at], 0.0) for source in (edge, right)], axis=-1)
            if factors:
                inverse = np.linalg.inv(factor)
                inverses.append((bucket.at, inverse))
                found = inverse.transpose(0, 2, 1) @ (inverse @ both)
            else:
                found = np.linalg.solve(matrix, both)
            lean[bucket.at[inside]], raw[bucket.at[inside]] = found[inside].T
        sides = Sides(weight, edge, right, corner, top)
        return sides.solution(design, lean, raw, Factors(design, tuple(inverses)), log_determinant)


def _matrix(bucket: _Bucket, weights: Array, prior: Array) -> Array:
    """Return the matrices of a bucket's groups; what is padded is the identity."""
    inside = bucket.at >= 0
    matrix = bucket.whole.copy()
    for weight, part in zip(weights, bucket.parts, strict=True):
        matrix -= weight * part
    size = matrix.shape[1]
    matrix[:, np.arange(size), np.arange(size)] += np.where(inside, prior[bucket.at], 1.0)
    return matrix


def _buckets(label: Array, whole: sparse.coo_matrix, parts: list[sparse.coo_matrix]) -> list[_Bucket]:
    """Sort groups by size into buckets, each padded to the next power of two."""
    groups, group, sizes = np.unique(label, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    slot = np.empty(len(label), np.int64)
    slot[order] = np.arange(len(label)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    padded = 2 ** np.ceil(np.log2(np.maximum(sizes, 2))).astype(int)
    found = []
    for size in np.unique(padded):
        chosen = np.flatnonzero(padded == size)
        row = np.full(len(groups), -1)
        row[chosen] = np.arange(len(chosen))
        at = np.full((len(chosen), size), -1)
        mine = row[group] >= 0
        at[row[group[mine]], slot[mine]] = np.flatnonzero(mine)

        def dense(entries: sparse.coo_matrix, row: Array = row, shape: tuple[int, ...] = (*at.shape, size)) -> Array:
            filled = np.zeros(shape)
            of = row[group[entries.row]]
            here = of >= 0
            filled[of[here], slot[entries.row[here]], slot[entries.col[here]]] = entries.data[here]
            return filled

        found.append(_Bucket(at, dense(whole), tuple(dense(part) for part in parts)))
    return found
