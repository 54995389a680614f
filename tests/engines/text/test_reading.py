"""The compiled reader finds exactly the terms that the plain one finds, in any script."""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from yuantou.engines.text import count_terms, term_id, tokens

PIECES = (
    *("topolog", "superconductors", "well-known", "o'neil’s", "the", "with", "novel", "ies", "a", "x"),
    *(
        "3",
        "3.14",
        "25",
        "1-y2",
        ".",
        "..",
        ",",
        ";",
        "-",
        "--",
        "'",
        "’",
        "_",
        "的",
        "了",
        "和",
        "拓扑",
        "超导",
        "材料",
    ),
    *("é", "ß", "Ａ", "２", "한국", "²", "½", "İ", "䷣", "𝟛", "𠀀", " ", "\n", "，", "。", "\uf900", "豈"),
)
WRITTEN = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join)


@given(st.lists(WRITTEN, max_size=6))
@example(["", "e.g. 3..4 a--b -a a- 3D x_y", "拓扑_超导 拓-扑", "\ud800 lone"])
def test_texts_are_counted_as_their_terms_one_by_one(texts: list[str]) -> None:
    found = count_terms(texts)
    for place, text in enumerate(texts):
        part = slice(found.start[place], found.start[place + 1])
        read = dict(zip(found.term[part].tolist(), found.count[part].tolist(), strict=True))
        assert read == Counter(map(term_id, tokens(text)))


def test_a_word_said_a_thousand_times_is_counted_as_far_as_a_byte_goes() -> None:
    found = count_terms(["boson " * 1000, "", "boson"])
    assert found.start.tolist() == [0, 2, 2, 3]
    assert found.count.tolist()[-1] == 1
    assert sorted(found.count[:2].tolist()) == [255, 255]


def test_korean_is_read_as_words_and_not_as_pairs_of_characters() -> None:
    assert tokens("한국어 텍스트") == ["한국어", "텍스트", "한국어 텍스트"]
