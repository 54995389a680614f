"""The tables of a call: their columns, one canonical order of rows, a hash of content alone, and all in one place."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from yuantou.kernel.hashing import canonical_json

_TEXTS = pl.List(pl.String)


def _schema(**columns: Any) -> pl.Schema:
    return pl.Schema(columns)


SCHEMAS: Final[Mapping[str, pl.Schema]] = MappingProxyType(
    {
        "proposals": _schema(
            proposal_id=pl.String,
            title=pl.String,
            abstract=pl.String,
            keywords=_TEXTS,
            discipline=pl.String,
            applicant=pl.String,
            participants=_TEXTS,
            organisation=pl.String,
            requested=pl.Float64,
            demand=pl.Int64,
        ),
        "experts": _schema(
            expert_id=pl.String,
            name=pl.String,
            orcid=pl.String,
            organisation=pl.String,
            organisations=_TEXTS,
            topics=_TEXTS,
            max_load=pl.Int64,
            fields=_TEXTS,
            seniority=pl.Int64,
            region=pl.String,
            country=pl.String,
        ),
        "works": _schema(
            work_id=pl.String,
            expert_id=pl.String,
            title=pl.String,
            abstract=pl.String,
            year=pl.Int64,
            authors=_TEXTS,
        ),
        "conflicts": _schema(proposal_id=pl.String, expert_id=pl.String, kind=pl.String, evidence=pl.String),
        "reviews": _schema(
            proposal_id=pl.String, reviewer_id=pl.String, score=pl.Float64, panel=pl.String, criterion=pl.String
        ),
        "budgets": _schema(pot=pl.String, amount=pl.Float64),
    }
)


LATER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"experts": ("fields", "seniority", "region", "country")}
)
"""Columns that came later: a table in which one is empty has the hash it had before there was such a column."""


def contract_hash(name: str, table: pl.DataFrame) -> str:
    """Return the content hash of an input table."""
    typed = canonical_table(name, table)
    empty = [column for column in LATER.get(name, ()) if typed[column].null_count() == typed.height]
    return table_hash(typed.drop(empty))


def empty_table(name: str) -> pl.DataFrame:
    """Return a table of a call without rows, with the columns and types of the contract."""
    return pl.DataFrame(schema=SCHEMAS[name])


def canonical_table(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return the contract columns of an input table, typed, its rows in one order whatever order they came in.

    Columns that are missing are added empty; columns beyond the contract are left out, since no engine reads them.

    Raises
    ------
    polars.exceptions.InvalidOperationError
        If a column cannot be read as the type of the contract.
    """
    schema = SCHEMAS[name]
    columns = [
        (pl.col(column) if column in table.columns else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    ]
    typed = table.select(columns)
    keys = [pl.col(c).list.join("\x1f") if dtype == _TEXTS else pl.col(c) for c, dtype in schema.items()]
    return typed.sort(keys, nulls_last=True, maintain_order=True)


def table_hash(table: pl.DataFrame) -> str:
    """Return the SHA-256 of a table's content: column names and rows, whatever the order of either.

    Each row is hashed as canonical JSON and the sorted digests are hashed again, so memory stays at 32 bytes a row.

    >>> a = pl.DataFrame({"x": [1, 2], "y": ["源", None]})
    >>> table_hash(a) == table_hash(a.reverse().select("y", "x"))
    True
    """
    ordered = table.select(sorted(table.columns))
    digests = sorted(hashlib.sha256(canonical_json(list(row))).digest() for row in ordered.iter_rows())
    whole = hashlib.sha256(canonical_json(ordered.columns))
    for digest in digests:
        whole.update(digest)
    return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class CallInput:
    """The tables of a call (columns: `docs/explanation/architecture.md`); those that are not there stay empty."""

    proposals: pl.DataFrame
    experts: pl.DataFrame = field(default_factory=lambda: empty_table("experts"))
    works: pl.DataFrame = field(default_factory=lambda: empty_table("works"))
    conflicts: pl.DataFrame = field(default_factory=lambda: empty_table("conflicts"))
    reviews: pl.DataFrame = field(default_factory=lambda: empty_table("reviews"))
    budgets: pl.DataFrame = field(default_factory=lambda: empty_table("budgets"))

    def canonical(self) -> "CallInput":
        """Return the same call with exactly the contract's columns and rows in one order."""
        return CallInput(**{name: canonical_table(name, table) for name, table in self.tables().items()})

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def hashes(self) -> dict[str, str]:
        """Return the content hash of every table: the same for any file format, row order and column order."""
        return {name: contract_hash(name, table) for name, table in self.tables().items()}
