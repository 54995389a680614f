"""How much of a ranking hangs on how it was made: plain means, grades as grades, any one reviewer left out."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.engines.calibration.blocks import Blocks
from yuantou.engines.calibration.calibrate import CalibrationConfig, calibrate
from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.judges import GRADES
from yuantou.engines.calibration.reviews import overall_scores
from yuantou.kernel.score import Scale

LARGEST: Final = 3000
"""Reviews up to which each reviewer is left out in turn and the ordinal model is run."""
GRADED_DRAWS: Final = 400


def sensitivity_runs(
    reviews: pl.DataFrame,
    ranking: pl.DataFrame,
    *,
    scale: Scale,
    places: int,
    variances: Mapping[str, float],
    weights: Mapping[str, float] | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Decide again in other ways and count whom that would have moved over the line.

    Parameters
    ----------
    reviews, ranking:
        Tables of the call contract; ``ranking`` is the one to be judged.
    places:
        How many lie within the line.
    variances:
        Of the calibration (``proposal``, ``reviewer``, ``panel``, ``residual``); taken as known where a reviewer is
        left out.

    Returns
    -------
    list of dict
        For each run its name (``plain_mean``, ``ordinal``, ``without_reviewer``), how many of the ``places`` go to
        others (``changed``) and the most ranks that a proposal moves (``furthest``); for the last the reviewer whose
        absence moves most, and how many were tried. A run that does not apply says ``why`` (a code).
    """
    sign = 1 if scale.higher_is_better else -1
    order = ranking["proposal_id"].to_list()
    scores = overall_scores(reviews, weights)
    plain = {row[0]: sign * row[1] for row in ranking.select("proposal_id", "raw_mean").iter_rows()}
    runs: list[dict[str, Any]] = [{"run": "plain_mean"} | _moves(order, plain, places)]
    runs.append({"run": "ordinal"} | _ordinal(scores, order, scale, places, sign, seed))
    runs.append({"run": "without_reviewer"} | _without(scores, order, scale, places, variances))
    return runs


def _moves(order: list[str], values: Mapping[str, float], places: int) -> dict[str, int]:
    """Compare an order with that of other values; proposals without a value are left out of both."""
    kept = [key for key in order if key in values]
    again = sorted(kept, key=lambda key: (-values[key], key))
    at = {key: place for place, key in enumerate(again)}
    changed = len(set(kept[:places]) - set(again[:places]))
    return {"changed": changed, "furthest": max((abs(at[key] - place) for place, key in enumerate(kept)), default=0)}


def _ordinal(scores: pl.DataFrame, order: list[str], scale: Scale, places: int, sign: int, seed: int) -> dict[str, Any]:
    if scores["score"].n_unique() > GRADES:
        return {"why": "no_grades"}
    if scores.height > LARGEST or scores["score"].n_unique() < 2:
        return {"why": "size"}
    config = CalibrationConfig(graded=True, draws=GRADED_DRAWS, shared_labels=True)
    found = calibrate(scores, scale=scale, top=places, config=config, seed=seed).ranking
    return _moves(order, {row[0]: sign * row[1] for row in found.select("proposal_id", "mean").iter_rows()}, places)


def _without(
    scores: pl.DataFrame, order: list[str], scale: Scale, places: int, variances: Mapping[str, float]
) -> dict[str, Any]:
    noise = variances["residual"]
    if scores.height > LARGEST or noise <= 0:
        return {"why": "size"}
    ratios = np.array([max(variances[name], 1e-9 * noise) / noise for name in ("proposal", "reviewer", "panel")])
    reviewers = scores["reviewer_id"].unique().sort().to_list()
    found = [
        (_moves(order, _means(scores.filter(pl.col("reviewer_id") != key), scale, ratios), places), key)
        for key in (reviewers if len(reviewers) > 1 else [])
    ]
    if not found:
        return {"why": "size"}
    worst, key = max(found, key=lambda pair: (pair[0]["changed"], pair[0]["furthest"], pair[1]))
    return worst | {"reviewer": key, "tried": len(found)}


def _means(scores: pl.DataFrame, scale: Scale, ratios: Array) -> dict[str, float]:
    design = Design.build(scores, scale)
    means = Blocks(design, design.components()[2]).solve(ratios).proposals()
    return dict(zip(design.proposals, means.tolist(), strict=True))
