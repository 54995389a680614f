"""Bad input is named row by row, with its remedy, before anything is solved."""

import polars as pl
import pytest

from yuantou.engines.scheduling import FacilityYear, check_bookings, check_year, plan_year
from yuantou.kernel.errors import InputError

OPEN = pl.DataFrame({"instrument": ["laser", "laser"], "start": [0, 10], "stop": [8, 20]})
GOOD = {"request": "a", "instrument": "laser", "duration": 3, "value": 5.0, "release": 0, "deadline": 20}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"deadline": 0}, "window.order", "ends before it starts"),
        ({"duration": 12}, "duration.fits", "open for at most 10"),
        ({"release": 7, "deadline": 11, "duration": 2}, "duration.fits", "at most 1"),
        ({"duration": 0}, "duration.positive", "at least one slot"),
        ({"instrument": "neutron"}, "instrument.closed", "no open interval"),
        ({"resources": ["cryostat"]}, "resource.unknown", "cryostat"),
    ],
)
def test_each_unusable_way_is_named_and_left_out(change: dict, code: str, words: str) -> None:
    rows = [{**GOOD, "request": "good", "resources": []}, {**GOOD, "resources": [], **change}]
    register = pl.DataFrame({"resource": ["magnet"], "capacity": [1]})
    year, problems = check_year(FacilityYear(20, OPEN, pl.DataFrame(rows), resources=register))
    assert [problem.code for problem in problems] == [code, "request.unserved"]
    assert words in problems[0].text("en")
    assert "a" in problems[0].text("zh")
    assert problems[0].place.row == 2
    assert plan_year(year, seed=1).bookings["request"].to_list() == ["good"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("laser", 0, 8), ("laser", 7, 9)], "interval.overlap"),
        ([("laser", 8, 2)], "interval.order"),
        ([("laser", 0, 99)], "interval.order"),
    ],
)
def test_calendars_that_contradict_themselves_are_refused(rows: list, code: str) -> None:
    open_time = pl.DataFrame(rows, schema=["instrument", "start", "stop"], orient="row")
    with pytest.raises(InputError) as refused:
        check_year(FacilityYear(20, open_time, pl.DataFrame([GOOD])))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="duration"):
        check_year(FacilityYear(20, OPEN, pl.DataFrame([GOOD]).drop("duration")))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", "laser", 0, 4)], "plan.alternative"),
        ([("a", "laser", 0, 3), ("a", "laser", 10, 13)], "plan.twice"),
        ([("a", "laser", 7, 10)], "plan.closed"),
        ([("a", "laser", 0, 3), ("b", "laser", 3, 6)], "plan.clash"),
        ([("a", "laser", 0, 3), ("b", "laser", 2, 5)], "plan.clash"),
    ],
)
def test_the_checker_finds_each_kind_of_fault(rows: list, code: str) -> None:
    asked = pl.DataFrame([{**GOOD, "configuration": "cold"}, {**GOOD, "request": "b", "configuration": "hot"}])
    setups = pl.DataFrame({"instrument": ["laser"], "before": ["cold"], "after": ["hot"], "slots": [1]})
    year, _ = check_year(FacilityYear(20, OPEN, asked, setups))
    bookings = pl.DataFrame(rows, schema=["request", "instrument", "start", "stop"], orient="row")
    assert code in {problem.code for problem in check_bookings(year, bookings)}
