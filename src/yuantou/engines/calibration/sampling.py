"""Gibbs sampling of reviewers who differ in more than severity: steepness, noise of their own, coarse grades.

score = mean + steepness · proposal + reviewer + panel + noise of the reviewer. Grades are cuts through such a score
(Albert and Chib 1993, doi:10.1080/01621459.1993.10476321; cuts move with the scores integrated out, Cowles 1996,
doi:10.1007/BF00162520). Deviations are flat up to a bound (Gelman 2006, doi:10.1214/06-BA117A); noise of reviewers is
gamma about a common one, so that a single review is of heavy tails (Geweke 1993, doi:10.1002/jae.3950080504). After
each sweep effects are moved against the mean, which else makes chains slow (Liu and Sabatti 2000,
doi:10.1093/biomet/87.2.353).
"""

import math
from typing import Final, NamedTuple

import numba
import numpy as np

from yuantou.engines.calibration.design import Array

MEAN, PROPOSAL, REVIEWER, PANEL, STEEP, NOISE, FREEDOM = range(7)
FREEDOMS: Final = np.array([2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0, 30.0, 50.0, 100.0])
_FAR: Final = 1e30
_LEAST: Final = 1e-300


class Data(NamedTuple):
    """Scores, or places among the grades from 0 on, and whose they are."""

    y: Array
    proposal: Array
    reviewer: Array
    panel: Array


class State(NamedTuple):
    """Where a chain is. ``dials`` holds mean, deviations and degrees of freedom; ``cuts`` the bounds of grades."""

    z: Array
    proposals: Array
    reviewers: Array
    panels: Array
    steepness: Array
    precision: Array
    cuts: Array
    dials: Array


class Model(NamedTuple):
    """What reviewers differ in beyond severity, and the bounds of deviations."""

    steep: bool
    noisy: bool
    graded: bool
    panelled: bool
    largest: float


@numba.njit(cache=True, nogil=True)
def sample(data: Data, state: State, model: Model, warm: int, thin: int, rng: np.random.Generator, kept: State) -> None:
    """Run one chain: ``warm`` sweeps to settle, then every ``thin``-th state into the rows of ``kept``."""
    step, accepted = 0.1, 0
    for turn in range(warm + len(kept.dials) * thin):
        if model.graded:
            accepted += move_cuts(data, state, step, rng)
            if turn < warm and turn % 25 == 24:
                step *= math.exp(accepted / 25 - 0.3)
                accepted = 0
            draw_scores(data, state, rng)
        draw_proposals(data, state, rng)
        draw_reviewers(data, state, model, rng)
        if model.panelled:
            draw_panels(data, state, rng)
        if not model.graded:
            draw_mean(data, state, rng)
        recentre(state, model, rng)
        if model.steep:
            stretch(state, model, rng)
        draw_deviations(data, state, model, rng)
        if turn >= warm and (turn - warm) % thin == 0:
            keep(state, kept, (turn - warm) // thin)


@numba.njit(cache=True, nogil=True)
def keep(state: State, kept: State, row: int) -> None:
    """Copy what is reported."""
    kept.proposals[row] = state.proposals
    kept.reviewers[row] = state.reviewers
    kept.panels[row] = state.panels
    kept.steepness[row] = state.steepness
    kept.precision[row] = state.precision
    kept.cuts[row] = state.cuts
    kept.dials[row] = state.dials


@numba.njit(cache=True, nogil=True)
def expected(data: Data, state: State, k: int) -> float:
    """Return the expected score of a review."""
    j = data.reviewer[k]
    merit = state.steepness[j] * state.proposals[data.proposal[k]]
    return state.dials[MEAN] + merit + state.reviewers[j] + state.panels[data.panel[k]]


@numba.njit(cache=True, nogil=True)
def below(x: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@numba.njit(cache=True, nogil=True)
def quantile(p: float) -> float:
    """Return the standard normal quantile: Abramowitz and Stegun 26.2.23, then two of Halley's steps."""
    tail = min(p, 1 - p)
    t = math.sqrt(-2 * math.log(tail))
    x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    for _turn in range(2):
        off = (below(-x) - tail) * math.sqrt(2 * math.pi) * math.exp(x * x / 2)
        x += off / (1 + x * off / 2)
    return -x if p < 0.5 else x


@numba.njit(cache=True, nogil=True)
def between(mean: float, sd: float, low: float, high: float, rng: np.random.Generator) -> float:
    """Draw a normal number between two bounds; in the far tail, the bound that is nearer."""
    a, b = (low - mean) / sd, (high - mean) / sd
    if a > 0:  # in the lower tail, where the distribution function is exact
        return -between(-mean, sd, -high, -low, rng)
    share = below(a) + (below(b) - below(a)) * rng.random()
    if below(b) < _LEAST:
        return high
    return mean + sd * quantile(min(max(share, _LEAST), 1 - 1e-16))


@numba.njit(cache=True, nogil=True)
def move_cuts(data: Data, state: State, step: float, rng: np.random.Generator) -> int:
    """Propose new cuts, each between its neighbours, and take them or not, scores integrated out."""
    cuts, grades = state.cuts, len(state.cuts) - 1
    new = cuts.copy()
    odds = 0.0
    for k in range(1, grades):
        new[k] = between(cuts[k], step, new[k - 1], cuts[k + 1], rng)
    for k in range(1, grades):
        there = below((cuts[k + 1] - cuts[k]) / step) - below((new[k - 1] - cuts[k]) / step)
        back = below((new[k + 1] - new[k]) / step) - below((cuts[k - 1] - new[k]) / step)
        odds += math.log(max(there, _LEAST)) - math.log(max(back, _LEAST))
    for k in range(len(data.y)):
        root = math.sqrt(state.precision[data.reviewer[k]]) / state.dials[NOISE]
        at, grade = expected(data, state, k), int(data.y[k])
        there = below((new[grade + 1] - at) * root) - below((new[grade] - at) * root)
        here = below((cuts[grade + 1] - at) * root) - below((cuts[grade] - at) * root)
        odds += math.log(max(there, _LEAST)) - math.log(max(here, _LEAST))
    if math.log(max(rng.random(), _LEAST)) >= odds:
        return 0
    cuts[:] = new
    return 1


@numba.njit(cache=True, nogil=True)
def draw_scores(data: Data, state: State, rng: np.random.Generator) -> None:
    """Draw the score behind each grade."""
    for k in range(len(data.y)):
        grade = int(data.y[k])
        sd = state.dials[NOISE] / math.sqrt(state.precision[data.reviewer[k]])
        state.z[k] = between(expected(data, state, k), sd, state.cuts[grade], state.cuts[grade + 1], rng)


@numba.njit(cache=True, nogil=True)
def draw_proposals(data: Data, state: State, rng: np.random.Generator) -> None:
    """Draw proposal effects given all else."""
    size = len(state.proposals)
    weight, sums = np.full(size, state.dials[PROPOSAL] ** -2.0), np.zeros(size)
    for k in range(len(data.y)):
        i, j = data.proposal[k], data.reviewer[k]
        each = state.precision[j] / state.dials[NOISE] ** 2
        rest = state.z[k] - expected(data, state, k) + state.steepness[j] * state.proposals[i]
        weight[i] += each * state.steepness[j] ** 2
        sums[i] += each * state.steepness[j] * rest
    for i in range(size):
        state.proposals[i] = sums[i] / weight[i] + rng.standard_normal() / math.sqrt(weight[i])


@numba.njit(cache=True, nogil=True)
def draw_reviewers(data: Data, state: State, model: Model, rng: np.random.Generator) -> None:
    """Draw severities, then steepness: never below nought, for a good grade must not count against a proposal."""
    size = len(state.reviewers)
    weight, sums = np.full(size, state.dials[REVIEWER] ** -2.0), np.zeros(size)
    for k in range(len(data.y)):
        j = data.reviewer[k]
        each = state.precision[j] / state.dials[NOISE] ** 2
        weight[j] += each
        sums[j] += each * (state.z[k] - expected(data, state, k) + state.reviewers[j])
    for j in range(size):
        state.reviewers[j] = sums[j] / weight[j] + rng.standard_normal() / math.sqrt(weight[j])
    if not model.steep:
        return
    weight[:] = state.dials[STEEP] ** -2.0
    sums[:] = weight
    for k in range(len(data.y)):
        j, merit = data.reviewer[k], state.proposals[data.proposal[k]]
        each = state.precision[j] / state.dials[NOISE] ** 2
        weight[j] += each * merit**2
        sums[j] += each * merit * (state.z[k] - expected(data, state, k) + state.steepness[j] * merit)
    for j in range(size):
        state.steepness[j] = between(sums[j] / weight[j], 1 / math.sqrt(weight[j]), 0.0, _FAR, rng)


@numba.njit(cache=True, nogil=True)
def draw_panels(data: Data, state: State, rng: np.random.Generator) -> None:
    """Draw panel effects given all else."""
    size = len(state.panels)
    weight, sums = np.full(size, state.dials[PANEL] ** -2.0), np.zeros(size)
    for k in range(len(data.y)):
        g, each = data.panel[k], state.precision[data.reviewer[k]] / state.dials[NOISE] ** 2
        weight[g] += each
        sums[g] += each * (state.z[k] - expected(data, state, k) + state.panels[g])
    for g in range(size):
        state.panels[g] = sums[g] / weight[g] + rng.standard_normal() / math.sqrt(weight[g])


@numba.njit(cache=True, nogil=True)
def draw_mean(data: Data, state: State, rng: np.random.Generator) -> None:
    """Draw the mean given all else, flat before."""
    weight, total = 0.0, 0.0
    for k in range(len(data.y)):
        each = state.precision[data.reviewer[k]] / state.dials[NOISE] ** 2
        weight += each
        total += each * (state.z[k] - expected(data, state, k) + state.dials[MEAN])
    state.dials[MEAN] = total / weight + rng.standard_normal() / math.sqrt(weight)


@numba.njit(cache=True, nogil=True)
def recentre(state: State, model: Model, rng: np.random.Generator) -> None:
    """Move all effects of a kind against the mean (of grades: with the cuts), which changes no expected score."""
    dials = state.dials
    weight, pull = len(state.proposals) / dials[PROPOSAL] ** 2, state.proposals.sum() / dials[PROPOSAL] ** 2
    for j in range(len(state.reviewers)):  # a steep reviewer follows the proposals further than the mean does
        extra = state.steepness[j] - 1
        weight += extra**2 / dials[REVIEWER] ** 2
        pull -= extra * state.reviewers[j] / dials[REVIEWER] ** 2
    by = rng.standard_normal() / math.sqrt(weight) - pull / weight
    state.proposals[:] += by
    state.reviewers[:] -= (state.steepness - 1) * by
    shift(state, model, by)
    for effects, sd in ((state.reviewers, dials[REVIEWER]), (state.panels, dials[PANEL])):
        if len(effects) > 1:
            by = sd / math.sqrt(len(effects)) * rng.standard_normal() - effects.mean()
            effects[:] += by
            shift(state, model, by)


@numba.njit(cache=True, nogil=True)
def stretch(state: State, model: Model, rng: np.random.Generator) -> None:
    """Stretch proposals and their deviation by a factor and flatten all reviewers by it, which changes no score."""
    size, dials = len(state.steepness), state.dials
    for _turn in range(10):
        logarithm = 1.5 * dials[STEEP] / math.sqrt(size) * rng.standard_normal()
        by = math.exp(logarithm)
        odds = (1 - size) * logarithm
        for j in range(size):
            odds -= ((state.steepness[j] / by - 1) ** 2 - (state.steepness[j] - 1) ** 2) / (2 * dials[STEEP] ** 2)
        if dials[PROPOSAL] * by < model.largest and math.log(max(rng.random(), _LEAST)) < odds:
            state.proposals[:] *= by
            state.steepness[:] /= by
            dials[PROPOSAL] *= by


@numba.njit(cache=True, nogil=True)
def shift(state: State, model: Model, by: float) -> None:
    """Give way to effects that moved."""
    if not model.graded:
        state.dials[MEAN] -= by
        return
    state.cuts[1:-1] += by
    state.z[:] += by


@numba.njit(cache=True, nogil=True)
def deviation(squares: float, count: int, largest: float, rng: np.random.Generator) -> float:
    """Draw a deviation, flat before, from a sum of squares."""
    for _turn in range(100):
        drawn = math.sqrt(0.5 * squares / rng.standard_gamma(max(0.5 * (count - 1), 0.5)))
        if drawn < largest:
            return max(drawn, 1e-4)
    return largest


@numba.njit(cache=True, nogil=True)
def draw_deviations(data: Data, state: State, model: Model, rng: np.random.Generator) -> None:
    """Draw the deviations of effects, of steepness, and of noise."""
    dials, largest = state.dials, model.largest
    dials[PROPOSAL] = deviation((state.proposals**2).sum(), len(state.proposals), largest, rng)
    dials[REVIEWER] = deviation((state.reviewers**2).sum(), len(state.reviewers), largest, rng)
    if model.panelled:
        dials[PANEL] = deviation((state.panels**2).sum(), len(state.panels), largest, rng)
    if model.steep:  # what is cut off below nought makes wide deviations likelier: taken in by a step of Metropolis
        new = deviation(((state.steepness - 1) ** 2).sum(), len(state.steepness), 2.0, rng)
        odds = len(state.steepness) * (math.log(below(1 / dials[STEEP])) - math.log(below(1 / new)))
        if math.log(max(rng.random(), _LEAST)) < odds:
            dials[STEEP] = new
    squares, counts = np.zeros(len(state.reviewers)), np.zeros(len(state.reviewers))
    for k in range(len(data.y)):
        squares[data.reviewer[k]] += (state.z[k] - expected(data, state, k)) ** 2
        counts[data.reviewer[k]] += 1
    if model.noisy:
        draw_precision(state, squares, counts, rng)
    if not model.graded:
        dials[NOISE] = deviation((state.precision * squares).sum(), len(data.y), largest, rng)


@numba.njit(cache=True, nogil=True)
def draw_precision(state: State, squares: Array, counts: Array, rng: np.random.Generator) -> None:
    """Draw each reviewer's precision about the common one, and how far reviewers differ in it."""
    half, noise = state.dials[FREEDOM] / 2, state.dials[NOISE] ** 2
    evidence = 0.0
    for j in range(len(counts)):
        drawn = rng.standard_gamma(half + counts[j] / 2) / (half + squares[j] / noise / 2)
        state.precision[j] = max(drawn, 1e-6)
        evidence += math.log(state.precision[j]) - state.precision[j]
    chances = np.empty(len(FREEDOMS))
    for g in range(len(FREEDOMS)):
        h = FREEDOMS[g] / 2
        chances[g] = len(counts) * (h * math.log(h) - math.lgamma(h)) + h * evidence
    chances = np.cumsum(np.exp(chances - chances.max()))
    state.dials[FREEDOM] = FREEDOMS[min(np.searchsorted(chances, rng.random() * chances[-1]), len(FREEDOMS) - 1)]
