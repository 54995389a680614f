"""The exact optimum for small and middle calls, as a flow of least cost.

Source → proposal → organisation → expert → sink: its optimum is whole-numbered (Ahuja, Magnanti, Orlin, Network Flows,
1993), fills as many slots as can be filled, and among those has the largest affinity. Solver: OR-tools; the prices that
prove the optimum are shortest distances in the residual network.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from yuantou.engines.matching.problem import SCALE, AssignmentProblem

METHOD: Final = "min-cost-flow/2"


@dataclass(frozen=True)
class _Network:
    """Arcs as arrays; the pairs come first, then all others. ``expert`` is the node of the first expert."""

    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    expert: int
    source: int
    sink: int


def exact(problem: AssignmentProblem, *, fair: bool, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs are chosen (bool) and the prices of the experts (int64, in units of ``1 / SCALE``).

    ``seed`` sets the order of the arcs, by which ties are decided.
    """
    from ortools.graph.python import min_cost_flow

    network = _network(problem, fair)
    order = np.random.default_rng(seed).permutation(len(network.tail))
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        *(part[order] for part in (network.tail, network.head, network.capacity, network.cost))
    )
    wanted = int(problem.demand.sum())
    solver.set_nodes_supplies(np.array([network.source, network.sink]), np.array([wanted, -wanted]))
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"the flow solver ended with {status}")
    flow = np.empty(len(order), np.int64)
    flow[order] = solver.flows(np.arange(len(order)))
    distance = _distances(network.tail, network.head, network.capacity, network.cost, flow, network.sink + 1)
    experts = distance[network.expert : network.expert + len(problem.load)]
    return flow[: len(problem.column)] > 0, np.maximum(experts - distance[network.sink], 0)


def _network(problem: AssignmentProblem, fair: bool) -> _Network:
    proposals, experts, row = len(problem.demand), len(problem.load), problem.row.astype(np.int64)
    width = int(problem.unit.max(initial=0)) + 1
    keys, place, size = np.unique(row * width + problem.unit, return_inverse=True, return_counts=True)
    shared = size > 1  # only an organisation with two candidates or more needs a node of its own
    hub = np.cumsum(shared) - 1 + proposals
    hubs = int(shared.sum())
    expert = proposals + hubs
    source, sink = expert + experts, expert + experts + 1
    slots, slot_cost = _slots(problem.demand, SCALE if fair else 0)
    parts = (
        (np.where(shared[place], hub[place], row), expert + problem.column, 1, -problem.value),
        (keys[shared] // width, proposals + np.arange(hubs), 1, 0),
        (source, slots[0], slots[1], slot_cost),
        (expert + np.arange(experts), sink, problem.load, 0),
    )
    tail, head, capacity, cost = (
        np.concatenate(columns).astype(np.int64)
        for columns in zip(*(np.broadcast_arrays(*part) for part in parts), strict=True)
    )
    return _Network(tail, head, capacity, cost, expert, source, sink)


def _slots(demand: np.ndarray, fair: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return (proposal, capacity) and cost of the arcs from the source: one a slot where slots differ in value."""
    if not fair:
        return (np.arange(len(demand)), demand), np.zeros(len(demand), np.int64)
    row = np.repeat(np.arange(len(demand)), demand)
    later = np.concatenate([np.arange(count)[::-1] for count in demand]) if len(row) else np.zeros(0, np.int64)
    return (row, np.ones(len(row), np.int64)), -fair * later


@numba.njit(cache=True, nogil=True)
def _distances(
    tail: np.ndarray, head: np.ndarray, capacity: np.ndarray, cost: np.ndarray, flow: np.ndarray, nodes: int
) -> np.ndarray:
    """Return potentials d with d[tail] ≤ d[head] + cost on every residual arc (Bellman-Ford with a queue)."""
    start = np.zeros(nodes + 1, np.int64)
    for arc in range(len(tail)):
        start[head[arc] + 1] += 1
        start[tail[arc] + 1] += 1
    start = np.cumsum(start)
    fill, into = start[:-1].copy(), np.empty(2 * len(tail), np.int64)
    for arc in range(len(tail)):
        into[fill[head[arc]]] = arc
        fill[head[arc]] += 1
        into[fill[tail[arc]]] = arc
        fill[tail[arc]] += 1
    distance = np.zeros(nodes, np.int64)
    queue, waiting = np.arange(nodes), np.ones(nodes, np.bool_)
    first, length = 0, nodes
    while length:
        node = queue[first]
        first, length = (first + 1) % nodes, length - 1
        waiting[node] = False
        for place in range(start[node], start[node + 1]):
            arc = into[place]
            forward = head[arc] == node
            other = tail[arc] if forward else head[arc]
            open_ = flow[arc] < capacity[arc] if forward else flow[arc] > 0
            reach = distance[node] + (cost[arc] if forward else -cost[arc])
            if open_ and reach < distance[other]:
                distance[other] = reach
                if not waiting[other]:
                    waiting[other] = True
                    queue[(first + length) % nodes] = other
                    length += 1
    return distance
