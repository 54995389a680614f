"""How well calibrated scores predict reviews that were hidden, beside the plain mean of the others.

    python benchmarks/calibration_hidden.py --data DIR

``DIR`` is a folder of review data (``catalyst``, ``snsf_mint``, ``aibs``). A tenth of the reviews is hidden in turn
(10 folds, seeded), the others are calibrated, and each hidden review is predicted by mean plus proposal plus reviewer.
The peers predict by the plain mean of the proposal's other reviews, and by the mean of z-scores within reviewers, the
usual home-made remedy. Nothing is tuned: the model has no settings.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.calibration.calibrate import CalibrationConfig, Fitted, _fit
from yuantou.engines.calibration.design import Design
from yuantou.kernel.score import Scale

FOLDS = 10
GOALS = {"catalyst fund 3": 12.0, "catalyst fund 5": 13.0, "snsf_mint": 0.0, "aibs": 0.0}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    data = options.parse_args().data
    print(f"{'data':<17}{'reviews':>8}{'plain':>8}{'z-score':>9}{'ours':>8}{'gain':>8}{'goal':>7}   50/90 % coverage")
    ok = True
    shown = []
    for name, scores in tables(data).items():
        plain, z, ours, inside = errors(scores)
        gain = 100 * (1 - ours / plain)
        good = gain >= GOALS[name] and abs(inside[0] - 0.5) <= 0.04 and abs(inside[1] - 0.9) <= 0.04
        ok &= good
        shown.append(f"{name} {gain:.1f} %")
        coverage = f"{inside[0]:.3f}/{inside[1]:.3f}"
        print(
            f"{name:<17}{scores.height:>8}{plain:>8.3f}{z:>9.3f}{ours:>8.3f}"
            f"{gain:>7.1f}%{GOALS[name]:>6.0f}%   {coverage}"
        )
    print(
        f"calibration_hidden: below the plain mean {', '.join(shown)} "
        f"(goal ≥ 12, ≥ 13, ≥ 0, ≥ 0 %, coverage within 4 points) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def tables(data: Path) -> dict[str, pl.DataFrame]:
    """Return one score for each review of each set: the mean of its criteria."""
    three = pl.read_csv(data / "catalyst" / "fund3_ratings.csv.gz")
    proposal = pl.format("{}/{}", "Challenge", "Idea Title")
    three = three.select(proposal_id=proposal, reviewer_id="Assessor", score=pl.col("Rating Given"))
    five = pl.read_csv(data / "catalyst" / "fund5_assessments.csv.gz", infer_schema_length=10_000)
    five = five.filter(pl.col("status") == "valid")
    five = five.select(proposal_id=pl.col("proposal_id").cast(pl.String), reviewer_id="Assessor", score="Rating Given")
    votes = pl.read_csv(data / "snsf_mint" / "votes.csv.gz")
    people = pl.format("{}/{}", "section", "assessor")
    votes = votes.select(proposal_id="proposal", reviewer_id=people, score="num_grade")
    panel = pl.read_csv(data / "aibs" / "ratings_long.csv.gz")
    panel = panel.select(
        proposal_id=pl.col("proposal").cast(pl.String),
        reviewer_id=pl.col("judge").cast(pl.String),
        score=pl.col("rating_x10") / 10,
    )
    sets = {"catalyst fund 3": three, "catalyst fund 5": five, "snsf_mint": votes, "aibs": panel}
    keys = ["proposal_id", "reviewer_id"]
    return {
        name: frame.drop_nulls().group_by(keys).agg(pl.col("score").cast(pl.Float64).mean()).sort(keys)
        for name, frame in sets.items()
    }


def errors(scores: pl.DataFrame) -> tuple[float, float, float, tuple[float, float]]:
    """Return the root mean squared errors of plain means, z-scores and ours, and the coverage of our intervals."""
    fold = np.random.default_rng(1).permutation(scores.height) % FOLDS
    parts = [predicted(scores.filter(fold != k), scores.filter(fold == k)) for k in range(FOLDS)]
    truth, plain, z, ours, spread = (np.concatenate([part[i] for part in parts]) for i in range(5))
    inside = tuple(float((np.abs(ours - truth) <= width * spread).mean()) for width in (0.6745, 1.6449))
    return rmse(plain - truth), rmse(z - truth), rmse(ours - truth), (inside[0], inside[1])


def rmse(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def predicted(known: pl.DataFrame, hidden: pl.DataFrame) -> tuple[np.ndarray, ...]:
    """Return hidden scores, the three predictions, and the standard deviation of ours; proposals without others go."""
    hidden = hidden.join(known.select("proposal_id").unique(), on="proposal_id", how="semi")
    low, high = known["score"].min(), known["score"].max()
    design = Design.build(known.with_columns(panel=pl.lit("")), Scale(float(low), float(high), 0))  # type: ignore[arg-type]
    fitted = _fit(design, CalibrationConfig(integrated=0), 2.0, np.random.default_rng(1))
    of = pl.DataFrame({"proposal_id": design.proposals, "mean": fitted.means()})
    people = pl.DataFrame({"reviewer_id": design.reviewers, "effect": fitted.solution.effects})
    grades = known.group_by("reviewer_id").agg(m=pl.col("score").mean(), s=pl.col("score").std().fill_null(0.0))
    overall = (known["score"].mean(), known["score"].std())
    z = known.join(grades, on="reviewer_id").with_columns(
        z=(pl.col("score") - pl.col("m")) / pl.when(pl.col("s") > 0).then("s").otherwise(1.0)
    )
    table = (
        hidden.join(of, on="proposal_id", how="left")
        .join(people, on="reviewer_id", how="left")
        .join(grades, on="reviewer_id", how="left")
        .join(known.group_by("proposal_id").agg(plain=pl.col("score").mean()), on="proposal_id", how="left")
        .join(z.group_by("proposal_id").agg(z=pl.col("z").mean()), on="proposal_id", how="left")
        .with_columns(
            pl.col("effect").fill_null(0.0), pl.col("m").fill_null(overall[0]), pl.col("s").fill_null(overall[1])
        )
    )
    ours = (table["mean"] + table["effect"]).clip(low, high)
    scaled = (table["m"] + table["z"] * table["s"]).clip(low, high)
    spread = deviations(design, fitted, table)
    return table["score"].to_numpy(), table["plain"].to_numpy(), scaled.to_numpy(), ours.to_numpy(), spread


def deviations(design: Design, fitted: Fitted, table: pl.DataFrame) -> np.ndarray:
    """Return the predictive deviation of each hidden review: proposal, reviewer and noise (taken as independent)."""
    own, columns = fitted.deviations() or (np.zeros(len(design.proposals)), np.zeros(design.width))
    of = dict(zip(design.proposals, own, strict=True))
    people = dict(zip(design.reviewers, columns, strict=True))
    strange = fitted.variances["reviewer"] ** 0.5
    parts = [(of[row["proposal_id"]], people.get(row["reviewer_id"], strange)) for row in table.to_dicts()]
    return np.array([np.sqrt(a**2 + b**2 + fitted.noise) for a, b in parts])


if __name__ == "__main__":
    sys.exit(main())
