"""Ranks and their spread from posterior draws, a turn of draws at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from yuantou.engines.calibration.design import Array

FINEST = 65535  # ranks are kept as 16-bit numbers; beyond that many proposals, in steps of proposals / 65,535
TURN = 25
BLOCK = 20_000


@dataclass(frozen=True)
class Ranks:
    """What the draws say of every proposal's rank; 1 is best."""

    expected: Array
    low50: Array
    high50: Array
    low90: Array
    high90: Array
    p_top: Array
    sd: Array


def ranks_of(
    draw: Callable[[int], Array], proposals: int, draws: int, top: int, progress: Callable[[int], None]
) -> Ranks:
    """Rank every draw and sum up: expected rank, intervals of 50 and 90 %, chance to be within the first ``top``.

    Time O(draws · proposals · log proposals); memory two bytes for each draw and proposal.
    """
    step = max(1.0, proposals / FINEST)
    kept = np.empty((draws, proposals), np.uint16)
    total, within = np.zeros(proposals), np.zeros(proposals)
    one, two = np.zeros(proposals), np.zeros(proposals)
    ranks = np.empty(proposals)
    places = np.arange(1.0, proposals + 1)
    for first in range(0, draws, TURN):
        drawn = draw(min(TURN, draws - first))
        one += drawn.sum(axis=1)
        two += (drawn**2).sum(axis=1)
        for number, values in enumerate(np.ascontiguousarray(-drawn.T), first):
            ranks[np.argsort(values)] = places
            total += ranks
            within += ranks <= top
            kept[number] = ranks / step
        progress(min(first + TURN, draws))
    bounds = _quantiles(kept, (0.05, 0.25, 0.75, 0.95)) * step
    low90, low50, high50, high90 = np.clip(np.round(bounds), 1, proposals)
    spread = np.sqrt(np.maximum(two / draws - (one / draws) ** 2, 0.0))
    return Ranks(total / draws, low50, high50, low90, high90, within / draws, spread)


def _quantiles(kept: Array, shares: tuple[float, ...]) -> Array:
    """Return the order statistics nearest to the shares, shares × proposals."""
    at = [round(share * (len(kept) - 1)) for share in shares]
    found = np.empty((len(shares), kept.shape[1]))
    for first in range(0, kept.shape[1], BLOCK):
        part = np.ascontiguousarray(kept[:, first : first + BLOCK].T)
        found[:, first : first + BLOCK] = np.partition(part, sorted(set(at)), axis=1)[:, at].T
    return found
