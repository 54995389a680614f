"""The distribution of one proposal's rank, for a picture: independent normal posteriors, integrated over its own."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
NODES: Final = 21


def rank_distribution(mean: Floats, sd: Floats, at: int, *, cells: int = 60) -> tuple[Floats, Floats]:
    """Return the chances of the ranks of proposal ``at``, in cells of equal width where there are many.

    Parameters
    ----------
    mean, sd:
        Posterior means (higher is better) and standard deviations, shape (n,).
    cells:
        Most cells; with fewer proposals there is one for each rank.

    Returns
    -------
    tuple
        Upper ends of the cells (ranks) and the chance of each cell; the chances sum to 1.

    Notes
    -----
    Given one's own quality, the number of those who are better is a sum of independent trials, taken as normal; own
    quality is integrated over at ``NODES`` points (Gauss-Hermite). Draws of the calibration know the correlations that
    common reviewers cause, this does not: it is for the picture, the intervals of the table are from draws. Time
    O(NODES · n).
    """
    n = len(mean)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    own = mean[at] + nodes * max(float(sd[at]), 1e-12)
    others = np.arange(n) != at
    better = norm.cdf((mean[None, others] - own[:, None]) / np.maximum(sd[None, others], 1e-12))
    centre, spread = 1 + better.sum(axis=1), np.sqrt(np.maximum((better * (1 - better)).sum(axis=1), 1e-12))
    ends = np.unique(np.ceil(np.linspace(0, n, min(cells, n) + 1)[1:]))
    below = (weights / weights.sum()) @ norm.cdf((ends[None, :] + 0.5 - centre[:, None]) / spread[:, None])
    below[-1] = 1.0
    return ends, np.diff(np.concatenate([[0.0], below]))
