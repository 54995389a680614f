"""What comes of a round: a grade with its interval for each portfolio, never a list of people by rank."""

from typing import Any, Final

import polars as pl

from yuantou.apps.outcomes.library import library
from yuantou.apps.outcomes.models import Assessment, Round
from yuantou.engines.calibration import CalibrationConfig, agreement, calibrate
from yuantou.engines.evaluation import band_of, wording_effect
from yuantou.kernel.errors import InputError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.score import Scale

NINETY: Final = 1.6449
SCALE: Final = Scale(1, 5)


def results_of(record: Round) -> dict[str, Any]:
    """Return the result of a round, ready to be kept and hashed.

    Assessors are calibrated as reviewers of a call are (severity taken out, intervals from the posterior); where so
    few assessments allow no model, the plain mean stands with the interval of the whole scale, and it says so.
    """
    rows = list(Assessment.objects.filter(portfolio__round=record, state__means="given").select_related("portfolio"))
    weights = library().templates[record.category].weights
    reviews = _table(rows, weights)
    seed = int(content_hash(record.pk)[:8], 16)
    try:
        fitted = calibrate(reviews, scale=SCALE, config=CalibrationConfig(weights=dict(weights)), seed=seed)
        means = {row["proposal_id"]: (row["mean"], row["sd"]) for row in fitted.ranking.iter_rows(named=True)}
        method = fitted.method
    except InputError:
        plain = _overall(reviews, weights).group_by("proposal_id").agg(pl.col("score").mean())
        means = {row["proposal_id"]: (row["score"], 2.0) for row in plain.iter_rows(named=True)}
        method = "plain-mean/1"
    return {
        "method": method,
        "seed": seed,
        "input": content_hash(sorted(row.content_hash for row in rows)),
        "portfolios": {key: _graded(mean, sd) for key, (mean, sd) in sorted(means.items())},
        "agreement": _agreement(_overall(reviews, weights), seed),
        "wording": _wording(rows, weights) if record.wording_trial else None,
    }


def _table(rows: list[Assessment], weights: Any) -> pl.DataFrame:
    """Return the assessments as the table ``reviews`` of the engines; accounts stand under keys of this round alone."""
    lines = [
        {
            "proposal_id": row.portfolio_id,
            "reviewer_id": content_hash([row.portfolio.round_id, row.assessor_id])[:12],
            "score": float(row.grades[key]),
            "panel": None,
            "criterion": key,
        }
        for row in rows
        for key in weights
    ]
    strings = ("proposal_id", "reviewer_id", "panel", "criterion")
    return pl.DataFrame(lines, schema={**dict.fromkeys(strings, pl.String), "score": pl.Float64})


def _overall(reviews: pl.DataFrame, weights: Any) -> pl.DataFrame:
    weight = pl.col("criterion").replace_strict(dict(weights), return_dtype=pl.Float64)
    return (
        reviews.with_columns(score=pl.col("score") * weight)
        .group_by("proposal_id", "reviewer_id", maintain_order=True)
        .agg(pl.col("score").sum())
        .with_columns(panel=pl.lit(None, pl.String), criterion=pl.lit(None, pl.String))
    )


def _graded(mean: float, sd: float) -> dict[str, Any]:
    low, high = max(1.0, mean - NINETY * sd), min(5.0, mean + NINETY * sd)
    band = band_of(mean, low, high)
    return {
        "mean": round(mean, 2),
        "low": round(low, 2),
        "high": round(high, 2),
        "grade": [band.grade, band.low, band.high],
    }


def _agreement(overall: pl.DataFrame, seed: int) -> dict[str, float] | None:
    try:
        found = agreement(overall, seed=seed)
    except InputError:
        return None
    return {"single": round(found.single, 3), "mean": round(found.mean, 3)}


def _wording(rows: list[Assessment], weights: Any) -> dict[str, Any] | None:
    def score(row: Assessment) -> float:
        return sum(weight * float(row.grades[key]) for key, weight in weights.items())

    effect = wording_effect((row.portfolio_id, row.as_written, score(row)) for row in rows)
    if effect is None:
        return None
    return {
        "difference": round(effect.difference, 3),
        "low": round(effect.low, 3),
        "high": round(effect.high, 3),
        "portfolios": effect.portfolios,
    }
