"""The fast solutions against the plain one: a dense matrix over every effect, inverted."""

from functools import partial

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.calibration import CalibrationConfig, calibrate, iterative
from yuantou.engines.calibration.blocks import Blocks
from yuantou.engines.calibration.design import Design
from yuantou.engines.calibration.ranks import ranks_of
from yuantou.engines.calibration.variances import by_moments
from yuantou.kernel.score import Scale

SCALE = Scale(-20, 20, 0)
RATIOS = np.array([1.5, 0.4, 0.2])


def made(seed: int, *, proposals: int = 30, reviewers: int = 12, panels: int = 3, each: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for p in range(proposals):
        panel = p % panels
        pool = np.arange(panel, reviewers, panels) if seed % 2 else np.arange(reviewers)
        chosen = rng.choice(pool, min(each, len(pool)), replace=False)
        rows += [(f"p{p:03}", f"r{r:02}", f"s{panel}", rng.normal(p / proposals, 1)) for r in chosen]
    return pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "panel", "score"], orient="row")


def plain(design: Design, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and covariance of (proposals plus mean, columns) by brute force, in units of the noise."""
    n, p = len(design.y), len(design.proposals)
    z = np.zeros((n, p))
    z[np.arange(n), design.proposal] = 1
    whole = np.hstack([np.ones((n, 1)), z, design.w.toarray()])
    kind = np.where(np.arange(design.width) < len(design.reviewers), 1 / ratios[1], 1 / ratios[2])
    prior = np.concatenate([[0.0], np.full(p, 1 / ratios[0]), kind])
    covariance = np.linalg.inv(whole.T @ whole + np.diag(prior))
    turn = np.eye(len(prior))[1:]
    turn[:p, 0] = 1
    return turn @ covariance @ whole.T @ design.y, turn @ covariance @ turn.T


@given(seed=st.integers(0, 10_000), panels=st.integers(1, 4), each=st.integers(1, 4))
def test_blocks_and_iteration_agree_with_the_inverted_matrix(seed: int, panels: int, each: int) -> None:
    design = Design.build(made(seed, panels=panels, each=each), SCALE)
    means, covariance = plain(design, RATIOS)
    p = len(design.proposals)
    exact = Blocks(design, design.components()[2]).solve(RATIOS)
    assert exact.effects == pytest.approx(means[p:], abs=1e-8)
    assert exact.proposals() == pytest.approx(means[:p], abs=1e-8)
    own, columns = exact.deviations(1.0)
    assert np.concatenate([own, columns]) == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-8)
    near = iterative.solve(design, RATIOS)
    assert near.effects == pytest.approx(means[p:], abs=1e-5)
    assert near.proposals() == pytest.approx(means[:p], abs=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_draws_have_the_covariance_of_the_posterior(seed: int) -> None:
    design = Design.build(made(seed), SCALE)
    means, covariance = plain(design, RATIOS)
    p = len(design.proposals)
    for solution in (Blocks(design, design.components()[2]).solve(RATIOS), iterative.solve(design, RATIOS)):
        drawn = solution.draw(20_000, 1.0, np.random.default_rng(1))
        assert drawn.mean(axis=0) == pytest.approx(means[:p], abs=0.04)
        assert np.cov(drawn.T) == pytest.approx(covariance[:p, :p], abs=0.04)


def connected(proposals: int) -> pl.DataFrame:
    """Five reviews for each proposal, by anybody; variances 1, 0.25 and 0.64."""
    rng = np.random.default_rng(2)
    n, people = 5 * proposals, proposals // 4
    p, r = np.repeat(np.arange(proposals), 5), rng.integers(0, people, n)
    score = rng.normal(0, 1, proposals)[p] + rng.normal(0, 0.5, people)[r] + rng.normal(0, 0.8, n)
    return pl.DataFrame({"proposal_id": p, "reviewer_id": r, "panel": "", "score": score}).with_columns(
        pl.col("proposal_id", "reviewer_id").cast(pl.String)
    )


def test_moments_find_the_variances_of_a_large_design() -> None:
    found = by_moments(Design.build(connected(8000), SCALE))
    assert found[[0, 1, 3]] == pytest.approx([1, 0.25, 0.64], rel=0.06)
    assert found[2] == 0


@pytest.mark.deep
def test_iteration_ranks_as_the_exact_solution_does() -> None:
    exact, near = (
        calibrate(connected(400), scale=SCALE, config=CalibrationConfig(draws=2000, integrated=0, largest=size))
        for size in (2500, 5)
    )
    assert (exact.diagnostics["solved"], near.diagnostics["solved"]) == ("exactly", "iteration")
    both = exact.ranking.join(near.ranking, on="proposal_id")
    assert both.select(pl.corr("expected_rank", "expected_rank_right")).item() > 0.999
    assert both.select((pl.col("p_top") - pl.col("p_top_right")).abs().max()).item() < 0.1


def test_few_reviews_leave_the_variances_open_and_the_intervals_wider() -> None:
    reviews = made(6, proposals=15, reviewers=6, panels=1, each=4).drop("panel")
    known, open_ = (
        calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=4000, integrated=limit)) for limit in (0, 3000)
    )
    assert open_.diagnostics["variance_draws"] > 100
    assert open_.ranking["sd"].mean() > known.ranking["sd"].mean()


def test_one_label_in_several_panels_may_be_one_person() -> None:
    reviews = made(2, panels=3)
    found = calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=100, integrated=0, shared_labels=True))
    assert found.reviewers.height == 12


@pytest.mark.deep
def test_draws_by_polynomial_are_those_of_the_exact_solution_at_ten_thousand_proposals() -> None:
    design = Design.build(connected(10_000), SCALE)
    ratios = np.array([1.56, 0.39, 1e-6])
    exact, near = Blocks(design, design.components()[2]).solve(ratios), iterative.solve(design, ratios)
    assert near.converged
    assert near.proposals() == pytest.approx(exact.proposals(), abs=1e-6)
    for found, true in zip(near.deviations(0.64), exact.deviations(0.64), strict=True):
        assert np.abs(found / true - 1).max() < 0.03
        assert np.abs(found / true - 1).mean() < 0.005
    ranks = [
        ranks_of(partial(solution.draw, noise=0.64, rng=np.random.default_rng(seed)), 10_000, 1000, 1250, print)
        for seed, solution in ((1, exact), (2, exact), (3, near))
    ]
    for name in ("p_top", "expected", "low90", "high50"):
        one, two, ours = (getattr(found, name) for found in ranks)
        assert np.abs(ours - one).mean() < 1.05 * np.abs(two - one).mean()
