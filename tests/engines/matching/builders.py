"""Small calls for the tests of matching."""

import itertools

import numpy as np
import polars as pl

from yuantou.engines.matching import Candidates

SCHEMA = {"proposal_id": pl.String, "expert_id": pl.String, "affinity": pl.Float64}


def proposals(*rows: tuple[str, str, str], **columns: object) -> pl.DataFrame:
    frame = pl.DataFrame(
        [
            {"proposal_id": i, "title": t, "abstract": a, "keywords": [], "applicant": ""}
            | {"participants": [], "organisation": ""}
            for i, t, a in rows
        ]
    )
    return frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()})


def experts(*ids: str, **columns: list[object]) -> pl.DataFrame:
    rows = [
        {"expert_id": i, "name": i, "orcid": "", "organisation": "", "organisations": [], "topics": []} for i in ids
    ]
    return pl.DataFrame(rows).with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def works(*rows: tuple[str, str, str], authors: list[list[str]] | None = None, year: int = 2024) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"work_id": f"w{n}", "expert_id": e, "title": t, "abstract": a, "year": year}
            | {"authors": authors[n] if authors else []}
            for n, (e, t, a) in enumerate(rows)
        ],
        schema_overrides={"authors": pl.List(pl.String)},
    )


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["proposal_id", "expert_id"], orient="row")


def made(affinity: np.ndarray) -> Candidates:
    n, m = affinity.shape
    rows = [(f"p{p}", f"e{e}", float(affinity[p, e])) for p in range(n) for e in range(m) if affinity[p, e] > 0]
    return Candidates.from_frame(
        pl.DataFrame(rows, schema=SCHEMA, orient="row"),
        proposal_ids=[f"p{p}" for p in range(n)],
        expert_ids=[f"e{e}" for e in range(m)],
    )


def drawn(seed: int, n: int = 3, m: int = 4) -> tuple[np.ndarray, dict[str, str]]:
    """Draw affinities (some pairs missing) and organisations."""
    rng = np.random.default_rng(seed)
    affinity = np.round(rng.random((n, m)) * (rng.random((n, m)) > 0.3), 3)
    return affinity, {f"e{e}": f"g{rng.integers(0, m - 1)}" for e in range(m)}


def best_by_force(affinity: np.ndarray, demand: int, load: int, group: dict[str, str]) -> list[tuple[int, float, int]]:
    """Return (filled, value, worst filled) of every assignment there is."""
    n, m = affinity.shape
    options = []
    for p in range(n):
        sets = [s for k in range(demand + 1) for s in itertools.combinations(range(m), k)]
        eligible = [s for s in sets if all(affinity[p, e] > 0 for e in s)]
        options.append([s for s in eligible if len({group[f"e{e}"] for e in s}) == len(s)])
    found = []
    for choice in itertools.product(*options):
        counts = np.bincount([e for s in choice for e in s], minlength=m)
        if (counts <= load).all():
            value = sum(round(affinity[p, e], 6) for p, s in enumerate(choice) for e in s)
            found.append((sum(map(len, choice)), round(value, 6), min(map(len, choice))))
    return found
