"""Partners: who works with whom, and who could complement whom.

A party is anything that signs works: an institution, a country, a person where no institutions are known. Two parties
complement each other if both are strong in a topic and its neighbour, each where the other is not, and the distance
between them in the network is short. A suggestion is tried on the past: of those who found a new partner later, how
often was that partner among the first k?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import sparse

NEAR: Final = 1.0
WEIGHTS: Final = {"common": 1.0, "similar": 1.0, "complement": 0.5, "size": 0.15}
"""Weights of the parts of a suggestion: round numbers set beforehand, not fitted to any corpus."""


@dataclass(frozen=True, slots=True)
class Network:
    """``parties``; ``together``: how many works each two share; ``profile``: works by party and topic."""

    parties: tuple[str, ...]
    together: sparse.csr_matrix
    profile: sparse.csr_matrix


def network(works: pl.DataFrame, *, party: str = "institutions", least: int = 3) -> Network:
    """Return the network of works signed together.

    ``works`` has ``topic`` int and the list column ``party`` names. Parties of fewer than ``least`` works are left out.
    """
    rows = works.select(pl.int_range(pl.len()).alias("row"), "topic", pl.col(party).alias("party")).explode("party")
    rows = rows.drop_nulls("party").unique(["row", "party"], maintain_order=True)
    counts = (
        rows.group_by("party").len().filter(pl.col("len") >= least).sort(["len", "party"], descending=[True, False])
    )
    names = counts["party"].to_list()
    rows = rows.join(counts.with_row_index("place").select("party", "place"), on="party", how="inner")
    place, number = rows["place"].to_numpy().astype(np.int64), rows["row"].to_numpy().astype(np.int64)
    signed = sparse.csr_matrix((np.ones(len(place)), (place, number)), shape=(len(names), works.height))
    together = sparse.csr_matrix(signed @ signed.T).tolil()
    together.setdiag(0)
    topics = rows["topic"].to_numpy().astype(np.int64)
    width = int(works["topic"].to_numpy().max()) + 1 if works.height else 1
    profile = sparse.csr_matrix((np.ones(len(place)), (place, topics)), shape=(len(names), width))
    kept = together.tocsr()
    kept.eliminate_zeros()
    return Network(tuple(names), kept, profile)


def network_table(found: Network, *, first: int = 200) -> pl.DataFrame:
    """Return the strongest links: ``one``, ``other``, ``works``, ``affinity`` (works over what sizes would give)."""
    upper = sparse.triu(found.together, k=1).tocoo()
    degree = np.asarray(found.together.sum(1)).ravel()
    expected = degree[upper.row] * degree[upper.col] / max(degree.sum(), 1.0)
    table = pl.DataFrame(
        {
            "one": [found.parties[i] for i in upper.row],
            "other": [found.parties[j] for j in upper.col],
            "works": upper.data.astype(np.int64),
            "affinity": upper.data / np.maximum(expected, 1e-9),
        }
    )
    return table.sort(["works", "one", "other"], descending=[True, False, False]).head(first)


def suggest(found: Network, party: str, near: np.ndarray, *, first: int = 20) -> pl.DataFrame:
    """Return parties that never signed with ``party``, the most promising first.

    Parameters
    ----------
    near:
        Topics × topics closeness (0 to 1), to know neighbours.

    Returns
    -------
    ``party``, ``score``, ``common`` (shared partners), ``similar`` (0 to 1), ``complement`` (0 to 1: strength in
    neighbouring topics that the other lacks), ``brings`` (the topic in which the suggested party adds most).
    """
    place = found.parties.index(party)
    scores, parts = _scores(found, np.array([place]), near)
    fresh = found.together[[place]].toarray().ravel() == 0
    fresh[place] = False
    order = [int(i) for i in np.lexsort((np.arange(len(fresh)), -scores[0])) if fresh[i]][:first]
    own = _shares(found.profile[[place]]).ravel()
    brings = [int((np.maximum(_shares(found.profile[[i]]).ravel() - own, 0) * (near @ own)).argmax()) for i in order]
    return pl.DataFrame(
        {
            "party": [found.parties[i] for i in order],
            "score": scores[0][order],
            "common": parts["common"][0][order].astype(np.int64),
            "similar": parts["similar"][0][order],
            "complement": parts["complement"][0][order],
            "brings": brings,
        },
        schema_overrides={"party": pl.String, "brings": pl.Int64},
    )


def _shares(profile: sparse.csr_matrix) -> np.ndarray:
    dense = profile.toarray()
    return np.asarray(dense / dense.sum(1, keepdims=True).clip(1))


def _scores(found: Network, places: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    linked = found.together.astype(bool).astype(np.float64)
    degree = np.asarray(linked.sum(1)).ravel()
    common = np.asarray((linked[places] @ linked).todense())
    rare = np.asarray((linked[places] @ sparse.diags(1 / np.log(degree.clip(2) + 1)) @ linked).todense())
    shares = _shares(found.profile)
    own = shares[places]
    length = np.linalg.norm(shares, axis=1).clip(1e-9)
    similar = (own @ shares.T) / (length[places][:, None] * length[None, :])
    around = own @ near
    complement = np.stack(
        [(np.maximum(shares - one[None, :], 0) * reach[None, :]).sum(1) for one, reach in zip(own, around, strict=True)]
    )
    size = np.log1p(np.asarray(found.profile.sum(1)).ravel())
    total = (
        WEIGHTS["common"] * np.log1p(rare)
        + WEIGHTS["similar"] * similar
        + WEIGHTS["complement"] * complement / complement.max().clip(1e-9)
        + WEIGHTS["size"] * size[None, :]
    )
    return total, {"common": common, "similar": similar, "complement": complement}


def backtest_partners(
    works: pl.DataFrame, near: np.ndarray, *, year: int, horizon: int = 3, party: str = "institutions", k: int = 20
) -> dict[str, float]:
    """Suggest at the end of a year and look who found whom later.

    Returns ``parties`` (that found a new partner), ``recall`` (mean share of their new partners among the first ``k``),
    ``recall_common`` (by shared partners alone), ``recall_size`` (by size alone), ``recall_chance``.
    """
    known = network(works.filter(pl.col("year") <= year), party=party)
    later = network(works.filter((pl.col("year") > year) & (pl.col("year") <= year + horizon)), party=party, least=1)
    place = {name: number for number, name in enumerate(known.parties)}
    here = np.array([place.get(name, -1) for name in later.parties])
    links = later.together.tocoo()
    new: dict[int, set[int]] = {}
    for one, other in zip(here[links.row], here[links.col], strict=True):
        if one >= 0 and other >= 0 and known.together[one, other] == 0:
            new.setdefault(int(one), set()).add(int(other))
    asked = sorted(new)[:500]
    if not asked:
        return {"parties": 0, "recall": 0.0, "recall_common": 0.0, "recall_size": 0.0, "recall_chance": 0.0}
    scores, parts = _scores(known, np.array(asked), near)
    size = np.asarray(known.profile.sum(1)).ravel()
    ways = {"": scores, "_common": parts["common"] + size * 1e-6, "_size": np.tile(size, (len(asked), 1))}
    result: dict[str, float] = {"parties": len(asked)}
    for name, values in ways.items():
        result[f"recall{name}"] = _recall(known, asked, values, new, k)
    free = [len(known.parties) - 1 - known.together[[one]].nnz for one in asked]
    result["recall_chance"] = float(np.mean([min(k / max(count, 1), 1) for count in free]))
    return result


def _recall(known: Network, asked: Sequence[int], values: np.ndarray, new: dict[int, set[int]], k: int) -> float:
    shares = []
    for row, one in enumerate(asked):
        barred = set(known.together[[one]].indices.tolist()) | {one}
        order = [int(i) for i in np.argsort(-values[row], kind="stable")[: k + len(barred)] if int(i) not in barred][:k]
        shares.append(len(new[one] & set(order)) / len(new[one]))
    return float(np.mean(shares))
