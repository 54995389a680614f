"""Evaluation by representative works: templates refuse counting, grades need words, wording is measured."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.evaluation import (
    Portfolio,
    Work,
    band_of,
    lacks_of,
    load_templates,
    neutral,
    promotional,
    reason_lacks,
    wording_effect,
)
from yuantou.engines.indicators import check_field, load_rules
from yuantou.kernel.errors import InputError

PACKAGE = files("yuantou")
SOURCE = (PACKAGE / "evaluation" / "templates.toml").read_text("utf-8")
RULES = load_rules((PACKAGE / "indicators" / "rules.toml").read_text("utf-8"))


def banned(words: str) -> str | None:
    found = check_field(words, RULES)
    return found.clause.name.en if found else None


LIBRARY = load_templates(SOURCE, banned=banned)
WORK = Work(
    "A criterion for uniqueness",
    "paper",
    "I found the criterion and wrote the proof of the main theorem.",
    ("conceptualization", "formal_analysis"),
    "Sections 3 and 4; closest earlier work is cited there.",
)
SOUND = Portfolio("When is the solution of such an equation unique?", (WORK,))


def test_five_categories_ship_and_each_asks_for_quality_performance_and_contribution() -> None:
    assert set(LIBRARY.templates) == {"basic", "applied", "transfer", "support", "teaching"}
    assert "paper" not in LIBRARY.templates["applied"].kinds
    assert "paper" not in LIBRARY.templates["transfer"].kinds
    assert all("negative" in LIBRARY.templates[key].kinds for key in ("basic", "applied", "transfer", "support"))
    assert LIBRARY.templates["basic"].cycles == (5, 8)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Originality", "Number of SCI papers"),
        ("原创性", "SCI论文数量"),
        ("Passages of the work itself, and the closest earlier work.", "Journal impact factor of the works."),
        ("没有这项工作，本领域今天会缺少什么？", "h指数是多少？"),
    ],
)
def test_a_template_cannot_hold_a_criterion_that_counts(old: str, new: str) -> None:
    assert old in SOURCE
    with pytest.raises(InputError) as refused:
        load_templates(SOURCE.replace(old, new, 1), banned=banned)
    assert {problem.code for problem in refused.value.problems} == {"evaluation.banned"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("originality = 0.35", "originality = 0.45"),
        ("most_works = 5", "most_works = 9"),
        ("criteria = { soundness = 0.3, problem_solved = 0.4, adoption = 0.3 }", "criteria = { soundness = 1.0 }"),
        ('kinds = ["course", "book"', 'kinds = ["title", "book"'),
        ('  { zh = "重复已有结果。", en = "Repeats what was known." },\n', ""),
    ],
)
def test_an_unsound_template_is_refused(old: str, new: str) -> None:
    assert old in SOURCE
    with pytest.raises(InputError) as refused:
        load_templates(SOURCE.replace(old, new, 1), banned=banned)
    assert {problem.code for problem in refused.value.problems} == {"evaluation.unsound"}


def test_a_complete_portfolio_lacks_nothing_and_each_gap_is_named() -> None:
    basic = LIBRARY.templates["basic"]
    assert lacks_of(SOUND, basic) == ()
    broken = [
        Portfolio("short", (WORK,)),
        Portfolio(SOUND.statement, ()),
        Portfolio(SOUND.statement, (WORK,) * 6),
        Portfolio(SOUND.statement, (Work("", "paper", WORK.contribution, WORK.roles, WORK.evidence),)),
        Portfolio(SOUND.statement, (Work("t", "service", WORK.contribution, WORK.roles, WORK.evidence),)),
        Portfolio(SOUND.statement, (Work("t", "paper", "mine", WORK.roles, WORK.evidence),)),
        Portfolio(SOUND.statement, (Work("t", "paper", WORK.contribution, ("boss",), WORK.evidence),)),
        Portfolio(SOUND.statement, (Work("t", "paper", WORK.contribution, WORK.roles, " "),)),
    ]
    for portfolio in broken:
        found = lacks_of(portfolio, basic)
        assert len(found) == 1
        assert not found[0].advice


def test_home_venues_are_advice_and_never_a_bar() -> None:
    abroad = [Work(WORK.title, "paper", WORK.contribution, WORK.roles, WORK.evidence, home_venue=False)] * 3
    (advice,) = lacks_of(Portfolio(SOUND.statement, tuple(abroad)), LIBRARY.templates["basic"])
    assert advice.advice
    home = Work(WORK.title, "paper", WORK.contribution, WORK.roles, WORK.evidence, home_venue=True)
    assert lacks_of(Portfolio(SOUND.statement, (home, *abroad[:2])), LIBRARY.templates["basic"]) == ()


def test_a_grade_without_words_is_refused() -> None:
    keys = ["originality", "rigour"]
    reasons = {"originality": "The idea of section 2 is new.", "rigour": "Step four was checked by hand."}
    assert reason_lacks({"originality": 4, "rigour": 3}, reasons, keys) == ()
    assert [lack.where for lack in reason_lacks({"originality": 4, "rigour": 3}, {"originality": "good"}, keys)] == keys
    assert [lack.where for lack in reason_lacks({"originality": 6}, reasons, keys)] == keys


def test_a_band_says_when_the_interval_leaves_a_doubt() -> None:
    assert band_of(4.1, 3.8, 4.3).certain
    assert band_of(3.4, 2.9, 3.8) == band_of(3.2, 2.6, 4.2)
    assert not band_of(3.4, 2.9, 3.8).certain


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("本项工作国际领先，首次给出判据。", "本项工作，首次给出判据。"),
        ("We present a groundbreaking, cutting-edge method for heat.", "We present a method for heat."),
        ("该方法填补了国内空白。", "该方法。"),
        ("A seminal and renowned result, repeated twice.", "A result, repeated twice."),
    ],
)
def test_promotional_words_are_found_and_left_out(text: str, bare: str) -> None:
    assert promotional(text)
    assert neutral(text) == bare


@pytest.mark.parametrize(
    "text", ["The leading term is unique.", "误差的一阶项首先出现。", "The first proof of this bound."]
)
def test_plain_words_of_science_stay(text: str) -> None:
    assert neutral(text) == text


@given(st.text(alphabet="abc 国际领先判据。, .", max_size=60))
def test_a_neutral_version_has_no_promotional_words_and_adds_none(text: str) -> None:
    bare = neutral(text)
    letters = iter(text)
    assert all(letter in letters for letter in bare.replace(" ", ""))
    assert neutral(bare) == neutral(neutral(bare))


def test_the_effect_of_wording_is_found_where_it_was_planted_and_not_elsewhere() -> None:
    planted = [(f"p{n}", version, 3 + 0.5 * version + 0.1 * (n % 3)) for n in range(12) for version in (True, False)]
    effect = wording_effect(planted)
    assert effect is not None
    assert effect.low <= 0.5 <= effect.high
    assert effect.low > 0
    plain = wording_effect(
        [
            (f"p{n}", version, 3 + (n * 7 % 5) / 5 + version * (-1) ** n / 5)
            for n in range(12)
            for version in (True, False)
        ]
    )
    assert plain is not None
    assert plain.low < 0 < plain.high
    assert wording_effect(planted[:4]) is None
