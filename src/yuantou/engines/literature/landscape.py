"""The map of a corpus: works in topics, topics in the plane, names in their own language. Same seed, same map.

Works are compared by the terms of their titles (latent semantic analysis; Deerwester et al., 1990), gathered into
topics by spherical k-means, and topics are laid out by springs between neighbours and repulsion between all
(Fruchterman and Reingold, 1991, doi:10.1002/spe.4380211102). A work lies near its topic's centre, the nearer the more
typical it is, so a million works cost one pass and no work hides another topic's name.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from yuantou.engines.literature.frontier_terms import TermUse

DIRECTIONS: Final = 50
ROUNDS: Final = 12
STEPS: Final = 400
GOLDEN: Final = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True, slots=True)
class Landscape:
    """Works and topics in the plane.

    ``topic`` of each work (in the order of the use matrix), ``places`` of works (n × 2, within -1 and 1), ``centres``
    and ``radii`` of topics, ``names`` (the telling terms of each topic, the first its name), and ``links`` between
    topics as rows ``(topic, topic, closeness)``; ``vectors`` of topics.
    """

    topic: np.ndarray
    places: np.ndarray
    centres: np.ndarray
    radii: np.ndarray
    names: tuple[tuple[str, ...], ...]
    links: np.ndarray
    vectors: np.ndarray


def landscape(use: TermUse, *, topics: int = 0, seed: int = 1) -> Landscape:
    """Gather works into topics and lay them out.

    Parameters
    ----------
    topics:
        How many; 0 takes the square root of the number of works, between 2 and 400.

    Notes
    -----
    O(n · directions · topics) time, n · directions floats of memory.
    """
    count = len(use.years)
    topics = topics or int(np.clip(np.sqrt(count), 2, 400))
    weighted = _weighted(use.uses)
    vectors = _vectors(weighted, seed)
    topic, middles = _gather(vectors, min(topics, count), seed)
    sizes = np.bincount(topic, minlength=len(middles))
    close = middles @ middles.T
    links = _links(close)
    radii = np.sqrt(sizes / max(count, 1)) * 0.62
    centres = _spread(close, radii, seed)
    scale = np.abs(centres).max() + radii.max()
    centres, radii = centres / scale, radii / scale
    typical = (vectors * middles[topic]).sum(1)
    return Landscape(
        topic, _scatter(topic, typical, centres, radii), centres, radii, _names(use, topic), links, middles
    )


def _weighted(uses: sparse.csr_matrix) -> sparse.csr_matrix:
    present = np.asarray((uses > 0).sum(0)).ravel().clip(1)
    idf = np.log(uses.shape[0] / present).clip(0)
    weighted = uses @ sparse.diags(idf)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel()).clip(1e-9)
    return sparse.csr_matrix(sparse.diags(1 / length) @ weighted)


def _vectors(weighted: sparse.csr_matrix, seed: int) -> np.ndarray:
    width = min(DIRECTIONS, min(weighted.shape) - 1)
    if width < 2:
        return np.ones((weighted.shape[0], 2)) / np.sqrt(2)
    start = np.random.default_rng(seed).standard_normal(min(weighted.shape))
    _left, _size, right = svds(weighted.astype(np.float64), k=width, v0=start)
    right = right * np.sign(right[np.arange(width), np.abs(right).argmax(1)])[:, None]
    vectors = np.asarray(weighted @ right.T)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)


def _gather(vectors: np.ndarray, topics: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Spherical k-means on a sample, then one pass over all; topics are numbered by size."""
    draw = np.random.default_rng(seed)
    sample = vectors[draw.permutation(len(vectors))[: max(60 * topics, 2000)]]
    middles = sample[draw.permutation(len(sample))[:topics]]
    for _round in range(ROUNDS):
        nearest = _nearest(sample, middles)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, sample)
        empty = np.linalg.norm(sums, axis=1) < 1e-9
        sums[empty] = middles[empty]
        middles = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    topic = _nearest(vectors, middles)
    order = np.argsort(-np.bincount(topic, minlength=len(middles)), kind="stable")
    order = order[: int((np.bincount(topic, minlength=len(middles)) > 0).sum())]
    number = np.full(len(middles), -1)
    number[order] = np.arange(len(order))
    return number[topic], middles[order]


def _nearest(vectors: np.ndarray, middles: np.ndarray) -> np.ndarray:
    parts = [(vectors[start : start + 20_000] @ middles.T).argmax(1) for start in range(0, len(vectors), 20_000)]
    return np.concatenate(parts)


def _links(close: np.ndarray, each: int = 4) -> np.ndarray:
    rows = set()
    for one in range(len(close)):
        near = [int(other) for other in np.argsort(-close[one], kind="stable")[: each + 1] if other != one][:each]
        rows |= {(min(one, other), max(one, other)) for other in near if close[one, other] > 0.05}
    return np.array([(one, other, close[one, other]) for one, other in sorted(rows)]).reshape(-1, 3)


def _spread(close: np.ndarray, radii: np.ndarray, seed: int) -> np.ndarray:
    """Lay out topics: start at the two leading directions, then springs and repulsion, then no two overlap."""
    values, directions = np.linalg.eigh(close)
    places = directions[:, np.argsort(values)[::-1][1:3]] if len(close) > 2 else np.eye(len(close), 2)
    places = places * np.sign(places[np.abs(places).argmax(0), np.arange(places.shape[1])])
    places = places / np.abs(places).max().clip(1e-9) * np.sqrt(len(close)) * 0.1
    places = places + np.random.default_rng(seed).normal(0, 1e-3, places.shape)
    links = _links(close)
    pairs, strength = links[:, :2].astype(np.int64), links[:, 2]
    return _part(_relax(np.ascontiguousarray(places), pairs, strength, radii, STEPS), radii, STEPS)


@numba.njit(cache=True)
def _relax(places, pairs, strength, radii, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Springs between neighbours, a pull to the middle, repulsion, discs pushed apart; the step cools down."""
    count = places.shape[0]
    for step in range(steps):
        heat = 0.05 * (1 - step / steps)
        move = np.zeros_like(places)
        for one in range(count):
            for other in range(one):
                across, down = places[one, 0] - places[other, 0], places[one, 1] - places[other, 1]
                apart = np.sqrt(across * across + down * down) + 1e-6
                room = (radii[one] + radii[other]) * 1.15
                push = 0.0008 / apart
                if apart < room:
                    push += 4 * (room - apart)
                move[one, 0] += across / apart * push
                move[one, 1] += down / apart * push
                move[other, 0] -= across / apart * push
                move[other, 1] -= down / apart * push
        for number in range(pairs.shape[0]):
            one, other = pairs[number]
            across, down = places[one, 0] - places[other, 0], places[one, 1] - places[other, 1]
            pull = 0.5 * strength[number]
            move[one, 0] -= across * pull
            move[one, 1] -= down * pull
            move[other, 0] += across * pull
            move[other, 1] += down * pull
        for one in range(count):
            move[one, 0] -= 0.06 * places[one, 0]
            move[one, 1] -= 0.06 * places[one, 1]
            length = np.sqrt(move[one, 0] ** 2 + move[one, 1] ** 2) + 1e-9
            far = min(length, heat)
            places[one, 0] += move[one, 0] / length * far
            places[one, 1] += move[one, 1] / length * far
    return places


@numba.njit(cache=True)
def _part(places, radii, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Push overlapping discs apart until none touches: what the springs left pressed together becomes readable."""
    count = places.shape[0]
    for _step in range(steps):
        touching = False
        for one in range(count):
            for other in range(one):
                across, down = places[one, 0] - places[other, 0], places[one, 1] - places[other, 1]
                apart = np.sqrt(across * across + down * down) + 1e-6
                lack = (radii[one] + radii[other]) * 1.02 - apart
                if lack > 1e-4:
                    touching = True
                    half = 0.5 * lack / apart
                    places[one, 0] += across * half
                    places[one, 1] += down * half
                    places[other, 0] -= across * half
                    places[other, 1] -= down * half
        if not touching:
            break
    return places


def _scatter(topic: np.ndarray, typical: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Lay works round their topic like the seeds of a sunflower, the most typical in the middle."""
    order = np.lexsort((-typical, topic))
    sizes = np.bincount(topic, minlength=len(centres))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.empty(len(topic))
    rank[order] = np.arange(len(topic)) - starts[topic[order]]
    far = np.sqrt((rank + 0.5) / sizes[topic].clip(1)) * radii[topic]
    angle = rank * GOLDEN
    return centres[topic] + np.column_stack([far * np.cos(angle), far * np.sin(angle)])


def _names(use: TermUse, topic: np.ndarray, each: int = 8) -> tuple[tuple[str, ...], ...]:
    """Name topics by terms frequent in them and rare elsewhere; parts of a longer name already taken are left out."""
    count = int(topic.max()) + 1 if len(topic) else 0
    inside = (
        sparse.csr_matrix((np.ones(len(topic)), (topic, np.arange(len(topic)))), shape=(count, len(topic))) @ use.uses
    )
    total = np.asarray(use.uses.sum(0)).ravel().clip(1)
    names = []
    for number in range(count):
        row = inside[number].tocoo()
        score = row.data * np.sqrt(row.data / total[row.col])
        chosen: list[str] = []
        for place in np.lexsort((row.col, -score)):
            term = use.terms[row.col[place]]
            if not any(term in other or other in term for other in chosen):
                chosen.append(term)
            if len(chosen) == each:
                break
        names.append(tuple(chosen) or ("—",))
    return tuple(names)
