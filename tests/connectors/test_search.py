"""Full text in both languages: what is found, how it is narrowed, and what is marked."""

from pathlib import Path

import polars as pl
import pytest

from yuantou.connectors.search import LiteratureIndex, Narrowing, build_index
from yuantou.kernel.errors import InputError

WORKS = pl.DataFrame(
    {
        "work_id": ["a", "b", "c", "d", "e"],
        "title": [
            "量子纠缠的远程分发",
            "纠缠与量子计算",
            "Distribution of entangled photons",
            "Neural machine translation",
            "Machine learning for translation of neural recordings",
        ],
        "abstract": ["本文研究光纤中的量子态。", None, "We distribute entanglement over fibre.", "", None],
        "year": [2019, 2021, 2020, 2016, None],
        "country": [["CN"], ["CN", "DE"], ["AT"], [], None],
        "venue": ["物理学报", "物理学报", "PRL", "ACL", "Nature"],
    }
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LiteratureIndex:
    folder = tmp_path_factory.mktemp("search") / "index"
    assert build_index(folder, [WORKS[:2], WORKS[2:]]) == 5
    return LiteratureIndex(folder)


def ids(index: LiteratureIndex, words: str, **options: object) -> list[str]:
    return [hit.work_id for hit in index.search(words, **options).hits]  # type: ignore[arg-type]


def test_four_characters_find_the_title_that_has_them_side_by_side_first(index: LiteratureIndex) -> None:
    assert ids(index, "量子纠缠")[0] == "a"
    assert set(ids(index, "量子纠缠")) == {"a", "b"}


def test_english_is_found_in_other_forms_of_the_word(index: LiteratureIndex) -> None:
    assert ids(index, "photon entanglement distribution")[0] == "c"


def test_quoted_words_must_stand_side_by_side(index: LiteratureIndex) -> None:
    assert set(ids(index, "machine translation")) == {"d", "e"}
    assert ids(index, '"machine translation"') == ["d"]
    assert ids(index, "“量子计算”") == ["b"]


def test_one_character_finds_the_words_it_stands_in(index: LiteratureIndex) -> None:
    assert ids(index, "纤") == ["a"]


def test_a_search_is_narrowed_by_year_and_by_any_of_several_values(index: LiteratureIndex) -> None:
    assert ids(index, "量子", narrowing=Narrowing(first=2020)) == ["b"]
    assert ids(index, "量子", narrowing=Narrowing(values={"country": "DE"})) == ["b"]
    assert ids(index, "量子", narrowing=Narrowing(values={"country": "FR"})) == []


def test_every_word_or_any(index: LiteratureIndex) -> None:
    assert set(ids(index, "neural fibre")) == {"c", "d", "e"}
    assert ids(index, "neural fibre", every=True) == []


@pytest.mark.parametrize("words", ['"', "AND OR (", "title:^2", "[a TO", "的", "。。。"])
def test_nothing_typed_is_an_error(index: LiteratureIndex, words: str) -> None:
    index.search(words)


def test_no_words_show_the_newest(index: LiteratureIndex) -> None:
    assert ids(index, "  ")[0] == "b"


def test_marks_stand_on_what_was_asked_and_the_text_is_whole(index: LiteratureIndex) -> None:
    hit = index.search("量子纠缠").hits[0]
    assert "".join(piece.text for piece in hit.title) == "量子纠缠的远程分发"
    assert [piece.text for piece in hit.title if piece.marked] == ["量子纠缠"]
    assert [piece.text for piece in index.search("photon").hits[0].title if piece.marked] == ["photons"]


def test_an_example_finds_what_is_like_it_and_not_itself(index: LiteratureIndex) -> None:
    found = index.like("Entangled photons distributed over fibre links", without="c")
    assert "c" not in {hit.work_id for hit in found.hits}
    assert index.like("Entangled photons distributed over fibre links").hits[0].work_id == "c"


def test_a_build_that_stops_leaves_the_old_index(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build_index(folder, [WORKS])

    def stops() -> object:
        yield WORKS[:1]
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        build_index(folder, stops())  # type: ignore[arg-type]
    assert LiteratureIndex(folder).works == 5


def test_a_missing_column_and_a_missing_index_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="title"):
        build_index(tmp_path / "x", [pl.DataFrame({"work_id": ["a"]})])
    with pytest.raises(InputError, match="no index"):
        LiteratureIndex(tmp_path / "nowhere")
