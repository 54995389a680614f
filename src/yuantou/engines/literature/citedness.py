"""Citations over the years: normalised percentiles, sleeping beauties, bursts, openness. Tables in, tables out.

Definitions, references, caveats and permitted units stand in ``indicators.CATALOGUE``.
"""

from dataclasses import dataclass
from math import lgamma, log
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.literature.indicators import SMALLEST
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

ALIKE: Final = ("field", "year", "type")
FREE: Final = ("diamond", "gold", "green", "hybrid", "bronze")
Z90: Final = 1.6448536269514722


def percentiles(works: pl.DataFrame, *, top: float = 0.1) -> pl.DataFrame:
    """Place each work among those of its field, year and type.

    Parameters
    ----------
    works:
        ``work_id``, ``field``, ``year``, ``type``, ``citations``; rows without field, year or citations are left out.
    top:
        Share of each reference set that counts as its top.

    Returns
    -------
    ``work_id``, ``percentile`` (0 to 100, Hazen: mean rank less one half, over n), ``relative`` (citations over the
    mean of the set; null where nobody is cited), ``top`` (0 to 1: the part of the work in the top share, works level
    at the threshold divided so that each set has exactly its share; Waltman & Schreiber 2013,
    doi:10.1002/asi.22775), ``among`` (works in the set), ``caveat`` (``small set`` below 30, else null)
    """
    rows = works.drop_nulls(["field", "year", "type", "citations"])
    cited = pl.col("citations")
    among, level = pl.len().over(ALIKE), pl.len().over(*ALIKE, "citations")
    below = cited.rank("min").over(ALIKE) - 1
    above = among - below - level
    expected = cited.mean().over(ALIKE)
    return rows.select(
        "work_id",
        percentile=(below + 0.5 * level) / among * 100,
        relative=pl.when(expected > 0).then(cited / expected),
        top=((top * among - above) / level).clip(0, 1),
        among=among,
        caveat=pl.when(among < SMALLEST).then(pl.lit("small set")),
    )


def sleeping(yearly: np.ndarray) -> tuple[float, int]:
    """Return the beauty coefficient B and the years from publication to awakening.

    ``yearly`` are citations per year since publication, int (years). B is 0 where the peak is the first year or the
    rise is straight, and below 0 where citations come early.
    """
    if yearly.ndim != 1 or not len(yearly) or (yearly < 0).any():
        raise InputError(LocalText("被引序列须为非负整数。", "Citations by year must be a row of numbers from 0."))
    peak = int(yearly.argmax())
    if peak == 0:
        return 0.0, 0
    years = np.arange(peak + 1)
    rise = float(yearly[peak] - yearly[0]) / peak
    lack = rise * years + yearly[0] - yearly[: peak + 1]
    far = np.abs(peak * yearly[: peak + 1] - (yearly[peak] - yearly[0]) * years - peak * yearly[0])
    return float((lack / np.maximum(yearly[: peak + 1], 1)).sum()), int(far.argmax())


@dataclass(frozen=True, slots=True)
class Burst:
    """Years ``first`` to ``last`` (places in the series, both within) and how much cheaper the fast state is there."""

    first: int
    last: int
    weight: float


def bursts(hits: np.ndarray, totals: np.ndarray, *, ratio: float = 2.0, gamma: float = 1.0) -> list[Burst]:
    """Find the years in which a term came faster, by the two-state automaton for batches.

    Parameters
    ----------
    hits, totals:
        Works with the term and all works, int (years).
    ratio:
        How much faster the fast state is than the whole period (s).
    gamma:
        Cost of entering the fast state, times the log of the number of years.
    """
    if hits.shape != totals.shape or (hits > totals).any():
        raise InputError(LocalText("命中数不得超过总数。", "Hits must be no more than totals, year by year."))
    slow = hits.sum() / max(totals.sum(), 1)
    fast = min(ratio * slow, 0.9999)
    if not 0 < slow < fast:
        return []
    costs = np.array(
        [[_cost(int(n), int(of), share) for share in (slow, fast)] for n, of in zip(hits, totals, strict=True)]
    )
    states = _cheapest(costs, gamma * log(len(hits)) if len(hits) > 1 else 0.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], states, [0]])))
    gain = costs[:, 0] - costs[:, 1]
    pairs = edges.reshape(-1, 2)
    return [Burst(int(one), int(end) - 1, float(gain[one:end].sum())) for one, end in pairs]


def _cost(hits: int, total: int, share: float) -> float:
    ways = lgamma(total + 1) - lgamma(hits + 1) - lgamma(total - hits + 1)
    return -(ways + hits * log(share) + (total - hits) * log(1 - share))


def _cheapest(costs: np.ndarray, enter: float) -> np.ndarray:
    """Return the states of least cost; entering the fast one costs ``enter``, leaving is free, it begins slow."""
    total = np.array([costs[0, 0], costs[0, 1] + enter])
    before = np.zeros((len(costs), 2), np.int8)
    for year in range(1, len(costs)):
        ways = np.array([[total[0], total[1]], [total[0] + enter, total[1]]])
        before[year] = ways.argmin(1)
        total = ways.min(1) + costs[year]
    states = np.zeros(len(costs), np.int8)
    states[-1] = int(total.argmin())
    for year in range(len(costs) - 1, 0, -1):
        states[year - 1] = before[year, states[year]]
    return states


def openness(works: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return how much of each group is free to read.

    ``works`` has the column ``by`` and ``open_access`` (as in the lake, null where unknown). Returned: ``by``,
    ``works``, ``known``, ``open`` (share of the known) with its 90 % Wilson interval ``low``, ``high`` (null where none
    is known), ``caveat`` (``status mostly unknown`` where less than half is known).
    """
    known = pl.col("open_access").is_not_null()
    free = pl.col("open_access").is_in(FREE)
    rows = works.group_by(by).agg(pl.len().alias("works"), known.sum().alias("known"), free.sum().alias("free"))
    share, n = pl.col("free") / pl.col("known"), pl.col("known")
    middle, spread = share + Z90**2 / (2 * n), Z90 * (share * (1 - share) / n + Z90**2 / (4 * n**2)).sqrt()
    some = n > 0
    return rows.sort(by).select(
        by,
        "works",
        "known",
        open=pl.when(some).then(share),
        low=pl.when(some).then((middle - spread) / (1 + Z90**2 / n)),
        high=pl.when(some).then((middle + spread) / (1 + Z90**2 / n)),
        caveat=pl.when(2 * n < pl.col("works")).then(pl.lit("status mostly unknown")),
    )
