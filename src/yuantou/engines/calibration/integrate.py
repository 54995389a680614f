"""Variances that are themselves uncertain: in a small panel they are, and intervals must say so.

Draws of the variances from their posterior under flat priors on the standard deviations (Gelman 2006,
doi:10.1214/06-BA117A), effects integrated out, by an adaptive random walk (Haario, Saksman and Tamminen 2001).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from yuantou.engines.calibration.blocks import Blocks
from yuantou.engines.calibration.design import Array

WARM, KEPT, THIN = 300, 1500, 5
FEW, CELLS = 50, 40  # levels of a factor that leave its variance open; cells of a grid over it
_LEAST: Final = 1e-4  # a standard deviation in grades; less is nothing


@dataclass(frozen=True)
class Variances:
    """One draw: ratios over the noise (proposal, reviewer, panel), and the noise."""

    ratios: Array
    noise: float


def minus_log_likelihood(blocks: Blocks, logs: Array) -> float:
    """Return twice the negative restricted log-likelihood at the logarithms of (proposal, reviewer, panel, noise)."""
    design = blocks.design
    ratios = logs[:3] - logs[3]
    solution = blocks.solve(np.exp(ratios), factors=False)
    kinds = len(design.reviewers) * ratios[1] + (len(design.panels) * ratios[2] if design.has_panels else 0.0)
    kinds += float(np.log1p(np.exp(ratios[0]) * design.counts).sum()) + solution.log_determinant
    return (len(design.y) - 1) * float(logs[3]) + solution.residual * float(np.exp(-logs[3])) + kinds


def draw_variances(
    blocks: Blocks, start: Array, free: Sequence[int], largest: float, rng: np.random.Generator
) -> list[Variances]:
    """Return draws of the variances, thinned until they are all but independent.

    Parameters
    ----------
    start:
        Logarithms of the variances (proposal, reviewer, panel, noise) to begin at.
    free:
        Which of them are drawn; the others stay as they are.
    largest:
        Greatest standard deviation that a scale allows, in grades.
    """
    walker = list(free)
    # The noise is the sum of two variances, of the vote and of what proposal and reviewer have together; where each is
    # flat in its standard deviation, the sum is flat, so the noise's own deviation weighs by its size (Heyard 2022).
    noise = walker.index(3)

    def logs_at(x: Array) -> Array:
        logs = start.copy()
        logs[walker] = 2 * np.log(np.maximum(x, _LEAST))
        return logs

    def target(x: Array) -> float:
        if (x > largest).any():
            return -np.inf
        return -0.5 * minus_log_likelihood(blocks, logs_at(x)) + float(np.log(max(x[noise], _LEAST)))

    begin = np.clip(np.exp(start[walker] / 2), 0.02 * largest, 0.9 * largest)
    levels = {1: len(blocks.design.reviewers), 2: len(blocks.design.panels)}
    few = [place for place, kind in enumerate(walker) if levels.get(kind, FEW) < FEW]
    found = []
    for x in _walk(target, begin, [_Grid.of(target, begin, place, largest) for place in few], rng):
        logs = logs_at(x)
        found.append(Variances(np.exp(logs[:3] - logs[3]), float(np.exp(logs[3]))))
    return found


@dataclass(frozen=True)
class _Grid:
    """A proposal for a deviation of few levels, whose posterior is wide and skew: its density with the others kept."""

    place: int
    edges: Array  # logarithms of the deviation
    chance: Array  # cumulative, at the edges
    density: Array  # logarithm, of the deviation itself

    @classmethod
    def of(cls, target: Callable[[Array], float], x: Array, place: int, largest: float) -> "_Grid":
        edges = np.linspace(np.log(_LEAST), np.log(largest), CELLS + 1)
        middle = np.exp((edges[1:] + edges[:-1]) / 2)
        values = np.array([target(np.where(np.arange(len(x)) == place, m, x)) for m in middle])
        width = np.exp(edges[1:]) - np.exp(edges[:-1])
        mass = np.exp(values - values.max()) * width
        mass = mass / mass.sum() + 0.02 / CELLS
        mass /= mass.sum()
        return cls(place, edges, np.append(0.0, np.cumsum(mass)), np.log(mass / width))

    def at(self, share: float) -> float:
        """Return the deviation below which that share of the proposal lies."""
        cell = min(int(np.searchsorted(self.chance, share, "right")) - 1, CELLS - 1)
        inside = (share - self.chance[cell]) / (self.chance[cell + 1] - self.chance[cell])
        low, high = np.exp(self.edges[cell]), np.exp(self.edges[cell + 1])
        return float(low + inside * (high - low))

    def log_density(self, value: float) -> float:
        """Return the logarithm of the proposal's density."""
        cell = int(np.clip(np.searchsorted(self.edges, np.log(max(value, _LEAST)), "right") - 1, 0, CELLS - 1))
        return float(self.density[cell])


def _walk(target: Callable[[Array], float], x: Array, grids: Sequence[_Grid], rng: np.random.Generator) -> list[Array]:
    """Walk over all deviations together, and jump along each of those with few levels; jumps are stratified."""
    value, trail, kept = target(x), [x], []
    jumping = [grid.place for grid in grids]
    walking = np.setdiff1d(np.arange(len(x)), jumping)
    step: Array = np.diag(0.1 * x[walking])
    strata = [rng.permutation(WARM + KEPT) for _grid in grids]
    for turn in range(WARM + KEPT):
        if turn % 50 == 0 and 100 <= turn <= WARM:
            recent = np.cov(np.array(trail[len(trail) // 2 :])[:, walking].T)
            step = np.linalg.cholesky(np.atleast_2d(recent) * 2.4**2 / len(walking) + 1e-8 * np.eye(len(walking)))
        new = x.copy()
        new[walking] = np.abs(x[walking] + step @ rng.standard_normal(len(walking)))  # reflected at nought
        there = target(new)
        if np.log(rng.random()) < there - value:
            x, value = new, there
        for grid, order in zip(grids, strata, strict=True):
            jump = x.copy()
            jump[grid.place] = grid.at((order[turn] + rng.random()) / len(order))
            there = target(jump)
            back = grid.log_density(x[grid.place]) - grid.log_density(jump[grid.place])
            if np.log(rng.random()) < there - value + back:
                x, value = jump, there
        trail.append(x)
        if turn >= WARM and turn % THIN == 0:
            kept.append(x)
    return kept
