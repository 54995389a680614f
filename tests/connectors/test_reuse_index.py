"""An index in a folder finds what one in memory finds, grows, and survives what breaks."""

import pytest

from tests.engines.reuse.test_reuse import chinese
from yuantou.connectors.reuse_index import add_documents, create_index, open_index
from yuantou.engines.reuse import Document, Index, Section
from yuantou.kernel.errors import InputError


def test_a_stored_index_finds_the_same(tmp_path) -> None:
    documents = [Document(str(seed), chinese(seed, 900), team=("x",), sections=(Section("s", 0),)) for seed in range(5)]
    index = Index().with_documents(documents[:3]).with_documents(documents[3:]).with_boilerplate(declared=["模板" * 9])
    create_index(tmp_path / "index", index)
    new = Document("new", documents[1].text[100:500] + documents[4].text[:300])
    assert open_index(tmp_path / "index").check(new) == index.check(new) != []


def test_texts_added_one_by_one_are_found_and_parts_stay_few(tmp_path) -> None:
    folder = tmp_path / "index"
    create_index(folder, Index())
    documents = [Document(f"d{seed}", chinese(seed, 300), lead=f"p{seed}") for seed in range(20)]
    for one in documents:
        add_documents(folder, [one])
    index = open_index(folder)
    assert len(index.segments) <= 8
    for one in documents:
        (finding,) = index.check(Document("new", one.text, lead=one.lead))
        assert (finding.old, finding.relation) == (one.id, "self")
    with pytest.raises(InputError, match="stands twice"):
        add_documents(folder, [documents[3]])


def test_a_folder_that_is_no_index_or_was_cut_short_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no usable index"):
        open_index(tmp_path)
    create_index(tmp_path / "index", Index().with_documents([Document("a", chinese(1, 300))]))
    (tmp_path / "index" / "000001" / "texts.u16").write_bytes(b"ab")
    with pytest.raises(InputError, match="no usable index"):
        open_index(tmp_path / "index")
