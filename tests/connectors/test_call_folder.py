"""A folder of files becomes a call: good rows kept, every bad one told, nothing guessed."""

import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.folders import EXPERTS, PROPOSALS, WORKS, workbook, write
from yuantou.connectors.files import read_call_folder, read_settings, rejects_table, write_template
from yuantou.connectors.files.call_tables import TABLES, table_named
from yuantou.connectors.files.rows import check_rows
from yuantou.connectors.files.sheets import Sheet
from yuantou.connectors.files.workbook import check_workbook
from yuantou.kernel.errors import InputError
from yuantou.kernel.score import Scale
from yuantou.pipelines.tables import SCHEMAS


def codes(folder: Path) -> list[str]:
    return [problem.code for problem in read_call_folder(folder).problems]


def refusal(folder: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_call_folder(folder)
    assert caught.value.message.zh
    assert caught.value.remedy.zh
    return caught.value


def test_good_folder_has_the_columns_of_the_contract(tmp_path: Path) -> None:
    found = read_call_folder(write(tmp_path, proposals_csv=PROPOSALS, experts_csv=EXPERTS, works_csv=WORKS))
    assert not found.problems
    assert found.sources == {"proposals": "proposals.csv", "experts": "experts.csv", "works": "works.csv"}
    for name, table in found.call.tables().items():
        assert {column: table.schema[column] for column in SCHEMAS[name]} == SCHEMAS[name]
    assert found.call.proposals["keywords"].to_list() == [["majorana", "transport"], ["砷", "水稻"]]
    assert found.call.proposals["requested"].to_list() == [100.0, 200.0]


def test_same_content_in_any_format_has_the_same_hashes(tmp_path: Path) -> None:
    chinese = (
        "项目编号\t题目\t关键词\t申请经费（元）\n"
        "P2\t水稻根际铁膜\t砷、水稻\t２００\n"
        "P1\tTopological superconductors\tmajorana|transport\t100.00\n"
    )
    lines = [
        {
            "proposal_id": "P1",
            "title": "Topological superconductors",
            "keywords": ["majorana", "transport"],
            "requested": 100,
        },
        {"requested": 200.0, "keywords": ["砷", "水稻"], "title": "水稻根际铁膜", "proposal_id": "P2"},
    ]
    rows = [
        ["id", "title", "keywords", "requested", "remark"],
        ["P1", "Topological superconductors", "majorana; transport", 100, "x"],
        ["P2", "水稻根际铁膜", "砷;水稻", 200],
    ]
    folders = [
        write(tmp_path / "csv", proposals_csv=PROPOSALS),
        write(tmp_path / "tsv", 项目_tsv=chinese.encode("gb18030")),
        write(tmp_path / "jsonl", proposals_jsonl="\n".join(json.dumps(line) for line in lines)),
        workbook(write(tmp_path / "xlsx") / "申请书.xlsx", {"Sheet1": rows}).parent,
        workbook(
            write(tmp_path / "book") / "my call.xlsx",
            {"readme": [["x"]], "项目": rows, "专家": [["编号", "姓名"], [1, "李雷"]]},
        ).parent,
    ]
    assert len({read_call_folder(folder).call.hashes()["proposals"] for folder in folders}) == 1
    assert read_call_folder(folders[-1]).call.experts["expert_id"].to_list() == ["1"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_read_and_named(tmp_path: Path, encoding: str) -> None:
    found = read_call_folder(write(tmp_path, proposals_csv=PROPOSALS.encode(encoding)))
    assert found.call.proposals["title"][1] == "水稻根际铁膜"
    assert encoding == "utf-8-sig" or encoding in found.sources["proposals"]


def test_each_bad_row_is_told_with_place_reason_remedy_and_the_rest_kept(tmp_path: Path) -> None:
    text = (
        "id,title,requested,demand\n"
        "P1,good,1\n"
        "P2,,1\n"
        ",no id,1\n"
        "P1,again,1\n"
        "P5,bad number,about 5\n"
        "P6,formula,=1+1\n"
        "P7,negative,-5\n"
        "P8,half,1,2.5\n"
        "P9,too,1,2,3,4\n"
        "\n"
        '=CMD(),"evil",1\n'
        '" Ｐ１２ ","full width",１２万\n'
    )
    found = read_call_folder(write(tmp_path, proposals_csv=text))
    assert found.call.proposals["proposal_id"].to_list() == ["P1", "P12"]
    assert found.call.proposals["requested"].to_list() == [1.0, 120000.0]
    told = {(p.place.row, p.place.column): p.code for p in found.problems}
    assert told == {
        (2, "title"): "cell.empty",
        (3, "proposal_id"): "cell.empty",
        (4, "proposal_id"): "row.duplicate",
        (5, "requested"): "cell.number",
        (6, "requested"): "cell.number",
        (7, "requested"): "cell.negative",
        (8, "demand"): "cell.count",
        (9, ""): "row.too_many_cells",
        (11, "proposal_id"): "cell.formula",
    }
    assert found.left_out == 9
    for problem in found.problems:
        assert problem.message.zh != problem.message.en
        assert problem.remedy.zh != problem.remedy.en
    rejects = rejects_table(found.problems, found.contents, language="zh")
    assert rejects.height == 9
    assert "about 5" in rejects.filter(pl.col("row") == 5)["content"].item()


def test_text_that_starts_like_a_formula_is_kept_with_a_warning(tmp_path: Path) -> None:
    found = read_call_folder(write(tmp_path, proposals_csv="id,title\nP1,=HYPERLINK(1)\n"))
    assert found.call.proposals["title"].to_list() == ["=HYPERLINK(1)"]
    assert [(p.code, p.fatal) for p in found.problems] == [("cell.formula", False)]


def test_wrong_orcid_costs_the_orcid_not_the_expert(tmp_path: Path) -> None:
    experts = "expert_id,name,orcid\nE1,A,0000-0002-1825-0098\nE2,B,0000-0002-1825-0097\n"
    found = read_call_folder(write(tmp_path, proposals_csv=PROPOSALS, experts_csv=experts))
    assert found.call.experts["orcid"].to_list() == [None, "0000-0002-1825-0097"]
    assert found.left_out == 0


def test_lines_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    found = read_call_folder(write(tmp_path, proposals_csv="2026年度申请汇总,,\n,,\n编号,题目,学科\nP1,好,物理\n"))
    assert found.call.proposals["discipline"].to_list() == ["物理"]


def test_own_name_of_a_column_wins_over_a_spelling_and_unknown_columns_are_carried(tmp_path: Path) -> None:
    found = read_call_folder(write(tmp_path, proposals_csv="id,proposal_id,title,remark\n1,P1,good,x\n"))
    assert found.call.proposals.select("proposal_id", "remark").row(0) == ("P1", "x")


@pytest.mark.parametrize("content", [b"", b"\n\n", "﻿".encode(), b" , ,\n"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(write(tmp_path, proposals_csv=content)).code == "input.empty"


def test_headings_without_rows_are_refused_for_proposals_and_fine_for_the_rest(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a", proposals_csv="id,title\n")).code == "input.no_valid_row"
    folder = write(tmp_path / "b", proposals_csv=PROPOSALS, reviews_csv="proposal_id,reviewer_id,score\n")
    assert read_call_folder(folder).call.reviews.is_empty()


def test_missing_column_lists_the_accepted_headings_in_both_languages(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, proposals_csv="id,summary\nP1,x\n"))
    assert error.code == "input.missing_column"
    assert "题目" in error.remedy.en
    assert "title" in error.remedy.zh


def test_what_cannot_be_read_is_refused_with_a_code(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").code == "input.no_folder"
    assert refusal(write(tmp_path / "a", experts_csv=EXPERTS)).code == "input.no_proposals"
    assert refusal(write(tmp_path / "b", proposals_csv=PROPOSALS, 项目_csv=PROPOSALS)).code == "input.several_files"
    assert refusal(write(tmp_path / "c", proposals_csv="题目,标题\na,b\n")).code == "input.missing_column"
    assert refusal(write(tmp_path / "d", proposals_csv="id,项目名称,标题\na,b,c\n")).code == "input.column_twice"
    assert refusal(write(tmp_path / "e", proposals_csv='id,title\nP1,"open\n')).code == "input.quotes"
    assert refusal(write(tmp_path / "f", proposals_csv="id,title\nP1,né\n".encode("latin-1"))).code == "input.encoding"
    assert refusal(write(tmp_path / "h", proposals_xlsx=b"not a workbook")).code == "input.workbook"


def test_settings_that_are_no_toml_are_refused(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == {}
    with pytest.raises(InputError, match=r"call\.toml"):
        read_settings(write(tmp_path, call_toml="seed = "))


def test_scores_off_the_scale_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, proposals_csv=PROPOSALS, reviews_csv="proposal_id,reviewer_id,score\nP1,A,6\nP1,B,5\nP2,A,1.5\n")
    found = read_call_folder(tmp_path, scale=Scale(1, 5))
    assert found.call.reviews["reviewer_id"].to_list() == ["B"]
    assert [(p.code, p.place.row) for p in found.problems] == [("cell.off_scale", 1), ("cell.off_scale", 3)]


def test_json_lines_report_bad_lines(tmp_path: Path) -> None:
    lines = '{"id":"P1","title":"a"}\nnot json\n[1]\n\n{"id":"P2","title":{"zh":"x"}}\n{"id":"P3","title":"b","requested":NaN}\n'  # noqa: E501
    found = read_call_folder(write(tmp_path, proposals_jsonl=lines))
    assert found.call.proposals["proposal_id"].to_list() == ["P1"]
    assert [(p.code, p.place.row) for p in found.problems] == [("row.json", row) for row in (2, 3, 5, 6)]


def test_rows_that_refer_to_nothing_are_left_out(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        proposals_csv=PROPOSALS,
        experts_csv=EXPERTS,
        works_csv=WORKS + "W4,E9,x,2020\n",
        conflicts_csv="proposal_id,expert_id\nP1,E1\nP9,E1\nP1,E9\n",
        reviews_csv="proposal_id,reviewer_id,score\nP1,R1,3\nP1,R1,4\nP7,R1,3\n",
        budgets_csv="pot,amount\nphysics,100\nbiology,50\n",
    )
    found = read_call_folder(folder)
    assert [t.height for t in found.call.tables().values()] == [2, 3, 3, 1, 1, 2]
    assert sorted(p.code for p in found.problems) == [
        "row.duplicate",
        *["row.unknown_reference"] * 4,
        *["row.unused_pot"] * 2,
    ]
    assert all((p.place.file, p.place.row) in found.contents for p in found.problems if p.fatal)


def test_work_without_identifier_is_named_by_its_content(tmp_path: Path) -> None:
    works = "expert_id,title,year\nE1,On trees,2020\nE2,on TREES,2020年\nE1,On trees,2020\n"
    found = read_call_folder(write(tmp_path, proposals_csv=PROPOSALS, experts_csv=EXPERTS, works_csv=works))
    assert found.call.works["work_id"].n_unique() == 1
    assert found.call.works.height == 2


def test_workbook_dates_numbers_and_blank_rows(tmp_path: Path) -> None:
    workbook(
        tmp_path / "proposals.xlsx",
        {"s": [["项目编号", "题目", "申请经费（万元）"], [1, "a", 12.5], [], [3, "c", "x"]]},
    )
    found = read_call_folder(tmp_path)
    assert found.call.proposals.select("proposal_id", "requested").rows() == [("1", 125000.0)]
    assert [(p.place.row, p.place.column) for p in found.problems] == [(3, "requested")]


def test_workbook_cell_with_error_or_uncomputed_formula_is_named(tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(tmp_path / "proposals.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "title", "requested"])
    sheet.write_row(1, 0, ["P1", "a"])
    sheet.write_formula("C2", "=1/0", value="#DIV/0!")
    sheet.write_formula("C3", "=SUM(1)", value="")
    book.close()
    error = refusal(tmp_path)
    assert error.code == "input.formula"
    assert "C2" in error.message.en


def test_workbook_that_unpacks_to_too_much_is_refused_whatever_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (4 << 20))
    lying = path.read_bytes().replace((4 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    for content in (path.read_bytes(), lying):
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            check_workbook(path, limit=1 << 20)
        assert caught.value.code == "input.too_large"
    check_workbook(workbook(tmp_path / "fine.xlsx", {"a": [["x"]]}))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_template_reads_back_as_empty_tables(tmp_path: Path, language: str) -> None:
    paths = write_template(tmp_path / "t", language=language)
    assert len(paths) == len(TABLES) + 1
    assert {table_named(path.stem) for path in paths if path.suffix == ".csv"} == set(TABLES)
    assert refusal(tmp_path / "t").code == "input.no_valid_row"
    with pytest.raises(InputError):
        write_template(tmp_path / "t", language=language)


def test_headings_mean_one_column_each() -> None:
    for table in TABLES:
        for column in table.columns:
            for heading in column.known_as():
                assert table.column_for(heading) == column, (table.name, heading)
                assert table.column_for(f" {heading.upper()} ") == column


cell = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["P1", "P2", "1", "1.5", "-1", "=x", "2020", "a;b"]))


@given(st.sampled_from(TABLES), st.lists(st.lists(cell, min_size=10, max_size=10), max_size=8))
def test_no_cell_breaks_reading_and_every_row_is_kept_or_told(table, rows) -> None:
    names = [column.name for column in table.columns]
    sheet = Sheet("f", names)
    for number, cells in enumerate(rows, 1):
        sheet.add(number, cells[: len(names)])
    checked = check_rows(sheet, table)
    told = {problem.place.row for problem in checked.problems if problem.fatal}
    assert set(checked.rows) | told == set(sheet.numbers)
    assert not set(checked.rows) & told
    assert checked.frame.height == len(checked.rows)
