"""Gaussian crossed random effects: proposals, reviewers and panels, with ranks from draws of the posterior.

y = mean + proposal + reviewer + panel + noise. Variances by restricted maximum likelihood (Patterson and Thompson 1971,
doi:10.1093/biomet/58.3.545), exactly, where groups of reviewers are of a bearable size, else by moments; effects and
their uncertainty from the Gaussian posterior given the variances; ranks from draws, as in Heyard, Ott, Salanti and
Egger 2022 (doi:10.1080/2330443X.2022.2086190).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import optimize

from yuantou.engines.calibration import iterative
from yuantou.engines.calibration.blocks import LARGEST, Blocks
from yuantou.engines.calibration.convergence import effective_size, split_r_hat
from yuantou.engines.calibration.design import Array, Design
from yuantou.engines.calibration.integrate import draw_variances, minus_log_likelihood
from yuantou.engines.calibration.joint import Joint, fit_jointly
from yuantou.engines.calibration.judges import Sampled, fit_by_sampling
from yuantou.engines.calibration.ranks import Ranks, ranks_of
from yuantou.engines.calibration.reviews import check, criteria_scores, overall_scores
from yuantou.engines.calibration.shares import normal_draws, shares_of
from yuantou.engines.calibration.solution import Solution
from yuantou.engines.calibration.variances import by_moments
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.score import Scale
from yuantou.kernel.seed import Seed

METHOD: Final = "crossed-random-effects/3"
SETTLED: Final = 100_000  # reviews from which on moments are as good as likelihood, in a hundredth of the time
BOUND: Final = 0.4  # of the range of a scale: no deviation is larger; U(0, 2) on a scale of 1 to 6, as published
_FLAT: Final = 1e-9
_LOWEST, _HIGHEST = -12.0, 8.0  # logarithms of the variance ratios


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """How to calibrate.

    ``draws`` of the posterior for ranks (4,000 if not given, 500 beyond 100,000 reviews); ``weights`` of criteria;
    whether labels are unique only within a panel (else one label in several panels is refused, unless
    ``shared_labels`` says that it is one person); and ``largest``, the size of a group of reviewers beyond which it is
    solved by iteration. ``reviewer_sd`` fixes the standard deviation of reviewers in grades instead of estimating it,
    as published models do. Up to ``integrated`` reviews the variances are drawn as well, for so few cannot settle
    them; beyond, their estimates are taken as known.

    Up to 100,000 reviews reviewers may differ in more than severity: in how ``steep`` they use the scale and in how
    ``noisy`` they are; and scores may be ``graded``, which takes a coarse scale as cuts through a finer one. These are
    sampled. ``joint`` takes each criterion as a score of its own and ranks by their weighted sum.
    """

    draws: int | None = None
    weights: Mapping[str, float] | None = None
    labels_within_panels: bool = False
    shared_labels: bool = False
    largest: int = LARGEST
    reviewer_sd: float | None = None
    integrated: int = 3000
    steep: bool = False
    noisy: bool = False
    graded: bool = False
    joint: bool = False

    @property
    def sampled(self) -> bool:
        """Whether the model goes beyond severities."""
        return self.steep or self.noisy or self.graded


@dataclass(frozen=True)
class Calibration:
    """A ranking with intervals, the effect of every reviewer and panel, shares of variance, and diagnostics."""

    ranking: pl.DataFrame
    reviewers: pl.DataFrame
    panels: pl.DataFrame
    variances: Mapping[str, float]
    diagnostics: Mapping[str, Any]
    shares: pl.DataFrame
    criteria: pl.DataFrame | None = None
    method: str = METHOD


def calibrate(
    reviews: pl.DataFrame,
    *,
    scale: Scale,
    top: int | Callable[[pl.DataFrame], int] | None = None,
    config: CalibrationConfig | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Calibration:
    """Take reviewer and panel effects out of scores and rank proposals with their uncertainty.

    Parameters
    ----------
    reviews:
        Table ``reviews`` of the call contract.
    scale:
        The scale of the scores; where lower is better, scores are turned round before ranking.
    top:
        How many proposals lie within the line, for ``p_top``, or a function that says so of the table of proposals
        (``proposal_id``) in the order of their calibrated means; half of them if not given.
    seed:
        Seed of the draws; each proposal and reviewer has its own place in the stream, by its id.

    Returns
    -------
    Calibration
        ``ranking`` in the contract's columns, best first. With one review for each proposal, or where reviewers do
        not differ, the order is that of the plain means.

    Raises
    ------
    InputError
        See ``reviews.check``; and where the chosen model is not for such reviews (too many, no grades, panels).
    """
    config = config or CalibrationConfig()
    scores = overall_scores(reviews, config.weights)
    if config.labels_within_panels:
        scores = scores.with_columns(reviewer_id=pl.format("{}/{}", "panel", "reviewer_id"))
    check(scores, scale, shared=config.shared_labels)
    design = Design.build(scores, scale)
    total = config.draws or (4000 if len(design.y) <= SETTLED else 500)
    progress("calibrate", 0, total)
    stream = Seed(seed)
    rng = np.random.default_rng(stream.stream("variances"))
    if config.joint:
        _check_joint(design, config)
        fitted: Fitted | Sampled | Joint = _jointly(design, reviews, config, total, rng)
    elif config.sampled:
        fitted = fit_by_sampling(
            design,
            steep=config.steep,
            noisy=config.noisy,
            graded=config.graded,
            largest_sd=(scale.high - scale.low) * BOUND,
            draws=total,
            rng=rng,
        )
    else:
        fitted = _fit(design, config, (scale.high - scale.low) * BOUND, rng)
    ranks = ranks_of(
        fitted.drawer(np.random.default_rng(stream.stream("ranks"))),
        len(design.proposals),
        total,
        _top(design, fitted.means(), top),
        lambda done: progress("calibrate", done, total),
    )
    own, columns = fitted.deviations()
    return Calibration(
        _ranking(design, fitted.means(), ranks, own if fitted.drawn is None else ranks.sd),
        _effects(design, fitted.effects, columns, "reviewer"),
        _effects(design, fitted.effects, columns, "panel"),
        fitted.variances,
        {"reviews": len(design.y), "draws": total, "converged": fitted.converged, "components": fitted.components}
        | dict(fitted.diagnostics),
        _shares(fitted, stream),
        fitted.criteria if isinstance(fitted, Joint) else None,
        _method(config),
    )


def _method(config: CalibrationConfig) -> str:
    """Return the method's name with what was chosen."""
    chosen = [name for name in ("steep", "noisy", "graded", "joint") if getattr(config, name)]
    return "+".join([METHOD, *chosen])


def _shares(fitted: "Fitted | Sampled | Joint", stream: Seed) -> pl.DataFrame:
    """Return the shares of variance, with intervals from draws or, where reviews are many, from the curvature."""
    if isinstance(fitted, Fitted) and fitted.drawn is None and fitted.curvature is not None:
        return shares_of(fitted.exact, fitted.curvature(np.random.default_rng(stream.stream("shares"))))
    exact = fitted.exact if isinstance(fitted, Fitted) else fitted.drawn.mean(axis=0)
    return shares_of(exact, fitted.drawn)


def _check_joint(design: Design, config: CalibrationConfig) -> None:
    if design.has_panels or config.sampled:
        raise InputError(
            LocalText(
                "分指标联合模型不能同时含评审组或专家差异。",
                "Criteria taken jointly know no panels, steepness or grades.",
            ),
            LocalText("请去掉其一。", "Leave out one of the two."),
            code="calibration.joint",
        )


def _jointly(
    design: Design, reviews: pl.DataFrame, config: CalibrationConfig, draws: int, rng: np.random.Generator
) -> Joint:
    """Lay the criteria of each review side by side, in the order of the design, and sample them."""
    table, names, weights = criteria_scores(reviews, config.weights)
    return fit_jointly(design, design.sign * table, weights, names, draws, rng)


@dataclass(frozen=True)
class Fitted:
    """The model at its estimated variances, and at draws of them where they are uncertain."""

    design: Design
    solution: Solution
    noise: float
    variances: Mapping[str, float]
    solved: str
    components: int
    converged: bool
    evaluations: int
    models: Sequence[tuple[Solution, float]] = ()
    drawn: Array | None = None  # variances, draws × 4, where they are drawn
    curvature: Callable[[np.random.Generator], Array] | None = None
    settled: Mapping[str, float] = field(default_factory=dict)

    @property
    def exact(self) -> Array:
        """The variances as estimated."""
        return np.array(list(self.variances.values()))

    @property
    def effects(self) -> Array:
        """Effects of reviewers and panels."""
        return self.solution.effects

    @property
    def diagnostics(self) -> Mapping[str, Any]:
        """How it was solved."""
        how = {"solved": self.solved, "evaluations": self.evaluations, "variance_draws": len(self.models)}
        return how | dict(self.settled)

    def drawer(self, rng: np.random.Generator) -> Callable[[int], Array]:
        """Return a function that draws mean plus proposal effect, count × proposals, from one model after the other."""
        models = cycle(self.models or [(self.solution, self.noise)])

        def draw(count: int) -> Array:
            solution, noise = next(models)
            return solution.draw(count, noise, rng)

        return draw

    def means(self) -> Array:
        """Return mean plus proposal effect."""
        return self.solution.proposals()

    def deviations(self) -> tuple[Array, Array]:
        """Return standard deviations of proposals and columns: exact, or within about 1 % where solved by iteration."""
        return self.solution.deviations(self.noise)


def _fit(design: Design, config: CalibrationConfig, largest_sd: float, rng: np.random.Generator) -> Fitted:
    """Estimate variances and solve for the effects at them."""
    count, _proposals, label = design.components()
    moments = np.maximum(by_moments(design), _FLAT)
    if config.reviewer_sd is not None:
        moments[1] = config.reviewer_sd**2
    if np.bincount(label).max(initial=0) > config.largest:
        ratios = np.exp(np.clip(np.log(moments[:3] / moments[3]), _LOWEST, _HIGHEST))
        solution, noise = iterative.solve(design, ratios), float(moments[3])
        named = _named(np.log(np.append(ratios * noise, noise)))
        return Fitted(design, solution, noise, named, "iteration", count, solution.converged, solution.steps)
    blocks = Blocks(design, label)
    free = [0, 3] + ([1] if config.reviewer_sd is None else []) + ([2] if design.has_panels else [])
    if len(design.y) > SETTLED:
        logs, converged, evaluations = np.log(moments), True, 0
    else:
        logs, converged, evaluations = _restricted_maximum_likelihood(blocks, np.log(moments), sorted(free))
    noise = float(np.exp(logs[3]))
    exact = blocks.solve(np.exp(logs[:3] - logs[3]))
    if len(design.y) <= config.integrated and np.ptp(design.y) > 0 and len(design.y) > len(design.proposals):
        draws = draw_variances(blocks, logs, sorted(free), largest_sd, rng)
        models = [(blocks.solve(draw.ratios), draw.noise) for draw in draws]
        drawn = np.array([np.append(draw.ratios, 1.0) * draw.noise for draw in draws])
        settled = {
            "r_hat": round(float(split_r_hat(drawn[None]).max()), 4),
            "effective_draws": round(float(effective_size(drawn[None]).min()), 1),
        }
        return Fitted(
            design, exact, noise, _named(logs), "exactly", count, converged, evaluations, models, drawn, None, settled
        )

    def curvature(rng: np.random.Generator) -> Array:
        return normal_draws(lambda x: minus_log_likelihood(blocks, x), logs, sorted(free), rng)

    curved = curvature if evaluations else None
    return Fitted(design, exact, noise, _named(logs), "exactly", count, converged, evaluations, curvature=curved)


def _restricted_maximum_likelihood(blocks: Blocks, start: Array, free: list[int]) -> tuple[Array, bool, int]:
    """Return the logarithms of the variances (proposal, reviewer, panel, noise)."""
    design = blocks.design
    if np.ptp(design.y) == 0 or len(design.y) <= 2:
        return np.log([_FLAT, _FLAT / 10, _FLAT / 10, _FLAT]), True, 0
    middle = float(np.log(design.y.var()))
    low, high = middle + _LOWEST, middle + _HIGHEST / 4
    base = np.where(np.isin(np.arange(4), [*free, 1]), np.clip(start, low / 2 + middle / 2, high), low)
    if 1 not in free:
        base[1] = start[1]

    def cost(x: Array) -> float:
        logs = base.copy()
        logs[free] = x
        return minus_log_likelihood(blocks, logs)

    starts = [base[free]]
    if len(design.y) < 20_000:  # cheap: begin elsewhere too, lest a corner hold the search
        guesses = ((-0.7, -1.6, -2.3, -0.7), (-1.6, -0.7, -2.3, -0.7))
        starts += [middle + np.array(guess)[free] for guess in guesses]
    found = [optimize.minimize(cost, x, method="L-BFGS-B", bounds=[(low, high)] * len(free)) for x in starts]
    best = min(found, key=lambda result: result.fun)
    logs = base.copy()
    logs[free] = best.x
    logs[:3][logs[:3] <= low] = -np.inf
    return np.maximum(logs, low), bool(best.success), sum(result.nfev for result in found)


def _named(logs: Array) -> dict[str, float]:
    """Return the variances by name; one that is a hundred-thousandth of the noise is none at all."""
    values = np.exp(logs)
    values[:3][values[:3] < 1e-5 * values[3]] = 0
    return dict(zip(("proposal", "reviewer", "panel", "residual"), (round(float(v), 9) for v in values), strict=True))


def _top(design: Design, means: Array, top: int | Callable[[pl.DataFrame], int] | None) -> int:
    if top is None:
        return max(1, len(design.proposals) // 2)
    if isinstance(top, int):
        return max(1, top)
    order = np.argsort(-means, kind="stable")
    return max(1, top(pl.DataFrame({"proposal_id": [design.proposals[place] for place in order]})))


def _ranking(design: Design, means: Array, ranks: Ranks, deviations: Array) -> pl.DataFrame:
    raw = design.zy / design.counts
    frame = pl.DataFrame(
        {
            "proposal_id": design.proposals,
            "n_reviews": design.counts.astype(np.int64),
            "raw_mean": design.sign * raw,
            "mean": design.sign * means,
            "sd": deviations,
            "expected_rank": ranks.expected,
            "rank_low50": ranks.low50,
            "rank_high50": ranks.high50,
            "rank_low90": ranks.low90,
            "rank_high90": ranks.high90,
            "p_top": ranks.p_top,
        }
    )
    return frame.sort("expected_rank", "proposal_id")


def _effects(design: Design, effects: Array, deviations: Array, kind: str) -> pl.DataFrame:
    if kind == "reviewer":
        names, places, first = design.reviewers, design.reviewer, 0
    else:
        names, places, first = (design.panels if design.has_panels else []), design.panel, len(design.reviewers)
    part = slice(first, first + len(names))
    frame = pl.DataFrame(
        {
            f"{kind}_id": names,
            "n": np.bincount(places, minlength=len(names))[: len(names)],
            "effect": design.sign * effects[part],
            "sd": deviations[part] if names else np.empty(0),
        },
        schema={f"{kind}_id": pl.String, "n": pl.Int64, "effect": pl.Float64, "sd": pl.Float64},
    )
    return frame.with_columns(pl.col("sd").fill_nan(None))
