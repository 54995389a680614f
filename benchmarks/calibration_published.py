"""The published ranking of a real call, reproduced: expected ranks, intervals and the lottery group.

    python benchmarks/calibration_published.py --data DIR

``DIR`` holds ``snsf_mint`` (Heyard, Ott, Salanti, Egger 2022: 2,838 votes on 353 proposals, and what JAGS made of them)
and ``erforresearch_mock``. The published pooled run took assessors of the same label in four sections as one person;
it is repeated here as it was published, and once more with every assessor a person of their own.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.calibration import CalibrationConfig, calibrate
from yuantou.kernel.score import Scale

SCALE = Scale(1, 6, 1)
GOAL, GOAL_MOCK, GOAL_SECONDS = 0.3, 0.05, 10.0
DRAWS = 40_000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    data = options.parse_args().data
    checks = json.loads((data / "snsf_mint" / "published_checks.json").read_text("utf-8"))
    votes = pl.read_csv(data / "snsf_mint" / "votes.csv.gz")
    published = pl.read_csv(data / "snsf_mint" / "er_intervals_jags.csv.gz")
    order = votes["proposal"].unique(maintain_order=True)
    ours, seconds, shares = ranked(
        votes.select(proposal_id="proposal", reviewer_id="assessor", score="num_grade", panel="section")
    )
    ours = pl.DataFrame({"proposal_id": order}).join(ours, on="proposal_id", how="left", maintain_order="left")
    error = np.abs(ours["expected_rank"] - published["m"])
    group, inside = lottery(ours, checks["mint_pooled"]["fundable"])
    print(f"353 proposals, {DRAWS:,} draws, {seconds:.1f} CPU-s; shares of variance {shares}")
    print(f"expected rank beside JAGS: MAE {error.mean():.3f}, largest {error.max():.2f}")
    for name, ends in {
        "50 %": (("rank_low50", "l"), ("rank_high50", "h")),
        "90 %": (("rank_low90", "ll"), ("rank_high90", "hh")),
    }.items():
        apart = np.mean([np.abs(ours[a] - published[b]).mean() for a, b in ends])
        print(f"ends of the {name} interval: MAE {apart:.2f} ranks")
    print(f"lottery group: {group} proposals, {inside} of them funded (published 12, 6)")
    people = votes.select(
        proposal_id="proposal",
        reviewer_id=pl.format("{}/{}", "section", "assessor"),
        score="num_grade",
        panel="section",
    )
    apart, _seconds, _shares = ranked(people, None)
    print(f"with every assessor a person of their own: lottery group {lottery(apart, 106)[0]}")
    mock = mock_error(data, checks)
    print(f"mock panel 1, 15 proposals: MAE {mock:.3f} (goal ≤ {GOAL_MOCK})")
    ok = error.mean() <= GOAL and (group, inside) == (12, 6) and mock <= GOAL_MOCK and seconds <= GOAL_SECONDS
    figure = f"MAE {error.mean():.3f} of 353 ranks, mock {mock:.3f}, group {group}/{inside}, {seconds:.1f} CPU-s"
    print(f"calibration_published: {figure} (goal ≤ 0.3, ≤ 0.05, 12/6, ≤ 10 CPU-s) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def ranked(votes: pl.DataFrame, sd: float | None = 0.5) -> tuple[pl.DataFrame, float, dict[str, float]]:
    """Rank and return the ranking, CPU seconds, and shares of variance."""
    started = time.process_time()
    found = calibrate(
        votes, scale=SCALE, config=CalibrationConfig(draws=DRAWS, reviewer_sd=sd, shared_labels=True), seed=1
    )
    total = sum(found.variances.values())
    shares = {name: round(value / total, 3) for name, value in found.variances.items()}
    return found.ranking, time.process_time() - started, shares


def lottery(ranking: pl.DataFrame, fundable: int) -> tuple[int, int]:
    """Return the size of the Swiss lottery group and how many of it are funded.

    It holds those whose 50 % interval covers the expected rank of the last fundable proposal.
    """
    line = ranking["expected_rank"].sort()[fundable - 1]
    better = ranking.filter(pl.col("rank_high50") < line).height
    group = ranking.filter((pl.col("rank_low50") <= line) & (pl.col("rank_high50") >= line)).height
    return group, fundable - better


def mock_error(data: Path, checks: dict[str, dict[str, dict[str, float]]]) -> float:
    """Return the mean difference of the expected ranks of the package's mock panel from its vignette."""
    votes = pl.read_csv(data / "erforresearch_mock" / "mock_votes.csv.gz").filter(pl.col("panel") == "p1")
    said = checks["mock_panel1"]["er"]
    ours = ranked(votes.select(proposal_id="proposal", reviewer_id="assessor", score="num_grade"))[0]
    return float(np.mean([abs(row["expected_rank"] - said[row["proposal_id"]]) for row in ours.to_dicts()]))


if __name__ == "__main__":
    sys.exit(main())
