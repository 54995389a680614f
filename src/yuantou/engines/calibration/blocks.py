"""Exact solution where reviewers fall into groups of a bearable size: one small matrix for each group.

Proposals are eliminated first, so a group is a matrix over its reviewers and panels; matrices of like size are factored
together. The mean is a border to all of them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from yuantou.engines.calibration.design import Array, Design

LARGEST = 2500  # columns of one group; beyond, a factor costs minutes and PCG wins


@dataclass(frozen=True)
class _Bucket:
    """Groups of like size: padded matrices and where their columns stand."""

    at: Array  # groups × size, the column or -1
    whole: Array  # groups × size × size: columns by columns
    parts: tuple[Array, ...]  # the same through the proposals with 1, 2, … reviews


@dataclass(frozen=True)
class Solution:
    """Effects at given variance ratios, and what likelihood and draws need of them."""

    design: Design
    mean: float
    effects: Array
    weight: Array  # of each proposal: 1 / (reviews + 1 / ratio)
    border: float
    lean: Array  # how the effects follow the mean
    inverses: tuple[tuple[Array, Array], ...]  # columns and inverse factors of each bucket
    log_determinant: float
    residual: float

    def proposals(self, mean: Array, effects: Array) -> Array:
        """Return mean plus proposal effect (proposals × draws) for draws of the others."""
        fixed = self.weight * self.design.zy
        free = (1 - self.weight * self.design.counts)[:, None] * mean
        return fixed[:, None] + free - self.weight[:, None] * (self.design.zw @ effects)

    def draw(self, count: int, noise: float, rng: np.random.Generator) -> Array:
        """Return draws of mean plus proposal effect, proposals × count."""
        mean = self.mean + np.sqrt(noise / self.border) * rng.standard_normal(count)
        effects = self.effects[:, None] - self.lean[:, None] * (mean - self.mean)
        for at, inverse in self.inverses:
            shock = inverse.transpose(0, 2, 1) @ rng.standard_normal((*at.shape, count))
            effects[at[at >= 0]] += np.sqrt(noise) * shock[at >= 0]
        drawn = self.proposals(mean, effects)
        drawn += np.sqrt(noise * self.weight)[:, None] * rng.standard_normal(drawn.shape)
        return drawn

    def deviations(self, noise: float) -> tuple[Array, Array]:
        """Return the standard deviations of mean plus proposal effect, and of the effects of the columns."""
        columns = self.lean**2 / self.border
        through = np.zeros(len(self.design.proposals))
        for at, inverse in self.inverses:
            covariance = inverse.transpose(0, 2, 1) @ inverse
            columns[at[at >= 0]] += np.diagonal(covariance, axis1=1, axis2=2)[at >= 0]
            through += self._through(at, covariance)
        free = 1 - self.weight * self.design.counts + self.weight * (self.design.zw @ self.lean)
        own = self.weight + self.weight**2 * through + free**2 / self.border
        return np.sqrt(noise * own), np.sqrt(noise * columns)

    def _through(self, at: Array, covariance: Array) -> Array:
        """Return z' C z of each proposal for the groups of one bucket."""
        place = np.full((2, self.design.width), -1)
        groups, slots = np.nonzero(at >= 0)
        place[0, at[groups, slots]], place[1, at[groups, slots]] = groups, slots
        total = np.zeros(len(self.design.proposals))
        for first, second, rows, weight in self._pairs:
            group = place[0, first]
            inside = group >= 0
            values = covariance[group[inside], place[1, first[inside]], place[1, second[inside]]]
            total += np.bincount(rows[inside], weight[inside] * values, len(total))
        return total

    @cached_property
    def _pairs(self) -> list[tuple[Array, Array, Array, Array]]:
        """Pairs of columns that meet in a proposal, by their distance among its entries, with how often they do."""
        entries = self.design.zw
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
            sides = np.stack([np.where(inside, source[bucket.at], 0.0) for source in (edge, right)], axis=-1)
            if factors:
                inverse = np.linalg.inv(factor)
                inverses.append((bucket.at, inverse))
                found = inverse.transpose(0, 2, 1) @ (inverse @ sides)
            else:
                found = np.linalg.solve(matrix, sides)
            lean[bucket.at[inside]], raw[bucket.at[inside]] = found[inside].T
        border = corner - float(edge @ lean)
        mean = (top - float(edge @ raw)) / border
        effects = raw - lean * mean
        residual = float(design.y @ design.y - weight @ design.zy**2 - top * mean - right @ effects)
        logs = log_determinant + float(np.log(border))
        return Solution(design, mean, effects, weight, border, lean, tuple(inverses), logs, residual)


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
