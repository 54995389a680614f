"""The named queries: what they say is what the engines say, and Spark says what DuckDB says, to 1e-9."""

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import polars as pl
import pytest

from yuantou.connectors.warehouse.literature import QUERIES, Tables, answer, sql, tables_of
from yuantou.engines.literature.citedness import percentiles
from yuantou.kernel.errors import InputError

COUNT = 400
QUICK = {"shuffle.partitions": "1", "adaptive.enabled": "false", "codegen.wholeStage": "false"}
"""For tables this small, planning anew and compiling take longer than the query."""
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@dataclass(frozen=True)
class Planted:
    """What a lake offers to the queries: the path of a table."""

    folder: Path

    def path(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Works with holes: no year, no field, unknown references and status, several countries, unknown ones too."""
    folder, draw = tmp_path_factory.mktemp("lake"), np.random.default_rng(5)

    def some(values: list[object], *, lacking: float = 0.1) -> list[object]:
        return [None if draw.random() < lacking else values[draw.integers(len(values))] for _n in range(COUNT)]

    years = sorted(draw.integers(2000, 2010, COUNT - 10).tolist()) + [None] * 10
    works = pl.DataFrame(
        {
            "work": np.arange(COUNT, dtype=np.int32),
            "work_id": [f"W{n}" for n in range(COUNT)],
            "year": pl.Series(years, dtype=pl.Int32),
            "type": some(["article", "review"], lacking=0),
            "language": some(["zh", "en"]),
            "venue_id": some(["V1", "V2", "V3", "V4"]),
            "field_id": some(["F1", "F2", "F3"]),
            "open_access": some(["gold", "green", "closed"], lacking=0.4),
            "source": some(["openalex", "acl"], lacking=0),
            "funders": [["基金"][: n % 2] + ["Fund"][: n % 3] for n in range(COUNT)],
            "keywords": [[f"k{n % 7}", f"k{n % 5 + 7}"] for n in range(COUNT)],
            "retracted": [n % 50 == 0 for n in range(COUNT)],
            "references": pl.Series(some([5, 10, 20]), dtype=pl.Int32),
            "references_found": pl.Series([n % 6 for n in range(COUNT)], dtype=pl.Int32),
            "citations": pl.Series(draw.poisson(3, COUNT), dtype=pl.Int32),
        }
    )
    rows = [
        (n, f"人{draw.integers(90)}", ["CN", "FR", "DE", None][draw.integers(4)], f"I{draw.integers(12)}", 0.5)
        for n in range(COUNT)
        for _author in range(2)
    ]
    names = ["work", "name", "country", "institution", "share"]
    signed = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("work").cast(pl.Int32))
    citing = draw.integers(1, COUNT, 2000)
    cited = (citing * draw.random(2000)).astype(np.int32)
    links = pl.DataFrame({"citing": citing.astype(np.int32), "cited": cited}).unique(maintain_order=True)
    venues = pl.DataFrame({"venue_id": ["V1", "V2", "V3"], "name": ["甲刊", "乙刊", "C"]})
    tables = {"works": works, "authorships": signed, "citations": links, "venues": venues}
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return Planted(folder)


@pytest.fixture(scope="module")
def duck(lake: Planted) -> tuple[ibis.BaseBackend, Tables]:
    connection = ibis.duckdb.connect()
    return connection, tables_of(connection, lake)  # type: ignore[arg-type]


def rows_of(connection: ibis.BaseBackend, tables: Tables, name: str) -> list[tuple[object, ...]]:
    table = answer(connection, tables, name)
    assert table.num_rows > 0, name
    order = sorted(table.column_names)
    rows = zip(*(table[column].to_pylist() for column in order), strict=True)
    return sorted(
        rows, key=lambda row: tuple((value is None, isinstance(value, float), str(value)) for value in keys(row))
    )


def keys(row: tuple[object, ...]) -> list[object]:
    return [value for value in row if not isinstance(value, float)]


def test_there_are_thirty_and_each_is_text_for_another_engine(duck) -> None:
    assert len(QUERIES) >= 30
    for name in QUERIES:
        assert rows_of(*duck, name)
        assert "SELECT" in sql(duck[1], name, dialect="postgres")
    with pytest.raises(InputError, match="no query named"):
        answer(*duck, "nonsense")


def test_percentiles_are_those_of_the_engine(lake: Planted, duck) -> None:
    works = pl.read_parquet(lake.path("works")).rename({"field_id": "field"})
    expected = percentiles(works).sort("work_id")
    found = pl.from_arrow(answer(*duck, "percentiles")).sort("work_id")
    assert isinstance(found, pl.DataFrame)
    assert found["work_id"].to_list() == expected["work_id"].to_list()
    for name in ("percentile", "top", "relative"):
        assert np.allclose(found[name], expected[name], atol=1e-9)


def test_shares_of_countries_add_up_to_the_works(lake: Planted, duck) -> None:
    rows = answer(*duck, "fractional_works_by_country")
    assert sum(rows["works"].to_pylist()) == pytest.approx(COUNT)
    pairs = answer(*duck, "country_pairs").to_pylist()
    signed = pl.read_parquet(lake.path("authorships")).drop_nulls().group_by("work").agg(pl.col("country").unique())
    assert sum(row["works"] for row in pairs) == signed.filter(pl.col("country").list.len() == 2).height


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
@pytest.mark.deep
@pytest.mark.filterwarnings("ignore")
def test_spark_says_what_duckdb_says(lake: Planted, duck) -> None:
    pyspark = pytest.importorskip("pyspark")
    session = pyspark.sql.SparkSession.builder.master("local[1]").getOrCreate()
    for setting, value in QUICK.items():
        session.conf.set(f"spark.sql.{setting}", value)
    connection = ibis.pyspark.connect(session)
    tables = tables_of(connection, lake)  # type: ignore[arg-type]
    for name in QUERIES:
        ours, theirs = rows_of(*duck, name), rows_of(connection, tables, name)
        assert len(ours) == len(theirs), name
        for one, other in zip(ours, theirs, strict=True):
            assert same(one, other), (name, one, other)


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(
        math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-9)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(one, other, strict=True)
    )
