"""Portfolios keep every rule, come near to the best possible, and say what each rule costs."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.selection import (
    GroupRule,
    award_probability,
    choose_portfolio,
    conflicting_rules,
    price_rules,
)
from yuantou.engines.selection.portfolio_rules import rows_of
from yuantou.engines.selection.relaxation import relax
from yuantou.kernel.errors import InfeasibleError, InputError
from yuantou.kernel.local_text import LocalText


def rule(name: str, column: str = "", value: object = True, **bounds: object) -> GroupRule:
    return GroupRule(name, LocalText(f"规则{name}", f"rule {name}"), column, value, **bounds)  # type: ignore[arg-type]


def call(n: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "proposal_id": [f"p{i}" for i in range(n)],
            "value": rng.uniform(1, 5, n),
            "requested": rng.integers(10, 60, n).astype(float),
            "due_2028": rng.integers(0, 20, n).astype(float),
            "discipline": rng.choice(["A", "B", "C"], n),
            "young": rng.random(n) < 0.4,
        }
    )


@given(st.integers(0, 10**6))
def test_no_choice_that_keeps_the_rules_is_better(seed: int) -> None:
    table, budget = call(9, seed), 150.0
    rules = [
        rule("young", "young", at_least=1),
        rule("A", "discipline", "A", measure="requested", at_most=0.5, share_of="budget"),
        rule("later", measure="due_2028", at_most=40),
        rule("half", "young", at_most=0.5, share_of="awarded"),
    ]
    rows, values = rows_of(table, rules, budget), table["value"].to_numpy()
    sets = (np.array(x, dtype=float) for x in itertools.product([0, 1], repeat=9))
    possible = [values @ x for x in sets if (rows.excess(x) <= 1e-9).all()]
    if not possible:
        with pytest.raises(InfeasibleError):
            choose_portfolio(table, budget=budget, rules=rules)
        return
    found = choose_portfolio(table, budget=budget, rules=rules)
    assert (rows.excess(found.awarded.astype(float)) <= 1e-9).all()
    assert found.score == pytest.approx(max(possible))
    assert found.bound >= found.score


def test_large_calls_are_sifted_to_the_same_bound() -> None:
    table, budget = call(3000), 15_000.0
    rules = [rule("young", "young", at_least=0.6, share_of="awarded"), rule("B", "discipline", "B", at_most=150)]
    rows, values = rows_of(table, rules, budget), table["value"].to_numpy()
    whole, sifted = relax(values, rows), relax(values, rows, core=200)
    assert whole is not None
    assert sifted is not None
    assert sifted.bound == pytest.approx(whole.bound, rel=1e-9)
    assert values @ sifted.x == pytest.approx(values @ whole.x, rel=1e-9)


def test_a_rule_is_priced_and_names_whom_it_moves() -> None:
    table = pl.DataFrame(
        {
            "proposal_id": ["a", "b", "c", "d"],
            "value": [4.0, 3.0, 2.0, 1.0],
            "requested": [10.0] * 4,
            "young": [False, False, False, True],
        }
    )
    rules = [rule("young", "young", at_least=1), rule("idle", at_most=4)]
    chosen = choose_portfolio(table, budget=20, rules=rules)
    assert table.filter(pl.Series(chosen.awarded))["proposal_id"].to_list() == ["a", "d"]
    (priced,) = price_rules(table, chosen, budget=20, rules=rules)
    assert (priced["rule_id"], priced["brought_in"], priced["kept_out"]) == ("young", ["d"], ["b"])
    assert priced["score"] == pytest.approx(2.0)
    assert priced["money"] > 0


def test_contradictory_rules_are_named_and_no_others() -> None:
    rules = [
        rule("A", "discipline", "A", measure="requested", at_least=0.7, share_of="budget"),
        rule("idle", "young", at_least=1),
        rule("B", "discipline", "B", measure="requested", at_least=0.7, share_of="budget"),
    ]
    table = call(60)
    assert sorted(conflicting_rules(table, budget=300, rules=rules)) == ["A", "B", "budget"]
    assert conflicting_rules(table, budget=300, rules=rules[:2]) == []
    with pytest.raises(InfeasibleError) as caught:
        choose_portfolio(table, budget=300, rules=rules)
    assert {problem.message.en for problem in caught.value.problems} == {"rule A", "rule B", "the budget"}


def test_the_chance_of_an_award_follows_the_posterior() -> None:
    table = pl.DataFrame({"proposal_id": ["a", "b"], "value": [2.0, 1.0], "requested": [1.0, 1.0]})
    draws = np.array([[2.0, 1.0]] * 3 + [[1.0, 2.0]])
    assert award_probability(table, draws, budget=1) == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("bounds", "column"),
    [
        ({}, "young"),
        ({"at_least": 2, "at_most": 1}, "young"),
        ({"at_least": 1}, "none"),
        ({"at_least": 1, "share_of": "x"}, ""),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(bounds: dict[str, object], column: str) -> None:
    with pytest.raises(InputError):
        choose_portfolio(call(5), budget=10, rules=[rule("r", column, **bounds)])


def test_an_amount_that_is_missing_is_placed() -> None:
    table = call(5).with_columns(requested=pl.Series([1.0, None, 1.0, 1.0, 1.0]))
    with pytest.raises(InputError) as caught:
        choose_portfolio(table, budget=10)
    assert str(caught.value.place) == "proposals:row 2:requested"
