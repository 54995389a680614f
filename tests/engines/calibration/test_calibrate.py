"""Calibration on data whose truth is known, on degenerate input, and on published grades."""

import numpy as np
import polars as pl
import pytest

from yuantou.engines.calibration import CalibrationConfig, calibrate
from yuantou.kernel.errors import InputError
from yuantou.kernel.score import Scale

SCALE = Scale(-20, 20, 0)
FEW = CalibrationConfig(draws=400, integrated=0)


def simulated(seed: int, proposals: int = 120, reviewers: int = 40, each: int = 4, harsh: float = 0.8) -> tuple:
    rng = np.random.default_rng(seed)
    truth, effect = rng.normal(0, 1, proposals), rng.normal(0, harsh, reviewers)
    rows = [
        {"proposal_id": f"p{p:03}", "reviewer_id": f"r{r:02}", "score": truth[p] + effect[r] + rng.normal(0, 0.5)}
        for p in range(proposals)
        for r in rng.choice(reviewers, each, replace=False)
    ]
    return pl.DataFrame(rows), truth, effect


@pytest.mark.parametrize("seed", range(4))
def test_calibrated_means_are_nearer_the_truth_than_plain_means(seed: int) -> None:
    reviews, truth, effect = simulated(seed)
    result = calibrate(reviews, scale=SCALE, config=FEW)
    ranking = result.ranking.sort("proposal_id")
    plain = np.corrcoef(ranking["raw_mean"], truth)[0, 1]
    assert np.corrcoef(ranking["mean"], truth)[0, 1] > plain + 0.01
    assert np.corrcoef(result.reviewers["effect"], effect)[0, 1] > 0.9


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    inside = []
    for seed in range(6):
        reviews, truth, _ = simulated(seed)
        ranking = calibrate(reviews, scale=SCALE, config=FEW).ranking.sort("proposal_id")
        rank = np.argsort(np.argsort(-truth)) + 1
        low, high = ranking["rank_low90"].to_numpy(), ranking["rank_high90"].to_numpy()
        inside += ((low <= rank) & (rank <= high)).tolist()
    assert 0.86 < np.mean(inside) < 0.95


def test_where_reviewers_do_not_differ_the_order_is_that_of_the_plain_means() -> None:
    reviews, _truth, _ = simulated(3, harsh=0.0)
    ranking = calibrate(reviews, scale=SCALE, config=FEW).ranking
    assert ranking.select(pl.corr("mean", "raw_mean", method="spearman")).item() > 0.995


def test_the_result_does_not_depend_on_the_order_of_rows_and_repeats_for_a_seed() -> None:
    reviews, *_ = simulated(1)
    a, b = (calibrate(r, scale=SCALE, seed=7, config=FEW).ranking for r in (reviews, reviews.reverse()))
    assert a.equals(b)
    assert not a.equals(calibrate(reviews, scale=SCALE, seed=8, config=FEW).ranking)


def test_where_lower_is_better_the_lowest_comes_first_and_means_keep_their_scale() -> None:
    reviews = pl.DataFrame(
        {"proposal_id": ["a", "a", "b", "b"], "reviewer_id": ["x", "y"] * 2, "score": [1.0, 1, 4, 5]}
    )
    ranking = calibrate(reviews, scale=Scale(1, 5, higher_is_better=False), config=FEW).ranking
    assert ranking["proposal_id"].to_list() == ["a", "b"]
    assert ranking["mean"].is_between(1, 5).all()


@pytest.mark.parametrize("scores", [[3.0], [3.0, 3.0, 3.0], [1.0, 5.0]])
def test_thin_or_equal_scores_give_wide_intervals_never_nonsense(scores: list[float]) -> None:
    reviews = pl.DataFrame(
        {"proposal_id": [f"p{i}" for i in range(len(scores))], "reviewer_id": ["r"] * len(scores), "score": scores}
    )
    ranking = calibrate(reviews, scale=Scale(1, 5), config=FEW).ranking
    assert ranking.select(pl.all_horizontal(pl.selectors.numeric().is_finite().all())).item()


def test_labels_that_repeat_across_panels_are_refused_by_name() -> None:
    reviews = pl.DataFrame(
        {"proposal_id": ["a", "b"], "reviewer_id": ["voter1"] * 2, "panel": ["one", "two"], "score": [3.0, 4.0]}
    )
    with pytest.raises(InputError) as refused:
        calibrate(reviews, scale=Scale(1, 5))
    assert refused.value.problems[0].code == "calibration.shared_label"
    calibrate(reviews, scale=Scale(1, 5), config=CalibrationConfig(draws=50, labels_within_panels=True))


def test_scores_off_the_scale_are_refused() -> None:
    reviews = pl.DataFrame({"proposal_id": ["a"], "reviewer_id": ["r"], "score": [9.0]})
    with pytest.raises(InputError) as refused:
        calibrate(reviews, scale=Scale(1, 5))
    assert refused.value.problems[0].place.column == "a / r"


def test_criteria_are_weighted() -> None:
    rows = [("a", "x", "q", 5.0), ("a", "x", "t", 1.0), ("b", "x", "q", 1.0), ("b", "x", "t", 5.0)]
    reviews = pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "criterion", "score"], orient="row")
    config = CalibrationConfig(draws=50, weights={"q": 0.75, "t": 0.25})
    assert calibrate(reviews, scale=Scale(1, 5), config=config).ranking["raw_mean"].to_list() == [4.0, 2.0]
