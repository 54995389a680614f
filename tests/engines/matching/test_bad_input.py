"""What goes wrong in real calls: said plainly, never a silent half-assignment."""

import numpy as np
import polars as pl
import pytest

from tests.engines.matching.builders import experts, made, pairs, proposals, works
from yuantou.engines.matching import (
    AssignConfig,
    assign,
    find_conflicts,
    organisation_groups,
    score_candidates,
    verify_assignment,
)
from yuantou.kernel.errors import CancelledError, InfeasibleError, InputError

FIELDS = {field: " ".join(f"{field}{number:02}" for number in range(60)) for field in ("rice", "qubit", "ocean")}


def call() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two experts of each field with four works each, every work twenty words of its field."""
    rng = np.random.default_rng(3)
    rows = [
        (f"{field}{person}", " ".join(rng.choice(words.split(), 6)), " ".join(rng.choice(words.split(), 14)))
        for field, words in FIELDS.items()
        for person in (1, 2)
        for _ in range(4)
    ]
    return experts(*sorted({row[0] for row in rows})), works(*rows)


@pytest.mark.parametrize("copies", [1, 30])
def test_a_text_stuffed_with_a_reviewers_words_does_not_win_him(copies: int) -> None:
    people, written = call()
    target = written.filter(expert_id="qubit1").row(0, named=True)
    stuffing = f" {target['title']}. {target['abstract']}." * copies
    honest = proposals(("p", "Arsenic in rice", FIELDS["rice"]))
    stuffed = proposals(("p", "Arsenic in rice", FIELDS["rice"] + stuffing))
    for asked in (honest, stuffed):
        ranked = score_candidates(asked, people, written).to_frame()["expert_id"].to_list()
        assert set(ranked[:2]) == {"rice1", "rice2"}


def test_experts_without_works_get_no_reviews_and_are_no_cleared_people() -> None:
    people, written = call()
    people = pl.concat([people, experts("nobody")])
    asked = proposals(("p", "Arsenic in rice", FIELDS["rice"]))
    candidates = score_candidates(asked, people, written)
    assert "nobody" in candidates.thin
    assert "nobody" not in assign(candidates, demand=6, load=1).pairs["expert_id"]
    unknown = find_conflicts(asked, people, written, pairs=pairs(("p", "nobody")))
    assert unknown["kind"].to_list() == ["unknown"]


def test_an_expert_who_stands_twice_is_named() -> None:
    people, written = call()
    with pytest.raises(InputError, match="rice1"):
        score_candidates(proposals(("p", "t", "a")), pl.concat([people, people.filter(expert_id="rice1")]), written)


def test_a_work_claimed_by_two_of_one_name_makes_them_share_its_conflicts() -> None:
    people = experts("e1", "e2", name=["Wang Wei", "Wang Wei"], organisation=["A University", "B University"])
    title, authors = "Iron plaque on rice roots", ["Wang Wei", "Zhao Min"]
    written = works(("e1", title, ""), ("e2", title, ""), authors=[authors, authors])
    asked = proposals(("p", "t", "a"), applicant="Zhao Min")
    found = find_conflicts(asked, people, written)
    assert set(found.filter(kind="coauthor")["expert_id"]) == {"e1", "e2"}


def test_demand_above_capacity_fills_what_can_be_and_proves_the_rest() -> None:
    candidates = made(np.full((6, 3), 0.5))
    for solver in ("exact", "auction"):
        result = assign(candidates, demand=2, load=3, config=AssignConfig(solver=solver))
        assert result.certificate["filled"] == 9
        assert result.shortage is not None
        assert sum(result.shortage.missing.values()) == 3
        assert result.shortage.causes[0].binding == "load"
        assert verify_assignment(candidates, result, demand=2, load=3) == []


def test_all_candidates_in_conflict_leave_every_slot_named() -> None:
    candidates = made(np.full((2, 2), 0.5))
    every = pairs(*((p, e) for p in ("p0", "p1") for e in ("e0", "e1")))
    result = assign(candidates, demand=1, load=2, forbidden=every)
    assert result.pairs.is_empty()
    assert result.shortage is not None
    assert set(result.shortage.no_candidates) == {"p0", "p1"}


def test_contradictory_fixed_pairs_are_all_named_at_once() -> None:
    candidates = made(np.full((2, 2), 0.5))
    with pytest.raises(InfeasibleError) as raised:
        assign(
            candidates,
            demand=1,
            load=1,
            forbidden=pairs(("p1", "e1")),
            fixed=pairs(("p0", "e0"), ("p0", "e1"), ("p1", "e1")),
        )
    assert {problem.code for problem in raised.value.problems} == {
        "matching.fixed.forbidden",
        "matching.fixed.demand",
        "matching.fixed.load",
    }


def test_a_run_that_was_interrupted_gives_the_same_when_run_again() -> None:
    candidates = made(np.random.default_rng(1).random((40, 30)))
    config, seen = AssignConfig(solver="auction"), []

    def stop(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if len(seen) > 1:
            raise CancelledError

    with pytest.raises(CancelledError):
        assign(candidates, demand=3, load=5, config=config, progress=stop)
    first, second = (assign(candidates, demand=3, load=5, config=config) for _ in range(2))
    assert first.pairs.equals(second.pairs)
    assert first.certificate == second.certificate


def test_experts_of_no_organisation_are_in_no_group_together() -> None:
    people = experts("e1", "e2", organisation=["", ""])
    groups = organisation_groups(people)
    assert not groups.get("e1")
    assert not groups.get("e2")
