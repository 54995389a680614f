"""A work as the smaller formats give it, and the tables of many."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.connectors.literature.keys import doi_key, fingerprints, first_author_keys, text_key, work_key
from yuantou.connectors.literature.schema import SCHEMAS

FIRST_YEAR: Final = 1500


@dataclass(frozen=True, slots=True)
class Author:
    """One author as printed, with institutions as printed."""

    name: str
    orcid: str | None = None
    institutions: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One work of a bibliography; ``references`` are work ids (``doi:…``, ``acl:…``, ``W…``), None if not recorded."""

    work_id: str
    title: str | None
    source: str
    abstract: str | None = None
    year: int | None = None
    doi: str | None = None
    type: str | None = None
    venue: str | None = None
    publisher: str | None = None
    issn: str | None = None
    field_name: str | None = None
    language: str | None = None
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    funders: tuple[str, ...] = ()
    references: tuple[str, ...] | None = None
    cited_by: int | None = None
    published: date | None = None
    updated: date | None = None
    open_access: str | None = None
    retracted: bool = False


def to_tables(records: Iterable[Record], *, first_row: int, load: int, last_year: int) -> dict[str, pl.DataFrame]:
    """Return the staged tables of records, numbered from ``first_row``.

    A year before 1500 or after ``last_year`` is taken as unknown.
    """
    works: list[dict[str, Any]] = []
    firsts: list[str | None] = []
    authorships: list[dict[str, Any]] = []
    citations: list[dict[str, Any]] = []
    venues: dict[str, dict[str, Any]] = {}
    fields: dict[str, dict[str, Any]] = {}
    for row, record in enumerate(map(_with_id, records), first_row):
        firsts.append(record.authors[0].name if record.authors else None)
        works.append(_work(record, row, load, last_year))
        authorships += _authorships(record, row)
        citations += [{"row": row, "cited_key": reference_key(each)} for each in dict.fromkeys(record.references or ())]
        if record.venue:
            venues[named("venue", record.venue)] = _venue(record)
        if record.field_name:
            fields[named("field", record.field_name)] = _field(record.field_name)
    found = {
        "works": works,
        "authorships": authorships,
        "citations": citations,
        "topics": list(fields.values()),
        "venues": list(venues.values()),
    }
    frames = {name: _frame(rows, SCHEMAS[name]) for name, rows in found.items()}
    frames["works"] = frames["works"].with_columns(
        fingerprint=pl.Series(fingerprints(frames["works"]["title"]), dtype=pl.Int64),
        first_author=pl.Series(first_author_keys(firsts), dtype=pl.Int64),
    )
    return frames


def named(kind: str, name: str) -> str:
    """Return an identifier made from a name: the same name, whatever its case and spaces, gives the same."""
    return f"{kind}:{-text_key(' '.join(name.casefold().split())):016x}"


def reference_key(reference: str) -> int:
    """Return the key of a referenced work: that of its DOI where it is given as one."""
    return text_key(reference) if reference.startswith("doi:") else work_key(reference)


def script_language(text: str | None) -> str | None:
    """Tell Chinese, Japanese, Korean, Russian and Arabic by their script; nothing for Latin letters.

    >>> script_language("拓扑超导的研究")
    'zh'
    """
    for language, pattern in _SCRIPTS:
        if len(re.findall(pattern, text or "")) >= 2:
            return language
    return None


_SCRIPTS: Final = (
    ("ja", "[\u3040-\u30ff]"), ("ko", "[\uac00-\ud7af]"), ("zh", "[\u3400-\u9fff]"), ("ru", "[\u0400-\u04ff]"),
    ("ar", "[\u0600-\u06ff]"),
)  # fmt: skip


def _with_id(record: Record) -> Record:
    if record.work_id:
        return record
    if record.doi:
        return replace(record, work_id=f"doi:{record.doi}")
    first = record.authors[0].name if record.authors else ""
    return replace(record, work_id=named("local", f"{record.title} {record.year} {first}"))


def _work(record: Record, row: int, load: int, last_year: int) -> dict[str, Any]:
    year = record.year if record.year is not None and FIRST_YEAR <= record.year <= last_year else None
    return {
        "row": row,
        "key": work_key(record.work_id),
        "work_id": record.work_id,
        "doi": record.doi,
        "doi_key": doi_key(record.doi),
        "title": record.title,
        "abstract": record.abstract,
        "language": record.language or script_language(record.title),
        "year": year,
        "published": record.published,
        "type": record.type,
        "venue_id": named("venue", record.venue) if record.venue else None,
        "field_id": named("field", record.field_name) if record.field_name else None,
        "keywords": list(record.keywords),
        "funders": list(record.funders),
        "references": None if record.references is None else len(dict.fromkeys(record.references)),
        "cited_by": record.cited_by,
        "open_access": record.open_access,
        "retracted": record.retracted,
        "source": record.source,
        "load": load,
        "updated": record.updated,
    }


def _authorships(record: Record, row: int) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "position": min(position, np.iinfo(np.int16).max),
            "name": author.name,
            "orcid": author.orcid,
            "institution_id": named("org", place) if place else None,
            "institution": place,
            "country": author.country,
            "share": 1 / len(record.authors) / max(len(author.institutions), 1),
        }
        for position, author in enumerate(record.authors, 1)
        for place in (author.institutions or (None,))
    ]


def _venue(record: Record) -> dict[str, Any]:
    return {
        "venue_id": named("venue", record.venue or ""), "name": record.venue, "issn": record.issn,
        "publisher": record.publisher,
    }  # fmt: skip


def _field(name: str) -> dict[str, Any]:
    chinese = script_language(name) == "zh"
    return {
        "topic_id": named("field", name), "level": "field", "scheme": "as given",
        "name_zh": name if chinese else None, "name_en": None if chinese else name,
    }  # fmt: skip


def _frame(rows: list[dict[str, Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), infer_schema_length=None)
