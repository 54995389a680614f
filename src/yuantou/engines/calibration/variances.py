"""Variances of proposals, reviewers, panels and noise by moments: linear in the number of reviews, for any design."""

import numpy as np
from scipy import optimize

from yuantou.engines.calibration.design import Array, Design


def by_moments(design: Design) -> Array:
    """Return the variances (proposal, reviewer, panel, noise) that fit the sums of squares within each factor.

    Half the squared difference of two scores has as expectation the variances of all factors in which the two differ;
    summed within the levels of each factor and over all, that gives as many equations as variances (Gao and Owen 2017,
    doi:10.1214/17-EJS1236, with one more factor). Solved under the condition that none is negative.
    """
    factors = [design.proposal, design.reviewer] + ([design.panel] if design.has_panels else [])
    whole = np.zeros(len(design.y), np.int64)
    system = [[_differing(level, other) for other in [*factors, None]] for level in [*factors, whole]]
    squares = [_squares(level, design.y) for level in [*factors, whole]]
    scale = np.array(system).max(axis=1, keepdims=True)
    scale[scale == 0] = 1
    solved, _rest = optimize.nnls(np.array(system) / scale, np.array(squares) / scale.ravel())
    return np.insert(solved, 2, 0.0) if len(solved) == 3 else solved


def _squares(level: Array, y: Array) -> float:
    counts = np.maximum(np.bincount(level), 1)
    return float((y**2).sum() - (np.bincount(level, y) ** 2 / counts).sum())


def _differing(level: Array, other: Array | None) -> float:
    """Return how often pairs within a level differ in another factor, weighted as the sums of squares weigh them."""
    counts = np.bincount(level).astype(float)
    if other is None:
        return float((counts[counts > 0] - 1).sum())
    key = level * (int(other.max()) + 1) + other
    pairs, sizes = np.unique(key, return_counts=True)
    of = pairs // (int(other.max()) + 1)
    same = np.bincount(of, sizes.astype(float) ** 2, len(counts))
    filled = counts > 0
    return float((counts[filled] - same[filled] / counts[filled]).sum())
