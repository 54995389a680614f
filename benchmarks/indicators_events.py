"""Sixty-six indicators of six packs over usage events made up at national size, each figure for every unit.

    python benchmarks/indicators_events.py [--size 20000000] [--instruments 53000]

Beside it: the same sums for one indicator (mean effective hours) by Polars, which must agree.
"""

import argparse
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.resources import files

import duckdb
import numpy as np
import polars as pl

from yuantou.engines.indicators.events import compute_events, load_event_pack

UNITS = 344
PACKS = ("open_sharing_2026", "open_sharing_2022", "university_2000", "light_source", "doe_users", "esfri")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000_000)
    parser.add_argument("--instruments", type=int, default=53_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        limits = {"threads": 2, "memory_limit": "2500MB", "preserve_insertion_order": False}
        with duckdb.connect(f"{folder}/events.duckdb", config=limits) as connection:
            make(connection, options.size, options.instruments)
            return judged(connection, options.size)


def judged(connection: duckdb.DuckDBPyConnection, size: int) -> int:
    """Compute, compare, print; return the exit status."""
    texts = {name: (files("yuantou") / "indicators" / f"facility_{name}.toml").read_text("utf-8") for name in PACKS}
    shared = (files("yuantou") / "indicators" / "facility_measures.toml").read_text("utf-8")
    packs = {name: load_event_pack(text, measures=shared, name=name) for name, text in texts.items()}
    count = sum(len(pack.indicators) for pack in packs.values())
    period = {"start": datetime(2025, 1, 1, tzinfo=UTC), "end": datetime(2026, 1, 1, tzinfo=UTC)}
    started, burnt = time.perf_counter(), time.process_time()
    found = compute_events(connection, packs, cutoff=datetime(2026, 2, 1, tzinfo=UTC), **period)
    seconds, cpu = time.perf_counter() - started, time.process_time() - burnt
    again = compute_events(connection, packs, cutoff=datetime(2026, 2, 1, tzinfo=UTC), **period)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    peer = by_polars(connection)
    ours = found.filter(pl.col("indicator") == "mean_effective", pl.col("pack") == "open_sharing_2026")
    agree = ours.join(peer, on="unit").filter((pl.col("value") - pl.col("peer")).abs() < 0.051).height == UNITS
    print(f"{found.height:,} figures: {count} indicators × {found['unit'].n_unique()} units; {cpu:.0f} CPU-s; "
          f"Polars agrees on mean hours: {agree}; again to the digit: {found.equals(again)}")  # fmt: skip
    ok = seconds <= 60 and memory <= 4 and count >= 60 and agree and found.equals(again)
    print(f"indicators_events: {seconds:.1f} s, {memory:.2f} GB, {count} indicators over {size:,} events "
          f"(goal ≤ 60 s, ≤ 4 GB, 60 indicators) {'ok' if ok else 'short'}")  # fmt: skip
    return 0 if ok else 1


def make(connection: duckdb.DuckDBPyConnection, size: int, instruments: int) -> None:
    """Make up a year: uses of some hours, one in fifty lost or missed, faults, training, upkeep; a few corrections."""
    connection.execute("SELECT setseed(0.42)")
    connection.execute(
        f"""CREATE TABLE instruments AS SELECT i::INTEGER AS instrument, (hash(i) % {UNITS})::INTEGER AS unit,
        (500000 * exp(random() * 4))::DOUBLE AS value,
        CASE WHEN random() < 0.3 THEN 'domestic' ELSE 'imported' END AS origin,
        TRUE AS must_open, random() < 0.95 AS is_open, random() < 0.99 AS registered, 1400 AS quota_hours,
        8000.0 AS open_hours FROM range({instruments}) t(i)"""
    )
    # Moments come from the row's number, so that a tenth of events need no second pass over random numbers.
    connection.execute(
        f"""CREATE TABLE events AS SELECT i AS event_id, (hash(i) % {instruments})::INTEGER AS instrument,
        ((hash((hash(i) % {instruments})::BIGINT)) % {UNITS})::INTEGER AS unit,
        CASE WHEN hash(i, 1) % 100 < 90 THEN 'use' WHEN hash(i, 1) % 100 < 92 THEN 'lost'
             WHEN hash(i, 1) % 100 < 93 THEN 'no_show' WHEN hash(i, 1) % 100 < 95 THEN 'fault'
             WHEN hash(i, 1) % 100 < 97 THEN 'training' ELSE 'maintenance' END AS kind,
        CASE hash(i, 2) % 10 WHEN 0 THEN 'remote' WHEN 1 THEN 'data' ELSE 'onsite' END AS mode,
        hash(i, 3) % 100 < 17 AS external, (hash(i, 4) % 3000000)::INTEGER AS person,
        (hash(i, 5) % 20000)::INTEGER AS organisation, (hash(i, 6) % 500000)::INTEGER AS request,
        TIMESTAMP '2025-01-01' + INTERVAL 1 MINUTE * (hash(i, 7) % 524000)::INTEGER AS starts,
        starts + INTERVAL 1 MINUTE * (30 + hash(i, 8) % 400)::INTEGER AS ends,
        ((hash(i, 9) % 100) / 100.0)::FLOAT AS prepare, (1 + (hash(i, 10) % 500) / 100.0)::FLOAT AS measure,
        ((hash(i, 11) % 50) / 100.0)::FLOAT AS post, ((hash(i, 12) % 3000))::FLOAT AS charge,
        CASE hash(i, 13) % 3 WHEN 0 THEN 'full' WHEN 1 THEN 'subsidised' ELSE 'free' END AS rate,
        CASE WHEN i % 5000 = 4999 THEN i - 17 END AS corrects, ends AS recorded FROM range({size}) t(i)"""
    )


def by_polars(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return mean effective hours of each unit, computed by other means."""
    events = frame(connection, "SELECT event_id, instrument, prepare, measure, post FROM events WHERE kind = 'use'")
    gone = frame(connection, "SELECT corrects FROM events WHERE corrects IS NOT NULL")["corrects"].implode()
    used = events.filter(~pl.col("event_id").is_in(gone))
    hours = used.with_columns(
        hours=pl.sum_horizontal(pl.col("prepare", "measure", "post").cast(pl.Float64))
    ).group_by("instrument").agg(pl.col("hours").sum())  # fmt: skip
    things = frame(connection, "SELECT instrument, unit FROM instruments").join(hours, on="instrument", how="left")
    return things.group_by("unit").agg(peer=pl.col("hours").sum() / pl.len())


def frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """Return a query over numbers without nulls as a frame."""
    columns = connection.execute(query).fetchnumpy()
    return pl.DataFrame({name: np.asarray(column) for name, column in columns.items()})


if __name__ == "__main__":
    sys.exit(main())
