"""A year's plan: valid, proved, the best there is where that can be searched, and the same for the same seed."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.scheduling.years import best_by_search, small_year
from yuantou.engines.scheduling import (
    FacilityYear,
    check_bookings,
    check_year,
    explain_absence,
    families,
    greedy_plan,
    merge,
    plan_year,
    plans,
    repair_plan,
    reserve_list,
    worth,
)
from yuantou.kernel.errors import CancelledError, InputError


@pytest.mark.deep
@given(seed=st.integers(0, 10_000), shares=st.booleans(), upkeep=st.booleans())
def test_every_plan_is_valid_and_within_its_bound(seed: int, *, shares: bool, upkeep: bool) -> None:
    year, _ = check_year(small_year(seed, requests=12, shares=shares, upkeep=upkeep))
    plan = plan_year(year, seed=seed, rounds=1)
    faults = check_bookings(year, plan.bookings)
    assert {fault.code for fault in faults} <= {"plan.missing", "plan.share"}
    assert any(fault.code == "plan.share" for fault in faults) == (plan.out_of_share > 1e-6)
    assert any(fault.code == "plan.missing" for fault in faults) == bool(plan.missing)
    assert plan.value == pytest.approx(worth(year, plan.bookings))
    assert faults or plan.value <= plan.bound + 1e-6


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(4))
def test_finds_the_best_plan_of_a_small_year(seed: int) -> None:
    year, _ = check_year(small_year(seed, requests=5))
    best = best_by_search(year)
    plan = plan_year(year, seed=1, gap=0.0, rounds=2)
    assert plan.bound >= best - 1e-6
    assert plan.value == pytest.approx(best)


def test_same_seed_same_plan_and_later_plans_are_never_worse() -> None:
    year, _ = check_year(small_year(3, requests=20))
    first, again = (list(plans(year, seed=5, rounds=2)) for _ in range(2))
    assert [plan.bookings.rows() for plan in first] == [plan.bookings.rows() for plan in again]
    assert [plan.value for plan in first] == sorted(plan.value for plan in first)
    assert [plan.bound for plan in first] == sorted((plan.bound for plan in first), reverse=True)


def test_better_than_both_greedy_orders_or_as_good() -> None:
    year, _ = check_year(small_year(11, requests=20))
    by_hand = [greedy_plan(year, order) for order in ("merit", "value")]
    assert all(check_bookings(year, plan.bookings) == [] for plan in by_hand)
    assert plan_year(year, seed=1).value >= max(plan.value for plan in by_hand)


def test_required_upkeep_is_placed_before_anything_else() -> None:
    year, _ = check_year(small_year(2, requests=20, upkeep=True))
    plan = plan_year(year, seed=1)
    assert "upkeep" in plan.bookings["request"].to_list()
    assert plan.missing == ()


def test_upkeep_without_room_is_named() -> None:
    year, _ = check_year(small_year(2, requests=3, upkeep=True))
    crowded = pl.concat(
        [year.alternatives, year.alternatives.filter(request="upkeep").with_columns(request=pl.lit("upkeep-2"),
                                                                                  release=0, deadline=2)]
    ).with_columns(pl.when(pl.col("request") == "upkeep").then(2).otherwise("deadline").alias("deadline"))  # fmt: skip
    plan = plan_year(check_year(replace(year, alternatives=crowded))[0], seed=1)
    assert len(plan.missing) == 1


def test_a_person_is_never_in_two_places() -> None:
    asked = pl.DataFrame(
        {"request": ["a", "b"], "instrument": ["laser", "beam"], "duration": [4, 4], "value": [9.0, 8.0],
         "release": [0, 0], "deadline": [6, 6], "resources": [["li"], ["li"]]}
    )  # fmt: skip
    open_time = pl.DataFrame({"instrument": ["laser", "beam"], "start": [0, 0], "stop": [6, 6]})
    year, _ = check_year(FacilityYear(6, open_time, asked))
    plan = plan_year(year, seed=1)
    assert plan.bookings["request"].to_list() == ["a"]
    absence = explain_absence(year, plan, "b")
    assert absence.price >= 0
    assert "li" in absence.resources or absence.worth >= absence.price


def test_an_absence_names_its_cheapest_place_and_what_it_lacks() -> None:
    asked = pl.DataFrame(
        {"request": ["big", "small"], "instrument": ["laser"] * 2, "duration": [6, 6], "value": [90.0, 20.0],
         "release": [0, 0], "deadline": [6, 6]}
    )  # fmt: skip
    year, _ = check_year(FacilityYear(6, pl.DataFrame({"instrument": ["laser"], "start": [0], "stop": [6]}), asked))
    plan = plan_year(year, seed=1)
    absence = explain_absence(year, plan, "small")
    assert (absence.instrument, absence.start, absence.worth) == ("laser", 0, 20.0)
    assert 20.0 <= absence.price <= 90.0
    assert "20.0" in absence.reason.en
    assert "20.0" in absence.reason.zh
    assert reserve_list(year, plan)["request"].to_list() == ["small"]
    with pytest.raises(InputError):
        explain_absence(year, plan, "nobody")


def test_parts_that_nothing_joins_are_solved_apart_and_merged() -> None:
    year, _ = check_year(small_year(4, requests=20))
    one = year.alternatives.filter(pl.col("instrument") == "laser").with_columns(request=pl.col("request") + "-l")
    two = year.alternatives.filter(pl.col("instrument") == "beam")
    apart = replace(year, alternatives=pl.concat([one, two]))
    parts = families(apart)
    assert len(parts) == 2
    plan = merge(apart, [plan_year(part, seed=1) for part in parts])
    assert check_bookings(apart, plan.bookings) == []
    assert plan.value <= plan.bound + 1e-6


def test_repair_keeps_what_the_outage_does_not_touch() -> None:
    year, _ = check_year(small_year(6, requests=20))
    published = plan_year(year, seed=1)
    closed = year.intervals.filter(~((pl.col("instrument") == "laser") & (pl.col("start") == 7)))
    struck, _ = check_year(replace(year, intervals=closed))
    hit = published.bookings.filter((pl.col("instrument") == "laser") & (pl.col("start") >= 7))
    mended = repair_plan(struck, published, now=3, seed=1, move_costs=1000.0)
    assert mended.kept == 1.0
    assert set(mended.moved["request"]) == set(hit["request"])
    begun = published.bookings.filter(pl.col("start") < 3)
    assert mended.plan.bookings.join(begun, on=("request", "start"), how="semi").height == begun.height


def test_cancel_leaves_nothing() -> None:
    year, _ = check_year(small_year(1))

    def stop(stage: str, done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        plan_year(year, seed=1, progress=stop)


def test_what_if_starts_from_the_plan_it_questions() -> None:
    year, _ = check_year(small_year(9, requests=20))
    plan = plan_year(year, seed=1)
    more = replace(year, resources=year.resources.with_columns(pl.col("capacity") + 1))
    *_, changed = plans(more, seed=1, rounds=1, warm=plan)
    assert changed.value >= plan.value
    assert check_bookings(more, changed.bookings) == []


@given(st.integers(0, 10_000), st.integers(1, 13))
def test_a_repair_leaves_time_to_change_what_the_running_booking_used(seed: int, now: int) -> None:
    year = small_year(seed)
    ways = year.alternatives.with_columns(configuration=pl.col("configuration").fill_null("hot"))
    year = replace(year, alternatives=ways)
    published = plan_year(year, seed=1)
    begun = published.bookings.filter(pl.col("start") < now)
    for left in (published.bookings, begun):  # everything still ahead stays; all that was ahead is cancelled
        mended = repair_plan(year, replace(published, bookings=left), now=now, seed=1)
        assert check_bookings(year, mended.plan.bookings.select("request", "instrument", "start", "stop")) == []
