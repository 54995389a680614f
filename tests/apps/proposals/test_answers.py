"""Answers: each type of field has one reading; what cannot be read stays as typed and is named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apps.conftest import World
from yuantou.apps.proposals.answers import as_typed, findings, for_roles, read_money, tidy
from yuantou.apps.workflow.models import ProgrammeTypeVersion


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("500000", 500_000), ("500,000.50", Decimal("500000.50")), ("５０万", 500_000), ("12.5 万元", 125_000)],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: object) -> None:
    assert read_money(typed) == amount


@pytest.mark.parametrize("typed", ["", "abc", "-1", "1e99", "NaN", "Infinity"])
def test_what_is_no_amount_is_not_guessed(typed: str) -> None:
    assert read_money(typed) is None


@given(st.text())
def test_reading_money_never_fails(typed: str) -> None:
    amount = read_money(typed)
    assert amount is None or amount >= 0


def test_keywords_split_at_either_semicolon(world: World) -> None:
    answers = tidy(world.programme.programme, {"keywords_zh": "拓扑；超导; 拓扑 ;", "unknown": "x"})
    assert answers == {"keywords_zh": ["拓扑", "超导"]}


def test_an_unreadable_number_is_kept_and_named(world: World) -> None:
    programme = world.programme.programme
    answers = tidy(programme, {"requested": "plenty", "months": "a year"})
    assert (answers["requested"], answers["months"]) == ("plenty", "a year")
    assert {"requested", "months"} <= {finding.key for finding in findings(programme, answers, ["A01"])}


def test_an_empty_form_names_every_required_answer(world: World) -> None:
    programme = world.programme.programme
    required = {key for field in programme.fields if field.required for key in field.keys}
    assert {finding.key for finding in findings(programme, {}, ["A01"])} == required


def test_too_long_says_by_how_much(world: World) -> None:
    programme = world.programme.programme
    limit = next(field.max_length for field in programme.fields if field.id == "title")
    found = findings(programme, {"title_zh": "长" * (limit + 5)}, ["A01"])  # type: ignore[operator]
    assert "5 characters too long" in next(f for f in found if f.key == "title_zh").message.en


def test_hidden_answers_reach_nobody_they_are_hidden_from(world: World) -> None:
    programme = world.programme.programme
    answers = {"title_zh": "题目", "excluded_reviewers": "某某"}
    for roles in (["reviewer"], ["invitee"], ["institution"], ["public"], ["public", "reviewer"]):
        assert "excluded_reviewers" not in for_roles(programme, answers, roles)
    assert "excluded_reviewers" in for_roles(programme, answers, ["public", "officer"])
    assert "excluded_reviewers" in for_roles(programme, answers, ["applicant"])


@given(st.lists(st.text(alphabet="abc源头 ", min_size=1), max_size=5))
def test_typing_a_printed_answer_again_changes_nothing(words: list[str]) -> None:
    from yuantou.apps.proposals.answers import _keywords

    once = _keywords(";".join(words))
    assert _keywords(as_typed(once)) == once


@pytest.mark.parametrize(
    ("type_id", "short", "long"), [("free-exploration", 12, 60), ("strategic", 36, 60), ("market-application", 24, 48)]
)
def test_the_type_bounds_the_length_of_a_project(world: World, type_id: str, short: int, long: int) -> None:
    programme = ProgrammeTypeVersion.objects.get(type_id=type_id).programme
    for months, refused in ((short - 1, True), (short, False), (long, False), (long + 1, True)):
        keys = {finding.key for finding in findings(programme, {"months": months}, ["A01"])}
        assert ("months" in keys) is refused
