"""Boosted regression trees on binned columns: small, seeded, without a dependency.

Each tree has a fixed depth and splits a random half of the columns on a random half of the rows; leaves are shrunk
(Friedman, 2001, doi:10.1214/aos/1013203451; Chen and Guestrin, 2016, doi:10.1145/2939672.2939785). Same seed, same
trees.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

BINS: Final = 64


@dataclass(frozen=True, slots=True)
class Trees:
    """Fitted trees. ``edges`` are the bin borders of each column; a split sends bins up to ``cuts`` to the left."""

    edges: np.ndarray
    columns: np.ndarray
    cuts: np.ndarray
    leaves: np.ndarray
    base: float

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the raw score of each row (log odds where fitted as such)."""
        return self.base + _sum_leaves(binned(rows, self.edges), self.columns, self.cuts, self.leaves)


@dataclass(frozen=True, slots=True)
class TreeConfig:
    """Number and depth of trees, step, shrinkage of leaves, least rows of a leaf, share of rows and columns."""

    rounds: int = 200
    depth: int = 4
    rate: float = 0.05
    shrink: float = 20.0
    least: int = 20
    rows: float = 0.5
    columns: float = 0.5


def bin_edges(rows: np.ndarray) -> np.ndarray:
    """Return quantile borders of each column (columns × bins - 1)."""
    return np.quantile(rows, np.linspace(0, 1, BINS + 1)[1:-1], axis=0).T.copy()


def binned(rows: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin of each value, as bytes."""
    out = np.empty(rows.shape, dtype=np.uint8)
    for column in range(rows.shape[1]):
        out[:, column] = np.searchsorted(edges[column], rows[:, column], side="left")
    return out


def fit_trees(
    rows: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    *,
    odds: bool,
    seed: int,
    config: TreeConfig = TreeConfig(),
) -> Trees:
    """Fit trees to a number (squared error) or, with ``odds``, to zeros and ones (log loss).

    Parameters
    ----------
    rows, target, weight:
        n × p numbers without gaps, n targets, n weights.

    Notes
    -----
    O(rounds · depth · n · p) time; n · p bytes beside the input.
    """
    generator = np.random.default_rng(seed)
    edges = bin_edges(rows)
    bins = binned(rows, edges)
    count, width = bins.shape
    mean = float(np.average(target, weights=weight))
    base = float(np.log(mean / (1 - mean))) if odds else mean
    score = np.full(count, base)
    inner, depth = (1 << config.depth) - 1, config.depth
    columns = np.zeros((config.rounds, inner), dtype=np.int64)
    cuts = np.full((config.rounds, inner), BINS, dtype=np.int64)
    leaves = np.zeros((config.rounds, 1 << depth))
    for tree in range(config.rounds):
        chance = 1 / (1 + np.exp(-score)) if odds else score
        slope = (target - chance) * weight
        bend = chance * (1 - chance) * weight if odds else weight
        drawn = np.where(generator.random(count) < config.rows, 1.0, 0.0)
        chosen = np.sort(generator.permutation(width)[: max(1, int(width * config.columns))])
        _grow(
            bins,
            slope * drawn,
            bend * drawn,
            drawn,
            chosen,
            depth,
            config.shrink,
            config.least,
            columns[tree],
            cuts[tree],
            leaves[tree],
        )
        leaves[tree] *= config.rate
        score += _sum_leaves(bins, columns[tree : tree + 1], cuts[tree : tree + 1], leaves[tree : tree + 1])
    return Trees(edges, columns, cuts, leaves, base)


@numba.njit(cache=True)
def _grow(bins, slope, bend, drawn, chosen, depth, shrink, least, columns, cuts, leaves):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901, PLR0912
    """Grow one tree level by level, filling ``columns``, ``cuts`` and ``leaves``."""
    count = bins.shape[0]
    node = np.zeros(count, dtype=np.int64)
    for level in range(depth):
        first, width = (1 << level) - 1, 1 << level
        total = np.zeros((width, 3))
        for row in range(count):
            if drawn[row] > 0:
                total[node[row], 0] += slope[row]
                total[node[row], 1] += bend[row]
                total[node[row], 2] += 1
        best = np.zeros(width)
        for column in chosen:
            sums = np.zeros((width, BINS, 3))
            for row in range(count):
                if drawn[row] > 0:
                    cell = sums[node[row], bins[row, column]]
                    cell[0] += slope[row]
                    cell[1] += bend[row]
                    cell[2] += 1
            for place in range(width):
                left = np.zeros(3)
                before = total[place, 0] ** 2 / (total[place, 1] + shrink)
                for cut in range(BINS - 1):
                    left += sums[place, cut]
                    if left[2] < least or total[place, 2] - left[2] < least:
                        continue
                    right0, right1 = total[place, 0] - left[0], total[place, 1] - left[1]
                    gain = left[0] ** 2 / (left[1] + shrink) + right0**2 / (right1 + shrink) - before
                    if gain > best[place] + 1e-12:
                        best[place] = gain
                        columns[first + place] = column
                        cuts[first + place] = cut
        for row in range(count):
            here = first + node[row]
            node[row] = 2 * node[row] + (1 if bins[row, columns[here]] > cuts[here] else 0)
    sums0, sums1 = np.zeros(1 << depth), np.zeros(1 << depth)
    for row in range(count):
        sums0[node[row]] += slope[row]
        sums1[node[row]] += bend[row]
    for leaf in range(1 << depth):
        leaves[leaf] = sums0[leaf] / (sums1[leaf] + shrink)


@numba.njit(cache=True)
def _sum_leaves(bins, columns, cuts, leaves):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the sum of the leaves each row falls into."""
    out = np.zeros(bins.shape[0])
    inner = columns.shape[1]
    for tree in range(columns.shape[0]):
        for row in range(bins.shape[0]):
            place = 0
            while place < inner:
                right = bins[row, columns[tree, place]] > cuts[tree, place]
                place = 2 * place + (2 if right else 1)
            out[row] += leaves[tree, place - inner]
    return out
