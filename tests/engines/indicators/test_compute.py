"""Indicators are computed as declared, or refused with the reason."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.indicators import (
    Level,
    Pack,
    RefusedError,
    Vintage,
    compute,
    implied_whole,
    load_pack,
    needed,
    run_checks,
    total,
)
from yuantou.kernel.errors import InputError

FOLDER = Path(__file__).parents[3] / "src" / "yuantou" / "indicators"
NATIONAL = (FOLDER / "national_rd.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(NATIONAL, (FOLDER / "policy_numbers.toml").read_text("utf-8"))


def made(*observations: str) -> Pack:
    """Return the national indicators with observations of one's own."""
    return load_pack(NATIONAL, "\n".join(f"[[observation]]\n{row}" for row in observations))


def refused(pack: Pack, indicator: str, **more: object) -> str:
    arguments = {"subject": "CN", "level": Level.NATION, "period": 2024, **more}
    with pytest.raises(RefusedError) as caught:
        compute(pack.registry, indicator, pack.observations, **arguments)  # type: ignore[arg-type]
    return caught.value.code


def test_all_22_numbers_of_the_policy_text_agree_with_their_sources(pack: Pack) -> None:
    outcomes = run_checks(pack)
    assert [outcome.check.row for outcome in outcomes] == list(range(1, 23))
    assert [outcome.check.id for outcome in outcomes if not outcome.agrees] == []


def test_a_check_that_no_longer_holds_is_told(pack: Pack) -> None:
    text = (FOLDER / "policy_numbers.toml").read_text("utf-8").replace('value = "2500.9"', 'value = "2600.9"')
    failed = {outcome.check.id for outcome in run_checks(load_pack(NATIONAL, text)) if not outcome.agrees}
    assert {"basic_expenditure", "intensity_per_person_year", "basic_share_2025"} <= failed


def test_the_final_number_is_taken_and_the_preliminary_on_request(pack: Pack) -> None:
    final = compute(pack.registry, "basic_share", pack.observations, subject="CN", level=Level.NATION, period=2024)
    early = compute(
        pack.registry,
        "basic_share",
        pack.observations,
        subject="CN",
        level=Level.NATION,
        period=2024,
        vintage=Vintage.PRELIMINARY,
    )
    assert (final.rounded, early.rounded) == (Decimal("6.88"), Decimal("6.91"))
    assert {part.vintage for part in final.parts} == {Vintage.FINAL}
    assert final.low < final.value < final.high


@pytest.mark.parametrize("level", [Level.PERSON, Level.TEAM, Level.INSTITUTION])
def test_a_national_count_is_refused_for_people_and_units(pack: Pack, level: Level) -> None:
    assert refused(pack, "hcr_share", level=level) == "indicator.unit"


def test_the_refusal_cites_the_clause(pack: Pack) -> None:
    with pytest.raises(RefusedError) as caught:
        compute(pack.registry, "hcr_share", pack.observations, subject="x", level=Level.PERSON, period=2025)
    assert "教科技〔2020〕2号" in caught.value.text("zh")


def test_persons_do_not_divide_designations(pack: Pack) -> None:
    assert refused(pack, "hcr_share", period=2025, denominator="hcr_persons") == "indicator.denominator"


def test_a_gap_is_said_and_not_filled(pack: Pack) -> None:
    assert refused(pack, "basic_growth", since=2011) == "indicator.gap"
    assert refused(pack, "basic_growth") == "indicator.since"


def test_the_parts_of_each_bulletin_add_up_but_for_the_one_that_does_not(pack: Pack) -> None:
    """Basic, applied and development make the total within rounding; the bulletin of 2021 itself is 2.0 above it."""
    values = {(row.series, row.period): row.value for row in pack.observations if row.vintage is Vintage.FINAL}
    years = {year for series, year in values if series == "rd_applied"}
    assert years >= {*range(2013, 2019), *range(2020, 2025)}
    off = {
        year: gap
        for year in years
        if abs(
            gap := values["rd_basic", year]
            + values["rd_applied", year]
            + values["rd_development", year]
            - values["rd_total", year]
        )
        > Decimal("0.2")
    }
    assert off == {2021: Decimal("2.0")}


def test_releases_are_not_mixed_within_a_year() -> None:
    mixed = made(
        'id = "a"\nseries = "rd_basic"\nperiod = 2024\nvalue = "2497"\nvintage = "preliminary"\nsource = "s"',
        'id = "b"\nseries = "rd_total"\nperiod = 2024\nvalue = "36326.8"\nsource = "s"',
    )
    assert refused(mixed, "basic_share") == "indicator.vintage"


def test_two_values_of_one_release_are_said() -> None:
    two = made(
        'id = "a"\nseries = "rd_basic"\nperiod = 2024\nvalue = "2497"\nsource = "s"',
        'id = "b"\nseries = "rd_basic"\nperiod = 2024\nvalue = "2500"\nsource = "t"',
    )
    assert refused(two, "basic_rd") == "indicator.two_values"


def test_a_part_is_not_larger_than_its_whole() -> None:
    over = made(
        'id = "a"\nseries = "rd_basic"\nperiod = 2024\nvalue = "200"\nsource = "s"',
        'id = "b"\nseries = "rd_total"\nperiod = 2024\nvalue = "100"\nsource = "s"',
    )
    assert refused(over, "basic_share") == "indicator.over_whole"


def test_a_break_of_the_series_is_not_crossed() -> None:
    broken = NATIONAL.replace(
        'en = "Designations in the mainland of China" }, unit = "designation"',
        'en = "Designations in the mainland of China" }, unit = "designation", breaks = [2020]',
    )
    pack = load_pack(broken, (FOLDER / "policy_numbers.toml").read_text("utf-8"))
    assert refused(pack, "hcr_multiple", period=2025, since=2014) == "indicator.break"
    into = NATIONAL.replace(
        'en = "Designations in the mainland of China" }, unit = "designation"',
        'en = "Designations in the mainland of China" }, unit = "designation", breaks = [2025]',
    )
    pack = load_pack(into, (FOLDER / "policy_numbers.toml").read_text("utf-8"))
    assert refused(pack, "hcr_multiple", period=2025, since=2014) == "indicator.break", "the year it broke is after"
    since = into.replace("breaks = [2025]", "breaks = [2014]")
    pack = load_pack(since, (FOLDER / "policy_numbers.toml").read_text("utf-8"))
    figure = compute(
        pack.registry, "hcr_multiple", pack.observations, subject="CN", level=Level.NATION, period=2025, since=2014
    )
    assert figure.low > 0, "both ends stand after the break"


def test_joint_money_is_not_counted_twice() -> None:
    funds = made(
        'id = "ours"\nseries = "rd_basic"\nperiod = 2024\nvalue = "10"\nsource = "s"\naccount = "joint-1"',
        'id = "theirs"\nseries = "rd_basic"\nperiod = 2024\nvalue = "10"\nsource = "s"\naccount = "joint-1"',
    )
    with pytest.raises(RefusedError) as caught:
        total(funds.observations)
    assert caught.value.code == "indicator.double_count"


def test_persons_typed_for_person_years_are_refused_on_reading() -> None:
    with pytest.raises(InputError) as caught:
        made('id = "a"\nseries = "fte_basic"\nperiod = 2024\nvalue = "59.7"\nunit = "10K_persons"\nsource = "s"')
    assert "10K_person_year" in caught.value.problems[0].message.en


@pytest.mark.parametrize(
    "entry",
    [
        'id = "a"\nseries = "none"\nperiod = 2024\nvalue = "1"\nsource = "s"',
        'id = "a"\nseries = "rd_basic"\nperiod = 2024\nvalue = "ten"\nsource = "s"',
        'id = "a"\nseries = "rd_basic"\nperiod = 2024\nsource = "s"',
    ],
)
def test_an_unsound_entry_is_named(entry: str) -> None:
    with pytest.raises(InputError) as caught:
        made(entry)
    assert caught.value.problems[0].message.en.startswith("a:")


def test_an_indicator_without_definition_cannot_be_registered() -> None:
    start = NATIONAL.index('id = "success_rate"')
    text = NATIONAL[:start] + NATIONAL[start:].replace("definition =", "note =", 1)
    with pytest.raises(InputError):
        load_pack(text)


def test_what_8_per_cent_in_2030_would_take() -> None:
    """7 % growth of R&D a year from the total implied for 2025: 4,403 hundred million yuan, 9.6 % a year."""
    later, growth = needed(Decimal(2778), Decimal(39237), share=Decimal(8), years=5, growth=Decimal(7))
    assert round(later) == 4403
    assert round(growth, 1) == Decimal("9.6")


@given(
    part=st.decimals(min_value=1, max_value=10_000, places=1),
    whole=st.decimals(min_value=10_000, max_value=100_000, places=1),
)
def test_the_true_whole_lies_in_the_interval_that_rounding_leaves(part: Decimal, whole: Decimal) -> None:
    share = round(100 * part / whole, 2)
    if share < Decimal("0.05"):
        return
    pack = made(
        f'id = "p"\nseries = "rd_basic"\nperiod = 1\nvalue = "{part}"\nsource = "s"',
        f'id = "s"\nseries = "basic_share_published"\nperiod = 1\nvalue = "{share}"\nstep = "0.01"\nsource = "s"',
    )
    low, high = implied_whole(*pack.observations)
    assert low <= whole <= high
