"""The parts from which the demonstration is put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.demo.cast import Person, orcid, organisations, related
from yuantou.demo.papers import Work, printed
from yuantou.demo.sources import disciplines, is_chinese, rng, rows, themes
from yuantou.kernel.identifiers import normalise_orcid

CHEN = Person("P1", "陈知远", "Zhiyuan Chen", "", "O01")
ABROAD = Person("P2", "", "Elinor Ashgrove", "", "O51", country="GB")


@given(st.integers(0, 9_999_999))
def test_every_number_gives_a_well_formed_id(number):
    assert normalise_orcid(orcid(number)) == orcid(number)


@pytest.mark.parametrize(
    ("person", "chinese", "initials", "name"),
    [
        (CHEN, True, False, "陈知远"),
        (CHEN, False, False, "Zhiyuan Chen"),
        (CHEN, False, True, "Z. Chen"),
        (ABROAD, True, False, "Elinor Ashgrove"),
    ],
)
def test_names_are_printed_in_the_script_of_the_work(person, chinese, initials, name):
    assert printed(person, chinese=chinese, initials=initials) == name


def test_nobody_is_put_on_a_work_twice():
    work = Work("铁膜", "", 2020, "")
    work.add(CHEN)
    work.add(CHEN, initials=True)
    assert work.authors == [(CHEN, "陈知远")]


def test_units_are_related_through_their_parent():
    assert related("O31", "O01")
    assert related("O31", "O32")
    assert not related("O31", "O33")


def test_units_stand_one_level_below_their_parent():
    for entry in organisations().values():
        assert not entry["parent"] or not organisations()[entry["parent"]]["parent"]


def test_random_numbers_depend_on_their_use_alone():
    assert rng("names").random() == rng("names").random() != rng("works").random()


def test_rows_are_split_and_trimmed():
    assert rows("a | b c\n d |") == [["a", "b c"], ["d", ""]]


def test_chinese_is_told_from_latin():
    assert is_chinese("Fe膜")
    assert not is_chinese("Fe plaque, 2e²/h")


@pytest.mark.parametrize("theme", themes(), ids=lambda theme: theme.key)
def test_a_theme_has_works_in_both_languages_that_say_something(theme):
    assert len(theme.works) == 10
    assert 2 <= sum(is_chinese(title) for title, _ in theme.works) <= 5
    for title, abstract in theme.works:
        assert is_chinese(title) == is_chinese(abstract), title
        assert len(abstract) >= (20 if is_chinese(abstract) else 60), title
        assert abstract.endswith(("。", ".")), title


def test_every_discipline_has_neighbouring_themes():
    assert all(sum(theme.discipline == discipline for theme in themes()) == 4 for discipline in disciplines())
