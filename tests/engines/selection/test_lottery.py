"""Lotteries give out exactly the places there are; the draw can be checked by anyone."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import data_folder
from yuantou.engines.selection import (
    LOTTERIES,
    by_beacon,
    by_reveal,
    chances_of_award,
    commit,
    freeze_entries,
    hold_draw,
    merit_chances,
    verify_draw,
)
from yuantou.kernel.errors import InputError

FROZEN, LATER = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)


def ranking(n: int, places: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    mean = rng.normal(3, 1, n)
    ranks = (-(mean[:, None] + rng.normal(0, 0.4, (n, 400)))).argsort(axis=0).argsort(axis=0) + 1
    return pl.DataFrame(
        {
            "proposal_id": [f"p{i:03}" for i in range(n)],
            "mean": mean,
            "expected_rank": ranks.mean(axis=1),
            "p_top": (ranks <= places).mean(axis=1),
            **{
                f"rank_{end}{width}": np.quantile(ranks, 0.5 + sign * width / 200, axis=1)
                for width in (50, 90)
                for end, sign in (("low", -1), ("high", 1))
            },
        }
    )


@given(st.integers(2, 25), st.integers(0, 10**6), st.sampled_from(sorted(LOTTERIES)), st.data())
def test_chances_sum_to_the_places_under_every_rule(n: int, seed: int, rule: str, data: st.DataObject) -> None:
    places = data.draw(st.integers(0, n))
    found = chances_of_award(ranking(n, max(places, 1), seed), places, rule=rule)["chance"].to_numpy()
    assert found.sum() == pytest.approx(places, abs=1e-6)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_skew_interval_beside_its_expected_rank_leaves_no_place_empty() -> None:
    three = pl.DataFrame(
        {
            "proposal_id": ["a", "b", "c"],
            "expected_rank": [1.1, 2.4, 2.5],
            "rank_low50": [1, 3, 3],
            "rank_high50": [1, 3, 3],
        }
    )
    assert chances_of_award(three, 2, rule="swiss")["chance"].to_list() == [1.0, 1.0, 0.0]


@given(st.integers(2, 25), st.integers(0, 10**6), st.sampled_from(sorted(LOTTERIES)))
def test_every_draw_gives_exactly_the_places(n: int, seed: int, rule: str) -> None:
    places = n // 2
    table = chances_of_award(ranking(n, max(places, 1), seed), places, rule=rule)
    frozen = freeze_entries(dict(table.iter_rows()), places)
    drawn = hold_draw(frozen, frozen_at=FROZEN, source=by_beacon("example", 7, LATER, f"{seed:064x}"))
    assert len(drawn["awarded"]) == places
    assert verify_draw(json.loads(json.dumps(drawn))) == []


def test_over_many_seeds_each_entry_wins_as_often_as_its_chance_says() -> None:
    chances = {"a": 0.9, "b": 0.5, "c": 0.35, "d": 0.25, "e": 1.0, "f": 0.0}
    frozen, rounds = freeze_entries(chances, 3), 4000
    won = Counter(
        name
        for pulse in range(rounds)
        for name in hold_draw(frozen, frozen_at=FROZEN, source=by_beacon("x", pulse, LATER, "0"))["awarded"]
    )
    for name, chance in chances.items():
        assert won[name] / rounds == pytest.approx(chance, abs=4 * 0.5 / rounds**0.5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"awarded": ["c"]}, "draw.awarded"),
        ({"places": 1}, "draw.places"),
        ({"entries": {"a": 10**9, "b": 10**9, "c": 0}}, "draw.entries"),
        ({"seed": "0"}, "draw.seed"),
        ({"result_hash": "0"}, "draw.result_hash"),
        ({"source": {"kind": "dice"}}, "draw.source"),
        ({"entries": None}, "draw.document"),
    ],
)
def test_a_document_that_was_tampered_with_is_refused(change: dict[str, object], code: str) -> None:
    secret = "s" * 32
    drawn = hold_draw(
        freeze_entries({"a": 0.75, "b": 0.75, "c": 0.5}, 2),
        frozen_at=FROZEN,
        source=by_reveal({"notary": commit(secret)}, {"notary": secret}),
    )
    assert code in {problem.code for problem in verify_draw(drawn | change)}


def test_a_seed_that_could_be_known_before_the_freeze_is_refused() -> None:
    frozen = freeze_entries({"a": 0.5, "b": 0.5}, 1)
    for source in (
        by_beacon("x", 1, FROZEN, "0"),
        by_reveal({"n": commit("s" * 32)}, {"n": "other"}),
        by_reveal({}, {}),
    ):
        with pytest.raises(InputError):
            hold_draw(frozen, frozen_at=FROZEN, source=source)
    with pytest.raises(InputError):
        commit("short")


def worst_case(chances: np.ndarray, low: np.ndarray, high: np.ndarray, places: int) -> float:
    """The least chance any possible top set holds, by trying them all."""
    sets = []
    for chosen in itertools.combinations(range(len(low)), places):
        rest = [i for i in range(len(low)) if i not in chosen]
        if min(high[list(chosen)]) >= max(low[rest]):
            sets.append(chances[list(chosen)].sum())
    return min(sets)


@given(st.integers(3, 8), st.integers(0, 10**6), st.data())
def test_merit_is_no_worse_than_other_rules_in_the_worst_case(n: int, seed: int, data: st.DataObject) -> None:
    rng, places = np.random.default_rng(seed), data.draw(st.integers(1, n - 1))
    low = rng.normal(size=n)
    high = low + rng.exponential(size=n)
    found = merit_chances(low, high, places)
    reached = worst_case(found, low, high, places)
    middle = np.zeros(n)
    middle[np.argsort(-(low + high))[:places]] = 1
    for other in (middle, np.full(n, places / n), *(places * rng.dirichlet(np.full(n, 50.0), 20)).clip(0, 1)):
        assert reached >= worst_case(other, low, high, places) - 1e-6
    for i, j in itertools.permutations(range(n), 2):
        assert not (low[i] > high[j] and found[j] > 1e-9 and found[i] < 1 - 1e-9)


def test_equal_intervals_share_the_places() -> None:
    assert merit_chances(np.zeros(4), np.ones(4), 2) == pytest.approx(np.full(4, 0.5), abs=1e-6)


def test_the_swiss_lottery_group_of_the_saved_intervals_comes_out() -> None:
    """Heyard et al. 2022, MINT, 106 places: the saved run of their JAGS model puts 13 proposals in the draw for 7."""
    saved = pl.read_csv(data_folder("reviews") / "snsf_mint" / "er_intervals_jags.csv.gz")
    table = saved.select(proposal_id=pl.col("parameter"), expected_rank="m", rank_low50="l", rank_high50="h")
    chance = chances_of_award(table, 106, rule="swiss")["chance"]
    assert ((chance == 1).sum(), ((chance > 0) & (chance < 1)).sum()) == (99, 13)
    assert chance.sum() == pytest.approx(106)
