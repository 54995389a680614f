"""Reviewers who differ in more than severity, coarse grades, several criteria: recovered where the truth is known."""

import numpy as np
import polars as pl
import pytest

from yuantou.engines.calibration import CalibrationConfig, calibrate
from yuantou.engines.calibration.convergence import effective_size, split_r_hat
from yuantou.kernel.errors import InputError
from yuantou.kernel.score import Scale

SCALE = Scale(-50, 50, 0)
GRADES = Scale(1, 5, 1)


def reviews_by(
    seed: int, *, steep: float = 0.0, noisy: bool = False, proposals: int = 150, reviewers: int = 40, each: int = 5
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth, severity = rng.normal(0, 1, proposals), rng.normal(0, 0.5, reviewers)
    slope = np.abs(1 + steep * rng.standard_normal(reviewers))
    noise = np.where(rng.random(reviewers) < 0.3, 2.0, 0.3) if noisy else np.full(reviewers, 0.5)
    rows = [
        {
            "proposal_id": f"p{p:03}",
            "reviewer_id": f"r{r:02}",
            "score": slope[r] * truth[p] + severity[r] + rng.normal(0, noise[r]),
        }
        for p in range(proposals)
        for r in rng.choice(reviewers, each, replace=False)
    ]
    return pl.DataFrame(rows), truth, slope


def graded(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return five grades of unequal width."""
    cuts = [-1.5, -0.2, 0.1, 1.4]
    return reviews.with_columns(score=1.0 + sum((pl.col("score") > cut).cast(pl.Float64) for cut in cuts))


def error(ranking: pl.DataFrame, truth: np.ndarray) -> float:
    rank = np.argsort(np.argsort(-truth)) + 1
    return float(np.abs(ranking.sort("proposal_id")["expected_rank"].to_numpy() - rank).mean())


@pytest.mark.deep
@pytest.mark.parametrize(
    ("config", "made"),
    [
        (CalibrationConfig(draws=2000, steep=True), {"steep": 0.6}),
        (CalibrationConfig(draws=2000, noisy=True), {"noisy": True}),
    ],
    ids=["steep", "noisy"],
)
def test_what_reviewers_differ_in_brings_ranks_nearer_the_truth(config: CalibrationConfig, made: dict) -> None:
    better, gain = 0, 0.0
    for seed in range(3):
        reviews, truth, _slope = reviews_by(seed, **made)
        plain = error(calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=400, integrated=0)).ranking, truth)
        ours = calibrate(reviews, scale=SCALE, config=config)
        assert ours.diagnostics["converged"], ours.diagnostics
        better += error(ours.ranking, truth) < plain
        gain += plain - error(ours.ranking, truth)
    assert better == 3
    assert gain / 3 > 0.3


def test_where_reviewers_are_alike_the_wider_model_finds_the_same_order() -> None:
    reviews, _truth, _slope = reviews_by(1)
    narrow = calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=400, integrated=0)).ranking
    wide = calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=400, steep=True, noisy=True)).ranking
    both = narrow.join(wide, on="proposal_id", suffix="_wide")
    assert both.select(pl.corr("mean", "mean_wide")).item() > 0.99


@pytest.mark.deep
def test_intervals_of_graded_reviews_cover_the_truth_as_often_as_they_say() -> None:
    inside = []
    for seed in range(2):
        reviews, truth, _slope = reviews_by(seed)
        found = calibrate(graded(reviews), scale=GRADES, config=CalibrationConfig(draws=2000, graded=True))
        ranking = found.ranking.sort("proposal_id")
        rank = np.argsort(np.argsort(-truth)) + 1
        low, high = ranking["rank_low90"].to_numpy(), ranking["rank_high90"].to_numpy()
        inside += ((low <= rank) & (rank <= high)).tolist()
        assert ranking["mean"].is_between(1, 5).all()
    assert 0.86 < np.mean(inside) < 0.95


def test_where_lower_is_better_grades_are_turned_round() -> None:
    reviews, _truth, _slope = reviews_by(2, proposals=40)
    up = graded(reviews)
    config = CalibrationConfig(draws=400, graded=True)
    found = calibrate(up, scale=GRADES, config=config).ranking
    turned = calibrate(
        up.with_columns(score=6 - pl.col("score")), scale=Scale(1, 5, 1, higher_is_better=False), config=config
    ).ranking
    assert found["proposal_id"].to_list() == turned["proposal_id"].to_list()
    assert np.allclose(found["mean"], 6 - turned["mean"], atol=1e-4)


def test_a_seed_repeats_the_result_and_another_does_not() -> None:
    reviews, *_ = reviews_by(1, proposals=30)
    config = CalibrationConfig(draws=200, steep=True, noisy=True)
    a, b = (calibrate(part, scale=SCALE, seed=7, config=config) for part in (reviews, reviews.reverse()))
    assert a.ranking.equals(b.ranking)
    assert a.method == "crossed-random-effects/3+steep+noisy"
    assert not a.ranking.equals(calibrate(reviews, scale=SCALE, seed=8, config=config).ranking)


def with_criteria(seed: int, lost: float = 0.0) -> tuple[pl.DataFrame, np.ndarray]:
    """Two criteria with merits that go together (0.8), reviewers severe on both, noise in common."""
    rng = np.random.default_rng(seed)
    merit = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 150)
    severity = rng.multivariate_normal([0, 0], [[0.5, 0.3], [0.3, 0.5]], 30)
    rows = []
    for p in range(len(merit)):
        for r in rng.choice(len(severity), 4, replace=False):
            scores = merit[p] + severity[r] + rng.multivariate_normal([0, 1], [[0.5, 0.2], [0.2, 0.5]])
            rows += [
                {"proposal_id": f"p{p:03}", "reviewer_id": f"r{r:02}", "criterion": name, "score": score}
                for name, score, kept in zip(("novelty", "plan"), scores, (True, rng.random() > lost), strict=True)
                if kept
            ]
    return pl.DataFrame(rows), merit @ [2 / 3, 1 / 3]


@pytest.mark.deep
def test_criteria_that_reviews_lack_are_filled_in_from_the_others() -> None:
    weights = {"novelty": 2.0, "plan": 1.0}
    for seed in (1,):
        reviews, truth = with_criteria(seed, lost=0.6)
        apart = calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=400, integrated=0, weights=weights))
        found = calibrate(reviews, scale=SCALE, config=CalibrationConfig(draws=2000, joint=True, weights=weights))
        assert found.diagnostics["converged"], found.diagnostics
        assert error(found.ranking, truth) < error(apart.ranking, truth)
        assert found.criteria is not None
        merit = found.criteria.row(by_predicate=pl.col("criterion") == "novelty", named=True)
        assert merit["weight"] == pytest.approx(2 / 3)
        assert merit["proposal_share"] == pytest.approx(0.5, abs=0.12)
        assert merit["correlation"] > 0.95


def test_criteria_with_panels_or_steepness_are_refused() -> None:
    reviews, _truth = with_criteria(0)
    with pytest.raises(InputError, match=r"joint|Criteria"):
        calibrate(reviews, scale=SCALE, config=CalibrationConfig(joint=True, steep=True))


def test_scores_that_are_no_grades_and_too_many_reviews_are_refused() -> None:
    reviews, *_ = reviews_by(0)
    with pytest.raises(InputError) as caught:
        calibrate(reviews, scale=SCALE, config=CalibrationConfig(graded=True))
    assert caught.value.code == "calibration.no_grades"
    assert caught.value.remedy.zh


@pytest.mark.deep
def test_shares_of_variance_have_intervals_that_cover_the_truth() -> None:
    inside = {"drawn": 0, "curved": 0}
    for seed in range(5):
        reviews, _truth, _slope = reviews_by(seed, proposals=80)
        for name, integrated in (("drawn", 3000), ("curved", 0)):
            shares = calibrate(
                reviews, scale=SCALE, seed=seed, config=CalibrationConfig(draws=100, integrated=integrated)
            ).shares
            row = shares.row(by_predicate=pl.col("component") == "proposal", named=True)
            assert row["low90"] < row["low50"] < row["high50"] < row["high90"]
            inside[name] += row["low90"] <= 1 / 1.5 <= row["high90"]
    assert min(inside.values()) >= 4


def test_chains_that_have_not_met_are_told() -> None:
    rng = np.random.default_rng(1)
    met, apart = rng.standard_normal((4, 500, 2)), rng.standard_normal((4, 500, 2))
    apart[0] += 2
    assert (split_r_hat(met) < 1.01).all()
    assert (split_r_hat(apart) > 1.2).all()
    assert (effective_size(met) > 1400).all()
    slow = np.cumsum(met, axis=1) * 0.1
    assert (effective_size(slow) < 100).all()
