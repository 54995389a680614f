"""Full text over works in Chinese and English: ranked, filtered, highlighted, by words or by an example.

tantivy reads English as stemmed words; a run of Chinese is handed to it as overlapping pairs of characters, which needs
no dictionary (Nie et al., 2000, doi:10.1145/355214.355235). The index is a folder; a new one is built beside the old
and put in its place when it is whole, so a stopped build leaves what was there.
"""

import json
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl
import tantivy
from tantivy import Document, Filter, Index, Occur, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

_HAN: Final = re.compile(r"[㐀-鿿豈-﫿]+")
_ANALYSER: Final = "yuantou"
FILTERS: Final = ("language", "venue", "topic", "country", "institution", "funder", "author")
"""Columns that a search can be narrowed by; each may hold one value or a list."""
TITLE_BOOST: Final = 2.5
EXAMPLE_TERMS: Final = 30
_HEAP: Final = 600_000_000
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a search is narrowed to: years (inclusive) and values of the columns in ``FILTERS``."""

    first: int | None = None
    last: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, marked where it answers the question."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A work found: its stored columns, its score, and title and passage cut into marked and unmarked pieces."""

    work_id: str
    score: float
    year: int | None
    columns: dict[str, Any]
    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits and how many there are in all."""

    total: int
    hits: tuple[Hit, ...]


def pairs(text: str) -> str:
    """Return a text in which every run of Chinese is written as its overlapping pairs.

    >>> pairs("量子纠缠 states")
    ' 量子 子纠 纠缠  states'
    """
    return _HAN.sub(_pairs_of, text) if not text.isascii() else text


def _pairs_of(found: re.Match[str]) -> str:
    run = found.group()
    return f" {' '.join([a + b for a, b in pairwise(run)] or [run])} "


def _analyser() -> tantivy.TextAnalyzer:
    steps = (Filter.remove_long(60), Filter.lowercase(), Filter.ascii_fold(), Filter.stemmer("english"))
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = SchemaBuilder()
    builder.add_text_field("work_id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "abstract"):
        builder.add_text_field(name, stored=False, tokenizer_name=_ANALYSER, index_option="position")
    builder.add_integer_field("year", stored=True, indexed=True, fast=True)
    for name in FILTERS:
        builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("shown", stored=True, indexed=False)
    return builder.build()


def build_index(
    folder: Path, works: Iterable[pl.DataFrame], *, threads: int = 2, progress: Progress = silent, total: int = 0
) -> int:
    """Index works and return their number.

    Parameters
    ----------
    folder:
        Where the index shall stand; one that is there is replaced once the new one is whole.
    works:
        Frames with ``work_id`` str and ``title`` str; used where present: ``abstract`` str, ``year`` int and the
        columns in ``FILTERS``, each a string or a list of strings.

    Raises
    ------
    InputError
        If a column is missing.
    """
    fresh = folder.with_name(folder.name + ".building")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    index = Index(_schema(), path=str(fresh))
    index.register_tokenizer(_ANALYSER, _analyser())
    writer = index.writer(_HEAP, threads)
    count = 0
    for frame in works:
        for row in _checked(frame).iter_rows(named=True):
            writer.add_document(_document(row))
        count += frame.height
        progress("index", count, max(total, count))
    writer.commit()
    writer.wait_merging_threads()
    (fresh / "yuantou.json").write_text(json.dumps({"version": _VERSION, "works": count}), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return count


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    for column in ("work_id", "title"):
        if column not in frame.columns:
            raise InputError(
                LocalText(f"文献表缺少“{column}”列。", f"The table of works has no column “{column}”."),
                LocalText("请补上该列后重建索引。", "Add the column and build the index again."),
                code="input.column",
                place=Place(column=column),
            )
    return frame


def _document(row: Mapping[str, Any]) -> Document:
    document = Document()
    title, abstract = row["title"] or "", row.get("abstract") or ""
    document.add_text("work_id", str(row["work_id"]))
    document.add_text("title", pairs(title))
    if abstract:
        document.add_text("abstract", pairs(abstract))
    if row.get("year") is not None:
        document.add_integer("year", int(row["year"]))
    kept: dict[str, Any] = {"t": title, "a": abstract}
    for name in FILTERS:
        value = row.get(name)
        if value:
            kept[name] = value
            for one in [value] if isinstance(value, str) else value:
                document.add_text(name, one)
    document.add_bytes("shown", json.dumps(kept, ensure_ascii=False).encode())
    return document


class LiteratureIndex:
    """An index opened for searching; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "yuantou.json").exists():
            raise InputError(
                LocalText("尚无文献索引。", "There is no index of the literature yet."),
                LocalText("请先建立索引。", "Build the index first."),
                code="search.no_index",
                place=Place(folder.name),
            )
        self._index = Index.open(str(folder))
        self._analyse = _analyser()
        self._index.register_tokenizer(_ANALYSER, self._analyse)

    @cached_property
    def _searcher(self) -> tantivy.Searcher:
        return self._index.searcher()

    @property
    def works(self) -> int:
        """How many works are indexed."""
        return int(self._searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        """Return the terms under which a text is indexed."""
        return list(self._analyse.analyze(pairs(text)))

    def search(
        self, words: str, *, narrowing: Narrowing = Narrowing(), every: bool = False, limit: int = 20, offset: int = 0
    ) -> Found:
        """Find works by words in either language.

        Parameters
        ----------
        words:
            What a person types. Words in quotation marks must stand side by side. Nothing here is syntax that can fail.
        every:
            Every word must occur; otherwise any, and works with more of them stand first.
        """
        runs = [self.terms(part) for part in _parts(words)]
        asked = [term for run in runs for term in run]
        if not asked:
            return self._run(Query.all_query(), narrowing, set(), limit, offset, by_year=True)
        must = [self._phrase(run) for run in (self.terms(part) for part in _quoted(words)) if run]
        clauses = [(Occur.Must if every else Occur.Should, self._term(term)) for term in dict.fromkeys(asked)]
        clauses += [(Occur.Must, query) for query in must]
        clauses += [(Occur.Should, Query.boost_query(self._phrase(run), 2.0)) for run in runs if len(run) > 1]
        return self._run(Query.boolean_query(clauses), narrowing, set(asked), limit, offset)

    def like(self, text: str, *, narrowing: Narrowing = Narrowing(), limit: int = 20, without: str = "") -> Found:
        """Find works like an example text, by its most telling terms (rare in the index, frequent in the text)."""
        counts: dict[str, int] = {}
        for term in self.terms(text):
            counts[term] = counts.get(term, 0) + 1
        weighed = sorted(
            ((n / (1 + self._documents(t)) ** 0.5, t) for t, n in counts.items() if len(t) > 1), reverse=True
        )
        chosen = [term for _weight, term in weighed[:EXAMPLE_TERMS]]
        if not chosen:
            return Found(0, ())
        clauses = [(Occur.Should, Query.boost_query(self._term(term), counts[term] ** 0.5)) for term in chosen]
        if without:
            clauses.append((Occur.MustNot, Query.term_query(self._index.schema, "work_id", without)))
        return self._run(Query.boolean_query(clauses), narrowing, set(chosen), limit, 0)

    def _documents(self, term: str) -> int:
        return int(self._searcher.doc_freq("title", term)) + int(self._searcher.doc_freq("abstract", term))

    def _term(self, term: str) -> Query:
        schema = self._index.schema
        single = len(term) == 1 and _HAN.match(term)
        made = (
            [Query.regex_query(schema, name, f"{term}.?|.{term}") for name in ("title", "abstract")]
            if single
            else [Query.term_query(schema, name, term) for name in ("title", "abstract")]
        )
        return Query.boolean_query([(Occur.Should, Query.boost_query(made[0], TITLE_BOOST)), (Occur.Should, made[1])])

    def _phrase(self, run: Sequence[str]) -> Query:
        if len(run) == 1:
            return self._term(run[0])
        both = [Query.phrase_query(self._index.schema, name, list(run)) for name in ("title", "abstract")]
        return Query.boolean_query([(Occur.Should, Query.boost_query(both[0], TITLE_BOOST)), (Occur.Should, both[1])])

    def _narrowed(self, query: Query, narrowing: Narrowing) -> Query:
        schema, clauses = self._index.schema, [(Occur.Must, query)]
        if narrowing.first is not None or narrowing.last is not None:
            low, high = narrowing.first or 0, narrowing.last or 9999
            years = Query.range_query(schema, "year", tantivy.FieldType.Integer, low, high)
            clauses.append((Occur.Must, Query.const_score_query(years, 0.0)))
        for name, value in narrowing.values.items():
            if value and name in FILTERS:
                one = Query.const_score_query(Query.term_query(schema, name, value), 0.0)
                clauses.append((Occur.Must, one))
        return Query.boolean_query(clauses) if len(clauses) > 1 else query

    def _run(
        self, query: Query, narrowing: Narrowing, asked: set[str], limit: int, offset: int, *, by_year: bool = False
    ) -> Found:
        order = "year" if by_year else None
        result = self._searcher.search(self._narrowed(query, narrowing), limit, offset=offset, order_by_field=order)
        hits = tuple(self._hit(float(score or 0), address, asked) for score, address in result.hits)
        return Found(int(getattr(result, "count", 0) or 0), hits)

    def _hit(self, score: float, address: tantivy.DocAddress, asked: set[str]) -> Hit:
        document = self._searcher.doc(address)
        kept = json.loads(bytes(document.get_first("shown") or b"{}"))
        title, abstract = kept.pop("t", ""), kept.pop("a", "")
        passage = self.marked(abstract, asked)
        work_id, year = str(document.get_first("work_id")), document.get_first("year")
        return Hit(work_id, score, year, kept, tuple(self.marked(title, asked)), tuple(cut_around(passage)))

    def marked(self, text: str, asked: set[str]) -> list[Piece]:
        """Cut a text into pieces, those that answer ``asked`` terms marked."""
        spans: list[tuple[int, int]] = []
        for found in _TOKEN.finditer(text):
            run = found.group()
            if _HAN.match(run):
                here = found.start()
                spans += [(here + i, here + i + 2) for i, (a, b) in enumerate(pairwise(run)) if a + b in asked]
                spans += [(here + i, here + i + 1) for i, sign in enumerate(run) if sign in asked]
            elif asked & set(self._analyse.analyze(run)):
                spans.append(found.span())
        return _pieces(text, spans)


_TOKEN: Final = re.compile(r"[㐀-鿿豈-﫿]+|[^\W_㐀-鿿豈-﫿]+")
_QUOTED: Final = re.compile(r"[\"“”«]([^\"“”«»]+)[\"“”»]")


def _parts(words: str) -> list[str]:
    """Return what stands between spaces and what stands in quotation marks, each a run of its own."""
    folded = unicodedata.normalize("NFKC", words)
    return [*_quoted(folded), *_QUOTED.sub(" ", folded).split()]


def _quoted(words: str) -> list[str]:
    return _QUOTED.findall(unicodedata.normalize("NFKC", words))


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    pieces, end = [], 0
    merged: list[list[int]] = []
    for start, stop in sorted(spans):
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1][1] = max(merged[-1][1], stop)
        else:
            merged.append([start, stop])
    for start, stop in merged:
        if start > end:
            pieces.append(Piece(text[end:start], marked=False))
        pieces.append(Piece(text[start:stop], marked=True))
        end = stop
    if end < len(text):
        pieces.append(Piece(text[end:], marked=False))
    return pieces


def cut_around(pieces: Sequence[Piece], width: int = 260) -> list[Piece]:
    """Return the part of a text around its first marked piece, about ``width`` characters long."""
    before = 0
    for piece in pieces:
        if piece.marked:
            break
        before += len(piece.text)
    else:
        before = 0
    start, out, seen = max(0, before - width // 4), [], 0
    for piece in pieces:
        low, high = max(start - seen, 0), min(start + width - seen, len(piece.text))
        if low < high:
            out.append(Piece(piece.text[low:high], piece.marked))
        seen += len(piece.text)
    if out and start:
        out.insert(0, Piece("…", marked=False))
    if start + width < seen:
        out.append(Piece("…", marked=False))
    return out
