"""Effects at given variances, and what likelihood, deviations, draws and predictions need of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import sparse

from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.kernels import draw_proposals


class Spread(Protocol):
    """The inverse C of the matrix over reviewers and panels, however it is had."""

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Return draws with covariance C, columns × count."""

    def diagonal(self) -> Array:
        """Return the diagonal of C."""

    def across(self, rows: sparse.csr_matrix) -> Array:
        """Return x' C x for every row x."""


@dataclass(frozen=True)
class Solution:
    """The Gaussian posterior at given variance ratios, in units of the noise; the mean is a border to the columns."""

    design: Design
    mean: float
    effects: Array
    weight: Array  # of each proposal: 1 / (reviews + 1 / ratio)
    border: float
    lean: Array  # how the effects follow the mean
    spread: Spread
    log_determinant: float
    residual: float
    steps: int = 0
    converged: bool = True

    @property
    def free(self) -> Array:
        """How far each proposal follows the mean, where nothing else moves."""
        return 1 - self.weight * self.design.counts

    def proposals(self) -> Array:
        """Return mean plus proposal effect."""
        design = self.design
        return self.weight * (design.zy - design.zw @ self.effects) + self.free * self.mean

    def draw(self, count: int, noise: float, rng: np.random.Generator) -> Array:
        """Return draws of mean plus proposal effect, count × proposals, 32-bit."""
        entries, fixed, free, weight, own = self._streams
        mean = self.mean + np.sqrt(noise / self.border) * rng.standard_normal(count)
        effects = np.outer(self.lean, self.mean - mean) + self.effects[:, None]
        effects = effects.astype(np.float32) + np.float32(np.sqrt(noise)) * self.spread.draw(count, rng)
        drawn = rng.standard_normal((count, len(weight)), np.float32)
        spread = np.float32(np.sqrt(noise)) * own
        draw_proposals(*entries, weight, fixed, free, spread, mean.astype(np.float32), effects, drawn)
        return drawn

    @cached_property
    def _streams(self) -> tuple[tuple[Array, Array, Array], Array, Array, Array, Array]:
        numbers = (self.weight * self.design.zy, self.free, self.weight, np.sqrt(self.weight))
        fixed, free, weight, own = (value.astype(np.float32) for value in numbers)
        return self.design.entries, fixed, free, weight, own

    def deviations(self, noise: float) -> tuple[Array, Array]:
        """Return the standard deviations of mean plus proposal effect, and of the effects of the columns."""
        columns = self.spread.diagonal() + self.lean**2 / self.border
        through = self.spread.across(self.design.zw)
        free = self.free + self.weight * (self.design.zw @ self.lean)
        own = self.weight + self.weight**2 * through + free**2 / self.border
        return np.sqrt(noise * own), np.sqrt(noise * columns)


@dataclass(frozen=True)
class Sides:
    """The right sides of the normal equations once proposals are eliminated."""

    weight: Array
    edge: Array  # of the columns towards the mean
    right: Array
    corner: float
    top: float

    def solution(
        self, design: Design, lean: Array, raw: Array, spread: Spread, log_determinant: float = np.nan
    ) -> Solution:
        """Put the mean in: ``lean`` and ``raw`` solve the matrix for ``edge`` and ``right``."""
        border = self.corner - float(self.edge @ lean)
        mean = (self.top - float(self.edge @ raw)) / border
        effects = raw - lean * mean
        fitted = float(self.weight @ design.zy**2) + self.top * mean + float(self.right @ effects)
        logs = log_determinant + float(np.log(border))
        residual = float(design.y @ design.y) - fitted
        return Solution(design, mean, effects, self.weight, border, lean, spread, logs, residual)
