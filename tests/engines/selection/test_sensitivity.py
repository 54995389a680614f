"""What one review can move, and who deserves another one."""

import numpy as np
import polars as pl
import pytest

from yuantou.engines.selection import (
    LOTTERIES,
    MOST,
    advise_reviews,
    chances_of_award,
    find_dissent,
    largest_shift,
    one_grade_change,
)
from yuantou.engines.selection.sensitivity import ranks_of


def ranking(n: int = 60, sd: float = 0.3) -> pl.DataFrame:
    mean = np.sort(np.random.default_rng(2).normal(3, 1, n))[::-1]
    return pl.DataFrame(
        {"proposal_id": [f"p{i:02}" for i in range(n)], "mean": mean, "sd": np.full(n, sd), "n_reviews": np.full(n, 5)}
    )


def test_ranks_from_normal_posteriors_agree_with_draws() -> None:
    table = ranking()
    mean, sd = table["mean"].to_numpy(), table["sd"].to_numpy()
    drawn = mean[:, None] + sd[:, None] * np.random.default_rng(0).normal(size=(60, 20_000))
    ranks = (-drawn).argsort(axis=0).argsort(axis=0) + 1
    found = ranks_of(mean, sd, 12)
    assert np.abs(found["expected_rank"] - ranks.mean(axis=1)).max() < 0.2
    assert np.abs(found["p_top"] - (ranks <= 12).mean(axis=1)).max() < 0.04


def test_smooth_chances_move_less_than_the_line_and_the_swiss_group() -> None:
    found = {
        rule: one_grade_change(ranking(), 12, rule=rule, step=1.0, proposal_variance=1.0)
        for rule in sorted(set(LOTTERIES) - {"merit"})
    }
    assert found["line"].own == 1.0
    assert found["smooth"].own < found["swiss"].own
    assert found["smooth"].others < 0.1 < found["swiss"].others
    assert found["linear"].own <= 0.2


def test_a_bounded_lottery_keeps_its_bound_wherever_the_line_lies() -> None:
    table = ranking(sd=0.35)
    shift = largest_shift(table, step=1.0, residual_variance=0.5)
    assert shift == pytest.approx(0.35**2 / 0.5)
    for places in (3, 12, 30, 57):
        chances = chances_of_award(table, places, rule="bounded", shift=shift)["chance"].to_numpy()
        assert chances.sum() == pytest.approx(places)
        for at in range(60):
            moved = table.with_columns(
                mean=pl.when(pl.int_range(pl.len()) == at).then(pl.col("mean") + shift).otherwise("mean")
            )
            after = chances_of_award(moved, places, rule="bounded", shift=shift)["chance"].to_numpy()
            assert np.abs(after - chances).max() <= MOST + 1e-9


def test_the_model_moves_a_mean_by_no_more_than_the_shift_says() -> None:
    from yuantou.engines.calibration import CalibrationConfig, calibrate
    from yuantou.kernel.score import Scale

    rng, effect = np.random.default_rng(4), np.random.default_rng(5).normal(0, 0.5, 9)
    rows = [
        (f"p{i:02}", f"r{j}", "", float(3 + (i - 15) / 10 + effect[j] + rng.normal(0, 0.6)))
        for i in range(30)
        for j in rng.choice(9, 4, replace=False)
    ]
    scores = pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "panel", "score"], orient="row")
    config, scale = CalibrationConfig(draws=50, integrated=0), Scale(-5, 12, 0)
    before = calibrate(scores, scale=scale, config=config)
    shift = largest_shift(before.ranking, step=1.0, residual_variance=before.variances["residual"])
    for at in (3, 40, 77):
        raised = pl.when(pl.int_range(pl.len()) == at).then(pl.col("score") + 1.0).otherwise("score")
        after = calibrate(scores.with_columns(score=raised), scale=scale, config=config).ranking
        both = before.ranking.join(after, on="proposal_id", suffix="_after")
        assert (both["mean_after"] - both["mean"]).abs().max() <= 1.05 * shift


def test_nothing_moves_where_a_grade_weighs_nothing() -> None:
    found = one_grade_change(ranking(sd=1.0), 12, rule="smooth", step=1.0, proposal_variance=1.0)
    assert (found.own, found.others) == (0.0, 0.0)


def reviews(spread: dict[int, float], seed: int, n: int = 400) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    effect = rng.normal(0, 1.0, 100)
    rows = [
        (f"p{i}", f"r{j}", 3 + effect[j] + rng.normal(0, 0.8 * spread.get(i, 1.0)))
        for i in range(n)
        for j in rng.choice(100, 6, replace=False)
    ]
    scores = pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "score"], orient="row")
    known = pl.DataFrame({"reviewer_id": [f"r{j}" for j in range(100)], "effect": effect, "sd": np.full(100, 0.05)})
    return scores, known


def test_harsh_judges_are_no_dissent_and_false_flags_stay_within_the_rate() -> None:
    false, flagged, hits = 0, 0, 0
    split = dict.fromkeys(range(40), 3.0)
    for seed in range(5):
        found = find_dissent(*reviews(split, seed), residual_variance=0.64)
        named = {int(name[1:]) for name in found.proposals.filter("flag")["proposal_id"]}
        false, flagged, hits = false + len(named - set(split)), flagged + len(named), hits + len(named & set(split))
    assert false / flagged <= 0.1 + 3 * (0.09 / flagged) ** 0.5
    assert hits / 200 > 0.8


def test_reliability_is_near_zero_where_spread_is_chance_and_shown_where_it_is_not() -> None:
    chance = find_dissent(*reviews({}, 1), residual_variance=0.64)
    trait = find_dissent(*reviews(dict.fromkeys(range(200), 4.0), 1), residual_variance=0.64)
    assert chance.reliability is not None
    assert trait.reliability is not None
    assert abs(chance.reliability) < 0.25
    assert trait.reliability > 0.5
    assert chance.halves == 400


def test_few_reviews_have_no_reliability_and_single_ones_no_flag() -> None:
    scores = pl.DataFrame({"proposal_id": ["a", "b"], "reviewer_id": ["r", "s"], "score": [1.0, 5.0]})
    known = pl.DataFrame({"reviewer_id": ["r", "s"], "effect": [0.0, 0.0], "sd": [0.1, 0.1]})
    found = find_dissent(scores, known, residual_variance=0.5)
    assert found.reliability is None
    assert found.proposals["p_value"].to_list() == [1.0, 1.0]
    assert not found.proposals["flag"].any()


def test_one_more_review_is_advised_where_the_line_is_near_and_doubt_large() -> None:
    table = pl.DataFrame(
        {"proposal_id": ["sure", "near", "vague", "far"], "mean": [9.0, 3.1, 2.9, 0.0], "sd": [0.3, 0.2, 0.6, 0.3]}
    )
    advice = advise_reviews(table, 2, residual_variance=0.5)
    assert advice["proposal_id"].to_list()[:2] == ["vague", "near"]
    assert advice["gain"].to_list()[-1] == pytest.approx(0, abs=1e-9)
    assert advice["move"][0] > advice["move"][3]


def test_advised_reviews_regain_more_of_the_best_than_random_ones() -> None:
    rng, n, places, extra = np.random.default_rng(3), 400, 50, 60
    gains = []
    for _ in range(20):
        truth = rng.normal(size=n)
        noise = 0.8 / 3**0.5
        shrink = 1 / (1 + noise**2)
        table = pl.DataFrame(
            {
                "proposal_id": [f"p{i:03}" for i in range(n)],
                "mean": shrink * (truth + rng.normal(0, noise, n)),
                "sd": np.full(n, (1 - shrink) ** 0.5),
            }
        )
        advised = [
            int(name[1:]) for name in advise_reviews(table, places, residual_variance=0.64)["proposal_id"][:extra]
        ]
        gains.append(
            regained(table, truth, advised, places, rng) - regained(table, truth, rng.choice(n, extra), places, rng)
        )
    assert np.mean(gains) > 0


def regained(
    table: pl.DataFrame, truth: np.ndarray, where: list[int] | np.ndarray, places: int, rng: np.random.Generator
) -> float:
    mean, sd = table["mean"].to_numpy().copy(), table["sd"].to_numpy()
    for i in set(map(int, where)):
        weight = sd[i] ** 2 / (sd[i] ** 2 + 0.64)
        mean[i] += weight * (truth[i] + rng.normal(0, 0.8) - mean[i])
    return len(set(np.argsort(-mean)[:places]) & set(np.argsort(-truth)[:places])) / places
