"""How far the outcome of a call depends on who happened to review it.

Reliability of one review and of the mean of several (Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420), interval
alpha (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"), the overlap to be expected of two committees,
and the overlap found where part of a call was reviewed twice, as in the NeurIPS experiments (arXiv:2109.09774).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import optimize, special

from yuantou.engines.calibration.design import Array
from yuantou.engines.calibration.reviews import overall_scores
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.seed import Seed

SAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of the reviews of one call; ``low`` and ``high`` bound ``single`` at 90 %, by bootstrap.

    ``single`` is the reliability of one review (ICC 1,1), ``mean`` that of the mean of ``reviews_each`` reviews;
    both are negative where reviews of one proposal differ more than reviews of different ones.
    """

    proposals: int
    reviews: int
    reviews_each: float
    single: float
    low: float
    high: float
    mean: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Committees:
    """What two committees made of the same proposals; bounds at 90 %, by bootstrap over proposals.

    ``overlap`` is the share of one committee's awards that the other makes too; ``by_luck`` what two draws of lots
    would share; ``expected`` what their correlation leads one to expect; ``curve`` the overlap for other shares.
    """

    proposals: int
    correlation: float
    overlap: float
    low: float
    high: float
    by_luck: float
    expected: float
    curve: pl.DataFrame


def agreement(reviews: pl.DataFrame, *, seed: int = 0) -> Agreement:
    """Return the agreement of the reviews of a call.

    Parameters
    ----------
    reviews:
        Table ``reviews`` of the call contract. Proposals with one review say nothing here and are left out.
    seed:
        Seed of the bootstrap over proposals.

    Raises
    ------
    InputError
        If fewer than two proposals have two reviews, or all scores are the same. Time O(reviews + samples · proposals).
    """
    sums = (
        overall_scores(reviews)
        .group_by("proposal_id")
        .agg(n=pl.len(), total=pl.col("score").sum(), mean=pl.col("score").mean(), inner=_inner())
        .filter(pl.col("n") > 1)
        .sort("proposal_id")
    )
    n, mean, inner = (sums[name].to_numpy().astype(float) for name in ("n", "mean", "inner"))
    if len(n) < 2:
        raise _refused("至少需要两份各有两条评审的申请。", "Two proposals with two reviews each are needed.")
    if inner.sum() == 0 and np.ptp(mean) == 0:
        raise _refused("所有分数相同，无法衡量一致性。", "All scores are the same: agreement cannot be measured.")
    rng = np.random.default_rng(Seed(seed).stream("agreement"))
    weights = rng.multinomial(len(n), np.full(len(n), 1 / len(n)), SAMPLES).astype(float)
    single = float(_single(np.ones((1, len(n))), n, mean, inner)[0])
    again = _single(weights, n, mean, inner)
    low, high = np.quantile(again[np.isfinite(again)], (0.05, 0.95))
    each = float(len(n) / (1 / n).sum())
    return Agreement(
        len(n), int(n.sum()), each, single, float(low), float(high), of_mean(single, each), _alpha(n, mean, inner)
    )


def _inner() -> pl.Expr:
    """Sum of squares around a proposal's own mean."""
    return ((pl.col("score") - pl.col("score").mean()) ** 2).sum()


def _single(weights: Array, n: Array, mean: Array, inner: Array) -> Array:
    """Return ICC(1,1) for each row of weights (how often each proposal counts); not a number where undefined."""
    proposals = weights.sum(axis=1)
    total = weights @ n
    grand = weights @ (n * mean) / total
    between = np.maximum(weights @ (n * mean**2) - total * grand**2, 0) / (proposals - 1)
    within = weights @ inner / (total - proposals)
    each = (total - weights @ n**2 / total) / (proposals - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (between - within) / (between + (each - 1) * within)


def _alpha(n: Array, mean: Array, inner: Array) -> float:
    total = n.sum()
    whole = inner.sum() + (n * (mean - (n * mean).sum() / total) ** 2).sum()
    return float(1 - (n * inner / (n - 1)).sum() / total / (whole / (total - 1)))


def of_mean(single: float, reviews: float) -> float:
    """Return the reliability of the mean of several reviews (Spearman 1910, Brown 1910); -1 at the least."""
    below = 1 + (reviews - 1) * single
    return max(reviews * single / below, -1.0) if below > 0 else -1.0


def expected_overlap(reliability: float, rate: float) -> float:
    """Return the share of awards that two committees of this reliability have in common.

    Their opinions are taken as bivariate normal with ``reliability`` as correlation, the line as the same quantile
    ``rate`` for both; by the T function of Owen 1956 (doi:10.1214/aoms/1177728074). Without any reliability it is
    ``rate``; below zero, as for zero.
    """
    if not 0 < rate <= 1:
        raise _refused("资助率应在 0 与 1 之间。", "The share of awards must lie above 0 and at most at 1.")
    if rate == 1:
        return 1.0
    line, apart = -special.ndtri(rate), min(max(reliability, 0.0), 1.0)
    return float(1 - 2 * special.owens_t(line, math.sqrt((1 - apart) / (1 + apart))) / rate)


def implied_reliability(overlap: float, rate: float) -> float:
    """Return the reliability at which two committees share this part of awards; 0 where luck shares more."""
    if overlap <= expected_overlap(0.0, rate):
        return 0.0
    if overlap >= 1:
        return 1.0
    return float(optimize.brentq(lambda found: expected_overlap(found, rate) - overlap, 0, 1))


def duplicate_sample(proposals: pl.DataFrame, share: float, *, seed: int, stratum: str | None = None) -> list[str]:
    """Choose the proposals that a second committee reviews as well.

    Parameters
    ----------
    proposals:
        ``proposal_id`` and the column of strata, if one is named.
    share:
        Part of each stratum, above 0; at least one proposal of each.
    seed:
        Each proposal has its own lot, by seed and id: the order of rows does not matter, and a proposal that is
        withdrawn changes no other's lot.

    Returns
    -------
    list of str
        Ids in order. Time O(proposals · log proposals).
    """
    if not 0 < share <= 1:
        raise _refused("抽样比例应在 0 与 1 之间。", "The share must lie above 0 and at most at 1.")
    lots = Seed(seed)
    groups: dict[str, list[tuple[int, str]]] = {}
    strata = proposals[stratum].cast(pl.String).fill_null("") if stratum else [""] * proposals.height
    for name, group in zip(proposals["proposal_id"], strata, strict=True):
        groups.setdefault(group, []).append((lots.stream(f"duplicate/{name}"), name))
    return sorted(
        name for group in groups.values() for _lot, name in sorted(group)[: max(1, round(share * len(group)))]
    )


def compare_committees(
    first: pl.DataFrame,
    second: pl.DataFrame,
    *,
    rate: float,
    rates: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5),
    seed: int = 0,
) -> Committees:
    """Compare two committees on the proposals that both reviewed.

    Parameters
    ----------
    first, second:
        Tables ``reviews`` of the call contract, higher is better; only proposals in both count.
    rate:
        Share of awards. Proposals that tie at the line share what is left evenly, so no order is made up for them.

    Raises
    ------
    InputError
        If fewer than three proposals are in both, a committee scores all alike, or one person reviewed a proposal for
        both: the committees would not be independent. Time O(samples · proposals · log proposals).
    """
    _independent(first, second)
    a, b = (_means(reviews) for reviews in (first, second))
    both = a.join(b, on="proposal_id", suffix="_again").sort("proposal_id")
    if both.height < 3:
        raise _refused("至少需要三份由两组共同评审的申请。", "Three proposals reviewed by both committees are needed.")
    x, y = both["score"].to_numpy(), both["score_again"].to_numpy()
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise _refused("其中一组的分数全部相同。", "One committee scores all proposals alike.")
    correlation = float(np.corrcoef(x, y)[0, 1])
    rng = np.random.default_rng(Seed(seed).stream("committees"))
    again = [_overlap(x[rows], y[rows], rate) for rows in rng.integers(0, len(x), (SAMPLES, len(x)))]
    low, high = np.quantile(again, (0.05, 0.95))
    curve = pl.DataFrame(
        {
            "rate": list(rates),
            "overlap": [_overlap(x, y, each) for each in rates],
            "expected": [expected_overlap(correlation, each) for each in rates],
        }
    )
    overlap, expected = _overlap(x, y, rate), expected_overlap(correlation, rate)
    return Committees(len(x), correlation, overlap, float(low), float(high), rate, expected, curve)


def chances_at_line(values: Array, places: int) -> Array:
    """Return the chance of each value to be among the highest; values that tie at the line share it evenly."""
    if places >= len(values):
        return np.ones(len(values))
    if places <= 0:
        return np.zeros(len(values))
    line = np.partition(values, -places)[-places]
    above, at = values > line, values == line
    return above + at * (places - above.sum()) / at.sum()


def _overlap(x: Array, y: Array, rate: float) -> float:
    places = max(1, round(rate * len(x)))
    return float(chances_at_line(x, places) @ chances_at_line(y, places)) / places


def _means(reviews: pl.DataFrame) -> pl.DataFrame:
    # Rounded so that sums taken in another order of rows tie as they should.
    return overall_scores(reviews).group_by("proposal_id").agg(pl.col("score").mean().round(9))


def _independent(first: pl.DataFrame, second: pl.DataFrame) -> None:
    keys = ["proposal_id", "reviewer_id"]
    shared = first.select(keys).join(second.select(keys), on=keys, how="inner").unique().sort(keys)
    if not shared.is_empty():
        row = shared.row(0, named=True)
        raise _refused(
            f"“{row['reviewer_id']}”为两组评审了同一申请 {row['proposal_id']}。",
            f"“{row['reviewer_id']}” reviewed {row['proposal_id']} for both committees.",
        )


def _refused(zh: str, en: str) -> InputError:
    return InputError(
        LocalText(zh, en), LocalText("请更正数据后重试。", "Correct the data and try again."), code="agreement.input"
    )
