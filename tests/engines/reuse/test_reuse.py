"""Text used before is found with its exact place, whatever its script, width or punctuation."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuantou.engines.reuse import Document, Index, Section, fold
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


@pytest.mark.parametrize(
    ("lead", "team", "relation"),
    [("a", (), "self"), ("c", ("b",), "team"), ("c", ("d",), "third_party"), ("", (), "third_party")],
)
def test_own_text_and_the_teams_are_told_apart(lead: str, team: tuple[str, ...], relation: str) -> None:
    text = chinese(5, 400)
    index = Index().with_documents([Document("old", text, lead="a", team=("a", "b"))])
    assert index.check(Document("new", text, lead=lead, team=team))[0].relation == relation


def test_a_saved_index_finds_the_same(tmp_path) -> None:
    documents = [Document(str(seed), chinese(seed, 900), team=("x",), sections=(Section("s", 0),)) for seed in range(5)]
    index = Index().with_documents(documents[:3]).with_documents(documents[3:]).with_boilerplate(declared=["模板" * 9])
    index.save(tmp_path / "index")
    new = Document("new", documents[1].text[100:500] + documents[4].text[:300])
    assert Index.open(tmp_path / "index").check(new) == index.check(new) != []


def test_a_folder_that_is_no_index_and_an_id_twice_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no usable index"):
        Index.open(tmp_path)
    with pytest.raises(InputError, match="stands twice"):
        Index().with_documents([Document("a", "x"), Document("a", "y")])


def test_a_long_text_of_one_letter_ends_soon() -> None:
    assert Index().with_documents([Document("old", "a" * 200_000)]).check(Document("new", "a" * 200_000)) == []


@settings(deadline=None)
@given(st.text())
def test_folding_any_text_points_back_into_it(text: str) -> None:
    folded = fold(text)
    assert len(folded.code) == len(folded.place)
    assert all(0 <= place < len(text) for place in folded.place)
    assert Index().with_documents([Document("old", text)]).check(Document("new", text * 2)) is not None
