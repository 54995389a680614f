"""Facility years for the scheduling benchmarks: the published FY20 and FY200, and made-up years of the same kind."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from yuantou.engines.scheduling import FacilityYear, check_year


def read(folder: Path, name: str) -> FacilityYear:
    """Read ``FY20`` or ``FY200``; requests that fit nowhere are left out, as the check does."""
    with gzip.open(folder / f"{name}_alternatives.csv.gz") as file:
        alternatives = pl.read_csv(file.read())
    with gzip.open(folder / f"{name}_available.csv.gz") as file:
        intervals = pl.read_csv(file.read())
    meta = json.loads((folder / f"{name}_meta.json").read_text())
    setups = [
        (str(instrument), str(before), str(after), slots)
        for instrument, table in enumerate(meta["setup_shifts"])
        for before, row in enumerate(table)
        for after, slots in enumerate(row)
    ]
    kit = pl.when(pl.col("equipment") >= 0).then(pl.concat_list(pl.format("kit-{}", "equipment")))
    capacity = meta["equipment_capacity"]
    year = FacilityYear(
        meta["shifts"],
        intervals.select(pl.col("instrument").cast(pl.String), start="from_shift", stop="to_shift_excl"),
        alternatives.select(
            pl.col("proposal").cast(pl.String).alias("request"),
            pl.col("instrument").cast(pl.String),
            "value",
            "release",
            duration="duration_shifts",
            configuration=pl.col("config").cast(pl.String),
            deadline="deadline_excl",
            resources=kit.otherwise(pl.lit([], dtype=pl.List(pl.String))),
        ),
        pl.DataFrame(setups, schema=["instrument", "before", "after", "slots"], orient="row"),
        pl.DataFrame({"resource": [f"kit-{k}" for k in range(len(capacity))], "capacity": capacity}),
        switch_cost=float(meta["switch_cost"]),
    )
    return check_year(year)[0]


def shuffled(year: FacilityYear, seed: int) -> FacilityYear:
    """Return another year of the same kind: durations, values, windows and needs dealt out anew among requests."""
    rng = np.random.default_rng(seed)
    requests = year.alternatives["request"].unique().sort().to_list()
    dealt = dict(zip(requests, rng.permutation(requests).tolist(), strict=True))
    own = year.alternatives.group_by("request").agg(
        pl.col("release").first(), pl.col("deadline").first(), pl.col("resources").first()
    )
    shifted = own.with_columns(request=pl.col("request").replace_strict(dealt))
    scale = pl.DataFrame({"request": requests, "scale": rng.uniform(0.6, 1.4, len(requests))})
    alternatives = (
        year.alternatives.drop("release", "deadline", "resources")
        .join(shifted, on="request", maintain_order="left")
        .join(scale, on="request", maintain_order="left")
        .with_columns(value=(pl.col("value") * pl.col("scale")).round())
    )
    return check_year(replace(year, alternatives=alternatives))[0]


def with_everything(year: FacilityYear, seed: int) -> FacilityYear:
    """Add partner shares, teams and local contacts that cannot be in two places, and flexible maintenance."""
    rng = np.random.default_rng(seed)
    requests = year.alternatives["request"].unique().sort().to_list()
    people = pl.DataFrame(
        {
            "request": requests,
            "partner": rng.choice(["host", "north", "south", "east"], len(requests), p=[0.4, 0.3, 0.2, 0.1]),
            "team": [f"team-{k}" for k in rng.integers(0, len(requests) * 2 // 3, len(requests))],
        }
    )
    contact = pl.concat_str(
        pl.lit("contact-"), pl.col("instrument"), pl.lit("-"), (pl.col("request").hash(seed) % 2).cast(pl.String)
    )
    asked = year.alternatives.drop("partner").join(people, on="request", maintain_order="left")
    asked = asked.with_columns(resources=pl.concat_list("resources", "team", contact)).drop("team")
    upkeep = [
        (f"upkeep-{name}-{k}", name, 6, 0.0, None, quarter, quarter + 273, [], None, True)
        for name in year.intervals["instrument"].unique().sort()
        for k, quarter in enumerate(range(0, 819, 273))
    ]
    columns = year.alternatives.columns
    table = pl.concat(
        [asked.select(columns), pl.DataFrame(upkeep, schema=dict(year.alternatives.schema), orient="row")]
    )
    people_rows = pl.DataFrame({"resource": sorted(set(table["resources"].explode().drop_nulls()))})
    resources = people_rows.join(year.resources, on="resource", how="left").with_columns(
        pl.col("capacity").fill_null(1)
    )
    shares = pl.DataFrame({"partner": ["host", "north", "south", "east"], "low": [0.39, 0.29, 0.19, 0.09],
                           "high": [0.41, 0.31, 0.21, 0.11]})  # fmt: skip
    return check_year(replace(year, alternatives=table, resources=resources, shares=shares))[0]
