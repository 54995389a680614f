"""Declines repaired without moving others; assignments drawn at random under a cap of one half."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.matching.builders import drawn, made, pairs
from yuantou.engines.matching import AssignConfig, assign, draw_assignment, repair, verify_assignment
from yuantou.engines.matching.randomise import halve

SEEDS = st.integers(0, 100_000)


@given(SEEDS)
def test_a_repair_moves_nobody_else_and_is_the_best_that_does_not(seed: int) -> None:
    affinity, group = drawn(seed, 6, 8)
    candidates = made(affinity)
    before = assign(candidates, demand=2, load=3, group=group, seed=seed)
    gone = before.pairs.select("proposal_id", "expert_id").sample(min(2, before.pairs.height), seed=seed)
    after = repair(candidates, before, gone, demand=2, load=3, group=group)
    keys = ["proposal_id", "expert_id"]
    kept = before.pairs.select(keys).join(gone, on=keys, how="anti")
    assert kept.join(after.pairs, on=keys, how="anti").is_empty()
    assert gone.join(after.pairs, on=keys, how="semi").is_empty()
    assert verify_assignment(candidates, after, demand=2, load=3, forbidden=gone, fixed=kept, group=group) == []
    assert after.certificate["gap"] == 0
    again = assign(candidates, demand=2, load=3, forbidden=gone, group=group)
    assert after.certificate["filled"] <= again.certificate["filled"]


@given(SEEDS, st.integers(0, 60))
def test_halves_are_even_at_every_node(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.unique(rng.integers(0, 8, (size, 2)), axis=0)
    kept = halve(edges[:, 0], edges[:, 1], seed=seed)
    for side in (0, 1):
        whole, half = np.bincount(edges[:, side], minlength=8), np.bincount(edges[kept, side], minlength=8)
        assert (np.abs(2 * half - whole) <= 1).all()


def test_every_pair_is_drawn_half_of_the_time() -> None:
    edges = np.array([(p, e) for p in range(5) for e in range(7) if (p + e) % 3])
    share = np.mean([halve(edges[:, 0], edges[:, 1], seed=seed) for seed in range(2000)], axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(2000)


@given(SEEDS)
def test_what_is_drawn_keeps_all_constraints(seed: int) -> None:
    affinity, group = drawn(seed, 6, 10)
    result = draw_assignment(made(affinity), demand=2, load=2, group=group, seed=seed)
    counts = result.pairs["proposal_id"].value_counts()["count"].max()
    assert result.pairs.is_empty() or (isinstance(counts, int) and counts <= 2)
    loads = result.pairs["expert_id"].value_counts()["count"].max()
    assert result.pairs.is_empty() or (isinstance(loads, int) and loads <= 2)
    places = result.pairs.with_columns(group=pl.col("expert_id").replace(group))
    assert places.select("proposal_id", "group").is_unique().all()
    assert sum(result.missing.values()) == 12 - result.pairs.height
    again = draw_assignment(made(affinity), demand=2, load=2, group=group, seed=seed)
    assert again.pairs.equals(result.pairs)


def test_a_draw_spares_forbidden_pairs_and_names_what_is_missing() -> None:
    result = draw_assignment(
        made(np.full((1, 2), 0.5)), demand=1, load=1, forbidden=pairs(("p0", "e0"), ("p0", "e1")), seed=1
    )
    assert result.pairs.is_empty()
    assert result.missing == {"p0": 1}


@given(SEEDS)
def test_a_repair_that_may_move_some_moves_few_and_is_sound(seed: int) -> None:
    affinity, group = drawn(seed, 30, 30)
    candidates = made(affinity)
    config = AssignConfig(solver="auction")
    before = assign(candidates, demand=2, load=3, group=group, config=config, seed=seed)
    keys = ["proposal_id", "expert_id"]
    gone = before.pairs.select(keys).sample(3, seed=seed)
    after = repair(candidates, before, gone, demand=2, load=3, group=group, keep="most")
    assert verify_assignment(candidates, after, demand=2, load=3, forbidden=gone, group=group) == []
    kept = before.pairs.select(keys).join(gone, on=keys, how="anti")
    assert kept.join(after.pairs, on=keys, how="anti").height <= 0.3 * kept.height
    nobody = repair(candidates, before, gone, demand=2, load=3, group=group)
    assert after.certificate["filled"] >= nobody.certificate["filled"]
