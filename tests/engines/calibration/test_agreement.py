"""Agreement and overlap against published figures; two committees; duplicated review."""

from dataclasses import asdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.calibration.agreement import (
    agreement,
    chances_at_line,
    compare_committees,
    duplicate_sample,
    expected_overlap,
    implied_reliability,
    of_mean,
)
from yuantou.kernel.errors import InputError

# Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(1,1) = .17, ICC(1,4) = .44.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Krippendorff 2011, section C: four observers, twelve units, 0 for missing; interval alpha 0.849.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


def table(scores: list[list[int]]) -> pl.DataFrame:
    rows = [(f"p{p:02}", f"r{r}", float(s)) for p, line in enumerate(scores) for r, s in enumerate(line) if s]
    return pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "score"], orient="row")


def test_reliability_of_the_published_example() -> None:
    found = agreement(table(SHROUT_FLEISS))
    assert (round(found.single, 2), round(found.mean, 2)) == (0.17, 0.44)
    assert found.low <= found.single <= found.high


def test_alpha_of_the_published_example() -> None:
    found = agreement(table([list(unit) for unit in zip(*KRIPPENDORFF, strict=True)]))
    assert round(found.alpha, 3) == 0.849
    assert found.proposals == 11


def test_agreement_does_not_depend_on_the_order_of_rows_or_on_labels() -> None:
    reviews = table(SHROUT_FLEISS)
    renamed = reviews.reverse().with_columns(pl.format("x{}", "reviewer_id").alias("reviewer_id"))
    assert asdict(agreement(renamed, seed=3)) == pytest.approx(asdict(agreement(reviews, seed=3)))


@pytest.mark.parametrize("scores", [[[3, 3], [3, 3]], [[3, 4]], [[3], [4]]])
def test_what_says_nothing_about_agreement_is_refused(scores: list[list[int]]) -> None:
    with pytest.raises(InputError):
        agreement(table(scores))


@given(rate=st.floats(0.01, 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_overlap_lies_between_luck_and_certainty_and_grows_with_reliability(
    rate: float, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    assert rate - 1e-9 <= expected_overlap(low, rate) <= expected_overlap(high, rate) + 1e-9 <= 1 + 2e-9


@given(rate=st.floats(0.05, 0.9), reliability=st.floats(0.05, 0.95))
def test_reliability_is_found_again_from_the_overlap(rate: float, reliability: float) -> None:
    assert implied_reliability(expected_overlap(reliability, rate), rate) == pytest.approx(reliability, abs=1e-6)


def test_overlap_agrees_with_simulated_committees() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(size=400_000) * np.sqrt(of_mean(0.38, 5))
    own = np.sqrt(1 - of_mean(0.38, 5))
    a, b = (shared + own * rng.normal(size=400_000) for _ in range(2))
    line_a, line_b = np.quantile(a, 0.877), np.quantile(b, 0.877)
    found = ((a > line_a) & (b > line_b)).mean() / 0.123
    assert expected_overlap(of_mean(0.38, 5), 0.123) == pytest.approx(found, abs=0.01)


def committees(seed: int, noise: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=150)
    return tuple(
        pl.DataFrame(
            {
                "proposal_id": [f"p{p:03}" for p in range(150) for _ in range(3)],
                "reviewer_id": [f"{name}{r}" for _ in range(150) for r in range(3)],
                "score": np.repeat(truth, 3) + noise * rng.normal(size=450),
            }
        )
        for name in "ab"
    )


def test_two_committees_that_see_the_same_agree_wholly_and_noise_parts_them() -> None:
    same, apart = (compare_committees(*committees(1, noise), rate=0.2) for noise in (0.0, 1.5))
    assert same.overlap == 1
    assert apart.low <= apart.overlap <= apart.high < 1
    assert apart.overlap == pytest.approx(apart.expected, abs=0.2)
    assert apart.overlap > apart.by_luck


def test_a_person_on_both_committees_is_refused_by_name() -> None:
    first, _second = committees(1, 1.0)
    with pytest.raises(InputError, match="a0"):
        compare_committees(first, first, rate=0.2)


@given(values=st.lists(st.integers(1, 5), min_size=1, max_size=30), places=st.integers(0, 30))
def test_chances_add_up_to_the_places_and_equal_scores_have_equal_chances(values: list[int], places: int) -> None:
    scores = np.array(values, float)
    chances = chances_at_line(scores, places)
    assert chances.sum() == pytest.approx(min(places, len(values)))
    assert all(len(set(chances[scores == value])) == 1 for value in values)


def test_the_sample_holds_its_share_of_each_stratum_whatever_the_order() -> None:
    proposals = pl.DataFrame({"proposal_id": [f"p{i:03}" for i in range(110)], "field": ["a"] * 100 + ["b"] * 10})
    chosen = duplicate_sample(proposals, 0.1, seed=5, stratum="field")
    assert chosen == duplicate_sample(proposals.reverse(), 0.1, seed=5, stratum="field")
    assert (sum(name < "p100" for name in chosen), len(chosen)) == (10, 11)
    assert chosen != duplicate_sample(proposals, 0.1, seed=6, stratum="field")
