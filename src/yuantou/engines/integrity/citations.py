"""Groups that cite each other far more than their fields do (CIDRE: Kojaku, Livan, Masuda, 2021).

doi:10.1038/s41598-021-93572-3. Under the null, citations between two nodes follow from how much each gives and takes
and from how their communities cite each other (degree-corrected block model). An edge is excessive if its weight could
hardly come from that; a group is what is left when members without enough excessive citations inside it are taken away.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

THETA: Final = 0.15
"""Share of one's citations (given or taken) that must lie in excessive edges of the group."""


@dataclass(frozen=True)
class CitationGroup:
    """Members (numbers of nodes) with their share of excessive citations given (donors) and taken (recipients)."""

    members: tuple[int, ...]
    gives: tuple[float, ...]
    takes: tuple[float, ...]
    citations: float

    @property
    def donors(self) -> tuple[int, ...]:
        """Members that give more of their citations to the group than ``THETA``."""
        return tuple(m for m, share in zip(self.members, self.gives, strict=True) if share >= THETA)

    @property
    def recipients(self) -> tuple[int, ...]:
        """Members that take more of their citations from the group than ``THETA``."""
        return tuple(m for m, share in zip(self.members, self.takes, strict=True) if share >= THETA)


def citation_groups(
    source: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    community: np.ndarray,
    *,
    false_rate: float = 0.01,
    least: float = 50.0,
) -> list[CitationGroup]:
    """Return groups of donors and recipients, the one with most citations first.

    Parameters
    ----------
    source, target, weight:
        Citations: ``weight`` of them from node ``source`` to node ``target`` (numbers from 0). Self-citations are
        left out.
    community:
        Community of each node (numbers from 0).
    false_rate:
        Expected share of false ones among excessive edges (Benjamini and Hochberg).
    least:
        Citations inside a group below which it is not told.

    Complexity: O(edges) for each round; few rounds are needed.
    """
    n = len(community)
    kept = source != target
    graph = sparse.csr_matrix((weight[kept].astype(float), (source[kept], target[kept])), (n, n))
    gives = np.asarray(graph.sum(1)).ravel()
    takes = np.asarray(graph.sum(0)).ravel()
    excess = _excessive(graph, community, gives, takes, false_rate)
    inside = np.ones(n, bool)
    while True:
        part = excess.multiply(inside[:, None]).multiply(inside[None, :]).tocsr()
        given = _share(np.asarray(part.sum(1)).ravel(), gives)
        taken = _share(np.asarray(part.sum(0)).ravel(), takes)
        still = inside & ((given >= THETA) | (taken >= THETA))
        if (still == inside).all():
            break
        inside = still
    count, label = connected_components(part, directed=True, connection="weak")
    groups = []
    for members in (np.flatnonzero((label == k) & inside) for k in range(count)):
        total = float(part[members][:, members].sum()) if len(members) > 1 else 0.0
        if total >= least:
            shares = tuple(given[members].tolist()), tuple(taken[members].tolist())
            groups.append(CitationGroup(tuple(members.tolist()), *shares, total))
    return sorted(groups, key=lambda group: -group.citations)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _excessive(
    graph: sparse.csr_matrix, community: np.ndarray, gives: np.ndarray, takes: np.ndarray, false_rate: float
) -> sparse.csr_matrix:
    """Return the edges that the null hardly gives, with their weights."""
    edges = graph.tocoo()
    blocks = int(community.max()) + 1
    size = (blocks, blocks)
    between = sparse.coo_matrix((edges.data, (community[edges.row], community[edges.col])), size).toarray()
    out, into = between.sum(1), between.sum(0)
    rows, columns = community[edges.row], community[edges.col]
    scale = _share(between[rows, columns], out[rows] * into[columns])
    expected = gives[edges.row] * takes[edges.col] * scale
    p = stats.poisson.sf(edges.data - 1, expected)
    order = np.argsort(p)
    passed = p[order] <= false_rate * np.arange(1, len(p) + 1) / len(p)
    most = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    chosen = order[:most]
    return sparse.csr_matrix((edges.data[chosen], (edges.row[chosen], edges.col[chosen])), graph.shape)
