"""One person under many names, two people under one; each hit with its evidence."""

import polars as pl
import pytest

from tests.engines.matching.builders import experts, pairs, proposals, works
from yuantou.engines.matching import UNKNOWN, ConflictConfig, find_conflicts, organisation_groups

P = proposals(("p1", "a", ""))
W = works(("e1", "A work of some kind that has a long title", ""), authors=[["Somebody Else"]])


def found(
    applicant: str, name: str = "Nobody Here", authors: tuple[str, ...] = (), **columns: list[object]
) -> pl.DataFrame:
    asked = P.with_columns(applicant=pl.lit(applicant))
    written = works(("e1", "A work of some kind that has a long title", ""), authors=[list(authors)])
    result = find_conflicts(asked, experts("e1", name=[name], **columns), written)
    return result.filter(pl.col("kind") != UNKNOWN)


SAME = [
    ("王小明", "Wang Xiaoming"),
    ("王小明", "Xiao-Ming Wang"),
    ("王小明", "WANG, Xiao Ming"),
    ("王小明", "X. M. Wang"),
    ("王小明", "Wang XM"),
    ("王小明", "王小明 (Xiaoming Wang)"),
    ("周明然", "Zhou MR"),
    ("張偉", "张伟"),
    ("张偉", "Zhang Wei"),
    ("欧阳雪", "Ouyang Xue"),
    ("吕绿", "Lyu Lv"),
    ("单雄信", "Shan Xiongxin"),
    ("曾国藩", "Zeng Guofan"),
    ("Anna Berg", "Berg, Anna"),
    ("Anna Berg", "A. Berg"),
    ("Anna M. Berg", "Anna Berg"),
    ("Jürgen Müller", "Juergen Mueller"),
    ("Jürgen Müller", "Jurgen Muller"),
    ("José García", "Garcia, Jose"),
    ("Prof. Anna Berg", "Anna Berg, PhD"),
    ("0000-0002-1825-0097", "Josiah Carberry 0000-0002-1825-0097"),
]
DIFFERENT = [
    ("王小明", "王晓明"),
    ("王小明", "Wang Xiaohong"),
    ("Anna Berg", "Anton Berg"),
    ("Anna Berg", "B. Berg"),
    ("Wei Zhang 0000-0002-1825-0097", "Wei Zhang 0000-0001-5109-3700"),
    ("李明", "黎明珠"),
    ("Li Na", "Na Xi"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_one_person_is_found_under_two_names(left: str, right: str) -> None:
    assert found(left, right)["kind"].to_list() == ["self"]
    assert found(right, left)["kind"].to_list() == ["self"]
    assert found(left, authors=("Q. Unrelated", right))["kind"].to_list() == ["coauthor"]


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_two_people_stay_two(left: str, right: str) -> None:
    assert found(left, right).is_empty()
    assert found(right, authors=(left,)).is_empty()


def test_initials_that_fit_several_people_prove_nothing() -> None:
    asked = proposals(("p1", "a", ""), ("p2", "b", "")).with_columns(applicant=pl.Series(["王小明", "王晓梅"]))
    written = works(("e1", "t", ""), authors=[["X. Wang"]])
    result = find_conflicts(asked, experts("e1"), written)
    assert set(result["kind"]) == {UNKNOWN}


def test_experts_who_list_one_work_are_coauthors_whatever_is_printed() -> None:
    title = "Iron plaque on rice roots and its microbes"
    written = works(("e1", title, ""), ("e2", title.upper(), ""), authors=[["et al."], ["et al."]])
    result = find_conflicts(
        P.with_columns(applicant=pl.lit("Anna Berg")), experts("e1", "e2", name=["Anna Berg", "Bo Li"]), written
    )
    kinds = {(row["expert_id"], row["kind"]) for row in result.iter_rows(named=True)}
    assert {("e1", "self"), ("e2", "coauthor")} <= kinds


def test_old_works_do_not_count_and_undated_ones_do() -> None:
    asked = P.with_columns(applicant=pl.lit("Anna Berg"))
    for year, count in ((2026, 1), (2021, 1), (2020, 0), (None, 1)):
        written = works(("e1", "t", ""), authors=[["Anna Berg"]]).with_columns(year=pl.lit(year, pl.Int64))
        result = find_conflicts(asked, experts("e1"), written, config=ConflictConfig(year=2026))
        assert result.filter(kind="coauthor").height == count


@pytest.mark.parametrize(
    ("host", "place", "hit"),
    [
        ("云泽 大学", "云泽大学", True),
        ("云泽大学", "云泽大学附属第一医院", True),
        ("云泽大学", "Yunze University", True),
        ("Dept. of Physics, Yunze Univ.", "School of Life Science, Yunze University", True),
        ("云泽大学 / Yunze University", "YUNZE UNIVERSITY", True),
        ("云泽大学", "云泽科技大学", False),
        ("Institute of Physics, Academy A", "Institute of Physics, Academy B", False),
        ("中国科学院物理研究所", "中国科学院化学研究所", False),
    ],
)
def test_organisations_are_compared_by_what_they_are(host: str, place: str, hit: bool) -> None:
    asked = P.with_columns(organisation=pl.lit(host))
    now = find_conflicts(asked, experts("e1", organisation=[place]), W)
    past = find_conflicts(asked, experts("e1", organisations=[[place]]), W)
    assert ("organisation" in now["kind"].to_list()) is hit
    assert ("past_organisation" in past["kind"].to_list()) is hit


def test_a_registry_joins_names_that_have_nothing_in_common() -> None:
    asked = P.with_columns(organisation=pl.lit("THU"))
    config = ConflictConfig(aliases={"THU": "清华大学", "Tsinghua University": "清华大学"})
    result = find_conflicts(asked, experts("e1", organisation=["Tsinghua University"]), W, config=config)
    assert "organisation" in result["kind"].to_list()


def test_one_piece_of_evidence_has_no_more_behind_it() -> None:
    assert found("王小明", authors=("Xiaoming Wang", "Nobody Here"))["evidence"].str.contains("…").any() is False


def test_evidence_names_people_and_works_and_is_kept_short() -> None:
    written = works(*(("e1", f"Iron plaque {n}", "") for n in range(5)), authors=[["X. Li", "Xiaoming Wang"]] * 5)
    result = find_conflicts(P.with_columns(applicant=pl.lit("王小明")), experts("e1"), written)
    (evidence,) = result.filter(kind="coauthor")["evidence"]
    assert evidence.startswith("王小明 = Xiaoming Wang, Iron plaque 0 (2024); ")
    assert evidence.endswith("… +2")


def test_ones_own_name_on_ones_own_work_is_no_coauthor() -> None:
    assert found("Anna Berg", "Berg, Anna", authors=("A. Berg", "Anna Berg"))["kind"].to_list() == ["self"]


def test_what_cannot_be_checked_is_said_to_be_unknown() -> None:
    asked = P.with_columns(applicant=pl.lit("Anna Berg"))
    people = experts("e1", "e2", "e3", organisation=["X", "", "Y"])
    written = works(("e1", "t", ""), ("e3", "u", ""), authors=[["Bo Li"], []])
    result = find_conflicts(asked, people, written)
    assert dict(result.filter(kind=UNKNOWN).select("expert_id", "evidence").iter_rows()) == {
        "e2": "无论文 · no works ; 无单位 · no organisation",
        "e3": "论文无作者 · works without authors",
    }
    nameless = find_conflicts(P, people, written, pairs=pairs(("p1", "e1")))
    assert nameless.row(0) == ("p1", "e1", UNKNOWN, "项目无人员 · proposal without people")


def test_declared_conflicts_are_taken_over_and_pairs_narrow_the_view() -> None:
    declared = pl.DataFrame(
        {"proposal_id": ["p1", "p1"], "expert_id": ["e1", "e2"], "kind": ["mentor", None], "evidence": ["导师", None]}
    )
    asked = P.with_columns(applicant=pl.lit("Anna Berg"))
    people = experts("e1", "e2", name=["Anna Berg", "Anna Berg"])
    whole = find_conflicts(asked, people, W, declared)
    assert {("e1", "mentor"), ("e2", "declared"), ("e2", "self")} <= set(whole.select("expert_id", "kind").iter_rows())
    narrow = find_conflicts(asked, people, W, declared, pairs=pairs(("p1", "e1")))
    assert narrow.equals(whole.filter(expert_id="e1"))


def test_the_order_of_rows_does_not_matter() -> None:
    asked = proposals(("p1", "a", ""), ("p2", "b", ""), applicant="Anna Berg", organisation="云泽大学")
    people = experts("e1", "e2", name=["Anna Berg", "王小明"], organisation=["云泽大学", ""])
    written = works(("e1", "t", ""), ("e2", "u", ""), authors=[["A. Berg"], ["Berg, Anna"]])
    result = find_conflicts(asked, people, written)
    assert result.equals(find_conflicts(asked.reverse(), people.reverse(), written.reverse()))


def test_empty_tables_give_no_conflicts() -> None:
    assert find_conflicts(P.head(0), experts("e1"), W).is_empty()
    assert find_conflicts(P, experts("e1").head(0), W.head(0)).is_empty()


def test_spellings_of_one_organisation_are_one_group() -> None:
    groups = organisation_groups(experts("e1", "e2", "e3", organisation=["云泽大学", "云泽 大学医学院", ""]))
    assert groups["e1"] == groups["e2"]
    assert "e3" not in groups
