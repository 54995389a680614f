"""What share of the scores' variance proposals, reviewers, panels and noise have, with intervals."""

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.calibration.design import Array

NAMES: Final = ("proposal", "reviewer", "panel", "residual")
_STEP: Final = 0.02
_NONE: Final = -11.0  # logarithm of the ratio to all, below which a component is none


def shares_of(variances: Array, drawn: Array | None) -> pl.DataFrame:
    """Return each component's share and, where the variances were drawn (draws × 4), its 50 and 90 % interval."""
    levels = (0.05, 0.25, 0.75, 0.95)
    frame = pl.DataFrame({"component": NAMES, "share": variances / variances.sum()})
    if drawn is None or len(drawn) < 2:
        return frame.with_columns(
            pl.lit(None, pl.Float64).alias(name) for name in ("low90", "low50", "high50", "high90")
        )
    bounds = np.quantile(drawn / drawn.sum(axis=1, keepdims=True), levels, axis=0)
    return frame.with_columns(
        pl.Series(name, bound) for name, bound in zip(("low90", "low50", "high50", "high90"), bounds, strict=True)
    )


def normal_draws(cost: Callable[[Array], float], best: Array, free: list[int], rng: np.random.Generator) -> Array:
    """Return draws of the variances from the curvature of the likelihood in their logarithms, 2,000 × 4.

    ``cost`` is twice the negative log-likelihood. Components at their lower bound stay there. Good where reviews are
    many; where few, variances are drawn from their posterior instead.
    """
    inside = [k for k in free if best[k] - np.log(np.exp(best).sum()) > _NONE]
    curvature = np.empty((len(inside), len(inside)))
    for a, one in enumerate(inside):
        for b, two in enumerate(inside):
            corners = [(s, t, best + _STEP * (s * _unit(one) + t * _unit(two))) for s in (-1, 1) for t in (-1, 1)]
            curvature[a, b] = sum(s * t * cost(x) for s, t, x in corners) / (8 * _STEP**2)
    values, vectors = np.linalg.eigh(curvature)
    spread = vectors / np.sqrt(np.maximum(values, 1e-8))
    logs = np.tile(best, (2000, 1))
    steps = rng.standard_normal((2000, len(inside))) @ spread.T
    logs[:, inside] += np.clip(steps, _NONE, -_NONE)  # on a flat likelihood a step may leave the range
    return np.exp(logs)


def _unit(place: int) -> Array:
    return np.eye(4)[place]
