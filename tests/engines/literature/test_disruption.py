"""Disruption by hand, against plain sets on random graphs, and the artefact of missing references."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.literature.disruption import both_sides, disruption, disruption_table
from yuantou.engines.literature.graph import NO_YEAR, build_graph, from_references
from yuantou.kernel.errors import InputError

# Funk & Owen-Smith 2017, figure 1: a focal work (2) that builds on two others (0, 1).
YEARS = np.array([2000, 2000, 2002, 2003, 2004, 2005, 2006])


def counts(citing: list[int], cited: list[int], window: int | None = 5) -> tuple[int, int, int]:
    found = disruption(build_graph(np.array(citing), np.array(cited), YEARS), window=window)
    return int(found.focal_only[2]), int(found.both[2]), int(found.references_only[2])


def test_works_that_cite_the_focal_one_alone_disrupt() -> None:
    assert counts([2, 2, 3, 4, 5], [0, 1, 2, 2, 2]) == (3, 0, 0)


def test_works_that_cite_it_with_its_references_consolidate() -> None:
    assert counts([2, 2, 3, 3, 4, 4, 5], [0, 1, 2, 0, 2, 1, 0]) == (0, 2, 1)


def test_the_window_counts_years_after_the_focal_work() -> None:
    citing, cited = [2, 3, 4, 5, 6], [0, 2, 2, 2, 2]
    assert counts(citing, cited, 1) == (1, 0, 0)
    assert counts(citing, cited, 3) == (3, 0, 0)
    assert counts(citing, cited, None) == (4, 0, 0)


edges = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=80)
ages = st.lists(st.sampled_from([0, 1990, 1991, 1992, 1995, 1999]), min_size=15, max_size=15)


@given(edges, ages, st.sampled_from([1, 3, 5, None]))
def test_counts_agree_with_plain_sets(pairs: list[tuple[int, int]], years: list[int], window: int | None) -> None:
    citing, cited = (np.array([pair[k] for pair in pairs], np.int64) for k in (0, 1))
    found = disruption(build_graph(citing, cited, np.array(years)), window=window)
    links = {(a, b) for a, b in pairs if a != b}
    for focal, year in enumerate(years):
        if not year:
            assert found.focal_only[focal] == -1
            continue
        later = {n for n, y in enumerate(years) if y > year and (window is None or y <= year + window)}
        references = {b for a, b in links if a == focal}
        citers = {a for a, b in links if b == focal} & later
        beside = {a for a, b in links if b in references} & later
        expected = (len(citers - beside), len(citers & beside), len(beside - citers))
        assert (found.focal_only[focal], found.both[focal], found.references_only[focal]) == expected


def test_threads_and_blocks_do_not_change_counts() -> None:
    rng = np.random.default_rng(3)
    citing, cited = rng.integers(300, size=(2, 4000))
    graph = build_graph(citing, cited, rng.integers(1980, 2010, 300))
    one, other = disruption(graph, block=7), disruption(graph)
    assert (one.focal_only == other.focal_only).all()
    assert (one.references_only == other.references_only).all()


def test_a_work_without_references_is_undefined_unless_asked_otherwise() -> None:
    found = disruption(build_graph(np.array([3, 3]), np.array([2, 0]), YEARS))
    assert np.isnan(found.index()[2])
    assert found.index(zero_references=True)[2] == 1


def test_every_value_stands_beside_its_coverage_and_caveat() -> None:
    works = pl.DataFrame(
        {"work_id": list("abcdefg"), "year": YEARS, "type": ["article"] * 7, "references": [None, 0, 8, 1, 1, 1, 1]},
        schema_overrides={"references": pl.Int32},
    )
    table = disruption_table(works, disruption(build_graph(np.array([2, 2, 3, 4]), np.array([0, 1, 2, 2]), YEARS)))
    focal = table.row(2, named=True)
    assert (focal["cd"], focal["n"], focal["references_found"], focal["coverage"]) == (1.0, 2, 2, 0.25)
    assert focal["caveat"] == "coverage below one half"
    assert table.row(0, named=True)["caveat"] == "no references"
    assert table.row(0, named=True)["cd"] is None


def test_both_sides_of_the_dispute() -> None:
    found = disruption(build_graph(np.array([2, 2, 3, 3, 4, 5]), np.array([0, 1, 2, 0, 1, 2]), YEARS))
    table = both_sides(found, YEARS, cohorts=(2000, 2002))
    whole = table.row(0, named=True)
    assert whole["at_one_without_references"] == 2
    assert whole["mean_all"] > whole["mean_with_references"]
    assert table["cohort"].to_list() == ["all", "2000-2001", "2002-2006"]


def test_numbers_outside_the_corpus_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        build_graph(np.array([7]), np.array([0]), YEARS)
    assert caught.value.code == "literature.number"


def test_a_cycle_a_repeat_and_a_self_citation_do_no_harm() -> None:
    graph = build_graph(np.array([0, 1, 1, 2, 2]), np.array([1, 0, 0, 2, 0]), np.array([2001, 2001, 2003]))
    assert graph.citations == 3
    assert disruption(graph).focal_only.tolist() == [1, 0, 0]


def test_references_may_lie_on_disk(tmp_path) -> None:
    rng = np.random.default_rng(5)
    graph = build_graph(*rng.integers(100, size=(2, 900)), np.sort(rng.integers(1990, 2010, 100)))
    path = tmp_path / "references.bin"
    graph.references.tofile(path)
    mapped = from_references(graph.reference_starts, np.memmap(path, np.int32, "r"), graph.years)
    assert (disruption(mapped).both == disruption(graph).both).all()


def test_works_without_year_come_last() -> None:
    graph = build_graph(np.array([0]), np.array([1]), np.array([0, 1999]))
    assert graph.years.tolist() == [1999, NO_YEAR]
    assert disruption(graph).focal_only.tolist() == [-1, 0]
