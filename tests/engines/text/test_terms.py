"""Terms and vectors of Chinese and English text."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.text import Unit, Weights, count_terms, pair_term, stem, term_id, terms, tokens, units, weigh

TEXTS = st.text(alphabet="abc xyz拓扑超导的，。,.;-' 0129ÄßＡ", max_size=60)


def test_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(terms).failed == 0


@given(TEXTS)
def test_the_fast_reader_finds_the_terms_of_the_units(text: str) -> None:
    found, before = [], Unit("", "", joined=False)
    for unit in units(text):
        found += [unit.term] if unit.term else []
        found += [pair_term(before, unit)] if unit.joined else []
        before = unit
    assert sorted(found) == sorted(tokens(text))


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("deep learning. protein folding", "learn protein"),
        ("拓扑超导；马约拉纳", "导马"),
        ("topological 超导", "topolog 超导"),
        ("quantum of the spin", "quantum spin"),
    ],
)
def test_no_pair_spans_clauses_scripts_or_stop_words(text: str, absent: str) -> None:
    assert absent not in tokens(text)


def test_endings_never_leave_less_than_four_letters() -> None:
    assert stem("using") == "using"
    assert stem("superconductors") == stem("superconductor")


def test_chinese_and_latin_numbers_are_told_apart_and_stay_what_they_are() -> None:
    assert term_id("拓扑") >= terms.HAN > term_id("topolog")
    assert (term_id("topolog"), term_id("拓扑")) == (8324, 12237367)


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_similarities_lie_between_zero_and_one(texts: list[str]) -> None:
    counts = count_terms(texts)
    weights = Weights.of(counts)
    asked, written = (weigh(counts, weights, role=role) for role in ("query", "document"))
    for left in range(len(texts)):
        for right in range(len(texts)):
            row, other = asked.row(left), written.row(right)
            assert -1e-6 <= sum(row[term] * other.get(term, 0) for term in row) <= 1 + 1e-5


def test_a_bilingual_text_meets_each_language_at_full_strength() -> None:
    both, zh, en = (
        "拓扑超导量子输运 quantum transport topological matter",
        "拓扑超导量子输运",
        "quantum transport topological matter",
    )
    counts = count_terms([both, zh, en])
    weights = Weights.of(counts)
    asked, written = (weigh(counts, weights, role=role) for role in ("query", "document"))
    for work in (1, 2):
        assert np.isclose(sum(asked.row(0)[term] * share for term, share in written.row(work).items()), 1, atol=1e-5)


def test_empty_texts_have_empty_rows() -> None:
    counts = count_terms(["", "。", "a"])
    assert counts.start.tolist() == [0, 0, 0, 0]
    assert weigh(counts, Weights.of(counts), role="query").row(1) == {}
