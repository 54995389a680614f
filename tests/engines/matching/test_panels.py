"""Reviewers of a proposal under rules; short cycles broken; small calls against every assignment there is."""

import itertools
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.matching.builders import drawn, made, pairs
from yuantou.engines.matching import (
    AssignConfig,
    Candidates,
    Rule,
    apart,
    assign_panels,
    break_cycles,
    cover,
    cycles,
    spread,
    verify_panels,
)
from yuantou.kernel.errors import InputError

SEEDS = st.integers(0, 100_000)
FINE = AssignConfig(solver="auction", epsilon=1e-4)


def best_objective(affinity: np.ndarray, demand: int, load: int, group: dict[str, str], rules: list[Rule]) -> float:
    """Return the largest objective of every assignment there is."""
    n, m = affinity.shape
    options = []
    for p in range(n):
        found = []
        for size in range(demand + 1):
            for chosen in itertools.combinations(range(m), size):
                names = {f"e{e}" for e in chosen}
                if min((affinity[p, e] for e in chosen), default=1) <= 0 or len({group[x] for x in names}) < size:
                    continue
                own = [rule for rule in rules if rule.proposals is None or f"p{p}" in rule.proposals]
                counts = [len(names & set(rule.experts)) for rule in own]
                if any(r.at_most is not None and c > r.at_most for r, c in zip(own, counts, strict=True)):
                    continue
                lacking = sum(max(rule.at_least - c, 0) for rule, c in zip(own, counts, strict=True))
                found.append((chosen, sum(affinity[p, e] for e in chosen) + size - lacking))
        options.append(found)
    best = -np.inf
    for choice in itertools.product(*options):
        if (np.bincount([e for chosen, _ in choice for e in chosen], minlength=m) <= load).all():
            best = max(best, sum(worth for _, worth in choice))
    return best


@given(SEEDS)
def test_rules_hold_and_the_bound_is_above_the_best_there_is(seed: int) -> None:
    affinity, group = drawn(seed, 3, 5)
    rules = [
        Rule("senior", {"e0", "e1"}, at_least=1),
        *spread({"e0": "north", "e2": "north", "e3": "north", "e4": "south"}, 1),
        *cover({"p1": ["theory"]}, {"e2": ["theory"], "e4": ["theory"]}),
    ]
    given_ = {"demand": 2, "load": 2, "group": group}
    result = assign_panels(made(affinity), rules, seed=seed, **given_)
    best = best_objective(affinity, 2, 2, group, rules)
    stated = result.assignment.certificate
    assert stated["objective"] <= best + 1e-6
    assert stated["bound"] >= best - 1e-6
    assert stated["objective"] == pytest.approx(best, abs=1e-6)
    assert verify_panels(made(affinity), rules, result, **given_) == []
    bid = assign_panels(made(affinity), rules, config=FINE, seed=seed, **given_)
    assert bid.assignment.certificate["objective"] <= best + 1e-6
    assert bid.assignment.certificate["bound"] >= best - 1e-6
    assert verify_panels(made(affinity), rules, bid, **given_) == []
    missing = sum(result.assignment.shortage.missing.values()) if result.assignment.shortage else 0
    assert missing == stated["wanted"] - stated["filled"]


def call(size: int = 120) -> tuple[Candidates, dict[str, str]]:
    affinity, group = drawn(5, size, size)
    return made(affinity), {name: f"org {int(number[1:]) % 40}" for name, number in group.items()}


def test_a_larger_call_is_near_its_bound_and_the_checker_sees_what_is_changed() -> None:
    candidates, group = call()
    experts = candidates.expert_ids
    rules = [
        Rule("senior", set(experts[::5]), at_least=1),
        Rule("abroad", set(experts[::7]), at_most=1),
        *apart(experts[:4]),
    ]
    given_ = {"demand": 4, "load": 5, "group": group}
    result = assign_panels(candidates, rules, config=AssignConfig(solver="auction"), **given_)
    exact = assign_panels(candidates, rules, **given_).assignment.certificate
    assert result.unmet.is_empty()
    assert result.assignment.certificate["gap"] < 0.002
    assert result.assignment.certificate["objective"] <= exact["objective"] <= result.assignment.certificate["bound"]
    assert verify_panels(candidates, rules, result, **given_) == []
    reviews = result.assignment.pairs
    assert reviews.filter(pl.col("expert_id").is_in(experts[:4])).group_by("proposal_id").len()["len"].max() == 1
    for changed in (
        replace(
            result,
            unmet=result.unmet.vstack(pl.DataFrame([("p0", "senior", 1)], schema=result.unmet.schema, orient="row")),
        ),
        replace(result, assignment=replace(result.assignment, pairs=reviews.slice(1))),
        replace(
            result, assignment=replace(result.assignment, certificate={**result.assignment.certificate, "bound": 1.0})
        ),
    ):
        assert verify_panels(candidates, rules, changed, **given_)
    assert verify_panels(candidates, [Rule("abroad", set(experts), at_most=1)], result, **given_)[0].code.endswith(
        "rule"
    )


def test_what_a_rule_cannot_get_is_listed_and_fixed_pairs_count() -> None:
    candidates = made(np.array([[0.9, 0.8, 0.1], [0.9, 0.8, 0.0]]))
    rules = [Rule("senior", {"e2"}, at_least=1)]
    result = assign_panels(candidates, rules, demand=1, load=2)
    assert result.unmet.rows() == [("p1", "senior", 1)]
    assert set(result.assignment.pairs.select("proposal_id", "expert_id").rows()) == {("p0", "e2"), ("p1", "e0")}
    fixed = assign_panels(candidates, rules, demand=2, load=2, fixed=pairs(("p0", "e2")))
    assert fixed.unmet["proposal_id"].to_list() == ["p1"]
    assert verify_panels(candidates, rules, fixed, demand=2, load=2, fixed=pairs(("p0", "e2"))) == []


@pytest.mark.parametrize(
    "rule", [Rule("r", {"nobody"}), Rule("r", {"e0"}, at_least=2, at_most=1), Rule("r", {"e0"}, proposals={"p9"})]
)
def test_a_rule_that_cannot_be_meant_is_named(rule: Rule) -> None:
    with pytest.raises(InputError, match="r"):
        assign_panels(made(np.ones((1, 1))), [rule], demand=1, load=1)


def test_fixed_pairs_beyond_a_rule_are_named() -> None:
    with pytest.raises(InputError, match="p0"):
        assign_panels(
            made(np.ones((1, 2))), apart(["e0", "e1"]), demand=2, load=1, fixed=pairs(("p0", "e0"), ("p0", "e1"))
        )


def test_cycles_are_found_and_broken() -> None:
    affinity = np.array([[0.0, 0.9, 0.2, 0.3], [0.9, 0.0, 0.2, 0.3], [0.1, 0.1, 0.0, 0.5]])
    applicants = {"p0": "e0", "p1": "e1", "p2": "e2"}
    result = assign_panels(made(affinity), [], demand=1, load=2)
    assert cycles(result.assignment.pairs, applicants) == [(("p1", "e0"), ("p0", "e1"))]
    after, barred = break_cycles(made(affinity), result, applicants, demand=1, load=2)
    assert barred.height == 1
    assert cycles(after.assignment.pairs, applicants) == []
    assert after.assignment.certificate["filled"] == 3


@given(SEEDS)
def test_cycles_of_three_are_all_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    applicants = {f"p{i}": f"e{i}" for i in range(6)}
    chosen = {(f"p{int(p)}", f"e{int(e)}") for p, e in rng.integers(0, 6, (9, 2))}
    reviews = {(e, applicants[p]) for p, e in chosen}
    triples = {
        frozenset(t)
        for t in itertools.permutations(applicants.values(), 3)
        if all((t[i], t[(i + 1) % 3]) in reviews for i in range(3))
    }
    found = cycles(pairs(*sorted(chosen)), applicants)
    assert {frozenset(e for _, e in c) for c in found if len(c) == 3} == triples
    assert {c[0][1] for c in found if len(c) == 1} == {a for a, b in reviews if a == b}
