"""Gaussian crossed random effects: proposals, reviewers and panels, with exact posterior draws.

y = mean + proposal + reviewer + panel + noise. Variances by restricted maximum likelihood (Patterson and Thompson 1971,
doi:10.1093/biomet/58.3.545); effects and their uncertainty from the Gaussian posterior given the variances; ranks from
draws, as in Heyard, Ott, Salanti and Egger 2022 (doi:10.1080/2330443X.2022.2086190).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import linalg, optimize, sparse

from yuantou.engines.calibration.reviews import check, overall_scores
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.score import Scale
from yuantou.kernel.seed import Seed

METHOD: Final = "crossed-random-effects/1"


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """``draws`` of the posterior for ranks; ``weights`` of criteria; whether labels are unique only within a panel."""

    draws: int = 4000
    weights: Mapping[str, float] | None = None
    labels_within_panels: bool = False


@dataclass(frozen=True)
class Calibration:
    """A ranking with intervals, the effect of every reviewer and panel, shares of variance, and diagnostics."""

    ranking: pl.DataFrame
    reviewers: pl.DataFrame
    panels: pl.DataFrame
    variances: Mapping[str, float]
    diagnostics: Mapping[str, Any]
    method: str = METHOD


def calibrate(
    reviews: pl.DataFrame,
    *,
    scale: Scale,
    top: int | None = None,
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
        How many proposals lie within the line, for ``p_top``; half of them if not given.
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
        See ``reviews.check``.
    """
    config = config or CalibrationConfig()
    scores = overall_scores(reviews, config.weights)
    if config.labels_within_panels:
        scores = scores.with_columns(reviewer_id=pl.format("{}/{}", "panel", "reviewer_id"))
    check(scores, scale)
    progress("calibrate", 0, 3)
    design = _Design.build(scores, scale)
    ratios = _restricted_maximum_likelihood(design)
    progress("calibrate", 1, 3)
    posterior = _Posterior.at(design, ratios)
    draws = posterior.draw(config.draws, np.random.default_rng(Seed(seed).stream("ranks")))
    progress("calibrate", 2, 3)
    ranking = _ranking(design, posterior, draws, top or max(1, len(design.proposals) // 2))
    progress("calibrate", 3, 3)
    return Calibration(
        ranking,
        _effects(design, posterior, "reviewer"),
        _effects(design, posterior, "panel"),
        posterior.variances(ratios),
        {"reviews": len(design.y), "draws": config.draws, "converged": True, "components": design.components()},
    )


def _places(names: pl.Series) -> tuple[list[str], np.ndarray]:
    """Return the sorted names and the place of each row's name among them."""
    found = sorted(set(names))
    index = {name: i for i, name in enumerate(found)}
    return found, np.array([index[name] for name in names], np.int64)


@dataclass(frozen=True)
class _Design:
    """Scores with the proposal, reviewer and panel of each; higher is better from here on."""

    y: np.ndarray
    proposals: list[str]
    reviewers: list[str]
    panels: list[str]
    proposal: np.ndarray
    reviewer: np.ndarray
    panel: np.ndarray
    raw: np.ndarray

    @classmethod
    def build(cls, scores: pl.DataFrame, scale: Scale) -> "_Design":
        raw = scores["score"].to_numpy()
        proposals, proposal = _places(scores["proposal_id"])
        reviewers, reviewer = _places(scores["reviewer_id"])
        panels, panel = _places(scores["panel"])
        y = raw if scale.higher_is_better else -raw
        return cls(y, proposals, reviewers, panels, proposal, reviewer, panel, raw)

    @property
    def has_panels(self) -> bool:
        return len(self.panels) > 1

    def columns(self) -> sparse.csr_matrix:
        """Mean, reviewers and (if there are several) panels as a sparse matrix, one row for each review."""
        n = len(self.y)
        blocks = [np.zeros(n, np.int64), 1 + self.reviewer]
        width = 1 + len(self.reviewers)
        if self.has_panels:
            blocks.append(width + self.panel)
            width += len(self.panels)
        rows = np.tile(np.arange(n), len(blocks))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, np.concatenate(blocks))), shape=(n, width))

    def incidence(self) -> sparse.csr_matrix:
        n = len(self.y)
        return sparse.csr_matrix((np.ones(n), (np.arange(n), self.proposal)), shape=(n, len(self.proposals)))

    def components(self) -> int:
        """Number of groups of proposals that no reviewer connects: between them only panels and the mean compare."""
        p, r = len(self.proposals), len(self.reviewers)
        graph = sparse.coo_matrix((np.ones(len(self.y)), (self.proposal, p + self.reviewer)), shape=(p + r, p + r))
        return int(sparse.csgraph.connected_components(graph, directed=False)[0])


@dataclass(frozen=True)
class _Normal:
    """What the likelihood needs, independent of the variances."""

    wy: np.ndarray
    ww: np.ndarray
    zw: np.ndarray
    zy: np.ndarray
    counts: np.ndarray
    yy: float
    n: int
    reviewers: int
    panels: int

    @classmethod
    def of(cls, design: _Design) -> "_Normal":
        w, z, y = design.columns(), design.incidence(), design.y
        return cls(
            np.asarray(w.T @ y).ravel(),
            np.asarray((w.T @ w).todense()),
            np.asarray((z.T @ w).todense()),
            np.asarray(z.T @ y).ravel(),
            np.bincount(design.proposal, minlength=len(design.proposals)).astype(float),
            float(y @ y),
            len(y),
            len(design.reviewers),
            len(design.panels) if design.has_panels else 0,
        )

    def solve(self, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Eliminate proposals; return Cholesky factor, effects, weights of proposals, residual sum of squares."""
        proposal, reviewer, panel = np.exp(ratios)
        weight = 1 / (self.counts + 1 / proposal)
        prior = np.concatenate([[0.0], np.full(self.reviewers, 1 / reviewer), np.full(self.panels, 1 / panel)])
        a = self.ww - self.zw.T @ (weight[:, None] * self.zw) + np.diag(prior)
        b = self.wy - self.zw.T @ (weight * self.zy)
        factor = linalg.cholesky(a, lower=True)
        effects = linalg.cho_solve((factor, True), b)
        return factor, effects, weight, float(self.yy - self.zy @ (weight * self.zy) - b @ effects)


_FLAT: Final = 1e-9


def _restricted_maximum_likelihood(design: _Design) -> np.ndarray:
    """Return the logarithms of the variance ratios (proposal, reviewer, panel over noise)."""
    normal = _Normal.of(design)
    if np.ptp(design.y) == 0 or normal.n <= 2:
        return np.log([1.0, 0.1, 0.1])
    free = 3 if design.has_panels else 2

    def cost(x: np.ndarray) -> float:
        ratios = np.append(x, np.zeros(3 - free))
        factor, _effects, _weight, rss = normal.solve(ratios)
        variance = max(rss, _FLAT) / (normal.n - 1)
        logs = normal.reviewers * ratios[1] + normal.panels * ratios[2]
        logs += np.log1p(np.exp(ratios[0]) * normal.counts).sum() + 2 * np.log(np.diag(factor)).sum()
        return float((normal.n - 1) * np.log(variance) + logs)

    bounds = [(-12.0, 8.0)] * free
    starts = [np.log([1.0, 0.2, 0.1])[:free], np.log([0.2, 1.0, 0.1])[:free]]
    best = min((optimize.minimize(cost, x, method="L-BFGS-B", bounds=bounds) for x in starts), key=lambda r: r.fun)
    return np.append(best.x, np.full(3 - free, -12.0))


@dataclass(frozen=True)
class _Posterior:
    """The Gaussian posterior of all effects, given the variances."""

    design: _Design
    factor: np.ndarray
    effects: np.ndarray
    weight: np.ndarray
    noise: float
    columns: sparse.csr_matrix
    incidence: sparse.csr_matrix

    @classmethod
    def at(cls, design: _Design, ratios: np.ndarray) -> "_Posterior":
        normal = _Normal.of(design)
        factor, effects, weight, rss = normal.solve(ratios)
        noise = max(rss, _FLAT) / max(normal.n - 1, 1)
        return cls(design, factor, effects, weight, noise, design.columns(), design.incidence())

    def proposals(self, effects: np.ndarray) -> np.ndarray:
        """Return mean plus proposal effect for given effects of the others."""
        rest = self.design.y - self.columns @ effects
        return effects[0] + self.weight * (self.incidence.T @ rest)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws (count × proposals) of mean plus proposal effect."""
        drawn = np.empty((count, len(self.design.proposals)))
        spread = np.sqrt(self.noise * self.weight)
        for i in range(count):
            shock = linalg.solve_triangular(self.factor, rng.standard_normal(len(self.effects)), lower=True, trans="T")
            effects = self.effects + np.sqrt(self.noise) * shock
            drawn[i] = self.proposals(effects) + spread * rng.standard_normal(len(spread))
        return drawn

    def deviations(self) -> np.ndarray:
        """Return the standard deviations of mean, reviewer and panel effects."""
        inverse = linalg.cho_solve((self.factor, True), np.eye(len(self.effects)))
        return np.sqrt(self.noise * np.diag(inverse))

    def variances(self, ratios: np.ndarray) -> dict[str, float]:
        """Return the variances and their sum of shares is one when divided by the total."""
        values = self.noise * np.append(np.exp(ratios), 1.0)
        values[:3][ratios <= -12] = 0
        return dict(
            zip(("proposal", "reviewer", "panel", "residual"), (round(float(v), 9) for v in values), strict=True)
        )


def _ranking(design: _Design, posterior: _Posterior, draws: np.ndarray, top: int) -> pl.DataFrame:
    ranks = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1, kind="stable") + 1
    sign = 1 if design.y is design.raw else -1
    counts = np.bincount(design.proposal)
    low50, high50, low90, high90 = (np.quantile(ranks, q, axis=0) for q in (0.25, 0.75, 0.05, 0.95))
    frame = pl.DataFrame(
        {
            "proposal_id": design.proposals,
            "n_reviews": counts,
            "raw_mean": np.bincount(design.proposal, design.raw) / counts,
            "mean": sign * posterior.proposals(posterior.effects),
            "sd": draws.std(axis=0),
            "expected_rank": ranks.mean(axis=0),
            "rank_low50": low50,
            "rank_high50": high50,
            "rank_low90": low90,
            "rank_high90": high90,
            "p_top": (ranks <= top).mean(axis=0),
        }
    )
    return frame.sort("expected_rank", "proposal_id")


def _effects(design: _Design, posterior: _Posterior, kind: str) -> pl.DataFrame:
    names, places, first = (
        (design.reviewers, design.reviewer, 1)
        if kind == "reviewer"
        else (design.panels if design.has_panels else [], design.panel, 1 + len(design.reviewers))
    )
    sign = 1 if design.y is design.raw else -1
    deviations = posterior.deviations()
    part = slice(first, first + len(names))
    counts = np.bincount(places, minlength=len(names))[: len(names)]
    return pl.DataFrame(
        {f"{kind}_id": names, "n": counts, "effect": sign * posterior.effects[part], "sd": deviations[part]},
        schema={f"{kind}_id": pl.String, "n": pl.Int64, "effect": pl.Float64, "sd": pl.Float64},
    )
