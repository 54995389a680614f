"""Calibration by sampling: reviewers differ in steepness and noise, or grades are coarse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy import special

from yuantou.engines.calibration import sampling
from yuantou.engines.calibration.convergence import MET, effective_size, split_r_hat
from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.sampling import Data, Model, State
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

CHAINS: Final = 4
WARM: Final = 600
THIN: Final = range(2, 11)  # sweeps for each draw: fewer where a sweep is dear
SWEEP: Final = 10_000  # reviews
MOST: Final = 100_000  # reviews that a chain can go through in bearable time
GRADES: Final = 20  # more levels are no grades
NAMES: Final = ("proposal", "reviewer", "panel", "residual")


@dataclass(frozen=True)
class Sampled:
    """Draws of everything, those of one chain after those of another."""

    design: Design
    draws: State
    levels: Array  # the grades, if the model is of grades
    components: int

    @property
    def noise(self) -> float:
        """Variance of the common noise."""
        return self.variances["residual"]

    @cached_property
    def drawn(self) -> Array:
        """Variances by draw: proposal, reviewer, panel, noise."""
        d = self.draws.dials
        panels = d[:, sampling.PANEL] if self.design.has_panels else np.zeros(len(d))
        return np.column_stack([d[:, sampling.PROPOSAL], d[:, sampling.REVIEWER], panels, d[:, sampling.NOISE]]) ** 2

    @cached_property
    def variances(self) -> Mapping[str, float]:
        """Mean variances; of grades, in units of the noise behind them."""
        return dict(zip(NAMES, (round(float(v), 9) for v in self.drawn.mean(axis=0)), strict=True))

    @cached_property
    def values(self) -> Array:
        """Mean plus proposal effect as scores of an ordinary reviewer, draws × proposals."""
        return self._scores(self.draws.proposals + self.draws.dials[:, [sampling.MEAN]])

    def means(self) -> Array:
        """Return mean plus proposal effect."""
        return self.values.mean(axis=0)

    @cached_property
    def columns(self) -> Array:
        """Effects of reviewers and panels on an ordinary proposal's score, draws × columns."""
        draws, mean = self.draws, self.draws.dials[:, [sampling.MEAN]]
        parts = [draws.reviewers] + ([draws.panels] if self.design.has_panels else [])
        return np.hstack([self._scores(mean + part) - self._scores(mean) for part in parts])

    @property
    def effects(self) -> Array:
        """Mean effects of the columns."""
        return self.columns.mean(axis=0)

    def deviations(self) -> tuple[Array, Array]:
        """Return standard deviations of proposals and columns."""
        return self.values.std(axis=0), self.columns.std(axis=0)

    def drawer(self, rng: np.random.Generator) -> Callable[[int], Array]:
        """Return a function that gives the draws in a random order."""
        order, at = rng.permutation(len(self.values)), iter(range(1 << 62))

        def draw(count: int) -> Array:
            return self.values[order[[next(at) % len(order) for _ in range(count)]]]

        return draw

    @cached_property
    def diagnostics(self) -> Mapping[str, float | bool]:
        """R-hat and effective size of the worst quantity, over variances and proposals."""
        watched = np.hstack([self.drawn, self.draws.dials[:, sampling.STEEP : sampling.STEEP + 1], self.values])
        chains = watched.reshape(CHAINS, -1, watched.shape[1])
        worst = float(split_r_hat(chains).max())
        return {"r_hat": round(worst, 4), "effective_draws": round(float(effective_size(chains).min()), 1)}

    @property
    def converged(self) -> bool:
        """Whether the chains met."""
        return self.diagnostics["r_hat"] < MET

    def predict(self, proposals: Array, reviewers: Array, rng: np.random.Generator) -> Array:
        """Return draws of reviews yet unseen, draws × reviews; a reviewer of -1 is a new one."""
        draws, count = self.draws, (len(self.draws.dials), len(reviewers))
        dial = draws.dials[:, :, None]
        new = reviewers < 0
        severity = np.where(new, dial[:, sampling.REVIEWER] * rng.standard_normal(count), draws.reviewers[:, reviewers])
        steep = 1 + dial[:, sampling.STEEP] * rng.standard_normal(count)
        steep = np.where(new, np.maximum(steep, 0), draws.steepness[:, reviewers])
        free = dial[:, sampling.FREEDOM] / 2
        precision = rng.gamma(np.broadcast_to(free, count)) / free if np.ptp(draws.precision) > 0 else np.ones(count)
        precision = np.where(new, precision, draws.precision[:, reviewers])
        at = dial[:, sampling.MEAN] + steep * draws.proposals[:, proposals] + severity
        z = at + dial[:, sampling.NOISE] / np.sqrt(precision) * rng.standard_normal(count)
        if not len(self.levels):
            return z
        grade = sum((z > draws.cuts[:, [k]]).astype(int) for k in range(1, len(self.levels)))
        return self.levels[grade]

    def _scores(self, z: Array) -> Array:
        """Return expected scores: themselves, or of grades the mean of the grades they may give."""
        if not len(self.levels):
            return z
        score = np.full(z.shape, self.levels[0], np.float32)
        for k, gap in enumerate(np.diff(self.levels), start=1):
            score += np.float32(gap) * special.ndtr(z - self.draws.cuts[:, [k]]).astype(np.float32)
        return score


def fit_by_sampling(
    design: Design, *, steep: bool, noisy: bool, graded: bool, largest_sd: float, draws: int, rng: np.random.Generator
) -> Sampled:
    """Sample the model with four chains from scattered starts.

    Raises
    ------
    InputError
        With more than 100,000 reviews, or more than 20 different grades.
    """
    levels = np.unique(design.y) if graded else np.empty(0)
    _check(len(design.y), len(levels))
    y = np.searchsorted(levels, design.y).astype(float) if graded else design.y
    panel = design.panel if design.has_panels else np.zeros(len(y), np.int64)
    data = Data(y, design.proposal, design.reviewer, panel)
    model = Model(steep, noisy, graded, design.has_panels, 10.0 if graded else max(largest_sd, 1e-3))
    each = -(-draws // CHAINS)
    thin = min(max(SWEEP // len(y), THIN[0]), THIN[-1])
    chains = []
    for stream in rng.spawn(CHAINS):
        state = _start(data, design, len(levels), stream)
        kept = State(*(np.empty((each, len(part))) for part in state))
        sampling.sample(data, state, model, WARM, thin, stream, kept)
        chains.append(kept)
    joined = State(*(np.concatenate(parts) for parts in zip(*chains, strict=True)))
    return Sampled(design, joined, levels, design.components()[0])


def _start(data: Data, design: Design, grades: int, rng: np.random.Generator) -> State:
    """Return a scattered start; cuts at the quantiles of the grades, the lowest and highest without bound."""
    reviewers = len(design.reviewers)
    cuts = np.zeros(1)
    if grades:
        shares = np.cumsum(np.bincount(data.y.astype(int)))[:-1] / len(data.y)
        cuts = np.concatenate([[-1e30], 1.5 * special.ndtri(shares), [1e30]])
    unit = 1.0 if grades else max(float(data.y.std()), 1e-3)
    scatter = np.exp(rng.uniform(-0.5, 0.5, 4)) * unit  # starts that chains must come back from
    mean = 0.0 if grades else float(data.y.mean())
    dials = [mean, 0.7 * scatter[0], 0.4 * scatter[1], 0.2 * scatter[2], 0.2, 1.0 if grades else 0.6 * scatter[3], 8.0]
    return State(
        data.y.astype(float),
        np.zeros(len(design.proposals)),
        np.zeros(reviewers),
        np.zeros(int(data.panel.max()) + 1),
        np.ones(reviewers),
        np.ones(reviewers),
        cuts,
        np.array(dials),
    )


def _check(reviews: int, levels: int) -> None:
    if reviews > MOST:
        raise InputError(
            LocalText(
                f"评审数 {reviews} 超出该模型的上限 {MOST}。", f"{reviews} reviews are beyond this model's {MOST}."
            ),
            LocalText("请不选专家斜率、自有噪声或等级模型。", "Leave out steepness, own noise and grades."),
            code="calibration.too_many",
        )
    if levels > GRADES:
        raise InputError(
            LocalText(f"共有 {levels} 个不同分数，不是等级。", f"{levels} different scores are no grades."),
            LocalText("请不选等级模型。", "Leave out the model of grades."),
            code="calibration.no_grades",
        )
