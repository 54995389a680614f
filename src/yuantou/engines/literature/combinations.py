"""What works bring together: novelty of the pairs of cited sources, and Rao-Stirling diversity of cited fields.

Definitions, references, caveats and permitted units stand in ``indicators.CATALOGUE``.
"""

from typing import Final

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

FEWEST: Final = 10
"""Classified references below which no diversity is given."""


def rao_stirling(counts: np.ndarray, distance: np.ndarray, *, fewest: int = FEWEST) -> np.ndarray:
    """Return sum over i, j of p_i p_j d_ij for each row; NaN where fewer than ``fewest`` references are classified.

    Parameters
    ----------
    counts:
        References by field, (works × fields); rows may be sets of works just as well.
    distance:
        0 to 1, symmetric, 0 on the diagonal (fields × fields), see ``distances``.
    """
    if distance.shape != (counts.shape[1],) * 2 or not np.allclose(distance, distance.T) or np.diag(distance).any():
        told = LocalText("距离须为对称方阵且对角线为零。", "Distances must be square, symmetric, zero on the diagonal.")
        raise InputError(told)
    total = counts.sum(1)
    share = counts / np.maximum(total, 1)[:, None]
    found = np.einsum("ni,ij,nj->n", share, distance, share, optimize=True)
    return np.where(total >= max(fewest, 1), found, np.nan)


def distances(citations: np.ndarray) -> np.ndarray:
    """Return 1 - cosine of the citing profiles of fields (fields × fields), after Rafols & Meyer 2010.

    ``citations[i, j]`` counts references of field i to field j (doi:10.1007/s11192-009-0041-y). A field that cites
    nothing is at distance 1 from every other.
    """
    length = np.linalg.norm(citations, axis=1)
    unit = citations / np.where(length > 0, length, 1)[:, None]
    found = np.clip(1 - unit @ unit.T, 0, 1)
    np.fill_diagonal(found, 0)
    return (found + found.T) / 2


def combination_novelty(references: pl.DataFrame) -> pl.DataFrame:
    """Say of each work how new and how uncommon the pairs of sources are that it cites together.

    Parameters
    ----------
    references:
        One row for each reference: ``work_id``, ``year`` of the citing work, ``source`` (venue or field cited). Rows
        with a null are left out; a source cited twice by one work counts once.

    Returns
    -------
    ``work_id``, ``year``, ``pairs``, ``new`` (share of pairs that no work of an earlier year has; Wang, Veugelers &
    Stephan 2017), ``commonness`` (natural log of observed over expected co-citation within the year, 10th percentile of
    the pairs; low is uncommon; Lee, Walsh & Wang 2015), ``caveat`` (``first year of the corpus``, or null). Works with
    fewer than two sources have no row.
    """
    rows = references.select("work_id", "year", "source").drop_nulls().unique(maintain_order=True)
    kinds = sorted(rows["source"].unique())
    numbered = rows.with_columns(
        n=pl.col("source").replace_strict(kinds, list(range(len(kinds))), return_dtype=pl.Int64)
    )
    seen: set[tuple[int, int]] = set()
    found: list[tuple[str, int, int, float, float]] = []
    for (year,), part in sorted(numbered.partition_by("year", as_dict=True).items()):
        works = part.group_by("work_id", maintain_order=True).agg(pl.col("n").sort())
        together = _together(part["n"].to_numpy(), part["work_id"].rank("dense").to_numpy().astype(int) - 1, len(kinds))
        fresh: set[tuple[int, int]] = set()
        for work_id, cited in works.iter_rows():
            pairs = [(one, other) for place, one in enumerate(cited) for other in cited[place + 1 :]]
            if not pairs:
                continue
            new = sum(pair not in seen for pair in pairs) / len(pairs)
            common = np.percentile([together[pair] for pair in pairs], 10)
            found.append((work_id, int(year), len(pairs), new, float(common)))
            fresh.update(pairs)
        seen |= fresh
    columns = {"work_id": pl.String, "year": pl.Int64, "pairs": pl.Int64, "new": pl.Float64, "commonness": pl.Float64}
    made = pl.DataFrame(found, schema=columns, orient="row")
    first = numbered["year"].min()
    return made.with_columns(caveat=pl.when(pl.col("year") == first).then(pl.lit("first year of the corpus")))


def _together(sources: np.ndarray, works: np.ndarray, kinds: int) -> dict[tuple[int, int], float]:
    """Return log(N_ij N / (N_i N_j)), N_ij the works of the year with both, N_i the pairs that i is part of, N all."""
    use = sparse.csr_matrix((np.ones(len(works)), (works, sources)), shape=(int(works.max()) + 1, kinds))
    both = sparse.triu(use.T @ use, k=1).tocoo()
    each = np.bincount(both.row, both.data, kinds) + np.bincount(both.col, both.data, kinds)
    every = both.data.sum()
    value = np.log(both.data * every / (each[both.row] * each[both.col]))
    return {(int(one), int(other)): float(v) for one, other, v in zip(both.row, both.col, value, strict=True)}
