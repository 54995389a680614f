"""Solution where one group of reviewers is too large to factor: conjugate gradients, and draws by perturbation.

A draw from the posterior is the solution for a perturbed right side (Papandreou and Yuille 2010, "Gaussian sampling by
local perturbations"), so that every draw costs a few products with sparse matrices, many draws at a time.
"""

from dataclasses import dataclass

import numpy as np

from yuantou.engines.calibration.design import Array, Design

EXACT, ROUGH, STEPS = 1e-8, 1e-3, 200
TURN = 25  # right sides solved together


@dataclass(frozen=True)
class Iterative:
    """The normal equations of a design at given variance ratios, never formed. The mean is the last column."""

    design: Design
    weight: Array
    prior: Array
    mean: float
    effects: Array

    @classmethod
    def solve(cls, design: Design, ratios: Array) -> "Iterative":
        """Solve at variance ratios over the noise (proposal, reviewer, panel)."""
        weight = 1 / (design.counts + 1 / ratios[0])
        kind = np.where(np.arange(design.width) < len(design.reviewers), 1 / ratios[1], 1 / ratios[2])
        prior = np.append(kind, 0.0)
        empty = cls(design, weight, prior, 0.0, np.zeros(design.width))
        right = np.append(design.wy - design.zw.T @ (weight * design.zy), 0.0)
        right[-1] = design.y.sum() - weight @ (design.counts * design.zy)
        found = empty.solved(right[:, None], EXACT)[:, 0]
        return cls(design, weight, prior, float(found[-1]), found[:-1])

    def times(self, x: Array) -> Array:
        """Multiply the matrix of the normal equations with columns x."""
        effects, mean, design = x[:-1], x[-1], self.design
        means = self.weight[:, None] * (design.zw @ effects + design.counts[:, None] * mean)
        below = design.ww @ effects + design.sizes[:, None] * mean - design.zw.T @ means
        last = design.sizes @ effects + len(design.y) * mean - design.counts @ means
        return np.vstack([below, last]) + self.prior[:, None] * x

    def diagonal(self) -> Array:
        """Return the diagonal of the matrix."""
        squares = self.design.zw.power(2).T @ self.weight
        columns = self.design.ww.diagonal() - squares
        last = len(self.design.y) - float(self.weight @ self.design.counts**2)
        return np.append(columns, last) + self.prior

    def solved(self, right: Array, tolerance: float) -> Array:
        """Solve for every column of ``right`` by conjugate gradients with the diagonal as preconditioner."""
        scale = 1 / self.diagonal()[:, None]
        x = scale * right
        rest = right - self.times(x)
        better = scale * rest
        way, slope = better, (rest * better).sum(axis=0)
        goal = tolerance**2 * (right**2).sum(axis=0)
        for _step in range(STEPS):
            if ((rest**2).sum(axis=0) <= goal).all():
                break
            image = self.times(way)
            step = slope / np.maximum((way * image).sum(axis=0), 1e-300)
            x, rest = x + step * way, rest - step * image
            better = scale * rest
            before, slope = slope, (rest * better).sum(axis=0)
            way = better + slope / np.maximum(before, 1e-300) * way
        return x

    def draw(self, count: int, noise: float, rng: np.random.Generator) -> Array:
        """Return draws of mean plus proposal effect, proposals × count."""
        design = self.design
        shock = rng.standard_normal((len(design.y), count))
        # The square root of the matrix that eliminating a proposal with n reviews leaves: I - c 11'.
        spread = 1 - self.weight * design.counts
        root = (1 - np.sqrt(spread)) / design.counts
        inside = design.z @ shock
        # W'(I - c 11')e by proposals, so that the reviews are gone through once.
        leaned = root[:, None] * inside
        right = np.vstack([design.w.T @ shock - design.zw.T @ leaned, inside.sum(axis=0) - design.counts @ leaned])
        right += np.sqrt(self.prior)[:, None] * rng.standard_normal(right.shape)
        moved = np.sqrt(noise) * self.solved(right, ROUGH)
        mean, effects = self.mean + moved[-1], self.effects[:, None] + moved[:-1]
        fixed = (self.weight * design.zy)[:, None] + (1 - self.weight * design.counts)[:, None] * mean
        drawn = fixed - self.weight[:, None] * (design.zw @ effects)
        return drawn + np.sqrt(noise * self.weight)[:, None] * rng.standard_normal(drawn.shape)

    def proposals(self) -> Array:
        """Return mean plus proposal effect."""
        rest = self.design.zy - self.design.zw @ self.effects - self.design.counts * self.mean
        return self.mean + self.weight * rest
