"""Numbers, lists, years and identifiers as people write them into spreadsheets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.connectors.files.cells import (
    LIST_MARK,
    CellError,
    parse_count,
    parse_id,
    parse_list,
    parse_money,
    parse_names,
    parse_number,
    parse_orcid,
    parse_year,
    tidy,
)
from yuantou.connectors.files.columns import split_unit

FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        (" -3.50 ", -3.5),
        ("１２３", 123.0),
        ("1,234,567.5", 1234567.5),
        ("12,3456", 123456.0),
        ("1'250'000", 1250000.0),
        ("1’250’000", 1250000.0),
        ("1 250 000", 1250000.0),
        ("1e6", 1e6),
        ("１，２３４．５", 1234.5),
    ],
)
def test_number_as_people_write_it(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "1.234,56", "12,34", "nan", "inf", "1e999", "5%", "=1+1", "1 2", "--1"]
)
def test_number_that_is_none_or_two_is_refused(text: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_number(text)
    assert caught.value.message.zh
    assert caught.value.remedy.en


@given(st.floats(-1e12, 1e12, allow_nan=False), st.booleans())
def test_any_number_survives_grouping_and_width(value: float, wide: bool) -> None:
    rounded = round(value, 2)
    text = f"{rounded:,.2f}"
    assert parse_number(text.translate(FULL_WIDTH) if wide else text) == pytest.approx(rounded, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("120万", 1.2e6),
        ("１２０万元", 1.2e6),
        ("1.2亿", 1.2e8),
        ("¥1,250,000.50", 1250000.5),
        ("300000元", 300000.0),
        ("人民币 5000 元整", 5000.0),
        ("CNY 20000", 20000.0),
        ("30.3万", 303000.0),
        ("$36500", 36500.0),
    ],
)
def test_money(text: str, value: float) -> None:
    assert parse_money(text) == value


def test_unit_of_the_cell_goes_before_that_of_the_heading() -> None:
    assert parse_money("120", unit=1e4) == parse_money("120万元", unit=1e4) == 1.2e6


@pytest.mark.parametrize("text", ["-1", "万", "10 to 20", "约30万"])
def test_money_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_money(text)


@pytest.mark.parametrize(("text", "value"), [("３", 3), ("3.0", 3), ("0", 0)])
def test_count(text: str, value: int) -> None:
    assert parse_count(text) == value


@pytest.mark.parametrize("text", ["2.5", "-1", "three"])
def test_count_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2021", 2021),
        ("2021.0", 2021),
        ("2021年", 2021),
        ("2021年5月", 2021),
        ("2021年5月3日", 2021),
        ("2021-05-03", 2021),
        ("2021/5/3", 2021),
        ("2021.05", 2021),
        ("20210503", 2021),
        ("2021-05-03 00:00:00", 2021),
        ("２０２１", 2021),
    ],
)
def test_year(text: str, year: int) -> None:
    assert parse_year(text) == year


@pytest.mark.parametrize("text", ["21", "05/03/2021", "last year", "9999", "0"])
def test_year_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_year(text)


def test_lists_split_at_every_usual_mark() -> None:
    assert parse_list("a;b；c、d|e\nf") == ["a", "b", "c", "d", "e", "f"]
    assert parse_list("graph theory, trees，flows") == ["graph theory", "trees", "flows"]
    assert parse_list(" ;；") == []


def test_comma_stays_inside_an_english_name() -> None:
    assert parse_names("Smith, John") == ["Smith, John"]
    assert parse_names("Smith, John; Doe, Jane") == ["Smith, John", "Doe, Jane"]
    assert parse_names("李雷，韩梅梅") == ["李雷", "韩梅梅"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Z"]), min_size=1)))
def test_list_that_came_as_list_is_kept_item_by_item(items: list[str]) -> None:
    assert parse_list("".join(LIST_MARK + item for item in items) or LIST_MARK) == items


def test_identifiers_are_narrowed() -> None:
    assert parse_id(" Ｐ００１ ") == "P001"
    assert parse_id("12.0") == "12"
    assert parse_id("1.10") == "1.10"
    assert tidy("﻿P1\u200b\x00 ") == "P1"


def test_orcid_is_checked() -> None:
    assert parse_orcid("https://orcid.org/0000-0002-1825-0097") == "0000-0002-1825-0097"
    with pytest.raises(CellError):
        parse_orcid("0000-0002-1825-0098")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("申请经费（万元）", ("申请经费", 1e4)),
        ("金额[元]", ("金额", 1.0)),
        ("Amount", ("Amount", 1.0)),
        ("经费(亿)", ("经费", 1e8)),
    ],
)
def test_unit_in_the_heading(heading: str, expected: tuple[str, float]) -> None:
    assert split_unit(heading) == expected
