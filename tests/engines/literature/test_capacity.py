"""Weak fields: a sign is given where the whole interval says so, and not before."""

import polars as pl
import pytest

from yuantou.engines.literature.capacity import capacity, wilson


def works() -> pl.DataFrame:
    rows = []
    for year in range(2011, 2021):
        rows.extend(("old", year, [f"o{number % 5}", "chief"], ["A"]) for number in range(20 if year < 2016 else 4))
        rows.extend(
            ("young", year, [f"y{year}-{number}"], [f"I{number}"]) for number in range(10 if year < 2016 else 30)
        )
        rows.append(("tiny", year, [f"t{year}"], [f"T{year}"]))
    return pl.DataFrame(rows, schema=["field", "year", "authors", "institutions"], orient="row")


def test_a_shrinking_field_of_one_group_and_few_people_has_all_signs_and_a_growing_one_none() -> None:
    rows = {row["field"]: row for row in capacity(works(), year=2020, seed=1).iter_rows(named=True)}
    assert set(rows["old"]["signs"]) == {"shrinking", "few_groups", "few_people", "no_renewal"}
    assert rows["young"]["signs"] == []
    assert rows["old"]["dependence"] == 1.0
    assert rows["young"]["change_low"] > 0
    for row in rows.values():
        assert row["change_low"] < row["change"] < row["change_high"]
        assert row["new_share_low"] <= row["new_share"] <= row["new_share_high"]


def test_few_works_give_wide_intervals_and_no_sign_of_shrinking() -> None:
    rows = {row["field"]: row for row in capacity(works(), year=2020, seed=1).iter_rows(named=True)}
    tiny, old = rows["tiny"], rows["old"]
    assert tiny["change_high"] - tiny["change_low"] > old["change_high"] - old["change_low"]
    assert "shrinking" not in tiny["signs"]


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (5, 5), (2, 7)])
def test_intervals_of_shares_hold_the_share(hits: int, count: int) -> None:
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count <= high <= 1
    assert high - low > 0
