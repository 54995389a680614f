"""How well calibrated scores predict reviews that were hidden, beside the plain mean of the others.

    python benchmarks/calibration_hidden.py --data DIR

``DIR`` is a folder of review data (``catalyst``, ``snsf_mint``, ``aibs``). A tenth of the reviews is hidden in turn
(10 folds, seeded), the others are calibrated, and each hidden review is predicted by mean plus proposal plus reviewer.
The peers predict by the plain mean of the proposal's other reviews, and by the mean of z-scores within reviewers, the
usual home-made remedy. Nothing is tuned: each model is shown on every set. ``severity`` is the default; ``steep`` lets
reviewers differ in how far they spread their grades; ``steep, graded`` takes grades as cuts through a finer score. The
goals are judged on ``steep``. Coverage is of the chance that a new review is below the hidden one (of equal grades a
random share), which is even in 0 to 1 where the model is right, for coarse grades as well (Czado, Gneiting and Held
2009, doi:10.1111/j.1541-0420.2009.01191.x).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.calibration.calibrate import CalibrationConfig, _fit
from yuantou.engines.calibration.design import Design
from yuantou.engines.calibration.judges import GRADES, fit_by_sampling
from yuantou.kernel.score import Scale

FOLDS = 10
GOALS = {"catalyst fund 3": 12.0, "catalyst fund 5": 13.0, "snsf_mint": 0.0, "aibs": 0.0}


MODELS = {"severity": (), "steep": ("steep",), "steep, graded": ("steep", "graded")}
JUDGED = "steep"
DRAWS = 1000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    data = options.parse_args().data
    print(
        f"{'data':<17}{'reviews':>8} {'model':<14}{'plain':>8}{'z-score':>9}{'ours':>8}{'gain':>8}{'goal':>7}   50/90 %"
    )
    ok, shown = True, []
    for name, scores in tables(data).items():
        for model, differ in MODELS.items():
            if model.endswith("graded") and scores["score"].n_unique() > GRADES:
                continue
            plain, z, ours, inside = errors(scores, differ)
            gain = 100 * (1 - ours / plain)
            if model == JUDGED:
                ok &= gain >= GOALS[name] and abs(inside[0] - 0.5) <= 0.04 and abs(inside[1] - 0.9) <= 0.04
                shown.append(f"{name} {gain:.1f} %")
            print(
                f"{name:<17}{scores.height:>8} {model:<14}{plain:>8.3f}{z:>9.3f}{ours:>8.3f}"
                f"{gain:>7.1f}%{GOALS[name]:>6.0f}%   {inside[0]:.3f}/{inside[1]:.3f}",
                flush=True,
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


def errors(scores: pl.DataFrame, model: tuple[str, ...]) -> tuple[float, float, float, tuple[float, float]]:
    """Return the root mean squared errors of plain means, z-scores and ours, and the coverage of our intervals."""
    fold = np.random.default_rng(1).permutation(scores.height) % FOLDS
    parts = [predicted(scores.filter(fold != k), scores.filter(fold == k), model) for k in range(FOLDS)]
    truth, plain, z, ours, place = (np.concatenate([part[i] for part in parts]) for i in range(5))
    inside = tuple(float((np.abs(place - 0.5) <= share / 2).mean()) for share in (0.5, 0.9))
    return rmse(plain - truth), rmse(z - truth), rmse(ours - truth), (inside[0], inside[1])


def rmse(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def predicted(known: pl.DataFrame, hidden: pl.DataFrame, model: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Return hidden scores, the three predictions, and the place of each in ours; proposals without others go."""
    hidden = hidden.join(known.select("proposal_id").unique(), on="proposal_id", how="semi")
    truth = hidden["score"].to_numpy()
    design = Design.build(known.with_columns(panel=pl.lit("")), Scale(float(known["score"].min()), 99.0, 0))  # type: ignore[arg-type]
    proposals, reviewers = np.array(design.proposals), np.array(design.reviewers)
    at = np.searchsorted(proposals, hidden["proposal_id"].to_numpy())
    by = np.minimum(np.searchsorted(reviewers, hidden["reviewer_id"].to_numpy()), len(reviewers) - 1)
    by = np.where(reviewers[by] == hidden["reviewer_id"].to_numpy(), by, -1)
    rng = np.random.default_rng(1)
    drawn = by_draws(design, at, by, model, rng) if model else by_formula(design, at, by, rng)
    low, high = design.y.min(), design.y.max()
    place = (drawn < truth).mean(axis=0) + rng.random(len(truth)) * (drawn == truth).mean(axis=0)
    plain, z = peers(known, hidden)
    return truth, plain, z.clip(low, high), drawn.mean(axis=0).clip(low, high), place


def by_formula(design: Design, at: np.ndarray, by: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the hidden reviews where reviewers differ in severity alone (parts taken as independent)."""
    fitted = _fit(design, CalibrationConfig(integrated=0), 2.0, rng)
    own, columns = fitted.deviations()
    new = by < 0
    mean = fitted.means()[at] + np.where(new, 0.0, fitted.effects[by])
    spread = np.sqrt(own[at] ** 2 + np.where(new, fitted.variances["reviewer"], columns[by] ** 2) + fitted.noise)
    half = rng.standard_normal((DRAWS // 2, len(at)))
    return mean + spread * np.concatenate([half, -half])  # in pairs: the mean of the draws is the mean


def by_draws(
    design: Design, at: np.ndarray, by: np.ndarray, model: tuple[str, ...], rng: np.random.Generator
) -> np.ndarray:
    """Return draws of the hidden reviews from the sampled model."""
    chosen = {name: name in model for name in ("steep", "noisy", "graded")}
    largest = 0.4 * float(np.ptp(design.y))
    return fit_by_sampling(design, **chosen, largest_sd=largest, draws=DRAWS, rng=rng).predict(at, by, rng)


def peers(known: pl.DataFrame, hidden: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the plain mean of a proposal's other reviews, and the prediction from z-scores within reviewers."""
    mean, sd = known["score"].mean(), known["score"].std()
    grades = known.group_by("reviewer_id").agg(m=pl.col("score").mean(), s=pl.col("score").std().fill_null(0.0))
    z = known.join(grades, on="reviewer_id").with_columns(
        z=(pl.col("score") - pl.col("m")) / pl.when(pl.col("s") > 0).then("s").otherwise(1.0)
    )
    of = z.group_by("proposal_id").agg(plain=pl.col("score").mean(), z=pl.col("z").mean())
    table = (
        hidden.join(grades, on="reviewer_id", how="left", maintain_order="left")
        .join(of, on="proposal_id", how="left", maintain_order="left")
        .with_columns(pl.col("m").fill_null(mean), pl.col("s").fill_null(sd))
    )
    return table["plain"].to_numpy(), (table["m"] + table["z"] * table["s"]).to_numpy()


if __name__ == "__main__":
    sys.exit(main())
