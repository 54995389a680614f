"""The columns of the lake (docs/reference/lake.md), as Polars types."""

from collections.abc import Mapping
from typing import Final

import polars as pl

FORMAT: Final = 1
TABLES: Final = ("works", "authorships", "citations", "topics", "venues", "duplicates")
STAGED: Final = ("works", "authorships", "citations", "topics", "venues")
ROWS_PER_LOAD: Final = 1 << 40
"""Record numbers of a load begin at its number times this."""

_TEXT = pl.String()
_TEXTS = pl.List(pl.String)

STAGED_WORKS: Final[Mapping[str, pl.DataType]] = {
    "row": pl.Int64(), "key": pl.Int64(), "work_id": _TEXT, "doi": _TEXT, "doi_key": pl.Int64(), "title": _TEXT,
    "abstract": _TEXT, "language": _TEXT, "year": pl.Int32(), "published": pl.Date(), "type": _TEXT, "venue_id": _TEXT,
    "topic_id": _TEXT, "field_id": _TEXT, "keywords": _TEXTS, "funders": _TEXTS, "references": pl.Int32(),
    "cited_by": pl.Int32(), "open_access": _TEXT, "retracted": pl.Boolean(), "fingerprint": pl.Int64(),
    "first_author": pl.Int64(), "source": _TEXT, "load": pl.Int32(), "updated": pl.Date(),
}  # fmt: skip
STAGED_AUTHORSHIPS: Final[Mapping[str, pl.DataType]] = {
    "row": pl.Int64(), "position": pl.Int16(), "author_id": _TEXT, "name": _TEXT, "orcid": _TEXT,
    "institution_id": _TEXT, "institution": _TEXT, "ror": _TEXT, "country": _TEXT, "share": pl.Float64(),
}  # fmt: skip
STAGED_CITATIONS: Final[Mapping[str, pl.DataType]] = {"row": pl.Int64(), "cited_key": pl.Int64()}
TOPICS: Final[Mapping[str, pl.DataType]] = dict.fromkeys(
    ("topic_id", "level", "parent_id", "name_en", "name_zh", "scheme"), _TEXT
)
VENUES: Final[Mapping[str, pl.DataType]] = dict.fromkeys(
    ("venue_id", "name", "issn", "publisher", "type", "country"), _TEXT
)
SCHEMAS: Final[Mapping[str, Mapping[str, pl.DataType]]] = {
    "works": STAGED_WORKS,
    "authorships": STAGED_AUTHORSHIPS,
    "citations": STAGED_CITATIONS,
    "topics": TOPICS,
    "venues": VENUES,
}
"""Columns of a staged part, by table."""

WORKS: Final[Mapping[str, pl.DataType]] = {
    "work": pl.Int32(), **STAGED_WORKS, "references_found": pl.Int32(), "citations": pl.Int32(),
}  # fmt: skip
AUTHORSHIPS: Final[Mapping[str, pl.DataType]] = {"work": pl.Int32(), **STAGED_AUTHORSHIPS}
CITATIONS: Final[Mapping[str, pl.DataType]] = {
    "citing": pl.Int32(), "cited": pl.Int32(), "cited_key": pl.Int64(), "row": pl.Int64(),
}  # fmt: skip
DUPLICATES: Final[Mapping[str, pl.DataType]] = {"work_id": _TEXT, "kept_id": _TEXT, "rule": _TEXT, "key": pl.Int64()}
PUBLISHED: Final[Mapping[str, Mapping[str, pl.DataType]]] = {
    "works": WORKS,
    "authorships": AUTHORSHIPS,
    "citations": CITATIONS,
    "topics": TOPICS,
    "venues": VENUES,
    "duplicates": DUPLICATES,
}
"""Columns of the tables that readers see."""
