"""What another method would change, and where reviewers part on one question."""

import numpy as np
import polars as pl

from yuantou.engines.calibration import CalibrationConfig, calibrate, contradictions, sensitivity_runs
from yuantou.kernel.score import Scale

SCALE = Scale(1, 5, 1, True)
CRITERIA = ("question", "approach")


def reviews(harsh: float = 0.0) -> pl.DataFrame:
    """Twelve proposals by six reviewers, two criteria; one reviewer is harsh by so many grades."""
    rng, rows = np.random.default_rng(5), []
    for i in range(12):
        for j in range(6):
            if (i + j) % 2:
                continue
            base = 1.5 + 3 * (11 - i) / 11 - (harsh if j == 0 else 0)
            rows += [(f"p{i:02}", f"r{j}", float(np.clip(round(base + rng.normal(0, 0.3)), 1, 5)), c) for c in CRITERIA]
    return pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "score", "criterion"], orient="row")


def runs(table: pl.DataFrame) -> dict[str, dict]:
    found = calibrate(table, scale=SCALE, top=5, config=CalibrationConfig(draws=200), seed=1)
    every = sensitivity_runs(table, found.ranking, scale=SCALE, places=5, variances=found.variances, seed=1)
    return {run["run"]: run for run in every}


def test_a_harsh_reviewer_is_the_one_whom_the_ranking_hangs_on_most() -> None:
    told = runs(reviews(harsh=2.0))
    assert told["plain_mean"]["furthest"] > 0
    assert told["without_reviewer"]["tried"] == 6
    assert told["without_reviewer"]["reviewer"].startswith("r")
    assert told["ordinal"]["changed"] <= 5


def test_many_values_are_no_grades_and_are_said_to_be_none() -> None:
    table = reviews().with_columns(pl.col("score") + pl.int_range(pl.len()) / 1000)
    scale = Scale(1, 6, 0, True)
    found = calibrate(table, scale=scale, top=5, config=CalibrationConfig(draws=200), seed=1)
    every = sensitivity_runs(table, found.ranking, scale=scale, places=5, variances=found.variances)
    assert [run.get("why") for run in every] == [None, "no_grades", None]


def test_opposite_judgements_are_found_where_they_were_planted_and_severity_is_none() -> None:
    table = reviews()
    planted = (pl.col("proposal_id") == "p06") & (pl.col("criterion") == "approach")
    high = planted & (pl.col("reviewer_id") == "r0")
    low = planted & (pl.col("reviewer_id") == "r2")
    table = table.with_columns(score=pl.when(high).then(5.0).when(low).then(1.0).otherwise("score"))
    effects = pl.DataFrame({"reviewer_id": [f"r{j}" for j in range(6)], "effect": [0.0] * 6})
    found = contradictions(table, effects)
    assert found.height == 1
    assert found.row(0, named=True)["proposal_id"] == "p06"
    assert (found["low_by"][0], found["high_by"][0]) == ("r2", "r0")
    # A reviewer two grades harsh on everything contradicts nobody once that is taken out.
    harsh = reviews().with_columns(score=pl.col("score") - 2.0 * (pl.col("reviewer_id") == "r0"))
    known = effects.with_columns(effect=pl.when(pl.col("reviewer_id") == "r0").then(-2.0).otherwise(0.0))
    assert contradictions(harsh, known).is_empty()
