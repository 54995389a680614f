"""Communities: known answers, the same for a seed, connected, no worse than what was planted."""

import numpy as np
import pytest

from yuantou.engines.literature.leiden import aggregate, leiden, modularity, undirected

# Zachary's karate club (1977, doi:10.1086/jar.33.4.3629752), members from 0; best modularity known: 0.4198.
KARATE = (
    "0-1 0-2 0-3 0-4 0-5 0-6 0-7 0-8 0-10 0-11 0-12 0-13 0-17 0-19 0-21 0-31 1-2 1-3 1-7 1-13 1-17 1-19 1-21 1-30 "
    "2-3 2-7 2-8 2-9 2-13 2-27 2-28 2-32 3-7 3-12 3-13 4-6 4-10 5-6 5-10 5-16 6-16 8-30 8-32 8-33 9-33 13-33 "
    "14-32 14-33 15-32 15-33 18-32 18-33 19-33 20-32 20-33 22-32 22-33 23-25 23-27 23-29 23-32 23-33 24-25 24-27 "
    "24-31 25-31 26-29 26-33 27-33 28-31 28-33 29-32 29-33 30-32 30-33 31-32 31-33 32-33 "
)


def karate():
    pairs = np.array([[int(end) for end in edge.split("-")] for edge in KARATE.split()])
    return undirected(pairs[:, 0], pairs[:, 1], 34)


def planted(communities: int = 20, size: int = 50, seed: int = 1):
    rng = np.random.default_rng(seed)
    nodes = communities * size
    one = rng.integers(nodes, size=nodes * 8)
    near = one // size * size + rng.integers(size, size=len(one))
    other = np.where(rng.random(len(one)) < 0.25, rng.integers(nodes, size=len(one)), near)
    return undirected(one, other, nodes), np.arange(nodes) // size


def test_the_best_known_division_of_the_karate_club() -> None:
    graph = karate()
    best = max(modularity(graph, leiden(graph, seed=seed)) for seed in range(5))
    assert best == pytest.approx(0.4198, abs=5e-4)


def test_planted_communities_are_found() -> None:
    graph, truth = planted()
    found = leiden(graph, seed=4, rounds=4)
    assert modularity(graph, found) >= modularity(graph, truth) - 1e-3
    pure = sum(np.bincount(truth[found == c]).max() for c in range(found.max() + 1))
    assert pure >= 0.97 * len(truth)


def test_the_same_seed_gives_the_same_communities() -> None:
    graph, _truth = planted(seed=7)
    assert (leiden(graph, seed=11) == leiden(graph, seed=11)).all()


def test_every_community_is_connected() -> None:
    graph, _truth = planted(communities=12, size=30, seed=2)
    found = leiden(graph, seed=1)
    for community in range(found.max() + 1):
        members = set(np.flatnonzero(found == community).tolist())
        reached, waiting = set(), [next(iter(members))]
        while waiting:
            node = waiting.pop()
            if node in reached:
                continue
            reached.add(node)
            waiting += [
                n for n in graph.neighbours[graph.starts[node] : graph.starts[node + 1]].tolist() if n in members
            ]
        assert reached == members


def test_communities_are_numbered_by_size() -> None:
    sizes = np.bincount(leiden(planted(seed=3)[0], seed=1))
    assert (np.diff(sizes) <= 0).all()


def test_higher_resolution_gives_more_communities() -> None:
    graph, _truth = planted()
    assert (
        leiden(graph, seed=1, resolution=0.1).max()
        < leiden(graph, seed=1).max()
        < leiden(graph, seed=1, resolution=30.0).max()
    )


def test_a_warm_start_keeps_what_is_already_best() -> None:
    graph, _truth = planted(seed=9)
    found = leiden(graph, seed=1, rounds=4)
    again = leiden(graph, seed=2, start=found, rounds=1)
    assert (found == again).mean() > 0.98


def test_aggregation_keeps_weights() -> None:
    graph, truth = planted(seed=5)
    above = aggregate(graph, truth.astype(np.int32))
    assert above.weights.sum() + above.inside.sum() == pytest.approx(graph.weights.sum())
    assert modularity(above, np.arange(above.nodes)) == pytest.approx(modularity(graph, truth), abs=1e-6)


def test_repeated_edges_add_up_and_loops_are_dropped() -> None:
    graph = undirected(np.array([0, 1, 0, 2]), np.array([1, 0, 0, 1]), 3)
    assert graph.weights.tolist() == [2.0, 2.0, 1.0, 1.0]


def test_nodes_without_edges_stay_alone() -> None:
    assert leiden(undirected(np.zeros(0, int), np.zeros(0, int), 3), seed=1).tolist() == [0, 1, 2]
