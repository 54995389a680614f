"""Assignments whose right answer is known: by trying all, by linear programming, by hand."""

from typing import Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from tests.engines.matching.builders import SCHEMA, best_by_force, drawn, made, pairs
from yuantou.engines.matching import AssignConfig, Candidates, assign, verify_assignment
from yuantou.kernel.errors import CancelledError, InfeasibleError, InputError

SEEDS = st.integers(0, 100_000)
SOLVERS: list[Literal["exact", "auction"]] = ["exact", "auction"]


@pytest.mark.parametrize("solver", SOLVERS)
@given(SEEDS)
def test_the_assignment_is_the_best_there_is(solver: Literal["exact", "auction"], seed: int) -> None:
    affinity, group = drawn(seed)
    candidates, config = made(affinity), AssignConfig(solver=solver)
    result = assign(candidates, demand=2, load=2, group=group, seed=seed, config=config)
    filled, value, _ = max(best_by_force(affinity, 2, 2, group))
    stated = result.certificate
    assert stated["filled"] == filled
    assert stated["value"] == pytest.approx(value, abs=1e-3 * filled + 1e-6 if solver == "auction" else 1e-9)
    assert stated["bound"] >= value - 1e-9
    assert solver == "auction" or stated["gap"] == 0
    assert verify_assignment(candidates, result, demand=2, load=2, group=group) == []
    assert (result.shortage is None) is (filled == 6)


@pytest.mark.parametrize("solver", SOLVERS)
@given(SEEDS)
def test_a_fair_assignment_leaves_no_one_behind_for_the_sake_of_another(
    solver: Literal["exact", "auction"], seed: int
) -> None:
    affinity, group = drawn(seed)
    candidates, config = made(affinity), AssignConfig(solver=solver, fair=True)
    result = assign(candidates, demand=2, load=1, group=group, seed=seed, config=config)
    filled = max(best_by_force(affinity, 2, 1, group))[0]
    worst = max(least for count, _, least in best_by_force(affinity, 2, 1, group) if count == filled)
    counts = result.pairs["proposal_id"].value_counts()["count"].to_list()
    assert sum(counts) == filled
    assert (min(counts) if len(counts) == 3 else 0) == worst
    assert verify_assignment(candidates, result, demand=2, load=1, group=group) == []


def test_the_optimum_is_that_of_linear_programming_and_the_auction_keeps_its_word() -> None:
    rng = np.random.default_rng(3)
    affinity = np.round(rng.random((60, 40)) * (rng.random((60, 40)) > 0.5), 6)
    candidates = made(affinity)
    row, column = np.nonzero(affinity)
    limits = np.zeros((100, len(row)))
    limits[row, np.arange(len(row))] = limits[60 + column, np.arange(len(row))] = 1
    best = linprog(-affinity[row, column], limits, [3] * 60 + [5] * 40, bounds=(0, 1))
    exact = assign(candidates, demand=3, load=5, config=AssignConfig(solver="exact"))
    auction = assign(candidates, demand=3, load=5, config=AssignConfig(solver="auction", epsilon=1e-4))
    assert exact.certificate["value"] == pytest.approx(-best.fun, abs=1e-6)
    assert 0 <= auction.certificate["gap"] < 2e-4
    assert auction.certificate["value"] <= exact.certificate["value"] <= auction.certificate["bound"]


@given(SEEDS)
def test_neither_the_order_of_rows_nor_the_labels_matter(seed: int) -> None:
    affinity, group = drawn(seed, 4, 5)
    frame = made(affinity).to_frame().select(list(SCHEMA))
    first = assign(Candidates.from_frame(frame), demand=2, load=2, group=group, seed=5)
    again = assign(
        Candidates.from_frame(frame.sample(fraction=1, shuffle=True, seed=1)), demand=2, load=2, group=group, seed=5
    )
    assert first.pairs.equals(again.pairs)
    assert first.certificate == again.certificate
    other = {f"e{i}": f"x{9 - i}" for i in range(5)}
    renamed = frame.with_columns(pl.col("expert_id").replace(other))
    moved = assign(
        Candidates.from_frame(renamed), demand=2, load=2, group={other[e]: g for e, g in group.items()}, seed=5
    )
    assert moved.certificate["value"] == first.certificate["value"]
    assert moved.certificate["filled"] == first.certificate["filled"]


def test_equal_experts_are_drawn_by_seed_not_by_name() -> None:
    candidates = made(np.full((1, 6), 0.5))
    drawn_ = {assign(candidates, demand=1, load=1, seed=seed).pairs["expert_id"][0] for seed in range(40)}
    assert len(drawn_) > 3


def test_demand_and_load_may_differ_from_one_to_another() -> None:
    result = assign(made(np.full((2, 3), 0.5)), demand={"p0": 3, "p1": 0}, load={"e0": 1, "e1": 1, "e2": 1})
    assert result.pairs["proposal_id"].to_list() == ["p0"] * 3


def test_fixed_pairs_stay_even_if_no_candidates_and_keep_their_organisation_out() -> None:
    affinity = np.array([[0.9, 0.8, 0.1, 0], [0.9, 0.1, 0.1, 0]])
    group = {"e0": "a", "e1": "b", "e3": "b"}
    candidates, fixed = made(affinity), pairs(("p0", "e3"))
    result = assign(candidates, demand=2, load=1, fixed=fixed, group=group)
    assert result.pairs.filter(proposal_id="p0")["expert_id"].to_list() == ["e0", "e3"]
    assert result.pairs.filter(expert_id="e3").row(0) == ("p0", "e3", 0.0, None)
    assert verify_assignment(candidates, result, demand=2, load=1, fixed=fixed, group=group) == []


def test_forbidden_pairs_are_never_chosen() -> None:
    candidates, forbidden = made(np.array([[0.9, 0.1]])), pairs(("p0", "e0"), ("p9", "e9"))
    result = assign(candidates, demand=1, load=1, forbidden=forbidden)
    assert result.pairs["expert_id"].to_list() == ["e1"]
    assert verify_assignment(candidates, result, demand=1, load=1, forbidden=forbidden) == []


@pytest.mark.parametrize(
    ("fixed", "code"),
    [
        ([("p0", "e0"), ("p0", "e1")], "matching.fixed.demand"),
        ([("p0", "e0"), ("p1", "e0")], "matching.fixed.load"),
        ([("p0", "e2")], "matching.fixed.forbidden"),
        ([("p7", "e0")], "matching.fixed.unknown"),
    ],
)
def test_contradictory_fixed_pairs_are_named(fixed: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(InfeasibleError) as caught:
        assign(made(np.full((2, 3), 0.5)), demand=1, load=1, fixed=pairs(*fixed), forbidden=pairs(("p0", "e2")))
    assert [problem.code for problem in caught.value.problems] == [code]
    assert all(text.zh and text.en for problem in caught.value.problems for text in (problem.message, problem.remedy))


def test_two_fixed_experts_of_one_organisation_contradict() -> None:
    with pytest.raises(InfeasibleError) as caught:
        assign(
            made(np.full((1, 2), 0.5)),
            demand=2,
            load=1,
            fixed=pairs(("p0", "e0"), ("p0", "e1")),
            group={"e0": "a", "e1": "a"},
        )
    assert caught.value.problems[0].code == "matching.fixed.group"


@pytest.mark.parametrize("demand", [{"p0": 1}, {"p0": 1, "p1": -1}, -1])
def test_a_missing_or_negative_demand_is_refused(demand: dict[str, int] | int) -> None:
    with pytest.raises(InputError, match="demand"):
        assign(made(np.full((2, 1), 0.5)), demand=demand, load=1)


def test_affinities_from_elsewhere_are_checked() -> None:
    for rows in ([("p", "e", 1.5)], [("p", "e", None)], [("p", "e", 0.5), ("p", "e", 0.4)]):
        with pytest.raises(InputError):
            Candidates.from_frame(pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def test_a_run_that_is_cancelled_leaves_nothing() -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        assign(made(np.full((2, 2), 0.5)), demand=1, load=1, progress=stop)


def test_an_empty_call_gives_an_empty_assignment() -> None:
    empty = Candidates.from_frame(pl.DataFrame(schema=SCHEMA))
    for solver in SOLVERS:
        result = assign(empty, demand=1, load=1, config=AssignConfig(solver=solver))
        assert result.pairs.is_empty()
        assert result.shortage is None
        assert verify_assignment(empty, result, demand=1, load=1) == []
