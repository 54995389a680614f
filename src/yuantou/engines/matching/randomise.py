"""A random assignment in which no pair is likelier than one half, so that nobody can count on a certain reviewer.

Twice the demand is assigned under twice the load, which maximises the expected affinity under the cap of one half
(Jecmen et al., NeurIPS 2020, arXiv 2006.16437). The chosen pairs are then halved at random so that every proposal and
every expert keeps half of its pairs: neighbouring pairs alternate along random paths (Euler splitting).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numba
import numpy as np
import polars as pl

from yuantou.engines.matching.assignment import AssignConfig, Assignment, assign
from yuantou.engines.matching.candidates import Candidates, indices
from yuantou.engines.matching.problem import Numbers
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.seed import Seed

METHOD: Final = "halved/1"


@dataclass(frozen=True, slots=True)
class DrawnAssignment:
    """The pairs drawn, and the larger assignment that they were drawn from.

    ``pairs`` is like that of an ``Assignment``, with ``probability``; ``missing`` maps proposals to empty slots.
    ``support`` holds twice the pairs, each of probability one half: keep it as the record of propensities. Its
    certificate and shortage are those of twice the demand and load.
    """

    pairs: pl.DataFrame
    missing: Mapping[str, int]
    support: Assignment
    method: str = METHOD


def draw_assignment(
    candidates: Candidates,
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    seed: int,
    progress: Progress = silent,
) -> DrawnAssignment:
    """Draw an assignment in which each pair has a probability of at most one half.

    Parameters are those of ``assign``; all its constraints hold for what is drawn. The same seed draws the same pairs.

    Raises
    ------
    InputError
        If a demand or load is missing or negative.
    """
    support = assign(
        candidates,
        demand=_twice(demand),
        load=_twice(load),
        forbidden=forbidden,
        group=group,
        config=config,
        seed=Seed(seed).stream("support"),
        progress=progress,
    )
    row = indices(support.pairs["proposal_id"], candidates.proposal_ids)
    column = indices(support.pairs["expert_id"], candidates.expert_ids)
    kept = halve(row, column, seed=Seed(seed).stream("halves"))
    drawn = support.pairs.filter(pl.Series(kept)).with_columns(probability=pl.lit(0.5))
    given = np.bincount(row[kept], minlength=len(candidates.proposal_ids))
    wanted = (demand if isinstance(demand, int) else demand[name] for name in candidates.proposal_ids)
    short = {n: w - int(g) for n, w, g in zip(candidates.proposal_ids, wanted, given, strict=True) if w > g}
    return DrawnAssignment(drawn, short, replace(support, pairs=support.pairs.with_columns(probability=pl.lit(0.5))))


def _twice(numbers: Numbers) -> Numbers:
    return 2 * numbers if isinstance(numbers, int) else {name: 2 * number for name, number in numbers.items()}


def halve(row: np.ndarray, column: np.ndarray, *, seed: int) -> np.ndarray:
    """Mark half of the edges of a bipartite graph at random.

    Each edge is marked with probability one half; a node of ``d`` edges has ⌊d / 2⌋ or ⌈d / 2⌉ marked. Time O(edges log
    edges).
    """
    rng = np.random.default_rng(seed)
    beside = np.stack([_neighbours(side, rng.permutation(len(side))) for side in (row, column)])
    return _alternate(beside, rng.random(len(row)) < 0.5)


def _neighbours(side: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Pair up the edges of each node in the given order; -1 for the one left over."""
    order = order[np.argsort(side[order], kind="stable")]
    node = side[order]
    place = np.arange(len(node)) - np.searchsorted(node, node)
    first = np.flatnonzero((place % 2 == 0)[:-1] & (node[1:] == node[:-1])) if len(node) else order
    beside = np.full(len(side), -1, np.int64)
    beside[order[first]], beside[order[first + 1]] = order[first + 1], order[first]
    return beside


@numba.njit(cache=True)
def _alternate(beside: np.ndarray, coin: np.ndarray) -> np.ndarray:
    """Give the edges of each path or circle of neighbours alternating marks, the first one by its coin."""
    marked, seen = np.zeros(len(coin), np.bool_), np.zeros(len(coin), np.bool_)
    for root in range(len(coin)):
        if seen[root]:
            continue
        seen[root], marked[root] = True, coin[root]
        for way in range(2):
            edge, side = root, way
            while True:
                other = beside[side, edge]
                if other < 0 or seen[other]:
                    break
                seen[other], marked[other] = True, not marked[edge]
                edge, side = other, 1 - side
    return marked
