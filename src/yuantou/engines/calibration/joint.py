"""Several criteria at once: proposals, reviewers and noise have covariances between criteria, sampled by Gibbs.

A proposal strong on one criterion is likely strong on another, and a reviewer severe on one severe on another; so a
criterion that a review lacks is filled in from the others, not ignored. Covariances have the prior of Huang and Wand
2013 (doi:10.1214/13-BA815), which is all but flat in deviations and correlations.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from yuantou.engines.calibration.convergence import MET, effective_size, split_r_hat
from yuantou.engines.calibration.design import Array, Design

CHAINS: Final = 4
WARM: Final = 300
_WIDE: Final = 1e5  # variance of the half-t prior's scale
KINDS: Final = ("proposal", "reviewer", "residual")


@dataclass(frozen=True)
class Joint:
    """Draws of the weighted sum of all criteria, and what the criteria have in common."""

    design: Design
    values: Array  # draws × proposals
    columns: Array  # draws × reviewers
    drawn: Array  # draws × 4: variances of the weighted sum
    criteria: pl.DataFrame
    components: int

    @property
    def variances(self) -> Mapping[str, float]:
        """Mean variances of the weighted sum."""
        names = ("proposal", "reviewer", "panel", "residual")
        return dict(zip(names, (round(float(v), 9) for v in self.drawn.mean(axis=0)), strict=True))

    @property
    def effects(self) -> Array:
        """Mean effects of reviewers."""
        return self.columns.mean(axis=0)

    def means(self) -> Array:
        """Return mean plus proposal effect."""
        return self.values.mean(axis=0)

    def deviations(self) -> tuple[Array, Array]:
        """Return standard deviations of proposals and reviewers."""
        return self.values.std(axis=0), self.columns.std(axis=0)

    def drawer(self, rng: np.random.Generator) -> Callable[[int], Array]:
        """Return a function that gives the draws in a random order."""
        order, at = rng.permutation(len(self.values)), iter(range(1 << 62))

        def draw(count: int) -> Array:
            return self.values[order[[next(at) % len(order) for _ in range(count)]]]

        return draw

    @cached_property
    def diagnostics(self) -> Mapping[str, float]:
        """R-hat and effective size of the worst quantity."""
        chains = np.hstack([self.drawn, self.values]).reshape(CHAINS, -1, self.drawn.shape[1] + self.values.shape[1])
        return {
            "r_hat": round(float(split_r_hat(chains).max()), 4),
            "effective_draws": round(float(effective_size(chains).min()), 1),
        }

    @property
    def converged(self) -> bool:
        """Whether the chains met."""
        return self.diagnostics["r_hat"] < MET


def fit_jointly(
    design: Design, scores: Array, weights: Array, names: Sequence[str], draws: int, rng: np.random.Generator
) -> Joint:
    """Sample ``scores`` (reviews × criteria, NaN where missing; higher is better) and weigh them (weights sum to 1)."""
    chains = [_chain(design, scores, weights, -(-draws // CHAINS), stream) for stream in rng.spawn(CHAINS)]
    values, columns, drawn, spreads = (np.concatenate(part) for part in zip(*chains, strict=True))
    return Joint(
        design, values, columns, drawn, _criteria(names, weights, spreads.mean(axis=0)), design.components()[0]
    )


def _chain(design: Design, scores: Array, weights: Array, kept: int, rng: np.random.Generator) -> tuple[Array, ...]:
    n, width = scores.shape
    sizes = (len(design.proposals), len(design.reviewers))
    places = (design.proposal, design.reviewer)
    filled = np.where(np.isnan(scores), np.nanmean(scores, axis=0), scores)
    mean, effects = filled.mean(axis=0), [np.zeros((size, width)) for size in sizes]
    unit = np.diag(filled.var(axis=0) + 1e-6)
    spreads, scales = [unit * rng.uniform(0.2, 0.8) for _ in KINDS], np.ones((3, width))
    patterns = _patterns(np.isnan(scores))
    out = np.empty((kept, sizes[0])), np.empty((kept, sizes[1])), np.zeros((kept, 4)), np.empty((kept, 3, width, width))
    for turn in range(-WARM, kept):
        for a, b in ((0, 1), (1, 0)):
            rest = filled - mean - effects[b][places[b]]
            effects[a] = _effects(places[a], sizes[a], rest, spreads[a], spreads[2], rng)
        rest = filled - effects[0][places[0]] - effects[1][places[1]]
        mean = rest.mean(axis=0) + np.linalg.cholesky(spreads[2] / n) @ rng.standard_normal(width)
        for a in (0, 1):  # move effects against the mean, which else is slow
            by = np.linalg.cholesky(spreads[a] / sizes[a]) @ rng.standard_normal(width) - effects[a].mean(axis=0)
            effects[a] += by
            mean -= by
        noise = filled - mean - effects[0][places[0]] - effects[1][places[1]]
        for kind, deviations in enumerate((*effects, noise)):
            spreads[kind], scales[kind] = _covariance(deviations, spreads[kind], rng)
        _fill(filled, filled - noise, patterns, spreads[2], rng)
        if turn >= 0:
            out[0][turn] = (mean + effects[0]) @ weights
            out[1][turn] = effects[1] @ weights
            out[2][turn, [0, 1, 3]] = [weights @ spread @ weights for spread in spreads]
            out[3][turn] = spreads
    return out


def _effects(place: Array, size: int, rest: Array, spread: Array, noise: Array, rng: np.random.Generator) -> Array:
    """Draw the effects of a factor's levels; levels with as many reviews share a covariance."""
    counts, prior, each = np.bincount(place, minlength=size), np.linalg.inv(spread), np.linalg.inv(noise)
    sums = np.column_stack([np.bincount(place, column, size) for column in rest.T]) @ each
    drawn = rng.standard_normal(sums.shape)
    for count in np.unique(counts):
        rows = counts == count
        covariance = np.linalg.inv(prior + count * each)
        drawn[rows] = sums[rows] @ covariance + drawn[rows] @ np.linalg.cholesky(covariance).T
    return drawn


def _covariance(deviations: Array, spread: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a covariance from its inverse Wishart, and the scales of its prior."""
    count, width = deviations.shape
    scales = rng.gamma((2 + width) / 2, 1 / (1 / _WIDE + 2 * np.diag(np.linalg.inv(spread))))
    drawn = stats.invwishart.rvs(count + width + 1, deviations.T @ deviations + 4 * np.diag(scales), random_state=rng)
    return np.atleast_2d(drawn), scales


def _patterns(missing: Array) -> list[tuple[Array, Array]]:
    """Return the rows of each pattern of missing criteria."""
    kinds, kind = np.unique(missing, axis=0, return_inverse=True)
    return [(pattern, np.flatnonzero(kind.ravel() == k)) for k, pattern in enumerate(kinds) if pattern.any()]


def _fill(
    filled: Array, expected: Array, patterns: list[tuple[Array, Array]], noise: Array, rng: np.random.Generator
) -> None:
    """Draw what reviews lack, given what they have."""
    for lacks, rows in patterns:
        has = ~lacks
        lean = np.linalg.solve(noise[np.ix_(has, has)], noise[np.ix_(has, lacks)])
        spread = noise[np.ix_(lacks, lacks)] - noise[np.ix_(lacks, has)] @ lean
        known = filled[np.ix_(rows, has)] - expected[np.ix_(rows, has)]
        shock = rng.standard_normal((len(rows), lacks.sum())) @ np.linalg.cholesky(spread).T
        filled[np.ix_(rows, lacks)] = expected[np.ix_(rows, lacks)] + known @ lean + shock


def _criteria(names: Sequence[str], weights: Array, spreads: Array) -> pl.DataFrame:
    """Return per criterion its weight, the shares of its variance, and how proposals' merit on it goes with the sum."""
    own = np.array([np.diag(spread) for spread in spreads])
    shares = own / own.sum(axis=0)
    merit = spreads[0]
    together = merit @ weights / np.sqrt(np.diag(merit) * (weights @ merit @ weights))
    columns: dict[str, Any] = {"criterion": list(names), "weight": weights}
    columns |= {f"{kind}_share": share for kind, share in zip(KINDS, shares, strict=True)}
    return pl.DataFrame(columns | {"correlation": together})
