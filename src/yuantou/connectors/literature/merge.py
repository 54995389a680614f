"""The next generation of a lake: what stands and what came, duplicates resolved, works numbered anew.

DuckDB does it in bounded memory, spilling to the lake's own disk; time and space are linear in the lake.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from yuantou.connectors.literature.lake import Lake, generation_folder
from yuantou.connectors.literature.schema import PUBLISHED, SCHEMAS, STAGED

_RANK: Final = (
    "CASE source WHEN 'openalex' THEN 0 WHEN 'crossref' THEN 1 WHEN 'acl' THEN 2 WHEN 'local' THEN 3 ELSE 4 END"
)
_TITLE_BYTES: Final = 24
_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"


def merge(
    lake: Lake, parts: Mapping[str, Sequence[Path]], *, memory_gb: float = 1.0, threads: int = 2
) -> dict[str, int]:
    """Write the tables of the next generation; returns counts of what was left out and what is there.

    Nothing that a reader sees changes: the caller publishes the generation. An error removes what was written.
    """
    target = generation_folder(lake.folder, lake.generation + 1)
    spill = lake.folder / "staging" / "spill"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    spill.mkdir(parents=True, exist_ok=True)
    try:
        with duckdb.connect() as base:
            base.execute(
                f"SET memory_limit = '{memory_gb}GB'; SET threads = {threads}; SET preserve_insertion_order = false"
            )
            base.execute(f"SET temp_directory = '{_quoted(spill)}'")
            _sources(base, lake, parts)
            _winners(base)
            return _write(base, target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _sources(base: duckdb.DuckDBPyConnection, lake: Lake, parts: Mapping[str, Sequence[Path]]) -> None:
    """Name the union of what stands and what came after each table."""
    for table in STAGED:
        columns = ", ".join(f'"{name}"' for name in SCHEMAS[table])
        files = [*([lake.path(table)] if lake.generation else []), *parts.get(table, ())]
        if files:
            listed = ", ".join(f"'{_quoted(file)}'" for file in files)
            base.execute(
                f"CREATE VIEW all_{table} AS SELECT {columns} FROM read_parquet([{listed}], union_by_name = true)"
            )
        else:
            base.register(f"all_{table}", pl.DataFrame(schema=SCHEMAS[table]).to_arrow())
    pairs = ", ".join(f"'{_quoted(file)}'" for file in parts.get("pairs", ()))
    base.execute(
        f"CREATE TABLE pairs AS SELECT * FROM read_parquet([{pairs}])"
        if pairs
        else "CREATE TABLE pairs (citing_key BIGINT, cited_key BIGINT)"
    )
    base.execute(
        f"CREATE TABLE earlier AS SELECT * FROM read_parquet('{_quoted(lake.path('duplicates'))}')"
        if lake.generation
        else "CREATE TABLE earlier (work_id VARCHAR, kept_id VARCHAR, rule VARCHAR, key BIGINT)"
    )


def _winners(base: duckdb.DuckDBPyConnection) -> None:
    """Find the record of each work that is kept, number the works, and say which keys lead to them."""
    base.execute(
        f"""
        CREATE TABLE records AS
        SELECT "row", key, work_id, doi_key, year, first_author, {_RANK} AS rank, updated,
               CASE WHEN octet_length(encode(title)) >= {_TITLE_BYTES} AND year IS NOT NULL AND first_author <> 0
                    THEN fingerprint ELSE 0 END AS fingerprint
        FROM all_works;
        CREATE TABLE newest AS
        SELECT * EXCLUDE (nth) FROM (
            SELECT *, row_number() OVER (PARTITION BY key ORDER BY updated DESC NULLS LAST, "row" DESC) AS nth FROM records
        ) WHERE nth = 1;
        CREATE TABLE by_doi AS
        SELECT *, CASE WHEN doi_key IS NULL THEN "row"
                       ELSE first_value("row") OVER (PARTITION BY doi_key ORDER BY rank, "row") END AS doi_row
        FROM newest;
        CREATE TABLE by_title AS
        SELECT *, CASE WHEN fingerprint = 0 THEN "row"
                       ELSE first_value("row") OVER (
                           PARTITION BY fingerprint, year, first_author ORDER BY doi_key IS NULL, rank, "row") END AS title_row,
               CASE WHEN fingerprint <> 0 THEN first_value(doi_key) OVER (
                           PARTITION BY fingerprint, year, first_author ORDER BY doi_key IS NULL, rank, "row") END AS title_doi
        FROM by_doi WHERE doi_row = "row";
        CREATE TABLE kept AS
        SELECT "row", key, work_id, doi_key, year FROM by_title
        WHERE title_row = "row" OR (doi_key IS NOT NULL AND doi_key <> title_doi);
        CREATE TABLE numbers AS
        SELECT "row", key, work_id, doi_key,
               (row_number() OVER (ORDER BY year NULLS LAST, work_id) - 1)::INTEGER AS work
        FROM kept;
        CREATE TABLE gone AS
        SELECT d.work_id, k.work_id AS kept_id, 'doi' AS rule, d.key, k."row" AS to_row
        FROM by_doi d JOIN by_doi k ON d.doi_row = k."row" WHERE d.doi_row <> d."row"
        UNION ALL
        SELECT d.work_id, k.work_id, 'title', d.key, k."row"
        FROM by_title d JOIN by_title k ON d.title_row = k."row"
        WHERE d.title_row <> d."row" AND NOT (d.doi_key IS NOT NULL AND d.doi_key <> d.title_doi);
        CREATE TABLE duplicates AS
        SELECT DISTINCT ON (work_id) work_id, kept_id, rule, key FROM (
            SELECT work_id, kept_id, rule, key, 0 AS age FROM gone UNION ALL
            SELECT work_id, kept_id, rule, key, 1 FROM earlier WHERE key NOT IN (SELECT key FROM numbers)
        ) ORDER BY work_id, age, kept_id;
        """
    )
    _aliases(base)


def _aliases(base: duckdb.DuckDBPyConnection) -> None:
    """Say which work each key means: its own, its DOI's, and those of the records it replaced."""
    base.execute(
        """
        CREATE TABLE aliases AS
        SELECT key, min(work) AS work FROM (
            SELECT key, work FROM numbers UNION ALL
            SELECT doi_key, work FROM numbers WHERE doi_key IS NOT NULL UNION ALL
            SELECT d.key, n.work FROM duplicates d JOIN numbers n ON d.kept_id = n.work_id
        ) GROUP BY key;
        """
    )


def _write(base: duckdb.DuckDBPyConnection, target: Path) -> dict[str, int]:
    base.execute(
        """
        CREATE TABLE links AS
        SELECT DISTINCT n.work AS citing, a.work AS cited,
               CASE WHEN a.work IS NULL THEN c.cited_key ELSE first_key.key END AS cited_key, n."row"
        FROM (SELECT "row", cited_key FROM all_citations
              UNION ALL
              SELECT n."row", p.cited_key FROM pairs p JOIN aliases a ON p.citing_key = a.key JOIN numbers n USING (work)) c
        JOIN numbers n ON c."row" = n."row"
        LEFT JOIN aliases a ON c.cited_key = a.key
        LEFT JOIN numbers first_key ON a.work = first_key.work;
        """
    )
    (own,) = base.execute("SELECT count(*) FROM links WHERE citing = cited").fetchone() or (0,)
    queries = {
        "works": """
            SELECT n.work, w.* REPLACE (
                       coalesce(greatest(w."references", o.listed), w."references", o.listed)::INTEGER AS "references"),
                   coalesce(o.found, 0)::INTEGER AS references_found, coalesce(i.found, 0)::INTEGER AS citations
            FROM all_works w JOIN numbers n ON w."row" = n."row"
            LEFT JOIN (SELECT citing AS work, count(cited) AS found, count(*) AS listed FROM links
                       WHERE citing IS DISTINCT FROM cited GROUP BY 1) o
                ON o.work = n.work
            LEFT JOIN (SELECT cited AS work, count(*) AS found FROM links WHERE citing <> cited GROUP BY 1) i ON i.work = n.work
            ORDER BY n.work""",
        "authorships": """
            SELECT n.work, a.* FROM all_authorships a JOIN numbers n ON a."row" = n."row"
            ORDER BY n.work, a.position, a.institution_id""",
        "citations": "SELECT citing, cited, cited_key, row FROM links WHERE citing IS DISTINCT FROM cited ORDER BY 1, 2, 3",
        "topics": "SELECT DISTINCT ON (topic_id) * FROM all_topics ORDER BY topic_id, name_zh NULLS LAST, name_en, parent_id",
        "venues": "SELECT DISTINCT ON (venue_id) * FROM all_venues ORDER BY venue_id, issn NULLS LAST, name, publisher, type, country",
        "duplicates": "SELECT * FROM duplicates ORDER BY work_id, rule",
    }
    for table, query in queries.items():
        names = ", ".join(f'"{name}"' for name in PUBLISHED[table])
        base.execute(f"COPY (SELECT {names} FROM ({query})) TO '{_quoted(target / table)}.parquet' {_PARQUET}")
    (records,) = base.execute("SELECT count(*) FROM records").fetchone() or (0,)
    counted = base.execute(
        "SELECT (SELECT count(*) FROM numbers), (SELECT count(*) FROM duplicates), (SELECT count(*) FROM gone)"
    ).fetchone() or (0, 0, 0)
    return {
        "works": counted[0],
        "duplicates": counted[1],
        "replaced": records - counted[0] - counted[2],
        "self_citations": own,
    }


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
