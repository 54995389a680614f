"""Made-up rounds of any size, with the same one for a seed on every machine: an open benchmark of assignment.

Areas of about 1,500 proposals with 12 topics; similarity of 24-dimensional profiles and noise; a fifth of the proposals
between two areas; uneven supply; 2,400 organisations (Zipf); conflicts taken out. ``use`` is demand over capacity: 0.78
is an easy round, 0.976 a hard one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from yuantou.engines.matching.candidates import Candidates

WANTED: Final = 5
KEPT: Final = 60
AREA: Final = 1500
TOPICS: Final = 12
ORGANISATIONS: Final = 2400


@dataclass(frozen=True)
class Instance:
    """Candidates, reviews wanted for each proposal, the most of each expert, and the organisation of each."""

    candidates: Candidates
    demand: int
    load: dict[str, int]
    group: dict[str, str]


def make_instance(size: int, *, use: float = 0.78, seed: int = 7) -> Instance:
    """Return a round of ``size`` proposals and 0.625 as many experts. Time and memory O(size × area)."""
    rng = np.random.default_rng(seed)
    experts = max(KEPT, round(size * 0.625))
    areas = max(1, size // AREA)
    weights = rng.lognormal(0, 0.25, areas)
    area_of = np.sort(rng.choice(areas, experts, p=weights / weights.sum()))
    organisation = rng.choice(ORGANISATIONS, experts, p=(p := 1 / np.arange(1, ORGANISATIONS + 1) ** 0.9) / p.sum())
    load = rng.choice([6, 10, 15], experts, p=[0.3, 0.5, 0.2])
    load = np.maximum(1, np.round(load * size * WANTED / (use * load.sum()))).astype(int)
    topic = rng.normal(size=(areas, TOPICS, 24)) + 1.2 * rng.normal(size=(areas, 1, 24))
    profile = topic[area_of, rng.integers(TOPICS, size=experts)] + 0.8 * rng.normal(size=(experts, 24))
    profile /= np.linalg.norm(profile, axis=1, keepdims=True)
    bounds = np.searchsorted(area_of, np.arange(areas + 1))
    parts = [_area(rng, area, size, areas, topic, profile, bounds, organisation) for area in range(areas)]
    lengths = np.concatenate([part[0] for part in parts])
    candidates = Candidates(
        tuple(f"p{i:06}" for i in range(len(lengths))),
        tuple(f"e{i:06}" for i in range(experts)),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
    )
    names = candidates.expert_ids
    group = {name: f"o{o}" for name, o in zip(names, organisation.tolist(), strict=True)}
    return Instance(candidates, WANTED, dict(zip(names, load.tolist(), strict=True)), group)


def _area(
    rng: np.random.Generator,
    area: int,
    size: int,
    areas: int,
    topic: np.ndarray,
    profile: np.ndarray,
    bounds: np.ndarray,
    organisation: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = (area + 1) * size // areas - area * size // areas
    wish = topic[area, rng.integers(TOPICS, size=count)] + 0.8 * rng.normal(size=(count, 24))
    second = int(rng.integers(areas))
    mixed = rng.random(count) < 0.2
    wish[mixed] += topic[second, rng.integers(TOPICS, size=int(mixed.sum()))]
    wish /= np.linalg.norm(wish, axis=1, keepdims=True)
    own, other = np.arange(bounds[area], bounds[area + 1]), np.arange(bounds[second], bounds[second + 1])
    pool = np.concatenate([own, other]) if second != area else own
    similar = (0.5 + 0.5 * (wish @ profile[pool].T)) + rng.normal(0, 0.03, (count, len(pool)))
    host = rng.choice(organisation, count)
    similar[(host[:, None] == organisation[pool]) | (rng.random(similar.shape) < 0.02)] = -1
    if second != area:
        similar[np.ix_(~mixed, np.arange(len(own), len(pool)))] = -1
    kept = min(KEPT, len(pool))
    best = np.argpartition(-similar, kept - 1, axis=1)[:, :kept]
    value = np.take_along_axis(similar, best, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    best, value = np.take_along_axis(best, order, axis=1), np.take_along_axis(value, order, axis=1)
    good = value > 0
    return good.sum(axis=1), pool[best[good]].astype(np.int32), np.clip(value[good], 0, 1).astype(np.float32)
