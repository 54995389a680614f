"""What runs of matching found: candidates and pairs as stored, and how two runs differ."""

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from yuantou.apps.calls.models import Call
from yuantou.apps.files.facade import read
from yuantou.apps.review.models import MatchRun
from yuantou.pipelines.steps import PAIR

SAME = 1e-6
"""Differences of affinity below this are noise of rounding."""


def latest_run(call: Call) -> MatchRun | None:
    """Return the last run of a call that ended well."""
    return call.match_runs.filter(candidates__isnull=False).first()


def table_of(sha256: str) -> pl.DataFrame:
    """Return a stored Parquet table."""
    return pl.read_parquet(io.BytesIO(read(sha256)))


def parquet(table: pl.DataFrame) -> bytes:
    """Return a table as a Parquet file."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def candidates_of(run: MatchRun | None, proposal_id: str) -> list[dict[str, Any]]:
    """Return the candidates of one proposal from a run, best first: ``expert_id``, ``affinity``, ``rank``."""
    if run is None or run.candidates_id is None:
        return []
    return table_of(run.candidates_id).filter(pl.col("proposal_id") == proposal_id).sort("rank").to_dicts()


def affinities_of(run: MatchRun | None, proposal_id: str) -> dict[str, float]:
    """Return the affinity of each candidate of one proposal."""
    return {row["expert_id"]: row["affinity"] for row in candidates_of(run, proposal_id)}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run came to: pairs, sum and mean, the weakest, what one in ten is below, experts used, largest load."""

    pairs: int
    value: float
    mean: float
    weakest: float
    tenth: float
    experts: int
    most: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side; ``changes`` holds a row for each proposal whose reviewers differ, greatest loss first.

    ``changes``: ``proposal_id``, sums of affinity ``before`` and ``after``, ``gain``, experts ``gone`` and ``come``.
    """

    before: Figures
    after: Figures
    kept: int
    gone: int
    come: int
    better: int
    worse: int
    changes: pl.DataFrame


def compare(before: MatchRun, after: MatchRun, *, without: Collection[str] = ()) -> Comparison:
    """Say what a later run changed, some proposals left out. Time O(pairs)."""
    first, second = (_pairs(run, without) for run in (before, after))
    both = first.join(second, on=PAIR, how="full", coalesce=True, suffix="_after")
    changes = (
        both.group_by("proposal_id")
        .agg(
            pl.col("affinity").sum().alias("before"),
            pl.col("affinity_after").sum().alias("after"),
            pl.col("expert_id").filter(pl.col("affinity_after").is_null()).sort().alias("gone"),
            pl.col("expert_id").filter(pl.col("affinity").is_null()).sort().alias("come"),
        )
        .filter(pl.col("gone").list.len() + pl.col("come").list.len() > 0)
        .with_columns((pl.col("after") - pl.col("before")).alias("gain"))
        .sort("gain", "proposal_id")
    )
    kept = both.filter(pl.col("affinity").is_not_null() & pl.col("affinity_after").is_not_null()).height
    return Comparison(
        _figures(first),
        _figures(second),
        kept,
        first.height - kept,
        second.height - kept,
        changes.filter(pl.col("gain") > SAME).height,
        changes.filter(pl.col("gain") < -SAME).height,
        changes,
    )


def _pairs(run: MatchRun, without: Collection[str]) -> pl.DataFrame:
    assert run.pairs_id is not None
    pairs = table_of(run.pairs_id).select(*PAIR, pl.col("affinity").fill_null(0.0))
    return pairs.filter(~pl.col("proposal_id").is_in(list(without)))


def _figures(pairs: pl.DataFrame) -> Figures:
    if pairs.is_empty():
        return Figures(0, 0.0, 0.0, 0.0, 0.0, 0, 0)
    affinity, loads = pairs["affinity"].to_numpy(), pairs["expert_id"].value_counts()["count"].to_numpy()
    numbers = affinity.sum(), affinity.mean(), affinity.min(), np.quantile(affinity, 0.1, method="lower")
    value, mean, weakest, tenth = map(float, numbers)
    return Figures(pairs.height, value, mean, weakest, tenth, len(loads), int(loads.max()))
