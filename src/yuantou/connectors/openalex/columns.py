"""Which fields of a work are read, of every generation of the format, and the tables cut from them."""

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from yuantou.connectors.literature.keys import fingerprints, first_author_keys, text_keys
from yuantou.connectors.literature.schema import SCHEMAS
from yuantou.connectors.openalex.scanner import INNER, KEYS, LEAF, WHOLE, Events, distinct, fields
from yuantou.connectors.openalex.texts import abstracts, integers, lists, numbers_of, strings, tails

_LEAVES: Final = (
    "id", "doi", "title", "display_name", "publication_year", "publication_date", "type", "language",
    "updated_date", "cited_by_count", "is_retracted", "open_access.oa_status",
    # 2022
    "host_venue.id", "host_venue.display_name", "host_venue.issn_l", "host_venue.publisher",
    "host_venue.type", "concepts.id", "concepts.display_name", "concepts.level",
    # since 2023
    "primary_location.source.id", "primary_location.source.display_name", "primary_location.source.issn_l",
    "primary_location.source.host_organization_name", "primary_location.source.type", "primary_topic.id",
    "primary_topic.display_name", "primary_topic.subfield.id", "primary_topic.subfield.display_name",
    "primary_topic.field.id", "primary_topic.field.display_name", "primary_topic.domain.id",
    "primary_topic.domain.display_name", "keywords.display_name", "keywords.keyword",
    "grants.funder_display_name", "funders.display_name",
    "authorships.author.id", "authorships.author.display_name", "authorships.author.orcid",
    "authorships.raw_author_name", "authorships.institutions.id", "authorships.institutions.display_name",
    "authorships.institutions.ror", "authorships.institutions.country_code",
)  # fmt: skip
_BEGINS: Final = ("authorships", "authorships.institutions", "concepts")
_CODES: Final = {name: code for code, name in enumerate((*_LEAVES, *_BEGINS, "abstract_inverted_index"))}
FIELDS: Final = fields(
    {name: (LEAF, _CODES[name]) for name in _LEAVES}
    | {name: (INNER, _CODES[name]) for name in _BEGINS}
    | {"abstract_inverted_index": (WHOLE, _CODES["abstract_inverted_index"]), "referenced_works": (KEYS, -1)}
)
_TYPES: Final = {
    "journal-article": "article", "proceedings-article": "proceedings-article", "posted-content": "preprint",
    "monograph": "book", "reference-entry": "reference", "proceedings": "book", "journal": "paratext",
}  # fmt: skip


class Chunk:
    """The events of one chunk of text, asked for by path."""

    def __init__(self, text: np.ndarray, found: Events) -> None:
        self.text, self.events, self.size = text, found, len(found.lines)
        order = np.argsort(found.code, kind="stable")
        codes = found.code[order]
        bounds = np.searchsorted(codes, np.arange(len(_CODES) + 1))
        self._places = {name: order[bounds[code] : bounds[code + 1]] for name, code in _CODES.items()}

    def places(self, name: str) -> np.ndarray:
        """Return the numbers of the events of a path, in order of the text."""
        return self._places[name]

    def owners(self, name: str) -> np.ndarray:
        """Return the record of each event of a path."""
        return self.events.record[self.places(name)]

    def first(self, *names: str) -> tuple[np.ndarray, np.ndarray]:
        """Return start and end of a field for each record; -1 where none of the names is there, the first preferred."""
        return self._spread(self.size, [(self.owners(name), self.places(name)) for name in names])

    def text_of(self, *names: str) -> pl.Series:
        """Return a field of each record as text."""
        return strings(self.text, *self.first(*names))

    def within(self, container: str, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return start and end of a field for each begin of a container."""
        begins, at = self.places(container), self.places(name)
        return self._spread(len(begins), [(np.searchsorted(begins, at) - 1, at)])

    def _spread(self, size: int, sources: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        start, end = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
        for rows, at in reversed(sources):
            start[rows[::-1]], end[rows[::-1]] = self.events.start[at[::-1]], self.events.end[at[::-1]]
        return start, end

    def tail_of(self, *names: str) -> pl.Series:
        """Return what follows the last slash of a field of each record."""
        return tails(self.text, *self.first(*names))

    def number_of(self, *names: str) -> pl.Series:
        """Return a field of each record as a whole number."""
        return integers(self.text, *self.first(*names))

    def lists(self, *names: str) -> pl.Series:
        """Return a repeated field of each record as a list of texts, never null."""
        at = np.sort(np.concatenate([self.places(name) for name in names]))
        counts = np.bincount(self.events.record[at], minlength=self.size)
        return lists(self.text, self.events.start[at], self.events.end[at], counts)


def tables(chunk: Chunk, *, first_row: int, load: int, last_year: int) -> tuple[dict[str, pl.DataFrame], np.ndarray]:
    """Return the staged tables of a chunk and, for each record, whether it is a work."""
    identifier = chunk.tail_of("id")
    is_work = identifier.str.contains(r"^W\d{1,18}$").fill_null(value=False).to_numpy()
    rows = np.full(chunk.size, -1, np.int64)
    rows[is_work] = first_row + np.arange(int(is_work.sum()))
    concept_topics, topic_id, field_id = _concepts(chunk)
    authorships = _authorships(chunk, rows)
    keys, owners, listed = distinct(chunk.events.keys, chunk.events.key_records, chunk.size)
    works = _works(chunk, identifier, topic_id, field_id, load, last_year).with_columns(
        row=pl.Series(rows),
        references=pl.Series(listed).replace(0, None),
        first_author=pl.Series(_first_authors(chunk, authorships, rows)),
    )
    found = {
        "works": works,
        "authorships": authorships,
        "citations": pl.DataFrame({"row": rows[owners], "cited_key": keys}),
        "topics": pl.concat([concept_topics, *_topics(chunk)]),
        "venues": _venues(chunk),
    }
    if not is_work.all():
        for name in ("works", "authorships", "citations"):
            found[name] = found[name].filter(pl.col("row") >= 0)
    return found, is_work


def _works(
    chunk: Chunk, identifier: pl.Series, topic_id: pl.Series, field_id: pl.Series, load: int, last_year: int
) -> pl.DataFrame:
    doi = chunk.text_of("doi").str.to_lowercase().str.extract(r"(10\.\d{4,9}/\S+)")
    title = chunk.text_of("display_name", "title")
    year = chunk.number_of("publication_year")
    kind = chunk.text_of("type")
    venue = chunk.tail_of("primary_location.source.id", "host_venue.id")
    frame = pl.DataFrame(
        {
            "work_id": identifier,
            "key": identifier.str.slice(1).str.to_integer(strict=False),
            "doi": doi,
            "doi_key": text_keys("doi:" + doi),
            "title": title,
            "abstract": abstracts(chunk.text, *chunk.first("abstract_inverted_index")),
            "language": chunk.text_of("language"),
            "year": year,
            "published": chunk.text_of("publication_date").str.to_date("%Y-%m-%d", strict=False),
            "type": kind.replace(_TYPES),
            "venue_id": venue,
            "topic_id": topic_id,
            "field_id": field_id,
            "keywords": chunk.lists("keywords.display_name", "keywords.keyword"),
            "funders": chunk.lists("funders.display_name", "grants.funder_display_name"),
            "cited_by": chunk.number_of("cited_by_count"),
            "open_access": chunk.text_of("open_access.oa_status"),
            "retracted": (chunk.text_of("is_retracted") == "true").fill_null(value=False),
            "fingerprint": pl.Series(fingerprints(title), dtype=pl.Int64),
            "updated": chunk.text_of("updated_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        }
    )
    return frame.with_columns(
        pl.when(pl.col("year").is_between(1500, last_year)).then("year").cast(pl.Int32).alias("year"),
        pl.col("cited_by").cast(pl.Int32),
        source=pl.lit("openalex"),
        load=pl.lit(load, pl.Int32),
        references=pl.lit(None, pl.Int32),
        first_author=pl.lit(0, pl.Int64),
    )


def _authorships(chunk: Chunk, rows: np.ndarray) -> pl.DataFrame:
    begins, places = chunk.places("authorships"), chunk.places("authorships.institutions")
    if not len(begins):
        return pl.DataFrame(schema=dict(SCHEMAS["authorships"]))
    record = chunk.events.record[begins]
    first = np.concatenate(([True], record[1:] != record[:-1]))
    nth = np.arange(len(begins))
    position = nth - np.maximum.accumulate(np.where(first, nth, 0)) + 1
    author_of_place = np.searchsorted(begins, places) - 1
    several = np.bincount(author_of_place, minlength=len(begins))
    authors = np.bincount(record, minlength=chunk.size)[record]
    # one row for each institution, and one for an author without any
    alone = np.flatnonzero(several == 0)
    author = np.concatenate((author_of_place, alone))
    place = np.concatenate((np.arange(len(places)), np.full(len(alone), -1)))
    order = np.argsort(author, kind="stable")
    author, place = author[order], place[order]

    def of_author(name: str, cut: Callable[..., pl.Series] = strings) -> pl.Series:
        start, end = chunk.within("authorships", f"authorships.{name}")
        return cut(chunk.text, start[author], end[author])

    def of_place(name: str, cut: Callable[..., pl.Series] = strings) -> pl.Series:
        start, end = chunk.within("authorships.institutions", f"authorships.institutions.{name}")
        start, end = np.append(start, -1).astype(np.int32), np.append(end, -1).astype(np.int32)
        return cut(chunk.text, start[place], end[place])

    return pl.DataFrame(
        {
            "row": rows[record[author]],
            "position": np.minimum(position[author], 32_767).astype(np.int16),
            "author_id": of_author("author.id", tails),
            "name": of_author("author.display_name").fill_null(of_author("raw_author_name")),
            "orcid": of_author("author.orcid", tails),
            "institution_id": of_place("id", tails),
            "institution": of_place("display_name"),
            "ror": of_place("ror", tails),
            "country": of_place("country_code"),
            "share": 1 / authors[author] / np.maximum(several[author], 1),
        }
    )


def _first_authors(chunk: Chunk, authorships: pl.DataFrame, rows: np.ndarray) -> np.ndarray:
    begins = chunk.places("authorships")
    if not len(begins):
        return np.zeros(len(rows), np.int64)
    record = chunk.events.record[begins]
    first = np.concatenate(([True], record[1:] != record[:-1]))
    # rows of the table are in order of records, the first of a record is its first author
    of = authorships["row"].to_numpy()
    starts = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1]))) if (of >= 0).all() else None
    if starts is None or len(starts) != int(first.sum()):
        start, end = chunk.within("authorships", "authorships.author.display_name")
        keys = first_author_keys(strings(chunk.text, start[first], end[first]))
    else:
        keys = first_author_keys(authorships["name"][starts])
    found = np.zeros(len(rows), np.int64)
    found[record[first]] = keys
    return found


def _concepts(chunk: Chunk) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Return concepts as topics, and each record's topic (best concept below the top) and field (best at the top)."""
    names = {"topic": ("primary_topic.id",), "field": ("primary_topic.field.id",)}
    topic, field = (chunk.tail_of(*names[kind]) for kind in ("topic", "field"))
    field = "fields/" + field
    begins = chunk.places("concepts")
    if not len(begins):
        return pl.DataFrame(schema=dict(SCHEMAS["topics"])), topic, field
    start, end = chunk.within("concepts", "concepts.id")
    number = numbers_of(chunk.text, start, end)
    _unique, once, concept = np.unique(number, return_index=True, return_inverse=True)

    def cut(name: str, how: Callable[..., pl.Series]) -> pl.Series:
        start, end = chunk.within("concepts", f"concepts.{name}")
        return how(chunk.text, start[once], end[once])

    listed = pl.DataFrame(
        {"topic_id": cut("id", tails), "name_en": cut("display_name", strings), "rank": cut("level", integers)}
    ).select(
        "topic_id",
        level=pl.when(pl.col("rank") == 0).then(pl.lit("field")).otherwise(pl.lit("topic")),
        parent_id=pl.lit(None, pl.String),
        name_en="name_en",
        name_zh=pl.lit(None, pl.String),
        scheme=pl.lit("openalex-concepts"),
    )
    record = chunk.events.record[begins]
    top = (listed["level"] == "field").to_numpy()[concept]

    def best(chosen: np.ndarray) -> pl.Series:
        at = np.full(chunk.size, -1, np.int64)
        places = np.flatnonzero(chosen)[::-1]
        at[record[places]] = concept[places]
        index = pl.Series(np.where(at < 0, 0, at))
        return listed["topic_id"].gather(index).to_frame("id").select(pl.when(pl.Series(at >= 0)).then("id"))["id"]

    return listed.drop_nulls("topic_id"), topic.fill_null(best(~top)), field.fill_null(best(top))


def _topics(chunk: Chunk) -> list[pl.DataFrame]:
    """Return topics of the present classification with those above them."""
    found: list[pl.DataFrame] = []
    if not len(chunk.places("primary_topic.id")):
        return found
    start, end = chunk.first("primary_topic.id")
    _unique, once = np.unique(numbers_of(chunk.text, start, end), return_index=True)
    above = {"topic": "subfield", "subfield": "field", "field": "domain", "domain": None}
    for level, parent in above.items():
        path = "primary_topic" if level == "topic" else f"primary_topic.{level}"
        start, end = chunk.first(f"{path}.display_name")
        columns = {
            "topic_id": _level_id(chunk, level, once),
            "parent_id": _level_id(chunk, parent, once) if parent else pl.Series([None] * len(once), dtype=pl.String),
            "name_en": strings(chunk.text, start[once], end[once]),
        }
        found.append(
            pl.DataFrame(columns)
            .drop_nulls("topic_id")
            .unique("topic_id", keep="first", maintain_order=True)
            .select(
                "topic_id",
                level=pl.lit(level),
                parent_id="parent_id",
                name_en="name_en",
                name_zh=pl.lit(None, pl.String),
                scheme=pl.lit("openalex-topics"),
            )
        )
    return found


def _level_id(chunk: Chunk, level: str, once: np.ndarray) -> pl.Series:
    start, end = chunk.first("primary_topic.id" if level == "topic" else f"primary_topic.{level}.id")
    found = tails(chunk.text, start[once], end[once])
    return found if level == "topic" else f"{level}s/" + found


def _venues(chunk: Chunk) -> pl.DataFrame:
    new, old = "primary_location.source", "host_venue"
    return (
        pl.DataFrame(
            {
                "venue_id": chunk.tail_of(f"{new}.id", f"{old}.id"),
                "name": chunk.text_of(f"{new}.display_name", f"{old}.display_name"),
                "issn": chunk.text_of(f"{new}.issn_l", f"{old}.issn_l"),
                "publisher": chunk.text_of(f"{new}.host_organization_name", f"{old}.publisher"),
                "type": chunk.text_of(f"{new}.type", f"{old}.type"),
            }
        )
        .drop_nulls("venue_id")
        .unique("venue_id", keep="first", maintain_order=True)
        .with_columns(country=pl.lit(None, pl.String))
    )
