"""The best assignment of experts to proposals under demand and load, with a proof that it is the best.

The problem is a min-cost flow (source → proposal → organisation → expert → sink), so that the optimum is whole-numbered
(Ahuja, Magnanti, Orlin, Network Flows, 1993). As many slots as possible are filled, and among all such assignments the
one with the largest sum of affinities is taken. Prices (node potentials) prove it: see ``checker``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.engines.matching.expertise import Candidates
from yuantou.kernel.errors import InfeasibleError, Place, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "min-cost-flow/1"
SCALE: Final = 1_000_000
"""Affinities are rounded to six decimals, so that costs are whole numbers and the optimum is exact."""


@dataclass(frozen=True, slots=True)
class AssignConfig:
    """``one_per_group``: at most one expert of a group (an organisation) for a proposal."""

    one_per_group: bool = True


@dataclass(frozen=True, slots=True)
class Shortage:
    """Slots that stay empty, and the set that proves it: these proposals want more than these experts can give.

    ``missing`` maps proposals to empty slots; ``proposals`` and ``experts`` are the deficient set with ``wanted`` and
    ``offered`` reviews; ``no_candidates`` are proposals without any eligible expert.
    """

    missing: Mapping[str, int]
    proposals: tuple[str, ...]
    experts: tuple[str, ...]
    wanted: int
    offered: int
    no_candidates: tuple[str, ...]

    def problems(self) -> tuple[Problem, ...]:
        """Say in words which constraint binds and what would mend it."""
        found = [
            Problem(
                "matching.no_candidates",
                LocalText(f"申请 {proposal} 没有可用的专家。", f"Proposal {proposal} has no eligible expert."),
                LocalText(
                    "请补充该领域专家，或复核其利益冲突。", "Add experts of this field, or look at its conflicts."
                ),
                Place(column=proposal),
                fatal=False,
            )
            for proposal in self.no_candidates
        ]
        if self.wanted > self.offered:
            gap = self.wanted - self.offered
            found.append(
                Problem(
                    "matching.capacity",
                    LocalText(
                        f"{len(self.proposals)} 份申请共需 {self.wanted} 份评审，"
                        f"而可用的 {len(self.experts)} 位专家最多承担 {self.offered} 份。",
                        f"{len(self.proposals)} proposals want {self.wanted} reviews, but the {len(self.experts)} "
                        f"experts open to them can give {self.offered}.",
                    ),
                    LocalText(
                        f"请将这些专家的上限合计提高 {gap}，或增补专家，或减少每份申请的评审数。",
                        f"Raise the limits of these experts by {gap} in all, add experts, or ask for fewer reviews.",
                    ),
                    fatal=False,
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Pairs with affinity and rank, the certificate that proves them best, and what could not be filled."""

    pairs: pl.DataFrame
    certificate: Mapping[str, Any]
    shortage: Shortage | None
    method: str = METHOD


def assign(
    candidates: Candidates,
    *,
    demand: Mapping[str, int] | int,
    load: Mapping[str, int] | int,
    forbidden: pl.DataFrame | None = None,
    fixed: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Assignment:
    """Assign experts to proposals.

    Parameters
    ----------
    demand, load:
        Reviews wanted for each proposal, and the most for each expert; one number or a mapping by id.
    forbidden, fixed:
        Pairs (``proposal_id``, ``expert_id``) that may not, or must, be.
    group:
        Organisation of each expert, for ``config.one_per_group``.
    seed:
        Recorded; equal affinities are ordered by id, so that the result does not depend on it.

    Raises
    ------
    InfeasibleError
        If fixed pairs contradict forbidden ones, a demand or a load; ``problems`` names each.
    """
    config = config or AssignConfig()
    problem = _Problem.build(candidates, demand, load, forbidden, fixed, group if config.one_per_group else None)
    progress("assign", 0, 1)
    chosen, potentials = _solve(problem)
    progress("assign", 1, 1)
    pairs = _pairs(problem, chosen, candidates)
    return Assignment(pairs, _certificate(problem, chosen, potentials, seed), _shortage(problem, chosen))


@dataclass
class _Problem:
    """The flow network as arrays; arcs between proposals and experts are the eligible pairs."""

    proposals: tuple[str, ...]
    experts: tuple[str, ...]
    demand: np.ndarray
    load: np.ndarray
    row: np.ndarray
    column: np.ndarray
    value: np.ndarray
    group: np.ndarray
    fixed: frozenset[tuple[int, int]]

    @classmethod
    def build(
        cls,
        candidates: Candidates,
        demand: Mapping[str, int] | int,
        load: Mapping[str, int] | int,
        forbidden: pl.DataFrame | None,
        fixed: pl.DataFrame | None,
        group: Mapping[str, str] | None,
    ) -> "_Problem":
        proposals, experts = candidates.proposal_ids, candidates.expert_ids
        row = np.repeat(np.arange(len(proposals)), np.diff(candidates.start))
        column = candidates.expert.astype(np.int64)
        value = np.round(candidates.affinity * SCALE).astype(np.int64)
        banned, pinned = _pairs_of(forbidden, proposals, experts), _pairs_of(fixed, proposals, experts)
        row, column, value = _with_pinned(row, column, value, pinned)
        keep = np.array([(r, c) not in banned for r, c in zip(row.tolist(), column.tolist(), strict=True)], dtype=bool)
        clash = pinned & banned
        names = {g: i for i, g in enumerate(sorted(set((group or {}).values()) - {""}))}
        groups = np.array([names.get((group or {}).get(e, ""), -1) for e in experts], dtype=np.int64)
        built = cls(
            proposals,
            experts,
            _numbers(demand, proposals),
            _numbers(load, experts),
            row[keep],
            column[keep],
            value[keep],
            groups,
            frozenset(pinned),
        )
        _check_fixed(built, clash)
        return built


def _pairs_of(frame: pl.DataFrame | None, proposals: tuple[str, ...], experts: tuple[str, ...]) -> set[tuple[int, int]]:
    if frame is None:
        return set()
    rows, columns = ({name: i for i, name in enumerate(names)} for names in (proposals, experts))
    pairs = frame.select("proposal_id", "expert_id").iter_rows()
    return {(rows[p], columns[e]) for p, e in pairs if p in rows and e in columns}


def _with_pinned(
    row: np.ndarray, column: np.ndarray, value: np.ndarray, pinned: set[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known = set(zip(row.tolist(), column.tolist(), strict=True))
    extra = sorted(pinned - known)
    if not extra:
        return row, column, value
    rows, columns = np.array(extra).T
    return np.append(row, rows), np.append(column, columns), np.append(value, np.zeros(len(extra), np.int64))


def _numbers(given: Mapping[str, int] | int, names: tuple[str, ...]) -> np.ndarray:
    if isinstance(given, int):
        return np.full(len(names), given, np.int64)
    return np.array([given.get(name, 0) for name in names], np.int64)


def _check_fixed(problem: _Problem, clash: set[tuple[int, int]]) -> None:
    found = [("forbidden", f"{problem.proposals[p]} – {problem.experts[e]}") for p, e in sorted(clash)]
    rows, columns = ([pair[i] for pair in problem.fixed] for i in (0, 1))
    for names, limits, used, kind in (
        (problem.proposals, problem.demand, rows, "demand"),
        (problem.experts, problem.load, columns, "load"),
    ):
        counts = np.bincount(used, minlength=len(names)) if used else np.zeros(len(names), int)
        found += [(kind, names[i]) for i in np.flatnonzero(counts > limits)]
    if found:
        raise InfeasibleError(
            LocalText("固定的指派互相矛盾。", "The fixed pairs contradict one another."),
            LocalText("请取消其中一些。", "Unfix some of them."),
            code="matching.fixed",
            problems=tuple(_fixed_problem(kind, what) for kind, what in found),
        )


def _fixed_problem(kind: str, what: str) -> Problem:
    texts = {
        "forbidden": (f"{what}：既固定又回避。", f"{what} is both fixed and forbidden."),
        "demand": (f"{what}：固定的专家多于所需。", f"{what} has more fixed experts than reviews wanted."),
        "load": (f"{what}：固定的指派超过上限。", f"{what} has more fixed proposals than its limit."),
    }
    remedy = LocalText("请取消固定或放宽限制。", "Unfix it or widen the limit.")
    return Problem(f"matching.fixed.{kind}", LocalText(*texts[kind]), remedy)


def _solve(problem: _Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return which arcs are used and the prices of the experts (shortest distances in the residual network)."""
    from ortools.graph.python import min_cost_flow

    free, demand, load = _without_fixed(problem)
    network = _network(problem, free, demand, load)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, network.cost)
    wanted = int(demand.sum())
    flow.set_nodes_supplies(np.array([network.source, network.sink]), np.array([wanted, -wanted]))
    flow.solve_max_flow_with_min_cost()
    used = np.asarray(flow.flows(np.arange(len(network.tail))))
    chosen = ~free
    chosen[np.flatnonzero(free)] = used[network.pair_arcs] > 0
    return chosen, _potentials(network, used)[network.first_expert : network.first_expert + len(load)]


def _without_fixed(problem: _Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take fixed pairs (and, with them, their organisation) out of what is still to be decided."""
    demand, load = problem.demand.copy(), problem.load.copy()
    free = np.ones(len(problem.row), dtype=bool)
    for proposal, expert in problem.fixed:
        demand[proposal] -= 1
        load[expert] -= 1
        same = problem.column == expert
        if problem.group[expert] >= 0:
            same |= problem.group[problem.column] == problem.group[expert]
        free &= ~((problem.row == proposal) & same)
    pinned = np.array([(r, c) in problem.fixed for r, c in zip(problem.row, problem.column, strict=True)], dtype=bool)
    problem.value = np.where(free | pinned, problem.value, -1)
    keep = free | pinned
    for name in ("row", "column", "value"):
        setattr(problem, name, getattr(problem, name)[keep])
    return free[keep], demand, load


@dataclass
class _Network:
    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    pair_arcs: np.ndarray
    source: int
    sink: int
    first_expert: int


def _network(problem: _Problem, free: np.ndarray, demand: np.ndarray, load: np.ndarray) -> _Network:
    """Nodes: source, proposals, (proposal, organisation) pairs that need one, experts, sink."""
    proposals, experts = len(demand), len(load)
    row, column, value = problem.row[free], problem.column[free], problem.value[free]
    group = problem.group[column]
    key = row * (problem.group.max(initial=0) + 1) + group
    _keys, place, size = np.unique(np.where(group >= 0, key, -1), return_inverse=True, return_counts=True)
    grouped = (group >= 0) & (size[place] > 1)
    used, hub = np.unique(np.where(grouped, place, -1), return_inverse=True)
    offset = 1 if len(used) and used[0] == -1 else 0
    hubs = len(used) - offset
    first_hub, first_expert = 1 + proposals, 1 + proposals + hubs
    sink = first_expert + experts
    tail = np.where(grouped, first_hub + hub - offset, 1 + row)
    hub_row = np.zeros(hubs, np.int64)
    hub_row[(hub - offset)[grouped]] = row[grouped]
    arcs = len(row)
    return _Network(
        np.concatenate([tail, 1 + hub_row, np.zeros(proposals, np.int64), first_expert + np.arange(experts)]),
        np.concatenate(
            [first_expert + column, first_hub + np.arange(hubs), 1 + np.arange(proposals), np.full(experts, sink)]
        ),
        np.concatenate([np.ones(arcs + hubs, np.int64), np.maximum(demand, 0), np.maximum(load, 0)]),
        np.concatenate([-value, np.zeros(hubs + proposals + experts, np.int64)]),
        np.arange(arcs),
        0,
        sink,
        first_expert,
    )


def _potentials(network: _Network, flow: np.ndarray) -> np.ndarray:
    """Return shortest distances to the sink over residual arcs (Bellman-Ford, vectorised): prices of the nodes."""
    forward, backward = flow < network.capacity, flow > 0
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    cost = np.concatenate([network.cost[forward], -network.cost[backward]])
    distance = np.zeros(network.sink + 1, np.int64)
    for _round in range(network.sink + 2):
        reached = distance.copy()
        np.minimum.at(reached, tail, distance[head] + cost)
        if np.array_equal(reached, distance):
            break
        distance = reached
    return distance


def _pairs(problem: _Problem, chosen: np.ndarray, candidates: Candidates) -> pl.DataFrame:
    ranks = candidates.to_frame().select("proposal_id", "expert_id", "rank")
    frame = pl.DataFrame(
        {
            "proposal_id": [problem.proposals[i] for i in problem.row[chosen]],
            "expert_id": [problem.experts[i] for i in problem.column[chosen]],
            "affinity": problem.value[chosen] / SCALE,
        },
        schema={"proposal_id": pl.String, "expert_id": pl.String, "affinity": pl.Float64},
    )
    return frame.join(ranks, on=["proposal_id", "expert_id"], how="left").sort(
        "proposal_id", "affinity", "expert_id", descending=[False, True, False]
    )


def _certificate(problem: _Problem, chosen: np.ndarray, prices: np.ndarray, seed: int) -> dict[str, Any]:
    value = int(problem.value[chosen].sum())
    return {
        "method": METHOD,
        "seed": seed,
        "value": value / SCALE,
        "filled": int(chosen.sum()),
        "wanted": int(problem.demand.sum()),
        "bound": value / SCALE,
        "gap": 0.0,
        "prices": {problem.experts[i]: round(-int(prices[i]) / SCALE, 6) for i in np.flatnonzero(prices)},
        "input_hash": content_hash(_canonical(problem)),
    }


def _canonical(problem: _Problem) -> dict[str, Any]:
    pairs = sorted(
        (problem.proposals[r], problem.experts[c], int(v))
        for r, c, v in zip(problem.row, problem.column, problem.value, strict=True)
    )
    return {
        "pairs": [list(pair) for pair in pairs],
        "demand": dict(zip(problem.proposals, problem.demand.tolist(), strict=True)),
        "load": dict(zip(problem.experts, problem.load.tolist(), strict=True)),
    }


def _shortage(problem: _Problem, chosen: np.ndarray) -> Shortage | None:
    given = np.bincount(problem.row[chosen], minlength=len(problem.proposals))
    short = np.flatnonzero(given < problem.demand)
    if not len(short):
        return None
    rows, columns = _deficient(problem, chosen, short)
    eligible = np.bincount(problem.row, minlength=len(problem.proposals))
    return Shortage(
        {problem.proposals[i]: int(problem.demand[i] - given[i]) for i in short},
        tuple(problem.proposals[i] for i in rows),
        tuple(problem.experts[i] for i in columns),
        int(problem.demand[rows].sum()),
        int(problem.load[columns].sum()),
        tuple(problem.proposals[i] for i in short if eligible[i] == 0),
    )


def _deficient(problem: _Problem, chosen: np.ndarray, short: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grow the set from the short proposals over their candidates and whom those serve (Hall, 1935)."""
    rows, columns = set(short.tolist()), set()
    grown = True
    while grown:
        reach = np.isin(problem.row, sorted(rows))
        columns = set(problem.column[reach].tolist())
        served = set(problem.row[chosen & np.isin(problem.column, sorted(columns))].tolist())
        grown = not served <= rows
        rows |= served
    return np.array(sorted(rows), np.int64), np.array(sorted(columns), np.int64)
