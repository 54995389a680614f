"""Every empty slot is listed with the set that proves it."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.matching.builders import drawn, made, pairs
from yuantou.engines.matching import AssignConfig, assign, verify_assignment


def test_two_shortages_are_two_causes_with_their_own_remedy() -> None:
    affinity = np.zeros((6, 4))
    affinity[:3, 0] = 0.9, 0.8, 0.7
    affinity[3:5, 1] = 0.5, 0.4
    affinity[5, 2:] = 0.5
    shortage = assign(made(affinity), demand=1, load={"e0": 2, "e1": 1, "e2": 1, "e3": 1}).shortage
    assert shortage is not None
    assert [(cause.proposals, cause.experts, cause.missing) for cause in shortage.causes] == [
        (("p0", "p1", "p2"), ("e0",), 1),
        (("p3", "p4"), ("e1",), 1),
    ]
    assert shortage.missing == {"p2": 1, "p4": 1}
    assert {cause.binding for cause in shortage.causes} == {"load"}
    assert "raise the limits of these experts by 1" in shortage.problems()[0].remedy.en.lower()


def test_organisations_that_bind_are_said_to_bind() -> None:
    group = {"e0": "a", "e1": "a", "e2": "a"}
    shortage = assign(made(np.full((1, 3), 0.5)), demand=2, load=5, group=group).shortage
    assert shortage is not None
    (cause,) = shortage.causes
    assert (cause.binding, cause.others, cause.missing) == ("eligible", 1, 1)
    assert "organisation" in shortage.problems()[0].remedy.en


def test_a_proposal_whose_candidates_are_all_in_conflict_is_named() -> None:
    shortage = assign(made(np.array([[0.5, 0.5], [0.5, 0]])), demand=1, load=2, forbidden=pairs(("p1", "e0"))).shortage
    assert shortage is not None
    assert shortage.no_candidates == ("p1",)
    assert shortage.problems()[0].code == "matching.no_candidates"


@pytest.mark.parametrize("solver", ["exact", "auction"])
@given(st.integers(0, 100_000))
def test_every_shortage_is_proven(solver: Literal["exact", "auction"], seed: int) -> None:
    affinity, group = drawn(seed, 12, 6)
    candidates = made(affinity)
    result = assign(candidates, demand=3, load=4, group=group, seed=seed, config=AssignConfig(solver=solver))
    assert verify_assignment(candidates, result, demand=3, load=4, group=group) == []
    missing = 36 - result.pairs.height
    assert sum(result.shortage.missing.values() if result.shortage else ()) == missing
    assert sum(cause.missing for cause in result.shortage.causes) == missing if result.shortage else missing == 0
