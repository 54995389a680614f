"""Money is given in order while it lasts; every decision says why."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.selection import budget_line
from yuantou.kernel.errors import InputError


def tables(amounts: list[float], budget: float) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    ids = [f"p{i}" for i in range(len(amounts))]
    requests = pl.DataFrame(
        {"proposal_id": ids, "requested": amounts}, schema={"proposal_id": pl.String, "requested": pl.Float64}
    )
    return requests.select("proposal_id"), requests, pl.DataFrame({"pot": ["all"], "amount": [budget]})


def test_a_proposal_that_does_not_fit_is_skipped_or_ends_the_list() -> None:
    ranking, requests, budgets = tables([60, 50, 30], 100)
    skip = budget_line(ranking, requests, budgets).decisions["decision"].to_list()
    stop = budget_line(ranking, requests, budgets, rule="stop").decisions["decision"].to_list()
    assert (skip, stop) == (["fund", "decline", "fund"], ["fund", "decline", "decline"])


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=30), st.floats(0, 5000), st.sampled_from(["skip", "stop"]))
def test_no_pot_is_ever_overspent_and_every_decision_has_a_reason(
    amounts: list[float], budget: float, rule: str
) -> None:
    selection = budget_line(*tables(amounts, budget), rule=rule)
    assert sum(selection.spent.values()) <= budget + 1e-6
    assert selection.decisions.height == len(amounts)
    assert all(selection.decisions["reason_zh"])
    assert all(selection.decisions["reason_en"])


def test_each_pot_pays_for_its_own() -> None:
    ranking = pl.DataFrame({"proposal_id": ["a", "b", "c"]})
    requests = pl.DataFrame({"proposal_id": ["a", "b", "c"], "requested": [5.0, 5, 5], "pot": ["x", "y", "x"]})
    budgets = pl.DataFrame({"pot": ["x", "y"], "amount": [5.0, 9.0]})
    selection = budget_line(ranking, requests, budgets)
    assert selection.decisions["decision"].to_list() == ["fund", "fund", "decline"]
    assert selection.line == {"x": 1, "y": 2}


def test_a_missing_amount_and_an_unknown_rule_are_named() -> None:
    ranking, requests, budgets = tables([10], 100)
    with pytest.raises(InputError, match="p0"):
        budget_line(ranking, requests.with_columns(requested=None), budgets)
    with pytest.raises(InputError, match="rule"):
        budget_line(ranking, requests, budgets, rule="whim")
