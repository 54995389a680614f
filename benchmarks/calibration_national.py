"""Calibrating and ranking a national call: 400,000 proposals, five reviews each.

    python benchmarks/calibration_national.py [--size 400000] [--draws 500]

Two designs: reviewers who work inside panels of 200 proposals (solved exactly, panel by panel), and reviewers who read
anywhere (one connected graph: conjugate gradients, and draws by a polynomial in its matrix). Simulated with shares of
variance as found in open grant calls (proposal 1, reviewer 0.25, noise 0.64). The peer is lme4 (R): 41 CPU-s and 1.6 GB
for the estimates of the first design, no answer for the second (measured elsewhere); it is not installed from a Python
registry.
"""

import argparse
import resource
import sys
import time

import numpy as np
import polars as pl

from yuantou.engines.calibration.calibrate import CalibrationConfig, _fit
from yuantou.engines.calibration.design import Design
from yuantou.engines.calibration.ranks import ranks_of
from yuantou.kernel.score import Scale

GOAL_ESTIMATES, GOAL_RANKS, GOAL_GB = 10.0, 30.0, 1.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=400_000)
    options.add_argument("--draws", type=int, default=500)
    chosen = options.parse_args()
    figures = [measured(name, chosen.size, chosen.draws) for name in ("panels", "random")]
    estimates, ranks = (max(figure[i] for figure in figures) for i in (0, 1))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    ok = estimates <= GOAL_ESTIMATES and ranks <= GOAL_RANKS and memory <= GOAL_GB
    figure = f"{estimates:.1f} CPU-s estimates, {ranks:.1f} CPU-s {chosen.draws} rank draws, {memory:.2f} GB"
    print(f"calibration_national: {figure} (goal ≤ 10, ≤ 30, ≤ 1 GB) {'ok' if ok else 'short'}")
    return 0 if ok else 1


def measured(name: str, size: int, draws: int) -> tuple[float, float]:
    """Return CPU seconds of the estimates with their deviations, and of the ranks."""
    scores, truth = simulated(name, size)
    design = Design.build(scores, Scale(-10, 16, 0))
    del scores
    started = time.process_time()
    fitted = _fit(design, CalibrationConfig(), 2.0, np.random.default_rng(1))
    means, (spread, _columns) = fitted.means(), fitted.deviations()
    estimates = time.process_time() - started
    started = time.process_time()
    top = size // 8
    ranks_of(fitted.drawer(np.random.default_rng(1)), size, draws, top, lambda _done: None)
    seconds = time.process_time() - started
    order = truth[np.array(design.proposals, dtype=np.int64)]
    inside = [float((np.abs(means - order) <= z * spread).mean()) for z in (0.6745, 1.6449)]
    best = set(np.argsort(-order)[:top])
    found = [len(best & set(np.argsort(-values)[:top])) / top for values in (means, design.zy / design.counts)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name:<7} {fitted.solved:<9} {estimates:6.1f} CPU-s estimates {seconds:6.1f} CPU-s ranks {memory:5.2f} GB "
        f"variances {', '.join(f'{value:.3f}' for value in fitted.variances.values())}; "
        f"50/90 % coverage {inside[0]:.3f}/{inside[1]:.3f}; top eighth found {found[0]:.3f} (plain mean {found[1]:.3f})"
    )
    return estimates, seconds


def simulated(name: str, size: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Return scores and the true quality of the proposals (by their number)."""
    rng = np.random.default_rng(7)
    people = size // 4
    proposal = np.repeat(np.arange(size), 5)
    if name == "panels":
        panel = proposal // 200
        pool = 50
        first = np.repeat(rng.integers(0, pool, size), 5)
        reviewer = panel * pool + (first + np.tile(np.arange(5), size) * rng.integers(1, 10, size).repeat(5)) % pool
    else:
        reviewer = rng.integers(0, people, 5 * size)
    truth = 3 + rng.normal(0, 1, size)
    score = truth[proposal] + rng.normal(0, 0.5, people + size)[reviewer] + rng.normal(0, 0.8, 5 * size)
    names = pl.DataFrame({"proposal_id": proposal, "reviewer_id": reviewer}).cast(pl.String)
    return names.with_columns(panel=pl.lit(""), score=score), truth


if __name__ == "__main__":
    sys.exit(main())
