"""Proposals on which reviewers truly disagree, how far that can be relied on, and where one more review helps most."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import chi2, norm, rankdata

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dissent:
    """Flags and residuals, with the reliability that must be shown beside them: on real calls it lies near zero.

    ``proposals``: ``proposal_id``, ``n``, ``disagreement`` (Q over its expectation), ``p_value``, ``q_value``,
    ``flag``.
    ``reviews``: ``proposal_id``, ``reviewer_id``, ``residual`` in standard deviations.
    ``reliability``: split-half reliability of disagreement over the ``halves`` proposals with four reviews or more;
    None where there are fewer than ten.
    """

    proposals: pl.DataFrame
    reviews: pl.DataFrame
    reliability: float | None
    halves: int


def find_dissent(
    scores: pl.DataFrame, reviewers: pl.DataFrame, *, residual_variance: float, rate: float = 0.1, seed: int = 0
) -> Dissent:
    """Flag proposals whose reviews differ by more than their reviewers' strictness and noise explain.

    Parameters
    ----------
    scores:
        ``proposal_id``, ``reviewer_id``, ``score``: one overall score for each review.
    reviewers:
        ``reviewer_id``, ``effect``, ``sd`` of the calibration; a known harsh judge is thus no dissent.
    residual_variance:
        Variance of one review about its prediction.
    rate:
        Share of false flags borne among the flags (Benjamini and Hochberg 1995,
        doi:10.1111/j.2517-6161.1995.tb02031.x).
    seed:
        Of the random halves.

    Notes
    -----
    Q is the weighted sum of squares of de-biased scores within a proposal, chi-squared on n - 1 where nothing but noise
    is at work; one-review proposals have p-value 1. O(reviews).
    """
    known = scores.join(reviewers.select("reviewer_id", "effect", "sd"), on="reviewer_id", how="left").with_columns(
        cleaned=pl.col("score") - pl.col("effect").fill_null(0.0),
        weight=1 / (residual_variance + pl.col("sd").fill_null(0.0) ** 2),
    )
    centre = (pl.col("cleaned") * pl.col("weight")).sum() / pl.col("weight").sum()
    residual = (
        (pl.col("cleaned") - centre.over("proposal_id"))
        * (pl.col("weight") / (1 - pl.col("weight") / pl.col("weight").sum().over("proposal_id"))).sqrt()
    ).fill_nan(0.0)
    reviews = known.with_columns(residual=residual)
    each = (
        reviews.with_columns(square=pl.col("weight") * (pl.col("cleaned") - centre.over("proposal_id")) ** 2)
        .group_by("proposal_id", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("square").sum().alias("q"))
    )
    n, q = each["n"].to_numpy(), each["q"].to_numpy()
    p = np.where(n > 1, chi2.sf(q, np.maximum(n - 1, 1)), 1.0)
    adjusted = _adjusted(p)
    proposals = each.select("proposal_id", "n").with_columns(
        disagreement=pl.Series(np.where(n > 1, q / np.maximum(n - 1, 1), 0.0)),
        p_value=pl.Series(p),
        q_value=pl.Series(adjusted),
        flag=pl.Series(adjusted <= rate),
    )
    reliability, halves = _reliability(reviews, seed)
    return Dissent(proposals, reviews.select("proposal_id", "reviewer_id", "residual"), reliability, halves)


def advise_reviews(
    ranking: pl.DataFrame, places: int, *, residual_variance: float, reviewer_variance: float = 0.0
) -> pl.DataFrame:
    """Return where one more review would help most, best first.

    Columns ``proposal_id``, ``p_fund`` (chance of lying above the cut), ``move`` (how far one more review moves that
    chance, on average) and ``gain`` (expected score gained by deciding after it; the knowledge gradient of Frazier,
    Powell and Dayanik 2008, doi:10.1137/070693424). The cut lies midway between the last in and the first out.
    """
    mean, sd = (ranking[name].to_numpy().astype(float) for name in ("mean", "sd"))
    ordered = np.sort(mean)[::-1]
    cut = (ordered[max(places - 1, 0)] + ordered[min(places, len(mean) - 1)]) / 2
    step = np.maximum(sd**2 / np.sqrt(sd**2 + residual_variance + reviewer_variance), 1e-12)
    after = np.sqrt(np.maximum(sd**2 - step**2, 1e-24))
    distance = np.abs(mean - cut) / step
    now = norm.cdf((mean - cut) / np.maximum(sd, 1e-12))
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    later = norm.cdf((mean[:, None] + step[:, None] * nodes - cut) / after[:, None])
    return (
        ranking.select("proposal_id")
        .with_columns(
            p_fund=pl.Series(now),
            move=pl.Series(np.abs(later - now[:, None]) @ (weights / weights.sum())),
            gain=pl.Series(step * (norm.pdf(distance) - distance * norm.sf(distance))),
        )
        .sort("gain", "proposal_id", descending=[True, False])
    )


def _adjusted(p: Floats) -> Floats:
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return found


def _reliability(reviews: pl.DataFrame, seed: int) -> tuple[float | None, int]:
    """Correlate the spread of two random halves of each proposal's reviews, stepped up to full length."""
    rng = np.random.default_rng(seed)
    shuffled = reviews.sort("proposal_id", "reviewer_id").with_columns(order=pl.Series(rng.random(reviews.height)))
    halves = (
        shuffled.filter(pl.len().over("proposal_id") >= 4)
        .with_columns(half=pl.col("order").rank("ordinal").over("proposal_id") % 2)
        .group_by("proposal_id")
        .agg(*(pl.col("cleaned").filter(pl.col("half") == half).std().alias(f"sd{half}") for half in (0, 1)))
    )
    if halves.height < 10 or min(halves["sd0"].n_unique(), halves["sd1"].n_unique()) < 2:
        return None, halves.height
    half = float(np.corrcoef(rankdata(halves["sd0"].to_numpy()), rankdata(halves["sd1"].to_numpy()))[0, 1])
    return 2 * half / (1 + half) if half > -1 else -1.0, halves.height
