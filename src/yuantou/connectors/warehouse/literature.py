"""Named queries over the literature lake, written once: DuckDB in the process, Spark where a corpus outgrows a machine.

``tables_of`` opens the lake on a connection, ``QUERIES`` names the queries, ``answer`` runs one. ``sql`` is the way
out: the same query as text for any engine. Columns are those of docs/reference/lake.md; every row is of a set of works
or of a work as such, never a score of a person.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from yuantou.connectors.literature import Lake
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

FREE: Final = ["diamond", "gold", "green", "hybrid", "bronze"]
ALIKE: Final = ["field_id", "year", "type"]
TOP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a lake on one connection."""

    works: ir.Table
    authorships: ir.Table
    citations: ir.Table
    venues: ir.Table


class Query(Protocol):
    """A function of the tables, entered under its name."""

    __name__: str

    def __call__(self, tables: Tables, /) -> ir.Table:
        """Return the answer as an expression."""


QUERIES: dict[str, Query] = {}


def named(query: Query) -> Query:
    """Enter a query under the name of its function."""
    QUERIES[query.__name__] = query
    return query


def tables_of(connection: Any, lake: Lake) -> Tables:
    """Open the tables of a lake on a connection: ``ibis.duckdb.connect()``, ``ibis.pyspark.connect(session)``."""
    names = ("works", "authorships", "citations", "venues")
    return Tables(*(connection.read_parquet(str(lake.path(name)), table_name=f"lake_{name}") for name in names))


def answer(connection: Any, tables: Tables, name: str) -> pa.Table:
    """Run a named query.

    Raises
    ------
    InputError
        If there is no query of that name.
    """
    return connection.to_pyarrow(_query(name)(tables))


def sql(tables: Tables, name: str, *, dialect: str = "duckdb") -> str:
    """Return a named query as text in the dialect of an engine."""
    return str(ibis.to_sql(_query(name)(tables), dialect=dialect))


def _query(name: str) -> Query:
    if name not in QUERIES:
        told = LocalText(f"没有名为“{name}”的查询。", f"There is no query named “{name}”.")
        raise InputError(
            told, LocalText(f"现有：{'、'.join(sorted(QUERIES))}", f"There are: {', '.join(sorted(QUERIES))}")
        )
    return QUERIES[name]


def _count(table: ir.Table, *by: str) -> ir.Table:
    return table.group_by(list(by)).agg(works=table.count())


@named
def works_by_year(t: Tables) -> ir.Table:
    return _count(t.works, "year")


@named
def works_by_type(t: Tables) -> ir.Table:
    return _count(t.works, "type")


@named
def works_by_language(t: Tables) -> ir.Table:
    return _count(t.works, "language")


@named
def works_by_field(t: Tables) -> ir.Table:
    return _count(t.works, "field_id", "year")


@named
def works_by_venue(t: Tables) -> ir.Table:
    counts = _count(t.works, "venue_id")
    return counts.left_join(t.venues, "venue_id")[["venue_id", "name", "works"]]


@named
def works_by_source(t: Tables) -> ir.Table:
    return _count(t.works, "source")


@named
def works_by_funder(t: Tables) -> ir.Table:
    return _count(t.works.select("year", funder=t.works.funders.unnest()), "funder", "year")


@named
def works_by_keyword(t: Tables) -> ir.Table:
    return _count(t.works.select("year", keyword=t.works.keywords.unnest()), "keyword", "year")


@named
def retracted_by_year(t: Tables) -> ir.Table:
    return t.works.group_by("year").agg(works=t.works.count(), retracted=t.works.retracted.cast("int64").sum())


def _open(works: ir.Table, by: str) -> ir.Table:
    known = works.open_access.notnull().cast("int64").sum()
    free = works.open_access.isin(FREE).fill_null(False).cast("int64").sum()  # noqa: FBT003 the value, not a switch
    rows = works.group_by(by).agg(works=works.count(), known=known, free=free)
    return rows.mutate(open=rows.free.cast("float64") / rows.known.nullif(0).cast("float64"))


@named
def open_access_by_year(t: Tables) -> ir.Table:
    return _open(t.works, "year")


@named
def open_access_by_field(t: Tables) -> ir.Table:
    return _open(t.works, "field_id")


@named
def open_access_by_venue(t: Tables) -> ir.Table:
    return _open(t.works, "venue_id")


@named
def works_by_open_status(t: Tables) -> ir.Table:
    return _count(t.works, "open_access")


@named
def reference_coverage_by_year(t: Tables) -> ir.Table:
    works = t.works.filter(t.works.references.notnull())
    rows = works.group_by("year").agg(
        works=works.count(), recorded=works.references.sum(), found=works.references_found.sum()
    )
    return rows.mutate(coverage=rows.found.cast("float64") / rows.recorded.nullif(0).cast("float64"))


@named
def without_references_by_type(t: Tables) -> ir.Table:
    lacking = t.works.references.isnull().cast("int64").sum()
    return t.works.group_by("type", "year").agg(works=t.works.count(), without=lacking)


@named
def citations_by_year(t: Tables) -> ir.Table:
    uncited = (t.works.citations == 0).cast("float64").mean()
    return t.works.group_by("year").agg(
        works=t.works.count(), citations=t.works.citations.sum(), mean=t.works.citations.mean(), uncited=uncited
    )


def _placed(works: ir.Table) -> ir.Table:
    """Works with their percentile, relative citations and part of the top tenth: as in engines.literature.citedness."""
    rows = works.filter(*[works[name].notnull() for name in [*ALIKE, "citations"]])
    alike, level = ibis.window(group_by=ALIKE), ibis.window(group_by=[*ALIKE, "citations"])
    rows = rows.mutate(
        among=rows.count().over(alike).cast("float64"),
        level=rows.count().over(level).cast("float64"),
        below=ibis.rank().over(group_by=ALIKE, order_by="citations").cast("float64"),
        expected=rows.citations.mean().over(alike),
    )
    part = (rows.among * TOP - (rows.among - rows.below - rows.level)) / rows.level
    return rows.mutate(
        percentile=(rows.below + rows.level * 0.5) / rows.among * 100,
        relative=rows.citations.cast("float64") / rows.expected.nullif(0),
        top=part.clip(0.0, 1.0),
    )


@named
def percentiles(t: Tables) -> ir.Table:
    return _placed(t.works).select("work_id", "percentile", "relative", "top", "among")


def _strength(rows: ir.Table, *by: str) -> ir.Table:
    share = rows.share
    found = rows.group_by(list(by)).agg(
        works=share.sum(), top=(rows.top * share).sum(), cited=(rows.percentile * share).sum()
    )
    return found.mutate(top_share=found.top / found.works, percentile=found.cited / found.works).drop("cited")


def _signed(t: Tables) -> ir.Table:
    return _placed(t.works).join(t.authorships, "work")


@named
def top_tenth_by_country(t: Tables) -> ir.Table:
    return _strength(_signed(t), "country")


@named
def top_tenth_by_institution(t: Tables) -> ir.Table:
    return _strength(_signed(t), "institution")


@named
def top_tenth_by_field_and_country(t: Tables) -> ir.Table:
    return _strength(_signed(t), "field_id", "country")


@named
def top_tenth_by_venue(t: Tables) -> ir.Table:
    return _strength(_placed(t.works).mutate(share=ibis.literal(1.0)), "venue_id")


@named
def fractional_works_by_country(t: Tables) -> ir.Table:
    rows = t.works.join(t.authorships, "work")
    return rows.group_by("country", "year").agg(works=rows.share.sum())


@named
def authors_per_work(t: Tables) -> ir.Table:
    counts = t.authorships.group_by("work").agg(authors=t.authorships.name.nunique())
    rows = t.works.join(counts, "work")
    return rows.group_by("year").agg(mean=rows.authors.mean(), most=rows.authors.max())


@named
def people_by_field(t: Tables) -> ir.Table:
    rows = t.works.join(t.authorships, "work")
    return rows.group_by("field_id", "year").agg(people=rows.name.nunique())


@named
def new_people_by_year(t: Tables) -> ir.Table:
    rows = t.works.filter(t.works.year.notnull()).join(t.authorships, "work")
    first = rows.group_by("name").agg(year=rows.year.min())
    return first.group_by("year").agg(people=first.count())


def _pairs(rows: ir.Table, unit: str) -> ir.Table:
    one = rows.filter(rows[unit].notnull()).select("work", one=rows[unit]).distinct()
    other = one.rename(other="one").view()
    both = one.join(other, "work")
    both = both.filter(both.one < both.other)
    return both.group_by("one", "other").agg(works=both.count())


@named
def country_pairs(t: Tables) -> ir.Table:
    return _pairs(t.authorships, "country")


@named
def institution_pairs(t: Tables) -> ir.Table:
    return _pairs(t.authorships, "institution")


@named
def international_by_year(t: Tables) -> ir.Table:
    counts = t.authorships.group_by("work").agg(countries=t.authorships.country.nunique())
    rows = t.works.join(counts, "work")
    return rows.group_by("year").agg(works=rows.count(), international=(rows.countries > 1).cast("float64").mean())


def _cited(t: Tables) -> ir.Table:
    """Citations within the lake, with year, field and venue of both sides."""
    citing = t.works.select(citing="work", year="year", field="field_id")
    cited = t.works.select(
        cited="work", cited_id="work_id", cited_year="year", cited_field="field_id", cited_venue="venue_id"
    )
    return t.citations.select("citing", "cited").join(citing, "citing").join(cited, "cited")


@named
def citations_between_fields(t: Tables) -> ir.Table:
    rows = _cited(t)
    return rows.group_by("field", "cited_field").agg(citations=rows.count())


@named
def age_of_references(t: Tables) -> ir.Table:
    rows = _cited(t)
    age = rows.year - rows.cited_year
    return rows.group_by("year").agg(references=rows.count(), age=age.mean())


@named
def cited_by_age(t: Tables) -> ir.Table:
    """Citations of each work by age: what the beauty coefficient reads."""
    rows = _cited(t)
    rows = rows.mutate(age=rows.year - rows.cited_year)
    rows = rows.filter(rows.age >= 0)
    return rows.group_by("cited_id", "age").agg(citations=rows.count())


@named
def diversity_of_references(t: Tables) -> ir.Table:
    """Diversity of the cited fields by field and year at equal distances: Rao-Stirling with d = 1 (Simpson)."""
    rows = _cited(t)
    rows = rows.filter(rows.cited_field.notnull())
    each = rows.group_by("field", "year", "cited_field").agg(n=rows.count().cast("float64"))
    found = each.group_by("field", "year").agg(references=each.n.sum(), squares=(each.n * each.n).sum())
    return found.mutate(diversity=1 - found.squares / (found.references * found.references)).drop("squares")


@named
def pairs_of_cited_venues(t: Tables) -> ir.Table:
    """Pairs of venues cited together, and the first year: what novelty of combinations rests on."""
    rows = _cited(t)
    rows = rows.filter(rows.cited_venue.notnull(), rows.year.notnull())
    one = rows.select("citing", "year", one="cited_venue").distinct()
    other = one.select("citing", other="one").view()
    both = one.join(other, "citing")
    both = both.filter(both.one < both.other)
    return both.group_by("one", "other").agg(works=both.count(), first=both.year.min())


@named
def self_citations_by_country(t: Tables) -> ir.Table:
    """Citations by country, and how many come from a work of the same country."""
    place = t.authorships.filter(t.authorships.country.notnull()).select("work", "country").distinct()
    citing = place.select(citing="work", origin="country")
    cited = place.select(cited="work", country="country").view()
    rows = t.citations.select("citing", "cited").join(cited, "cited").left_join(citing, "citing")
    own = (rows.origin == rows.country).fill_null(False).cast("int64").sum()  # noqa: FBT003 the value, not a switch
    return rows.group_by("country").agg(links=rows.count(), own=own)
