"""The query gives the pairs of the engine, on DuckDB and, where Java is installed, on Spark."""

import shutil

import ibis
import numpy as np
import pytest

from tests.engines.reuse.test_reuse import chinese
from yuantou.connectors.warehouse.reuse import candidate_pairs, fingerprints, runs_of
from yuantou.engines.reuse import Document, Index, Limits, boilerplate
from yuantou.engines.reuse.folding import fold
from yuantou.engines.reuse.grams import begins_of, grams, known, sampled
from yuantou.engines.reuse.postings import candidates

TEMPLATE = chinese(50, 200)
OLD = [chinese(seed, 400) + TEMPLATE for seed in range(30)]
NEW = [chinese(100 + seed, 300) + OLD[seed][50 : 130 + 10 * seed] + TEMPLATE for seed in range(12)]
STOP = boilerplate.declared([TEMPLATE])


def by_the_engine() -> set[tuple[int, int]]:
    (segment,) = Index().with_documents([Document(str(k), text) for k, text in enumerate(OLD)]).segments
    index, limits, found = segment.postings, Limits(), set()
    for number, text in enumerate(NEW):
        samples = sampled(grams(fold(text).code)[0], limits.rate)
        samples = samples[~known(samples, STOP, begins_of(STOP))]
        parts = (index.begins, index.rest, index.owner, index.bits, limits.shared, limits.most, len(OLD))
        found |= {(number, int(owner)) for owner in candidates(samples, *parts)}
    return found


def pairs(connection: ibis.BaseBackend) -> set[tuple[int, int]]:
    tables = {"fresh": fingerprints(NEW), "earlier": fingerprints(OLD), "stop": runs_of(STOP)}
    new, old, stop = (ibis.memtable(table) for table in tables.values())
    rows = connection.to_pyarrow(candidate_pairs(new, old, stop))
    return set(zip(rows["new"].to_pylist(), rows["old"].to_pylist(), strict=True))


def test_duckdb_gives_the_pairs_of_the_engine() -> None:
    expected = by_the_engine()
    assert len(expected) >= 10
    assert pairs(ibis.duckdb.connect()) == expected


def test_a_run_that_too_many_texts_hold_leads_to_none() -> None:
    connection = ibis.duckdb.connect()
    tables = {"fresh": fingerprints(NEW), "earlier": fingerprints(OLD), "stop": runs_of(np.zeros(0, np.uint64))}
    new, old, stop = (ibis.memtable(table) for table in tables.values())
    assert len(connection.to_pyarrow(candidate_pairs(new, old, stop))) == len(NEW) * len(OLD)
    few = connection.to_pyarrow(candidate_pairs(new, old, stop, limits=Limits(most=29)))
    assert set(zip(few["new"].to_pylist(), few["old"].to_pylist(), strict=True)) == by_the_engine()


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
@pytest.mark.deep
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_the_pairs_of_the_engine() -> None:
    pyspark = pytest.importorskip("pyspark")
    session = pyspark.sql.SparkSession.builder.master("local[1]").getOrCreate()
    assert pairs(ibis.pyspark.connect(session)) == by_the_engine()
