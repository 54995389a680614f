"""The frontier: which terms of science will grow strongly, with a probability that was tested on the past.

For every term in use at the end of a year: the chance that its share of titles over the next ``horizon`` years stands
among the ``top`` tenth of all terms by growth. Boosted trees learn it from earlier years whose outcome was known by
then, over several horizons (a shorter one has seen more recent years); chances are calibrated on the latest closed
years, which the trees of that step had not seen. Growth of the past alone points the wrong way (terms fall back to
their mean), so it stands beside as a baseline and is never the ranking.

Choices (horizons, half-life, trees, smoothing) were made on cut-offs 2003 to 2007 of the ACL Anthology, whose outcomes
close in 2012; later years were looked at once, by ``benchmarks/literature_frontier.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.stats import rankdata, spearmanr

from yuantou.engines.literature.frontier_features import RECENT, Snapshot, snapshot
from yuantou.engines.literature.frontier_terms import TermUse
from yuantou.engines.literature.frontier_trees import TreeConfig, fit_trees
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "frontier/1"
SMOOTH: Final = 1.0
"""Titles added before a growth is taken: what has five titles may not head the list for having had four."""


@dataclass(frozen=True, slots=True)
class FrontierConfig:
    """``horizon`` years ahead; ``top`` share that counts as strong growth; ``least`` titles in the last three years."""

    horizon: int = 5
    top: float = 0.1
    least: int = 5
    horizons: tuple[int, ...] = (2, 3, 5)
    half_life: float = 4.0
    copies: int = 2
    trees: TreeConfig = field(default_factory=TreeConfig)
    earliest: int = 12


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is said at the end of ``year``: one row for each term, the likeliest first.

    ``terms`` has ``term`` str, ``recent`` int (titles of the last three years), ``chance`` f64, ``growth`` f64
    (expected log growth of the share, relative to all terms), ``burst`` and ``past_growth`` f64 (the baselines),
    ``column`` int (place in the use matrix). ``closed`` are the cut-offs learned from.
    """

    year: int
    horizon: int
    base_rate: float
    terms: pl.DataFrame
    closed: tuple[int, ...]
    method: str = METHOD


class _Past:
    """Snapshots and outcomes of one corpus, each worked out once."""

    def __init__(self, use: TermUse, config: FrontierConfig) -> None:
        self.use, self.config = use, config
        self._kept: dict[int, Snapshot] = {}

    @cached_property
    def first(self) -> int:
        """The first year with enough behind it."""
        years, counts = np.unique(self.use.years, return_counts=True)
        solid = years[counts >= 50]
        return int(solid[0]) + self.config.earliest if len(solid) else int(years[-1]) + 1

    def at(self, year: int) -> Snapshot:
        if year not in self._kept:
            self._kept[year] = snapshot(self.use, year, least=self.config.least)
        return self._kept[year]

    def growth(self, year: int, horizon: int) -> np.ndarray:
        return growth_after(self.use, self.at(year), horizon)


def growth_after(use: TermUse, before: Snapshot, horizon: int) -> np.ndarray:
    """Return the log growth of each term's share of titles, from the last three years to the next ``horizon``."""
    year = before.year
    later = use.per_year(year + 1, year + horizon)[before.alive].sum(1)
    now = max(int(((use.years > year - RECENT) & (use.years <= year)).sum()), 1)
    then = max(int(((use.years > year) & (use.years <= year + horizon)).sum()), 1)
    return np.log((later + SMOOTH * then / now) / then) - np.log((before.recent + SMOOTH) / now)


def strong(growth: np.ndarray, top: float) -> np.ndarray:
    """Return which terms grew strongly: the ``top`` share of all."""
    return np.asarray(rankdata(growth, method="ordinal") > len(growth) * (1 - top))


def forecast(
    use: TermUse, year: int, *, seed: int, config: FrontierConfig = FrontierConfig(), progress: Progress = silent
) -> Forecast:
    """Say at the end of a year which terms will grow; nothing after that year is looked at.

    Raises
    ------
    InputError
        If the corpus is too young: no earlier year has an outcome to learn from.
    """
    return _forecast(_Past(use, config), year, seed, progress)


def _forecast(past: _Past, year: int, seed: int, progress: Progress) -> Forecast:
    config = past.config
    here = past.at(year)
    closed = tuple(range(past.first, year - config.horizon + 1))
    if len(closed) < 4 or not len(here.alive):
        raise InputError(
            LocalText(
                f"{year} 年之前的文献不足以作出预测。", f"There is too little literature before {year} to forecast."
            ),
            LocalText("请选择更晚的年份，或载入更多文献。", "Choose a later year, or load more works."),
            code="frontier.too_young",
        )
    odds, growth = _learned(past, year, year, here.values, seed, progress)
    slope, shift = _calibration(past, closed, seed)
    chance = 1 / (1 + np.exp(-(slope * odds + shift)))
    names = here.names
    table = pl.DataFrame(
        {
            "term": [past.use.terms[column] for column in here.alive],
            "recent": here.recent.astype(np.int64),
            "chance": chance,
            "growth": growth,
            "burst": here.values[:, names.index("burst")],
            "past_growth": here.values[:, names.index("growth_3")],
            "column": here.alive,
        }
    )
    order = table.sort(["chance", "term"], descending=[True, False])
    return Forecast(year, config.horizon, config.top, order, closed)


def _learned(
    past: _Past, known: int, year: int, rows: np.ndarray, seed: int, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Return log odds and expected growth of rows, learned from outcomes known by ``known``."""
    config = past.config
    odds, growth = np.zeros(len(rows)), np.zeros(len(rows))
    for number, horizon in enumerate(config.horizons):
        progress("frontier", number, len(config.horizons))
        cuts = range(past.first, known - horizon + 1)
        outcomes = [past.growth(cut, horizon) for cut in cuts]
        learned = np.vstack([past.at(cut).values for cut in cuts])
        weight = np.concatenate(
            [
                np.full(len(g), 0.5 ** ((known - horizon - cut) / config.half_life))
                for cut, g in zip(cuts, outcomes, strict=True)
            ]
        )
        grew = np.concatenate([strong(g, config.top).astype(float) for g in outcomes])
        centred = np.concatenate([np.clip(g - g.mean(), -3, 3) for g in outcomes])
        for copy in range(config.copies):
            own = seed * 1000 + horizon * 10 + copy
            odds += fit_trees(learned, grew, weight, odds=True, seed=own, config=config.trees).predict(rows)
            growth += fit_trees(learned, centred, weight, odds=False, seed=own, config=config.trees).predict(rows)
    parts = len(config.horizons) * config.copies
    return odds / parts, growth / parts


def _calibration(past: _Past, closed: Sequence[int], seed: int) -> tuple[float, float]:
    """Fit slope and shift of log odds on the two latest closed cut-offs, each forecast from what was known then.

    Where the corpus is too young for that, the base rate alone is trusted: half the slope.
    """
    cut = closed[-1]
    if cut - past.config.horizon - past.first < 3:
        return 0.5, 0.5 * float(np.log(past.config.top / (1 - past.config.top)))
    scores, grew = [], []
    for year in (cut - 1, cut):
        odds, _growth = _learned(past, year, year, past.at(year).values, seed, silent)
        scores.append(odds)
        grew.append(strong(past.growth(year, past.config.horizon), past.config.top))
    x, y = np.concatenate(scores), np.concatenate(grew).astype(float)

    def loss(values: np.ndarray) -> float:
        line = values[0] * x + values[1]
        return float(np.mean(np.logaddexp(0, line) - y * line))

    found = minimize(loss, np.array([0.7, 0.0]), method="Nelder-Mead")
    return max(float(found.x[0]), 0.0), float(found.x[1])


@dataclass(frozen=True, slots=True)
class Backtest:
    """What would have been said, and what happened.

    ``years`` has one row for each cut-off: ``year``, ``terms``, ``spearman``, ``auc``, ``precision`` (share of the
    first 50 that grew strongly), ``brier``, ``brier_base`` (that of saying the base rate of everything), and for each
    baseline ``spearman_B``, ``auc_B``, ``precision_B``. ``bins`` has ``low``, ``high``, ``said``, ``happened``,
    ``terms``: of terms given such a chance, how many grew. ``rows`` has every forecast with its outcome: the columns of
    a forecast and ``year``, ``after`` (log growth that followed), ``grew`` bool.
    """

    years: pl.DataFrame
    bins: pl.DataFrame
    rows: pl.DataFrame


BASELINES: Final = {"burst": "burst", "growth": "past_growth"}
FIRST: Final = 50


def backtest(
    use: TermUse,
    years: Sequence[int],
    *,
    seed: int,
    config: FrontierConfig = FrontierConfig(),
    progress: Progress = silent,
) -> Backtest:
    """Forecast at each of some past years and compare with what happened.

    Years whose outcome is not known yet, or with too little before them, are left out.
    """
    past = _Past(use, config)
    last = int(use.years[-1]) - config.horizon
    lines, rows = [], []
    wanted = [year for year in years if past.first + config.horizon + 3 <= year <= last]
    for number, year in enumerate(wanted):
        progress("backtest", number, len(wanted))
        said = _forecast(past, year, seed, silent)
        after = dict(zip(past.at(year).alive.tolist(), past.growth(year, config.horizon).tolist(), strict=True))
        growth = np.array([after[column] for column in said.terms["column"].to_list()])
        grew = strong(growth, config.top)
        table = said.terms.with_columns(year=pl.lit(year), after=pl.Series(growth), grew=pl.Series(grew))
        rows.append(table)
        lines.append(_line(year, table, config))
    if not rows:
        raise InputError(
            LocalText("所选年份均无法回测。", "None of these years can be tested."),
            LocalText("请选择结果已知、之前文献充足的年份。", "Choose years whose outcome is known."),
            code="frontier.no_year",
        )
    every = pl.concat(rows)
    return Backtest(pl.DataFrame(lines), reliability(every["chance"].to_numpy(), every["grew"].to_numpy()), every)


def _line(year: int, table: pl.DataFrame, config: FrontierConfig) -> dict[str, float]:
    grew, after = table["grew"].to_numpy(), table["after"].to_numpy()
    chance = table["chance"].to_numpy()
    line: dict[str, float] = {
        "year": year,
        "terms": table.height,
        "spearman": float(spearmanr(after, table["growth"].to_numpy()).statistic),
        "auc": area(grew, chance),
        "precision": precision(grew, chance),
        "brier": float(np.mean((chance - grew) ** 2)),
        "brier_base": float(np.mean((config.top - grew) ** 2)),
    }
    for name, column in BASELINES.items():
        score = table[column].to_numpy()
        line[f"spearman_{name}"] = float(spearmanr(after, score).statistic)
        line[f"auc_{name}"], line[f"precision_{name}"] = area(grew, score), precision(grew, score)
    return line


def area(positive: np.ndarray, score: np.ndarray) -> float:
    """Return the area under the ROC curve: the chance that a positive stands above a negative."""
    ranks, count = rankdata(score), int(positive.sum())
    rest = len(positive) - count
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * rest)) if count and rest else 0.5


def precision(positive: np.ndarray, score: np.ndarray, first: int = FIRST) -> float:
    """Return the share of positives among the highest ``first`` scores."""
    return float(positive[np.argsort(-score, kind="stable")[:first]].mean())


def reliability(chance: np.ndarray, happened: np.ndarray) -> pl.DataFrame:
    """Return, for bands of chances, what was said and what happened."""
    edges = np.array([0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 1.0])
    place = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, len(edges) - 2)
    rows = [
        {
            "low": float(edges[band]),
            "high": float(edges[band + 1]),
            "said": float(chance[place == band].mean()),
            "happened": float(happened[place == band].mean()),
            "terms": int((place == band).sum()),
        }
        for band in range(len(edges) - 1)
        if (place == band).any()
    ]
    return pl.DataFrame(rows)


def works_with(use: TermUse, column: int, *, last: int, years: int = RECENT) -> list[str]:
    """Return the ids of the works behind a term: those of the ``years`` up to ``last``, the newest first."""
    inside = np.flatnonzero((use.years <= last) & (use.years > last - years))
    rows = use.uses[inside][:, [column]].tocoo().row
    return [use.work_ids[inside[row]] for row in sorted(rows.tolist(), reverse=True)]
