"""Chances of award under the line and the partial lotteries; every rule gives out exactly the places there are."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yuantou.engines.selection.merit import merit_chances
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

Floats = NDArray[np.float64]
MOST: Final = 0.3
"""How far one grade of one review may move a chance under the rule ``bounded``."""


def line_chances(ranking: pl.DataFrame, places: int) -> Floats:
    """Return 1 for the first ``places`` by expected rank, 0 for the others.

    Ties go to the smaller ``proposal_id``, so that the order of rows says nothing.
    """
    chances = np.zeros(ranking.height)
    order = np.lexsort((ranking["proposal_id"].to_numpy(), ranking["expected_rank"].to_numpy()))
    chances[order[:places]] = 1.0
    return chances


def swiss_chances(ranking: pl.DataFrame, places: int, *, width: int = 50) -> Floats:
    """Return the chances of the Swiss lottery group.

    Proposals whose rank interval (``width`` 50 or 90 %) holds the line are drawn with equal chance for what is left;
    those wholly above it are funded, those below are not. The line is the expected rank of the last funded proposal,
    as in Heyard, Ott, Salanti and Egger 2022 (doi:10.1080/2330443X.2022.2086190). An interval holds at least its own
    expected rank, which a skew one may miss; so the proposal at the line is never left out.
    """
    expected = ranking["expected_rank"].to_numpy()
    low = np.minimum(ranking[f"rank_low{width}"].to_numpy(), expected)
    high = np.maximum(ranking[f"rank_high{width}"].to_numpy(), expected)
    line = np.sort(expected)[places - 1] if places else -np.inf
    sure, drawn = high < line, (low <= line) & (high >= line)
    left = places - int(sure.sum())
    share = left / drawn.sum() if drawn.any() else 0.0
    return np.where(sure, 1.0, np.where(drawn, share, 0.0))


def smooth_chances(ranking: pl.DataFrame, places: int) -> Floats:
    """Return P(in the top ``places``) as the chance itself, scaled in log odds so that it sums to ``places``.

    ``p_top`` comes from draws for the number of places of the ranking's own line; the common shift makes it exact.
    """
    p = ranking["p_top"].to_numpy().clip(0.0, 1.0)
    inner = (p > 0) & (p < 1)
    left = places - int((p >= 1).sum())
    if not 0 < left < inner.sum():
        return _top_up(p, places, ranking)
    odds = np.log(p[inner] / (1 - p[inner]))
    shift = _root(lambda s: float(_logistic(odds + s).sum()) - left, -60.0, 60.0)
    chances = p.copy()
    chances[inner] = _logistic(odds + shift)
    return chances


def linear_chances(ranking: pl.DataFrame, places: int, *, slope: float = 1.0) -> Floats:
    """Return the clipped linear lottery on the calibrated mean: ``slope`` is chance for each point of score.

    A proposal's own chance moves by at most ``slope`` times the move of its mean (Goldberg, Fanti and Shah 2026,
    arXiv:2605.20069). Where ``slope`` is large this is the line. O(n) in each of about 100 bisection steps.

    Raises
    ------
    InputError
        If the slope is not above zero.
    """
    if not slope > 0:
        raise _bad("抽签斜率必须大于零。", "The slope of a linear lottery is above zero.")
    mean = ranking["mean"].to_numpy()
    reach = 1 / slope
    start = _root(
        lambda t: float(np.clip(slope * (mean - t), 0, 1).sum()) - places, mean.max() + reach, mean.min() - reach
    )
    return np.clip(slope * (mean - start), 0, 1)


def bounded_chances(ranking: pl.DataFrame, places: int, *, shift: float | None = None, most: float = MOST) -> Floats:
    """Return the linear lottery with the steepest slope at which one grade of one review moves no chance by more.

    Where ``shift`` is the most that such a change moves a calibrated mean, the slope is ``most / shift``: with every
    mean but one fixed, the start of the line follows by no more than that one mean moves, so no chance, own or that of
    another, moves by more than ``most`` (the Lipschitz argument of Goldberg, Fanti and Shah 2026, arXiv:2605.20069).
    Without ``shift`` a grade is one point and moves the mean of n reviews by 1/n: see ``largest_shift``.
    """
    if shift is None:
        shift = 1 / max(float(ranking["n_reviews"].to_numpy().min()), 1.0) if "n_reviews" in ranking.columns else 1.0
    return linear_chances(ranking, places, slope=most / max(shift, 1e-9))


def largest_shift(ranking: pl.DataFrame, *, step: float, residual_variance: float) -> float:
    """Return the most that one grade of one review moves a calibrated mean: step times sd² over the noise variance.

    In the Gaussian model the mean of a proposal moves by Cov(proposal, proposal + reviewer | reviews) over the noise.
    Proposals and reviewers enter every score with the same sign, so given the grand mean their posterior covariance is
    not positive (with reviewers turned round the precision is a Stieltjes matrix, whose inverse has no negative entry),
    and what remains is at most sd². The grand mean adds what vanishes with the number of proposals, and variances
    estimated anew move a little too: ``benchmarks/selection_lottery.py`` measures both.
    """
    if residual_variance <= 0:
        return step
    return step * min(1.0, float((ranking["sd"].to_numpy().astype(float) ** 2).max()) / residual_variance)


def merit(ranking: pl.DataFrame, places: int, *, width: int = 50) -> Floats:
    """Return MERIT chances over the rank intervals of ``width`` per cent; see ``merit_chances``."""
    return merit_chances(-ranking[f"rank_high{width}"].to_numpy(), -ranking[f"rank_low{width}"].to_numpy(), places)


LOTTERIES: Final[Mapping[str, Callable[[pl.DataFrame, int], Floats]]] = {
    "line": line_chances,
    "swiss": swiss_chances,
    "smooth": smooth_chances,
    "linear": linear_chances,
    "bounded": bounded_chances,
    "merit": merit,
}


def chances_of_award(ranking: pl.DataFrame, places: int, *, rule: str, shift: float | None = None) -> pl.DataFrame:
    """Return ``proposal_id`` and ``chance`` under a rule of ``LOTTERIES``; chances sum to ``places``.

    Parameters
    ----------
    ranking:
        Table ``ranking`` of the call contract.
    places:
        How many awards there are, at most one for each proposal.
    shift:
        For the rule ``bounded``: the most that one grade of one review moves a calibrated mean.

    Raises
    ------
    InputError
        If the rule is unknown or the places are below zero or beyond the proposals.
    """
    if rule not in LOTTERIES:
        raise _bad(f"未知的规则“{rule}”。", f"Unknown rule “{rule}”; there are {', '.join(LOTTERIES)}.")
    if not 0 <= places <= ranking.height:
        raise _bad(
            f"名额 {places} 不在 0 到 {ranking.height} 之间。",
            f"{places} places do not lie between 0 and {ranking.height}.",
        )
    if places in {0, ranking.height}:
        return ranking.select("proposal_id", chance=pl.lit(float(places > 0)))
    found = bounded_chances(ranking, places, shift=shift) if rule == "bounded" else LOTTERIES[rule](ranking, places)
    return ranking.select("proposal_id").with_columns(chance=pl.Series(found))


def _top_up(p: Floats, places: int, ranking: pl.DataFrame) -> Floats:
    """Where the posterior leaves too few in doubt, whole places go by its order."""
    chances = np.zeros(len(p))
    chances[np.lexsort((ranking["expected_rank"].to_numpy(), -p))[:places]] = 1.0
    return chances


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Bisect to the last bit: no tolerance to choose, and the same on every machine."""
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:
            return middle
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)


def _logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def _bad(zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en), LocalText("请改正决定规则。", "Correct the decision rule."), code="selection.rule"
    )
