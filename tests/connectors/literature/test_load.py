"""A load is seen whole or not at all, twice the same is nothing new, duplicates become one work."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from yuantou.connectors.literature import Lake, load_files, open_lake
from yuantou.connectors.literature.schema import PUBLISHED
from yuantou.kernel.errors import InputError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WORKS = """id,title,year,authors,doi,journal,keywords,references
a1,Topological superconductivity in layered crystals,2010,Zhang San; Li Si,10.1000/A1,Physics,quantum;crystals,
a2,A second look at superconducting layers,2012,Li Si,,Physics,,a1;a1;x9
a3,拓扑超导体的层状结构研究,2014,张三,,物理学报,超导；晶体,a1;a2;a3
a4,Work of the far future,2410,Wang Wu,,Physics,,
"""
COPIES = """题名,年份,作者,DOI
Topological Superconductivity in Layered Crystals!,2010,"San, Zhang;Li Si",
A paper under another heading,2010,Li Si,https://doi.org/10.1000/a1
"""


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def load(tmp_path: Path, *files: Path) -> Lake:
    return load_files(tmp_path / "lake", files, now=NOW).lake


def test_every_table_has_the_columns_the_reference_promises(tmp_path: Path) -> None:
    lake = load(tmp_path, write(tmp_path, "works.csv", WORKS))
    for table, columns in PUBLISHED.items():
        assert dict(lake.scan(table).collect_schema()) == columns, table
    reference = (Path(__file__).parents[3] / "docs/reference/lake.md").read_text("utf-8")
    for columns in PUBLISHED.values():
        assert all(f"`{name}`" in reference for name in columns)


def test_works_are_numbered_by_year_and_citations_follow_the_numbers(tmp_path: Path) -> None:
    lake = load(tmp_path, write(tmp_path, "works.csv", WORKS))
    works = lake.read("works")
    assert works["work_id"].to_list() == ["local:a1", "local:a2", "local:a3", "local:a4"]
    assert works["year"].to_list() == [2010, 2012, 2014, None]
    links = lake.read("citations", ["citing", "cited"]).rows()
    assert sorted(links, key=str) == [(1, 0), (1, None), (2, 0), (2, 1)]
    assert works["references"].to_list() == [None, 2, 3, None]
    assert works["references_found"].to_list() == [0, 1, 2, 0]
    assert works["citations"].to_list() == [2, 1, 0, 0]
    assert lake.loads[0].counts["self_citations"] == 1


def test_shares_of_authorship_sum_to_one_over_a_work(tmp_path: Path) -> None:
    text = 'title,authors,institutions\nOne,"甲;乙;丙","Institute A;Institute B"\nTwo,丁,\n'
    shares = (
        load(tmp_path, write(tmp_path, "works.csv", text))
        .read("authorships")
        .group_by("work", maintain_order=True)
        .agg(pl.col("share").sum())
    )
    assert shares["share"].to_list() == pytest.approx([1.0, 1.0])


def test_duplicates_by_doi_and_by_title_become_one_work_and_are_listed(tmp_path: Path) -> None:
    lake = load(tmp_path, write(tmp_path, "works.csv", WORKS), write(tmp_path, "copies.csv", COPIES, "gb18030"))
    assert lake.read("works").height == 4
    assert sorted(lake.read("duplicates", ["kept_id", "rule"]).rows()) == [("local:a1", "doi"), ("local:a1", "title")]


def test_a_short_title_or_another_doi_is_no_duplicate(tmp_path: Path) -> None:
    text = (
        "title,year,authors,doi\nEditorial,2010,Li Si,\nEditorial,2010,Li Si,10.1000/none\n"
        "Proceedings of the long workshop,2010,Li Si,10.1000/1\nProceedings of the long workshop,2010,Li Si,10.1000/2\n"
    )
    assert load(tmp_path, write(tmp_path, "works.csv", text)).read("works").height == 4


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "works.csv", WORKS)
    first = load(tmp_path, path)
    again = load_files(tmp_path / "lake", [path], now=NOW)
    assert again.skipped == ("works.csv",)
    assert open_lake(tmp_path / "lake").stamp == first.stamp == "2026-11-25/1"


def test_a_later_record_replaces_the_earlier_with_its_authors_and_references(tmp_path: Path) -> None:
    load(tmp_path, write(tmp_path, "works.csv", WORKS))
    lake = load(
        tmp_path, write(tmp_path, "more.csv", "id,title,year,authors,references\na2,Renewed,2013,Zhao Liu,a3\n")
    )
    assert lake.read("works", ["work_id", "title"]).rows()[1] == ("local:a2", "Renewed")
    names = lake.read("authorships").filter(work=1)["name"].to_list()
    assert names == ["Zhao Liu"]
    assert lake.read("citations").filter(citing=1)["cited"].to_list() == [2]
    assert lake.loads[1].counts["replaced"] == 1


def test_citations_may_come_as_a_list_of_pairs_and_find_works_of_an_earlier_load(tmp_path: Path) -> None:
    load(tmp_path, write(tmp_path, "works.csv", WORKS))
    lake = load(tmp_path, write(tmp_path, "pairs.csv", "citing,cited\na4,a1\na4,a1\nnobody,a1\na1,a4\n"))
    assert (3, 0) in lake.read("citations", ["citing", "cited"]).rows()
    assert (0, 3) in lake.read("citations", ["citing", "cited"]).rows()
    assert lake.read("works")["references"].to_list() == [1, 2, 3, 1]


def test_a_bad_file_leaves_the_lake_as_it_was_and_good_ones_are_not_read_again(tmp_path: Path) -> None:
    first = load(tmp_path, write(tmp_path, "works.csv", WORKS))
    good, bad = write(tmp_path, "good.csv", "title\nA good one\n"), write(tmp_path, "zz.csv", "colour\nblue\n")
    with pytest.raises(InputError) as caught:
        load(tmp_path, good, bad)
    assert caught.value.code == "lake.no_title"
    assert open_lake(tmp_path / "lake") == first
    bad.write_text("title\nMended\n")
    lake = load(tmp_path, good, bad)
    assert lake.read("works").height == 6


def test_a_row_without_title_is_reported_with_its_row(tmp_path: Path) -> None:
    found = load_files(
        tmp_path / "lake", [write(tmp_path, "w.csv", "title,year\nOne,2001\n,2002\nTwo,soon\n")], now=NOW
    )
    assert [(problem.place.row, problem.fatal) for problem in found.problems] == [(2, True), (3, False)]
    assert found.counts["left_out"] == 1
    assert found.lake.read("works").height == 2
