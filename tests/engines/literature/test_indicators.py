"""Indicators: cases that can be worked out by hand, what their papers prove of them, and what must not be computed."""

from itertools import pairwise, product

import numpy as np
import polars as pl
import pytest

from yuantou.engines.literature.citedness import _cost, bursts, openness, percentiles, sleeping
from yuantou.engines.literature.combinations import combination_novelty, distances, rao_stirling
from yuantou.engines.literature.indicators import CATALOGUE, permitted
from yuantou.kernel.errors import InputError


def test_every_indicator_says_what_it_is_and_none_is_of_a_person() -> None:
    assert set(CATALOGUE) == {
        "disruption", "percentile", "novelty", "interdisciplinarity", "sleeping", "burst", "openness",
    }  # fmt: skip
    for row in CATALOGUE.values():
        assert row.definition.zh != row.definition.en
        assert row.caveat.zh != row.caveat.en
        assert row.reference.startswith("doi:10.")
        for unit in ("person", "proposal"):
            with pytest.raises(InputError, match="must not be computed"):
                permitted(row.key, unit)
        assert permitted(row.key, "topic") is row


def cited(counts: list[int], field: str = "a", year: int = 2010) -> pl.DataFrame:
    rows = [(f"{field}{year}-{n}", field, year, "article", count) for n, count in enumerate(counts)]
    return pl.DataFrame(rows, schema=["work_id", "field", "year", "type", "citations"], orient="row")


def test_percentiles_compare_like_with_like() -> None:
    works = pl.concat([cited([0, 0, 5, 9]), cited([90, 50, 0, 0], "b"), cited([1, 0, 0, 0], year=2020)])
    found = percentiles(works).sort("work_id")
    # Hazen: level works share (0 below + one half of 2) / 4; the best of four lies at 3.5 / 4
    assert found["percentile"].to_list() == [25, 25, 62.5, 87.5, 87.5, 37.5, 37.5, 37.5, 87.5, 62.5, 25, 25]
    assert found["relative"].to_list()[:4] == [0, 0, 5 / 3.5, 9 / 3.5]
    assert set(found["caveat"]) == {"small set"}


@pytest.mark.parametrize("counts", [[0] * 7 + [3] * 13, list(range(25)), [1] * 10, [0, 0, 0, 8, 8, 8, 8, 9]])
def test_every_set_has_exactly_its_tenth_in_the_top_tenth(counts: list[int]) -> None:
    found = percentiles(cited(counts))
    assert found["top"].sum() == pytest.approx(len(counts) / 10)
    assert found["percentile"].mean() == pytest.approx(50)


def test_the_beauty_coefficient_has_the_properties_of_its_paper() -> None:
    assert sleeping(np.array([0, 0, 0, 0, 10])) == (15.0, 3)  # 2.5 + 5 + 7.5, by hand
    assert sleeping(np.array([0, 1, 2, 3, 4]))[0] == 0  # a straight rise
    assert sleeping(np.array([9, 3, 1])) == (0.0, 0)  # the peak is the first year
    assert sleeping(np.array([0, 5, 8, 9]))[0] < 0  # a concave rise
    assert sleeping(np.array([0] * 30 + [40]))[0] > sleeping(np.array([0] * 10 + [40]))[0]
    with pytest.raises(InputError):
        sleeping(np.array([1, -1]))


def test_bursts_are_the_cheapest_of_all_ways() -> None:
    draw = np.random.default_rng(3)
    for _case in range(20):
        totals = draw.integers(20, 60, 9)
        share = np.where(draw.random(9) < 0.3, 0.3, 0.05)
        hits = draw.binomial(totals, share)
        if hits.sum() == 0:
            continue
        slow = hits.sum() / totals.sum()
        cost = [[_cost(int(n), int(of), p) for p in (slow, 2 * slow)] for n, of in zip(hits, totals, strict=True)]

        def price(states: tuple[int, ...], cost: list[list[float]] = cost) -> float:
            enters = sum(b > a for a, b in pairwise((0, *states)))
            return sum(row[state] for row, state in zip(cost, states, strict=True)) + enters * np.log(9)

        least = min(product((0, 1), repeat=9), key=price)
        found = np.zeros(9, int)
        for burst in bursts(hits, totals):
            found[burst.first : burst.last + 1] = 1
            assert burst.weight > 0
        assert price(tuple(found)) == pytest.approx(price(least))
    assert bursts(np.array([0, 0]), np.array([5, 5])) == []


def test_rao_stirling_is_simpsons_index_at_equal_distances_and_small_between_near_fields() -> None:
    counts = np.array([[10, 0, 0], [5, 5, 0], [5, 0, 5], [4, 4, 4], [3, 3, 0]])
    equal = np.ones((3, 3)) - np.eye(3)
    found = rao_stirling(counts, equal)
    assert found[:4] == pytest.approx([0, 0.5, 0.5, 2 / 3])
    assert np.isnan(found[4])
    # the first two fields cite alike, the third cites itself alone
    far = distances(np.array([[8.0, 8, 0], [8, 8, 0], [0, 0, 9]]))
    assert far[0, 1] == pytest.approx(0)
    assert far[0, 2] == pytest.approx(1)
    near = rao_stirling(counts, far)
    assert near[1] == pytest.approx(0)
    assert near[2] == pytest.approx(0.5)
    with pytest.raises(InputError):
        rao_stirling(counts, np.ones((3, 3)))


def test_a_pair_is_new_once_and_its_first_year_says_so() -> None:
    rows = [
        ("w1", 2000, "physics"), ("w1", 2000, "chemistry"), ("w1", 2000, "chemistry"),
        ("w2", 2001, "physics"), ("w2", 2001, "chemistry"), ("w2", 2001, "music"),
        ("w3", 2002, "music"), ("w3", 2002, "physics"), ("w4", 2002, "physics"),
    ]  # fmt: skip
    found = combination_novelty(pl.DataFrame(rows, schema=["work_id", "year", "source"], orient="row"))
    assert found.select("work_id", "pairs", "new").rows() == [
        ("w1", 1, 1.0), ("w2", 3, pytest.approx(2 / 3)), ("w3", 1, 0.0),
    ]  # fmt: skip
    assert found["caveat"].to_list() == ["first year of the corpus", None, None]
    # each of three pairs once, each source in two of them: log(1 · 3 / (2 · 2))
    assert found["commonness"][1] == pytest.approx(np.log(3 / 4))


def test_an_uncommon_pair_lowers_commonness() -> None:
    rows = [(f"w{n}", 2000, source) for n in range(20) for source in ("a", "b")]
    rows += [(f"v{n}", 2000, source) for n in range(20) for source in ("c", "d")]
    rows += [("odd", 2000, "a"), ("odd", 2000, "d")]
    found = combination_novelty(pl.DataFrame(rows, schema=["work_id", "year", "source"], orient="row"))
    values = dict(found.select("work_id", "commonness").iter_rows())
    assert values["odd"] < 0 < values["w0"]


def test_openness_counts_the_known_alone_and_says_how_many() -> None:
    works = pl.DataFrame({"year": [2020] * 10, "open_access": ["gold"] * 3 + ["closed"] + [None] * 6})
    row = openness(works, "year").row(0, named=True)
    assert (row["works"], row["known"], row["open"]) == (10, 4, 0.75)
    assert row["low"] < 0.75 < row["high"]
    assert row["caveat"] == "status mostly unknown"
    assert openness(works.tail(3), "year")["open"].to_list() == [None]
