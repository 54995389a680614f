"""Two hundred sentences, half of them with a criterion that must not be one, in both languages."""

import csv
from pathlib import Path

import pytest

from yuantou.engines.indicators import RulePack, check_field, check_text, load_rules
from yuantou.kernel.errors import InputError

CASES = Path(__file__).with_name("banned_cases.tsv")
RULES = Path(__file__).parents[3] / "src" / "yuantou" / "indicators" / "rules.toml"


@pytest.fixture(scope="module")
def rules() -> RulePack:
    return load_rules(RULES.read_text("utf-8"))


def cases() -> list[list[str]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_set_is_balanced() -> None:
    rows = cases()
    for language in ("zh", "en"):
        banned = [row for row in rows if row[1] == language and row[0] != "-"]
        assert len(banned) == 50
        assert len([row for row in rows if row[1] == language]) == 100


def test_every_banned_case_is_refused_with_its_clause_and_no_other(rules: RulePack) -> None:
    wrong = []
    found = right = 0
    for clause, _language, text in cases():
        cited = {finding.clause.id for finding in check_text(text, rules)}
        found += bool(cited)
        right += bool(cited) and clause != "-"
        if cited != ({clause} if clause != "-" else set()):
            wrong.append((clause, sorted(cited), text))
    banned = sum(row[0] != "-" for row in cases())
    print(f"precision {right}/{found}, recall {right}/{banned}, clause {200 - len(wrong)}/200")
    assert wrong == []


def test_a_finding_says_where_it_stands_and_what_to_do_instead(rules: RulePack) -> None:
    text = "申请条件如下。论文被引次数占评价权重的30%。"
    (finding,) = check_text(text, rules)
    assert text[finding.start : finding.end] == finding.words == "被引次数"
    assert finding.clause.source == "教科技〔2020〕2号"
    assert "代表作" in finding.clause.remedy.zh
    assert finding.clause.remedy.en


def test_a_ban_in_one_part_does_not_cover_the_other(rules: RulePack) -> None:
    assert check_text("不以论文数量作为评价依据，但影响因子10以上者加10分。", rules)
    assert not check_text("不以论文数量和影响因子作为评价依据。", rules)


@pytest.mark.parametrize(
    ("label", "clause"),
    [
        ("论文篇数", "evidence"),
        ("Impact factor of the journal", "evidence"),
        ("h-index", "evidence"),
        ("人才称号", "four_only"),
        ("获奖等级", "four_only"),
        ("University ranking", "ranking"),
    ],
)
def test_a_scored_field_is_refused_for_what_it_counts(rules: RulePack, label: str, clause: str) -> None:
    finding = check_field(label, rules)
    assert finding is not None
    assert finding.clause.id == clause


@pytest.mark.parametrize("label", ["科学问题的重要性", "Originality", "代表作的科学价值", "Ability and conditions"])
def test_a_field_that_asks_for_judgement_is_left_alone(rules: RulePack, label: str) -> None:
    assert check_field(label, rules) is None


def test_an_unsound_rule_pack_says_so() -> None:
    with pytest.raises(InputError):
        load_rules("[clause]\n[[use]]\nclause = 'none'\npatterns = ['(']")
