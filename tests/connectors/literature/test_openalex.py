"""Works of two generations of the format, and files that are broken in the ways files are."""

import gzip
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import orjson
import pytest

from tests.connectors.literature.test_load import NOW
from yuantou.connectors.literature import Lake, Loaded, load_files, open_lake
from yuantou.kernel.errors import InputError

OLD = {
    "id": "https://openalex.org/W11", "doi": "https://doi.org/10.1000/ABC", "display_name": "Work \u6e90\u5934 “quoted \\\" part”",
    "publication_year": 2011, "publication_date": "2011-02-03", "type": "journal-article", "cited_by_count": 5,
    "is_retracted": True, "open_access": {"is_oa": True, "oa_status": "green"}, "updated_date": "2022-01-02T03:04:05",
    "host_venue": {"id": "https://openalex.org/V3", "display_name": "Journal", "issn_l": "1234-5678", "publisher": "P", "type": "journal"},
    "concepts": [
        {"id": "https://openalex.org/C1", "display_name": "Narrow", "level": 3, "score": 0.9},
        {"id": "https://openalex.org/C2", "display_name": "Physics", "level": 0, "score": 0.5},
    ],
    "authorships": [
        {"author_position": "first", "author": {"id": "https://openalex.org/A1", "display_name": "José Núñez", "orcid": None},
         "institutions": [{"id": "https://openalex.org/I1", "display_name": "One", "ror": "https://ror.org/012", "country_code": "CN"},
                          {"id": "https://openalex.org/I2", "display_name": "Two", "ror": None, "country_code": "FR"}]},
        {"author_position": "last", "author": {"id": "https://openalex.org/A2", "display_name": "王小明",
                                               "orcid": "https://orcid.org/0000-0002-1825-0097"}, "institutions": []},
    ],
    "referenced_works": ["https://openalex.org/W12", "https://openalex.org/W12", "https://openalex.org/W99"],
    "abstract_inverted_index": {"We": [0], "see": [1, 4], "what\nwe": [2], "\u6e90": [3]}, "related_works": ["https://openalex.org/W1"],
}  # fmt: skip
NEW = {
    "id": "https://openalex.org/W12", "title": "A new one", "display_name": "A new one", "publication_year": 2009, "type": "article",
    "language": "en", "cited_by_count": 7,
    "primary_location": {"source": {"id": "https://openalex.org/S4", "display_name": "Archive", "issn_l": None, "type": "repository",
                                    "host_organization_name": "H"}},
    "primary_topic": {"id": "https://openalex.org/T5", "display_name": "Deep topic", "subfield": {"id": "https://openalex.org/subfields/31", "display_name": "Sub"},
                      "field": {"id": "https://openalex.org/fields/3", "display_name": "Field"}, "domain": {"id": "https://openalex.org/domains/2", "display_name": "Domain"}},
    "keywords": [{"id": "k", "display_name": "alpha", "score": 1.0}, {"id": "k2", "display_name": "beta", "score": 1.0}],
    "grants": [{"funder": "F", "funder_display_name": "NSFC", "award_id": None}], "authorships": [], "abstract_inverted_index": None,
}  # fmt: skip
BARE = {"id": "https://openalex.org/W13", "publication_year": 2999}


def lines(*records: object) -> bytes:
    return b"".join(each if isinstance(each, bytes) else orjson.dumps(each) + b"\n" for each in records)


def load(tmp_path: Path, content: bytes, name: str = "works.jsonl", **options: bool) -> Loaded:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return load_files(tmp_path / "lake", [path], now=NOW, **options)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return load(tmp_path_factory.mktemp("openalex"), lines(OLD, NEW, BARE), "works.jsonl.gz").lake


def test_both_generations_fill_the_same_columns(lake: Lake) -> None:
    new, old, bare = lake.read("works").to_dicts()
    assert (old["work_id"], old["key"], old["doi"], old["title"]) == ("W11", 11, "10.1000/abc", OLD["display_name"])
    assert (old["type"], old["published"], old["updated"]) == ("article", date(2011, 2, 3), date(2022, 1, 2))
    assert (old["venue_id"], old["topic_id"], old["field_id"]) == ("V3", "C1", "C2")
    assert (new["venue_id"], new["topic_id"], new["field_id"]) == ("S4", "T5", "fields/3")
    assert (new["keywords"], new["funders"], new["language"]) == (["alpha", "beta"], ["NSFC"], "en")
    assert (old["retracted"], new["retracted"], old["open_access"], old["cited_by"]) == (True, False, "green", 5)
    assert (bare["title"], bare["year"], bare["keywords"], bare["references"]) == (None, None, [], None)


def test_abstracts_are_put_together_again(lake: Lake) -> None:
    assert lake.read("works")["abstract"].to_list() == [None, "We see what we 源 see", None]


def test_references_count_once_and_find_their_works(lake: Lake) -> None:
    works = lake.read("works")
    assert works["references"].to_list() == [None, 2, None]
    assert sorted(lake.read("citations", ["citing", "cited", "cited_key"]).rows(), key=str) == [
        (1, 0, 12),
        (1, None, 99),
    ]


def test_authors_keep_their_order_institutions_and_shares(lake: Lake) -> None:
    rows = lake.read("authorships", ["position", "name", "orcid", "institution_id", "ror", "country", "share"]).rows()
    assert sorted(rows, key=str) == [
        (1, "José Núñez", None, "I1", "012", "CN", 0.25),
        (1, "José Núñez", None, "I2", None, "FR", 0.25),
        (2, "王小明", "0000-0002-1825-0097", None, None, None, 0.5),
    ]


def test_the_tree_of_topics_and_the_scheme_are_kept(lake: Lake) -> None:
    topics = {row["topic_id"]: row for row in lake.read("topics").to_dicts()}
    assert topics["T5"]["parent_id"] == "subfields/31"
    assert topics["subfields/31"]["parent_id"] == "fields/3"
    assert topics["fields/3"]["parent_id"] == "domains/2"
    assert {row["scheme"] for row in topics.values()} == {"openalex-topics", "openalex-concepts"}
    assert topics["C2"]["level"] == "field"


def test_a_page_of_the_api_reads_like_a_file_of_lines(tmp_path: Path) -> None:
    page = json.dumps({"meta": {"count": 2}, "results": [OLD, NEW]}, indent=1).encode()
    assert load(tmp_path, page, "page.json").lake.read("works").height == 2


def test_small_chunks_give_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from yuantou.connectors.openalex import reader

    whole = load(tmp_path, lines(OLD, NEW, BARE)).lake
    monkeypatch.setattr(reader.read, "__kwdefaults__", {**reader.read.__kwdefaults__, "chunk_bytes": 700})
    (tmp_path / "b").mkdir()
    cut = load(tmp_path / "b", lines(OLD, NEW, BARE)).lake
    for table in ("works", "authorships", "citations"):
        assert cut.read(table).equals(whole.read(table))


@pytest.mark.parametrize(
    "broken",
    [
        b'{"id": "https://openalex.org/W5", "title": "no end\n',
        b"not json at all\n",
        b'{"id": }\n',
        b"[1, 2}\n",
        b'{"a": [1, 2}\n',
    ],
)
def test_a_broken_line_is_reported_by_number_and_the_rest_is_read(tmp_path: Path, broken: bytes) -> None:
    found = load(tmp_path, lines(OLD, broken, NEW))
    assert [(p.code, p.place.row) for p in found.problems] == [("lake.broken_line", 2)]
    assert found.lake.read("works").height == 2


def test_a_record_of_another_kind_is_reported(tmp_path: Path) -> None:
    found = load(tmp_path, lines(OLD, {"id": "https://openalex.org/A7", "display_name": "An author"}, NEW))
    assert [(p.code, p.place.row) for p in found.problems] == [("lake.no_work", 2)]
    assert found.lake.read("authorships").height == 3


@pytest.mark.parametrize("name", ["works.jsonl", "works.jsonl.gz"])
def test_a_file_cut_short_is_refused_with_its_line_and_nothing_is_loaded(tmp_path: Path, name: str) -> None:
    content = lines(OLD, NEW)[:-40] if name == "works.jsonl" else lines(OLD, NEW)
    packed = gzip.compress(content)[:-60] if name.endswith(".gz") else content
    path = tmp_path / name
    path.write_bytes(packed)
    with pytest.raises(InputError) as caught:
        load_files(tmp_path / "lake", [path], now=NOW)
    assert caught.value.code == "lake.truncated"
    assert not (tmp_path / "lake" / "lake.json").exists()
    if name == "works.jsonl":
        kept = load_files(tmp_path / "lake", [path], now=NOW, keep_readable=True)
        assert kept.lake.read("works")["work_id"].to_list() == ["W11"]


FULL = """
import resource, sys, signal
from datetime import UTC, datetime
from yuantou.connectors.literature import load_files
from yuantou.kernel.errors import YuantouError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    load_files(sys.argv[1], [sys.argv[2]], now=datetime(2026, 11, 25, tzinfo=UTC))
except YuantouError as error:
    print(error.code)
"""


def test_a_disk_that_fills_leaves_the_lake_as_it_was(tmp_path: Path) -> None:
    before = load(tmp_path, lines(NEW)).lake
    (tmp_path / "numba").mkdir()  # a process without room must not leave half a cache where others look
    many = tmp_path / "many.jsonl"
    many.write_bytes(
        lines(
            *({**OLD, "id": f"https://openalex.org/W{n}", "doi": None, "display_name": f"{n}"} for n in range(100, 400))
        )
    )
    command = [sys.executable, "-c", FULL, str(tmp_path / "lake"), str(many)]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PYTHONPATH": "src",
            "PATH": "",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
        },
    )
    assert ran.stdout.strip() == "lake.disk_full", ran.stderr
    assert open_lake(tmp_path / "lake") == before
    assert load_files(tmp_path / "lake", [many], now=NOW).lake.read("works").height == 301


def test_an_interrupted_load_goes_on_without_reading_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from yuantou.connectors.literature import load as loading

    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    one.write_bytes(lines(OLD))
    two.write_bytes(lines(NEW))

    def stop(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading, "merge", stop)
        with pytest.raises(KeyboardInterrupt):
            load_files(tmp_path / "lake", [one, two], now=NOW)
    assert not (tmp_path / "lake" / "lake.json").exists()
    real = loading.reader_of

    def only_named(path: Path, *, strict: bool = True):
        found = real(path, strict=strict)
        return found and (lambda *_args, **_options: pytest.fail("read again"))

    monkeypatch.setattr(loading, "reader_of", only_named)
    assert load_files(tmp_path / "lake", [one, two], now=NOW).lake.read("works").height == 2
