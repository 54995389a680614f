"""Rules tried on past calls."""

import polars as pl
import pytest

from yuantou.engines.calibration.rule_change import Rule, lottery_within, simulate_rule_change
from yuantou.kernel.errors import InputError

PAST = pl.DataFrame(
    {
        "call_id": ["2024"] * 4 + ["2025"] * 4,
        "proposal_id": list("abcdefgh"),
        "score": [5.0, 4.0, 3.9, 1.0, 5.0, 4.0, 3.0, 2.0],
        "reviews": [3] * 8,
        "awarded": [True, True, False, False, True, False, False, False],
        "young": [False, False, True, True, False, True, False, True],
    }
)


def test_the_same_rule_changes_nothing_and_explains_the_past() -> None:
    effect = simulate_rule_change(PAST, Rule(), Rule())
    assert effect.proposals.is_empty()
    assert effect.reproduced == 1
    assert effect.calls["rate_before"].to_list() == [0.5, 0.25]


def test_a_lottery_near_the_line_shares_the_place_and_moves_nobody_else() -> None:
    effect = simulate_rule_change(PAST, Rule(), Rule(chances=lottery_within(0.2)), group="young")
    assert effect.proposals.select("proposal_id", "chance_after").rows() == [("b", 0.5), ("c", 0.5)]
    assert effect.groups.filter(group="true")["awards_after"].to_list() == [0.5]
    assert effect.calls["awards_after"].to_list() == [2, 1]


def test_a_limit_on_applications_shows_in_load_and_success_rate() -> None:
    effect = simulate_rule_change(PAST, Rule(), Rule(admits=pl.col("score") > 1.5, reviews=pl.lit(5)))
    assert effect.calls["reviews_before"].to_list() == [12, 12]
    assert effect.calls["reviews_after"].to_list() == [15, 20]
    assert effect.calls["rate_after"].to_list() == pytest.approx([2 / 3, 0.25])


def test_the_order_of_rows_does_not_matter() -> None:
    a, b = (simulate_rule_change(p, Rule(), Rule(chances=lottery_within(1)), group="young") for p in (PAST, PAST[::-1]))
    assert a.proposals.equals(b.proposals)
    assert a.groups.equals(b.groups)


@pytest.mark.parametrize(
    "past",
    [PAST.clear(), pl.concat([PAST, PAST[:1]]), PAST.with_columns(score=pl.lit(None, pl.Float64))],
    ids=["empty", "twice", "without score"],
)
def test_a_past_that_cannot_be_used_is_refused(past: pl.DataFrame) -> None:
    with pytest.raises(InputError):
        simulate_rule_change(past, Rule(), Rule())
