"""Communities of a weighted graph by the Leiden method (Traag, Waltman & van Eck 2019, doi:10.1038/s41598-019-41695-z).

Quality is modularity with a resolution: sum over communities of e_c - resolution * d_c^2 / (4 m), where e_c is the
weight of edges inside, d_c the sum of degrees and m the weight of all edges. Local moves by a queue, refinement so that
every community is connected, aggregation; nodes are visited in an order drawn from the seed and all is done by one
thread, so the same seed gives the same communities. Memory: 16 bytes for each end of an edge and about 60 a node.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from yuantou.kernel.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Weighted:
    """An undirected graph in rows: int64 ``starts`` (n + 1), int32 ``neighbours``, float32 ``weights``.

    Each edge stands in both rows; ``inside`` float64 (n) is twice the weight within an aggregated node, zeros at first.
    """

    starts: np.ndarray
    neighbours: np.ndarray
    weights: np.ndarray
    inside: np.ndarray

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.starts) - 1


def undirected(one: np.ndarray, other: np.ndarray, nodes: int, weights: np.ndarray | None = None) -> Weighted:
    """Return the graph of a list of edges; repeats add up, edges from a node to itself are dropped.

    Parameters
    ----------
    one, other:
        Ends, integer arrays of one length with numbers below ``nodes``.
    weights:
        Weight of each edge, 1 if not given.
    """
    starts, neighbours, found = _rows(
        one.astype(np.int32, copy=False), other.astype(np.int32, copy=False),
        np.ones(1, np.float32) if weights is None else weights.astype(np.float32, copy=False), nodes,
    )  # fmt: skip
    return Weighted(starts, neighbours, found, np.zeros(nodes))


def leiden(
    graph: Weighted,
    *,
    seed: int,
    resolution: float = 1.0,
    rounds: int = 2,
    start: np.ndarray | None = None,
    progress: Progress = silent,
) -> np.ndarray:
    """Return the community of each node, int32 numbered from 0 in order of first appearance by size.

    Parameters
    ----------
    resolution:
        Above 1 for smaller communities, below for larger.
    rounds:
        How often the whole is repeated from the communities found; two as in igraph's default.
    start:
        Communities to begin with (any integers), for instance those of last month.

    >>> ring = undirected(np.array([0, 1, 2, 3, 4, 5, 2]), np.array([1, 2, 0, 4, 5, 3, 3]), 6)
    >>> leiden(ring, seed=1).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    membership = np.arange(graph.nodes, dtype=np.int32)
    if start is not None:
        membership = np.unique(start, return_inverse=True)[1].astype(np.int32)
    total = _total(graph)
    degrees = _degrees(graph.starts, graph.weights, graph.inside)
    membership = _move(graph.starts, graph.neighbours, graph.weights, degrees, membership, resolution / total, seed)
    # Neighbours mostly share a community: laid out side by side, all that follows reads memory in order.
    order = np.argsort(membership, kind="stable").astype(np.int32)
    near, membership = _reordered(graph, order), membership[order]
    for turn in range(rounds):
        progress("leiden", turn, rounds)
        membership = _round(near, membership, resolution, seed + turn)
    progress("leiden", rounds, rounds)
    found = np.empty_like(membership)
    found[order] = membership
    return by_size(found)


def modularity(graph: Weighted, membership: np.ndarray, *, resolution: float = 1.0) -> float:
    """Return the quality of communities, at most 1."""
    return float(
        _modularity(
            graph.starts, graph.neighbours, graph.weights, graph.inside, membership.astype(np.int32), resolution
        )
    )


def aggregate(graph: Weighted, membership: np.ndarray) -> Weighted:
    """Return the graph whose nodes are the communities, int32 numbers from 0 without gaps."""
    return Weighted(
        *_aggregate(graph.starts, graph.neighbours, graph.weights, graph.inside, membership, int(membership.max()) + 1)
    )


def by_size(membership: np.ndarray) -> np.ndarray:
    """Renumber communities: the largest is 0; equal ones in order of their first node."""
    if not len(membership):
        return membership.astype(np.int32)
    _names, first, inverse, sizes = np.unique(membership, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), np.int32)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
    return rank[inverse]


def _total(graph: Weighted) -> float:
    return float(graph.weights.sum(dtype=np.float64) + graph.inside.sum()) or 1.0


def _reordered(graph: Weighted, order: np.ndarray) -> Weighted:
    rank = np.empty(graph.nodes, np.int32)
    rank[order] = np.arange(graph.nodes, dtype=np.int32)
    return Weighted(
        *_permute(graph.starts, graph.neighbours, graph.weights, order, rank), graph.inside[order].astype(np.float64)
    )


@njit(cache=True, nogil=True)
def _permute(
    starts: np.ndarray, neighbours: np.ndarray, weights: np.ndarray, order: np.ndarray, rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = np.zeros_like(starts)
    to = np.empty_like(neighbours)
    found = np.empty_like(weights)
    write = 0
    for n in range(len(order)):
        for i in range(starts[order[n]], starts[order[n] + 1]):
            to[write] = rank[neighbours[i]]
            found[write] = weights[i]
            write += 1
        rows[n + 1] = write
    return rows, to, found


def _round(graph: Weighted, membership: np.ndarray, resolution: float, seed: int) -> np.ndarray:
    """Move, refine and aggregate until nothing moves any more."""
    level, levels = graph, 0
    of_level = membership  # community of each node of this level
    nodes = np.arange(graph.nodes, dtype=np.int32)  # node of this level to which each original node belongs
    total = _total(graph)
    while True:
        degrees = _degrees(level.starts, level.weights, level.inside)
        of_level = _move(
            level.starts, level.neighbours, level.weights, degrees, of_level, resolution / total, seed + 31 * levels
        )
        communities = int(of_level.max()) + 1
        if communities == level.nodes:
            return of_level[nodes]
        refined = _refine(
            level.starts, level.neighbours, level.weights, degrees, of_level, communities, resolution / total,
            seed + 31 * levels + 17,
        )  # fmt: skip
        if int(refined.max()) + 1 == level.nodes:
            refined = of_level
        above = np.empty(int(refined.max()) + 1, np.int32)
        above[refined] = of_level
        nodes = refined[nodes]
        level, of_level, levels = aggregate(level, refined), above, levels + 1


@njit(cache=True, nogil=True)
def _rows(
    one: np.ndarray, other: np.ndarray, weights: np.ndarray, nodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lay edges out in both rows, then add up repeats in place."""
    starts = np.zeros(nodes + 1, np.int64)
    for i in range(len(one)):
        if one[i] != other[i]:
            starts[one[i] + 1] += 1
            starts[other[i] + 1] += 1
    for n in range(nodes):
        starts[n + 1] += starts[n]
    neighbours = np.empty(starts[-1], np.int32)
    found = np.empty(starts[-1], np.float32)
    at = starts[:-1].copy()
    for i in range(len(one)):
        a, b = one[i], other[i]
        if a != b:
            weight = weights[i] if len(weights) > 1 or len(one) == 1 else weights[0]
            neighbours[at[a]] = b
            found[at[a]] = weight
            at[a] += 1
            neighbours[at[b]] = a
            found[at[b]] = weight
            at[b] += 1
    last = np.full(nodes, -1, np.int64)
    write = 0
    for n in range(nodes):
        begin, end = starts[n], at[n]
        starts[n] = write
        for i in range(begin, end):
            b = neighbours[i]
            if last[b] >= starts[n]:
                found[last[b]] += found[i]
            else:
                last[b] = write
                neighbours[write] = b
                found[write] = found[i]
                write += 1
    starts[nodes] = write
    return starts, neighbours[:write], found[:write]


@njit(cache=True, nogil=True)
def _degrees(starts: np.ndarray, weights: np.ndarray, inside: np.ndarray) -> np.ndarray:
    degrees = inside.copy()
    for n in range(len(starts) - 1):
        for i in range(starts[n], starts[n + 1]):
            degrees[n] += weights[i]
    return degrees


@njit(cache=True, nogil=True)
def _shuffled(count: int, seed: int) -> np.ndarray:
    np.random.seed(seed)
    order = np.arange(count).astype(np.int32)
    for i in range(count - 1, 0, -1):
        j = np.random.randint(0, i + 1)
        order[i], order[j] = order[j], order[i]
    return order


@njit(cache=True, nogil=True)
def _move(
    starts: np.ndarray,
    neighbours: np.ndarray,
    weights: np.ndarray,
    degrees: np.ndarray,
    given: np.ndarray,
    scale: float,
    seed: int,
) -> np.ndarray:
    """Move nodes to the community that gains most, those whose neighbours moved again, until the queue is empty."""
    nodes = len(starts) - 1
    membership = given.copy()
    mass = np.zeros(nodes)
    for n in range(nodes):
        mass[membership[n]] += degrees[n]
    queue = _shuffled(nodes, seed)
    waiting = np.ones(nodes, np.bool_)
    links = np.zeros(nodes)
    touched = np.empty(nodes, np.int32)
    head, length = 0, nodes
    while length > 0:
        n = queue[head]
        head = head + 1 if head + 1 < nodes else 0
        length -= 1
        waiting[n] = False
        own = membership[n]
        mass[own] -= degrees[n]
        count = 0
        for i in range(starts[n], starts[n + 1]):
            c = membership[neighbours[i]]
            if links[c] == 0.0:
                touched[count] = c
                count += 1
            links[c] += weights[i]
        cost = scale * degrees[n]
        best, gain = own, links[own] - cost * mass[own]
        for k in range(count):
            c = touched[k]
            value = links[c] - cost * mass[c]
            if value > gain + 1e-10:
                best, gain = c, value
            links[c] = 0.0
        mass[best] += degrees[n]
        if best != own:
            membership[n] = best
            for i in range(starts[n], starts[n + 1]):
                b = neighbours[i]
                if membership[b] != best and not waiting[b]:
                    waiting[b] = True
                    tail = head + length
                    queue[tail if tail < nodes else tail - nodes] = b
                    length += 1
    return _renumber(membership)


@njit(cache=True, nogil=True)
def _renumber(membership: np.ndarray) -> np.ndarray:
    names = np.full(len(membership), -1, np.int32)
    count = 0
    for n in range(len(membership)):
        c = membership[n]
        if names[c] < 0:
            names[c] = count
            count += 1
        membership[n] = names[c]
    return membership


@njit(cache=True, nogil=True)
def _refine(
    starts: np.ndarray,
    neighbours: np.ndarray,
    weights: np.ndarray,
    degrees: np.ndarray,
    community: np.ndarray,
    communities: int,
    scale: float,
    seed: int,
) -> np.ndarray:
    """Split each community into well-connected parts by merging single nodes, each towards a gain drawn by its size."""
    nodes = len(starts) - 1
    total = np.zeros(communities)
    for n in range(nodes):
        total[community[n]] += degrees[n]
    refined = np.arange(nodes).astype(np.int32)
    mass = degrees.copy()
    outward = np.zeros(nodes)  # weight from a part to the rest of its community
    for n in range(nodes):
        for i in range(starts[n], starts[n + 1]):
            if community[neighbours[i]] == community[n]:
                outward[n] += weights[i]
    single = np.ones(nodes, np.bool_)
    links = np.zeros(nodes)
    touched = np.empty(nodes, np.int32)
    gains = np.empty(nodes)
    for n in _shuffled(nodes, seed):
        if not single[n]:
            continue
        rest = total[community[n]] - degrees[n]
        if outward[n] < scale * degrees[n] * rest:
            continue
        count = 0
        for i in range(starts[n], starts[n + 1]):
            if community[neighbours[i]] == community[n]:
                part = refined[neighbours[i]]
                if links[part] == 0.0:
                    touched[count] = part
                    count += 1
                links[part] += weights[i]
        best, most = -1, 0.0
        sum_gains = 0.0
        for k in range(count):
            part = touched[k]
            gain = links[part] - scale * degrees[n] * mass[part]
            connected = outward[part] >= scale * mass[part] * (total[community[n]] - mass[part])
            gains[k] = gain if gain > 0 and connected else 0.0
            if gains[k] > most:
                best, most = k, gains[k]
            sum_gains += gains[k]
        if best >= 0:
            draw = np.random.random() * 4000.0
            if draw < 1.0:  # now and then another part than the best, so that rounds explore
                left = draw * sum_gains
                for k in range(count):
                    left -= gains[k]
                    if left <= 0 and gains[k] > 0:
                        best = k
                        break
            part = touched[best]
            mass[part] += degrees[n]
            outward[part] += outward[n] - 2 * links[part]
            refined[n] = part
            single[part] = False
            single[n] = False
        for k in range(count):
            links[touched[k]] = 0.0
    return _renumber(refined)


@njit(cache=True, nogil=True)
def _aggregate(
    starts: np.ndarray,
    neighbours: np.ndarray,
    weights: np.ndarray,
    inside: np.ndarray,
    membership: np.ndarray,
    communities: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Add up weights between communities, row by row."""
    nodes = len(starts) - 1
    begins = np.zeros(communities + 1, np.int64)
    for n in range(nodes):
        begins[membership[n] + 1] += 1
    for c in range(communities):
        begins[c + 1] += begins[c]
    members = np.empty(nodes, np.int32)
    at = begins[:-1].copy()
    for n in range(nodes):
        members[at[membership[n]]] = n
        at[membership[n]] += 1
    links = np.zeros(communities)
    touched = np.empty(communities, np.int32)
    found = np.zeros(communities)
    rows = np.zeros(communities + 1, np.int64)
    capacity = max(1024, len(neighbours) // 4)
    to = np.empty(capacity, np.int32)
    sums = np.empty(capacity, np.float32)
    write = 0
    for c in range(communities):
        count = 0
        for m in range(begins[c], begins[c + 1]):
            n = members[m]
            found[c] += inside[n]
            for i in range(starts[n], starts[n + 1]):
                other = membership[neighbours[i]]
                if other == c:
                    found[c] += weights[i]
                    continue
                if links[other] == 0.0:
                    touched[count] = other
                    count += 1
                links[other] += weights[i]
        while write + count > capacity:
            to = np.concatenate((to, np.empty(capacity, np.int32)))
            sums = np.concatenate((sums, np.empty(capacity, np.float32)))
            capacity *= 2
        for k in range(count):
            to[write] = touched[k]
            sums[write] = links[touched[k]]
            links[touched[k]] = 0.0
            write += 1
        rows[c + 1] = write
    return rows, to[:write].copy(), sums[:write].copy(), found


@njit(cache=True, nogil=True)
def _modularity(
    starts: np.ndarray,
    neighbours: np.ndarray,
    weights: np.ndarray,
    inside: np.ndarray,
    membership: np.ndarray,
    resolution: float,
) -> float:
    mass = np.zeros(len(membership))
    within = total = 0.0
    for n in range(len(membership)):
        c = membership[n]
        mass[c] += inside[n]
        within += inside[n]
        total += inside[n]
        for i in range(starts[n], starts[n + 1]):
            mass[c] += weights[i]
            total += weights[i]
            if membership[neighbours[i]] == c:
                within += weights[i]
    quality = within / total
    for c in range(len(membership)):
        quality -= resolution * (mass[c] / total) ** 2
    return quality
