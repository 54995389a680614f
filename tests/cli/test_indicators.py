"""Numbers and criteria checked from the command line."""

from pathlib import Path

import pytest

from yuantou.cli import main


def test_the_numbers_of_the_policy_text_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["indicators", "check", "--lang", "en"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("22/22 agree.")


def test_a_text_with_a_banned_criterion_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "call.txt"
    text.write_text("申报须知\n晋升教授须发表SCI论文8篇以上。\n", "utf-8")
    assert main(["indicators", "read", str(text), "--lang", "zh"]) == 1
    shown = capsys.readouterr().out
    assert "call.txt:2" in shown
    assert "教科技〔2020〕2号" in shown


def test_a_sound_text_passes(tmp_path: Path) -> None:
    text = tmp_path / "call.txt"
    text.write_text("代表作由同行阅读后评分。\n", "utf-8")
    assert main(["indicators", "read", str(text)]) == 0


def test_the_labelled_set_is_scored_with_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = Path(__file__).parents[1] / "engines" / "indicators" / "banned_cases.tsv"
    assert main(["indicators", "score", str(cases), "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "precision 100/100 [0.963, 1.000]" in shown
    assert shown.rstrip().endswith("200/200 sentences exactly right.")
    wrong = tmp_path / "cases.tsv"
    wrong.write_text("-\tzh\t晋升教授须发表SCI论文8篇以上。\n", "utf-8")
    assert main(["indicators", "score", str(wrong), "--lang", "en"]) == 1
    assert "precision 0/1" in capsys.readouterr().out


HOUSE = """series,subject,level,period,value,unit,source
fte_staff,U1,institution,2025,800,person_year,report
fte_researchers,U1,institution,2025,600,person_year,report
fte_researchers_young,U1,institution,2025,240,person,report
transfer_income,U1,institution,2025,1000,CNY_10K,report
transfer_reward,U1,institution,2025,1200,CNY_10K,report
contracts,U1,institution,2025,about 12,CNY_10K,report
patents,U1,institution,2025,12,patent,report
"""


def test_an_institution_computes_its_figures_and_each_bad_row_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "house.csv"
    table.write_text(HOUSE, "utf-8")
    assert main(["indicators", "compute", str(table), "--lang", "en"]) == 1
    out, err = capsys.readouterr()
    assert "Researchers among R&D personnel: 75.0 percent" in out
    assert "– Share of transfer income paid to its makers: " in out  # a part larger than its whole
    for said in (
        "house.csv, row 3",
        "The unit is person_year, not person",
        "“about 12” is not a number",
        "No series “patents”",
    ):
        assert said in err
    assert "row 1" not in err


def test_what_is_for_nations_is_refused_for_an_institution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "house.csv"
    head = "series,subject,level,period,value,source\n"
    rows = head + "hcr_home,U1,institution,2025,3,list\nhcr_designations,U1,institution,2025,9,list\n"
    table.write_text(rows, "utf-8")
    assert main(["indicators", "compute", str(table), "--pack", "national_rd", "--lang", "en"]) == 0
    assert "may not be computed at the level of institution; permitted: nation" in capsys.readouterr().out
