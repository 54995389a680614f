"""How far one grade of one review moves a chance of an award, under every rule, calibrated again after each change.

    python benchmarks/selection_lottery.py --data DIR [--near 6]

``DIR`` is a folder of review data (``snsf_mint``, ``aibs``); beside it stand three simulated calls with three reviews
each. Each review of the ``near`` proposals on either side of the line goes up and down by one grade, the call is
calibrated anew (variances too), and the chances are compared. Chances of ``smooth`` come from independent normal
posteriors; ``bounded`` needs means alone. The peers are the line, the Swiss group and P(in the top k). The slope of
``bounded`` is that of the call before the change.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.calibration.calibrate import CalibrationConfig, _fit
from yuantou.engines.calibration.design import Design
from yuantou.engines.selection import chances_of_award, largest_shift
from yuantou.engines.selection.sensitivity import ranks_of
from yuantou.kernel.score import Scale

RULES = ("line", "swiss", "smooth", "bounded")
GOAL = 0.3


def main() -> int:
    """Print the largest move under each rule; exit 1 if that of ``bounded`` exceeds the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--near", type=int, default=6)
    options = parser.parse_args()
    worst = dict.fromkeys(RULES, 0.0)
    print(f"{'call':<14}{'places':>7}{'changes':>9}" + "".join(f"{rule:>10}" for rule in RULES) + f"{'drawn':>8}")
    for name, scores, scale, share in calls(options.data):
        places = max(1, round(share * scores["proposal_id"].n_unique()))
        moved, changes, drawn = largest_moves(scores, scale, places, options.near)
        worst = {rule: max(worst[rule], moved[rule]) for rule in RULES}
        shown = "".join(f"{moved[rule]:>10.3f}" for rule in RULES)
        print(f"{name:<14}{places:>7}{changes:>9}{shown}{drawn:>8}", flush=True)
    ok = worst["bounded"] <= GOAL
    print(f"selection_lottery: {worst['bounded']:.3f} moved by one grade (goal ≤ {GOAL}) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def calls(data: Path) -> list[tuple[str, pl.DataFrame, Scale, float]]:
    """Return real panels and simulated calls: name, scores, scale, share of awards."""
    votes = pl.read_csv(data / "snsf_mint" / "votes.csv.gz").select(
        proposal_id="proposal", reviewer_id=pl.format("{}/{}", "section", "assessor"), score="num_grade"
    )
    panel = pl.read_csv(data / "aibs" / "ratings_long.csv.gz").select(
        proposal_id=pl.col("proposal").cast(pl.String),
        reviewer_id=pl.col("judge").cast(pl.String),
        score=pl.col("rating_x10") / 10,
    )
    found = [
        ("snsf_mint", clean(votes), Scale(1, 6), 0.3),
        ("aibs", clean(panel), Scale(1, 5, higher_is_better=False), 0.3),
    ]
    return found + [(f"simulated {seed}", simulated(seed), Scale(1, 5), 0.2) for seed in (1, 2, 3)]


def clean(table: pl.DataFrame) -> pl.DataFrame:
    keys = ["proposal_id", "reviewer_id"]
    return table.drop_nulls().group_by(keys).agg(pl.col("score").cast(pl.Float64).mean()).sort(keys)


def simulated(seed: int) -> pl.DataFrame:
    """Return 120 proposals with three whole grades each by 40 reviewers."""
    rng = np.random.default_rng(seed)
    merit, mild = rng.normal(3, 0.7, 120), rng.normal(0, 0.35, 40)
    rows = [
        (f"p{i:03}", f"r{j:02}", float(np.clip(round(merit[i] + mild[j] + rng.normal(0, 0.6)), 1, 5)))
        for i in range(120)
        for j in rng.choice(40, 3, replace=False)
    ]
    return pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "score"], orient="row")


def largest_moves(scores: pl.DataFrame, scale: Scale, places: int, near: int) -> tuple[dict[str, float], int, int]:
    """Return the largest move of anyone's chance under each rule, the changes tried, and how many ``bounded`` draws."""
    design = Design.build(scores.with_columns(panel=pl.lit("")), scale)
    before, noise = posterior(design)
    shift = largest_shift(before, step=scale.step, residual_variance=noise)
    chances = {rule: chance(before, places, rule, shift) for rule in RULES}
    order = np.argsort(-before["mean"].to_numpy(), kind="stable")
    chosen = set(order[max(0, places - near) : places + near].tolist())
    moved, changes = dict.fromkeys(RULES, 0.0), 0
    for at in np.flatnonzero([proposal in chosen for proposal in design.proposal]):
        for step in (-scale.step, scale.step):
            raised = scores["score"].to_numpy().astype(float).copy()
            raised[at] += step
            if not scale.low <= raised[at] <= scale.high:
                continue
            again = Design.build(scores.with_columns(score=pl.Series(raised), panel=pl.lit("")), scale)
            after, _noise = posterior(again)
            changes += 1
            for rule in RULES:
                now = chance(after, places, rule, shift)
                moved[rule] = max(moved[rule], float(np.abs(now - chances[rule]).max()))
    inner = (chances["bounded"] > 0) & (chances["bounded"] < 1)
    return moved, changes, int(inner.sum())


def posterior(design: Design) -> tuple[pl.DataFrame, float]:
    """Return means (higher is better), deviations and reviews of the proposals, and the variance of the noise."""
    fitted = _fit(design, CalibrationConfig(integrated=0), 10.0, np.random.default_rng(0))
    table = pl.DataFrame(
        {
            "proposal_id": design.proposals,
            "mean": fitted.means(),
            "sd": fitted.deviations()[0],
            "n_reviews": design.counts,
        }
    )
    return table, fitted.noise


def chance(table: pl.DataFrame, places: int, rule: str, shift: float) -> np.ndarray:
    """Return the chances of a rule from means and deviations alone."""
    if rule not in {"linear", "bounded"}:
        ranks = ranks_of(table["mean"].to_numpy(), table["sd"].to_numpy(), places)
        table = table.with_columns(pl.Series(name, values) for name, values in ranks.items())
    return chances_of_award(table, places, rule=rule, shift=shift)["chance"].to_numpy()


if __name__ == "__main__":
    sys.exit(main())
