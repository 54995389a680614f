"""Quotations are found however the page was set; a changed text is told; no row claims what it cannot show."""

import os
import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.policy import check_sources, find_quotation, fold, load_mission, read_policy
from yuantou.kernel.errors import InputError

ROOT = Path(__file__).parents[3]
MISSION = load_mission((files("yuantou") / "mission" / "rows.toml").read_text("utf-8"))
TEXT = "第一条　要坚持“四个面\n\n向”战略导向。\n\n第二条 从\u3000『揭榜挂帅』，ＡＢ。"


@pytest.fixture(scope="module")
def source() -> str:
    folder = Path(os.environ.get("YUANTOU_DATA") or ROOT.parent / "shared" / "data").parent / "mission"
    file = folder / "policy.zh.md"
    if not file.exists():
        pytest.skip("no mission/policy.zh.md beside YUANTOU_DATA")
    return file.read_text("utf-8")


def test_every_quotation_of_the_mission_stands_in_the_source_text(source: str) -> None:
    assert [problem.text() for problem in check_sources(MISSION, read_policy(source))] == []


def test_a_changed_text_and_a_lost_quotation_are_told(source: str) -> None:
    first = MISSION.rows[0].quotations[0].text
    changed = fold(source).replace(fold(first), "")
    problems = check_sources(MISSION, read_policy(changed))
    assert problems[0].code == "policy.changed"
    assert any(first in problem.text("zh") for problem in problems[1:])


@pytest.mark.parametrize("quotation", ["坚持“四个面向”战略导向", "四个面 向", "「揭榜挂帅」", "AB"])
def test_breaks_width_and_quotation_marks_do_not_hide_a_phrase(quotation: str) -> None:
    found = find_quotation(read_policy(TEXT), quotation)
    assert found is not None
    assert fold(TEXT[found.start : found.stop]) == fold(quotation)
    assert found.clauses


def test_a_phrase_that_is_not_there_is_not_found() -> None:
    assert find_quotation(read_policy(TEXT), "五个面向") is None
    assert find_quotation(read_policy(TEXT), "") is None


def test_a_clause_keeps_its_name_when_others_move() -> None:
    before = {clause.text: clause.id for clause in read_policy("甲。乙。丙。").clauses}
    after = {clause.text: clause.id for clause in read_policy("新。丙。甲。").clauses}
    assert before["甲。"] == after["甲。"]
    assert before["丙。"] == after["丙。"]
    twice = [clause.id for clause in read_policy("甲。甲。").clauses]
    assert len(set(twice)) == 2


@given(st.text(max_size=200))
def test_clauses_stand_where_they_say(text: str) -> None:
    for clause in read_policy(text).clauses:
        assert text[clause.offset : clause.offset + len(clause.text)] == clause.text


def test_there_are_69_rows_with_phrases() -> None:
    assert [row.id for row in MISSION.rows] == [f"M{number}" for number in range(1, 70)]
    assert all(row.quotations for row in MISSION.rows)


def test_every_feature_is_said_in_both_languages_by_an_owner_on_a_day() -> None:
    for row in MISSION.rows:
        for said in (row.term, row.feature):
            assert re.search(r"[\u4e00-\u9fff]", said.zh), row.id
            assert said.en.isascii(), row.id
        assert row.owner, row.id
        assert row.checked.year >= 2026, row.id
        if row.state != "none":
            assert (ROOT / "src" / "yuantou" / row.owner).exists() or (
                ROOT / "src" / "yuantou" / "apps" / row.owner
            ).exists(), row.id
        for file in row.evidence:
            assert (ROOT / file).is_file(), f"{row.id} names {file}"


def test_every_test_and_type_that_a_row_names_exists() -> None:
    for row in MISSION.rows:
        for name in row.tests:
            file, _, function = name.partition("::")
            found = sorted(ROOT.glob(f"{file}.py" if file.endswith("/*") else file))
            assert found, f"{row.id} names {name}"
            if function not in {"", "*"}:
                assert re.search(rf"def {function}\b", found[0].read_text("utf-8")), f"{row.id} names {name}"
        for name in set(row.types) - {"*"}:
            assert (files("yuantou") / "programme_types" / f"{name}.toml").is_file(), f"{row.id} names {name}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('state = "working"', "needs a test"),
        ('state = "partly"', "must say what it lacks"),
        ('state = "nearly"', "unknown"),
    ],
)
def test_a_row_that_claims_too_much_is_refused(line: str, words: str) -> None:
    row = f"""[source]
title = "t"
sha256 = ""
[[row]]
id = "M1"
section = "s"
owner = "o"
checked = 2026-03-02
term = "t"
feature = "f"
users = []
quotations = [{{ text = "q", articles = [] }}]
{line}"""
    with pytest.raises(InputError) as refused:
        load_mission(row)
    assert words in refused.value.problems[0].text("en")
