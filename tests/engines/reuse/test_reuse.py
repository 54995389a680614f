"""Text used before is found with its exact place, whatever its script, width or punctuation."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.reuse import (
    Document,
    Index,
    Limits,
    Section,
    build_postings,
    find_pairs,
    fold,
    related,
    share_by_section,
)
from yuantou.engines.reuse.planted import CELLS, make_test, score
from yuantou.kernel.errors import InputError


def chinese(seed: int, length: int) -> str:
    """Return made-up text without any chance overlap worth naming."""
    draw = random.Random(seed)
    return "".join(chr(draw.randrange(0x4E00, 0x5E00)) for _ in range(length))


def test_passage_is_found_with_its_exact_place() -> None:
    taken = chinese(1, 200)
    old = Document(
        "old", chinese(2, 500) + taken, date="2020-01-01", sections=(Section("背景", 0), Section("方案", 500))
    )
    new = Document("new", chinese(3, 300) + taken + chinese(4, 900), sections=(Section("内容", 10),))
    (finding,) = Index().with_documents([old]).check(new)
    (span,) = finding.spans
    assert new.text[span.new_start : span.new_end] == taken == old.text[span.old_start : span.old_end]
    assert (span.new_section, span.old_section, finding.date) == ("内容", "方案", "2020-01-01")
    assert (finding.relation, finding.size) == ("third_party", 200)


def test_unrelated_texts_and_the_text_itself_are_not_found() -> None:
    documents = [Document(str(seed), chinese(seed, 2000)) for seed in range(20)]
    index = Index().with_documents(documents)
    assert [index.check(one) for one in documents] == [[]] * 20


def test_width_script_punctuation_and_hidden_marks_do_not_hide_a_passage() -> None:
    plain = "本项目研究拓扑超导体中的马约拉纳零能模及其编织操作，提出基于约瑟夫森结的量子比特方案。" * 3
    varied = "本項目研究拓撲超導體中的馬約拉納零能模及其編織操作 ,\n提出基於約瑟夫森結的量子比特方案．" * 3
    hidden = "\u200b".join(varied)
    index = Index().with_documents([Document("old", plain)])
    for text in (varied, hidden):
        (finding,) = index.check(Document("new", text))
        assert finding.size == len(fold(plain).code)


def test_english_is_found_over_changed_words() -> None:
    old = " ".join(f"{chinese(seed, 1).encode().hex()}word{seed}" for seed in range(80))
    new = old.replace("word40", "thing").upper()
    (finding,) = Index().with_documents([Document("old", old)]).check(Document("new", new))
    assert len(finding.spans) == 1


def test_template_text_is_left_out_learned_or_declared() -> None:
    template = chinese(9, 300)
    documents = [Document(str(seed), template + chinese(seed, 500)) for seed in range(10, 16)]
    new = Document("new", template + chinese(99, 500))
    index = Index().with_documents(documents)
    assert len(index.check(new)) == 6
    assert index.with_boilerplate(declared=[template]).check(new) == []
    assert index.with_boilerplate(learned=[one.text for one in documents]).check(new) == []


def test_template_text_beside_a_passage_adds_nothing_to_its_size() -> None:
    template, taken = chinese(9, 300), chinese(1, 200)
    old, new = (Document(name, template + taken + chinese(seed, 500)) for name, seed in (("old", 2), ("new", 3)))
    index = Index().with_documents([old])
    (whole,) = index.check(new)
    (finding,) = index.with_boilerplate(declared=[template]).check(new)
    assert (whole.size, finding.size) == (500, 200)
    assert finding.share == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("lead", "team", "relation"),
    [("a", (), "self"), ("c", ("b",), "team"), ("c", ("d",), "third_party"), ("", (), "third_party")],
)
def test_own_text_and_the_teams_are_told_apart(lead: str, team: tuple[str, ...], relation: str) -> None:
    text = chinese(5, 400)
    index = Index().with_documents([Document("old", text, lead="a", team=("a", "b"))])
    assert index.check(Document("new", text, lead=lead, team=team))[0].relation == relation


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(InputError, match="stands twice"):
        Index().with_documents([Document("a", "x"), Document("a", "y")])


def changed(text: str, share: float, seed: int) -> str:
    draw = random.Random(seed)
    return "".join(chr(draw.randrange(0x4E00, 0x5E00)) if draw.random() < share else sign for sign in text)


def test_a_tenth_of_the_characters_changed_does_not_hide_a_passage() -> None:
    taken = chinese(1, 300)
    index = Index().with_documents([Document("old", chinese(2, 800) + taken)])
    (finding,) = index.check(Document("new", chinese(3, 700) + changed(taken, 0.1, 4)))
    assert 240 < finding.size <= 300
    assert finding.share == pytest.approx(finding.size / 1000)


def test_share_by_section_counts_overlapping_passages_once() -> None:
    taken = chinese(1, 200)
    new = Document("new", taken + chinese(3, 200), sections=(Section("a", 0), Section("b", 100), Section("c", 300)))
    old = [Document("x", taken + chinese(5, 50)), Document("y", chinese(6, 50) + taken[50:])]
    findings = Index().with_documents(old).check(new)
    spans = tuple(span for finding in findings for span in finding.spans)
    assert share_by_section(new, spans) == {"a": 1.0, "b": 0.5, "c": 0.0}


def test_a_whole_call_gives_what_one_by_one_gives() -> None:
    old = [Document(f"o{seed}", chinese(seed, 600)) for seed in range(40)]
    new = [Document(f"n{seed}", chinese(100 + seed, 300) + old[seed].text[100:300]) for seed in range(20)]
    new += [Document("twin", new[3].text)]
    index, call = Index().with_documents(old), Index().with_documents(new)
    (before,), (own,) = index.segments, call.segments
    singly = {(one.id, found.old) for one in new for found in index.check(one)}
    for threads in (1, 2):
        rows = find_pairs(own.texts, before.texts, before.postings, index.stop, limits=Limits(), threads=threads)
        assert {(new[a].id, old[b].id) for a, b, _size in rows} == singly
    among = find_pairs(own.texts, own.texts, own.postings, index.stop, limits=Limits(), among=True)
    assert [(new[a].id, new[b].id) for a, b, _size in among] == [("twin", "n3")]


def test_a_long_text_of_one_letter_ends_soon() -> None:
    assert Index().with_documents([Document("old", "a" * 200_000)]).check(Document("new", "a" * 200_000)) == []


@given(st.text())
def test_folding_any_text_points_back_into_it(text: str) -> None:
    folded = fold(text)
    assert len(folded.code) == len(folded.place)
    assert all(0 <= place < len(text) for place in folded.place)
    assert Index().with_documents([Document("old", text)]).check(Document("new", text * 2)) is not None


def test_related_texts_share_rare_words_and_nothing_else_is_listed() -> None:
    others = ["稻田土壤中砷的形态转化", "超导量子比特的退相干", "Arsenic in paddy soil and its microbes"]
    assert [number for number, _similarity in related("稻田土壤砷与微生物", others)] == [0]
    assert [number for number, _similarity in related("microbes of paddy soil", others)] == [2]
    assert related("", others) == []


def test_the_planted_test_repeats_itself_and_is_found_in_every_cell() -> None:
    words = [chinese(seed, 2) for seed in range(3000)]
    made = [make_test(60, 24, words=words, clauses=words[:50], seed=3, length=1000, planted=0.5) for _ in range(2)]
    assert (made[0].new.units == made[1].new.units).all()
    test = made[0]
    index = build_postings(test.old, 8)
    rows = find_pairs(test.new, test.old, index, np.zeros(0, np.uint64), limits=Limits())
    recall, false = score(test, ((a, b) for a, b, _size in rows.tolist()))
    assert (set(recall), false) == (set(CELLS), 0)
    assert all(value == 1.0 for (share, _changed), value in recall.items() if share >= 30)
