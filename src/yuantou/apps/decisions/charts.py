"""Pictures of a ranking beside the one of its dots: what calibration moved, where a rank may lie, who is strict, where
disciplines stand and how dense they are near the line. Each has a bounded number of marks whatever the call's size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db.models import Avg, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Floor, Least

from yuantou.apps.decisions.models import RankedProposal, Ranking
from yuantou.engines.selection import rank_distribution
from yuantou.kernel.score import Scale

LINES: Final = 40
ROWS: Final = 40
PROFILES: Final = 6
BINS: Final = 10
WIDTH: Final = 860
NAMES: Final = {side: F(f"proposal__discipline__name_{side}") for side in ("zh", "en")}


@dataclass(frozen=True)
class SlopeLine:
    """One proposal: its rank by plain means and its place in the calibrated order, with heights to draw."""

    row: RankedProposal
    raw_rank: int
    left: float
    right: float
    kind: str  # ``up`` and ``down`` cross the line, ``same`` does not


@dataclass(frozen=True)
class Slope:
    """Lines from plain to calibrated; of a large call those that cross the funding line. ``crossing`` counts them."""

    lines: Sequence[SlopeLine]
    crossing: int
    total: int
    line: float | None
    ticks: Sequence[tuple[float, int]]
    height: int


def slope_of(rows: "QuerySet[RankedProposal]", places: int, scale: Scale) -> Slope | None:
    """Draw how calibration moved proposals: all of a small ranking, else those it brought over the line, largest first.

    Four queries, whatever the size.
    """
    total = rows.count()
    if not total:
        return None
    best, than = ("-raw_mean", "raw_mean__gt") if scale.higher_is_better else ("raw_mean", "raw_mean__lt")
    better = RankedProposal.objects.filter(ranking=OuterRef("ranking"), **{than: OuterRef("raw_mean")})
    counted = Subquery(better.order_by().values("ranking").annotate(n=Count("pk")).values("n"))
    ranked = rows.annotate(before=counted)
    if 0 < places < total:
        cut = rows.order_by(best, "position").values_list("raw_mean", flat=True)[places - 1]
        worse = Q(raw_mean__lt=cut) if scale.higher_is_better else Q(raw_mean__gt=cut)
        ahead = Q(raw_mean__gte=cut) if scale.higher_is_better else Q(raw_mean__lte=cut)
        crossed = Q(position__lte=places) & worse | Q(position__gt=places) & ahead
    else:
        crossed = Q(pk__in=[])
    crossing = rows.filter(crossed).count()
    shown = ranked if total <= LINES else ranked.filter(crossed)
    found = list(shown.select_related("proposal").defer("proposal__answers").order_by("position")[: 5 * LINES])
    found = sorted(found, key=lambda row: -abs((row.before or 0) + 1 - row.position))[:LINES]
    return _slope(sorted(found, key=lambda row: row.position), crossing, total, places)


def _slope(found: list[Any], crossing: int, total: int, places: int) -> Slope:
    ranks = [rank for row in found for rank in ((row.before or 0) + 1, row.position)] or [1, total]
    first, last = min(ranks), max(ranks)
    height = 60 + max(160, min(16 * len(found), 560))

    def y(rank: float) -> float:
        return round(30 + (rank - first) / max(last - first, 1) * (height - 60), 1)

    lines = []
    for row in found:
        raw = (row.before or 0) + 1
        kind = "up" if row.position <= places < raw else "down" if raw <= places < row.position else "same"
        lines.append(SlopeLine(row, raw, y(raw), y(row.position), kind))
    line = y(places + 0.5) if first <= places < last else None
    ticks = [(y(rank), round(rank)) for rank in np.linspace(first, last, 5)]
    return Slope(lines, crossing, total, line, ticks, height)


@dataclass(frozen=True)
class Profile:
    """Where the rank of one proposal may lie: bars by rank, the cumulative curve, and the share within the line."""

    row: RankedProposal
    bars: Sequence[tuple[float, float, float, float]]
    curve: str
    line: float | None
    first: int
    last: int


def profiles_of(ranking: Ranking, places: int, chosen: str = "") -> list[Profile]:
    """Draw the ranks of the proposals nearest to an even chance, or of the one that is asked for."""
    near = ranking.rows.select_related("proposal").defer("proposal__answers")
    rows = list(near.filter(proposal=chosen)) if chosen else _nearest(near, places)
    if not rows:
        return []
    table: Any = np.array(list(ranking.rows.order_by("position").values_list("mean", "sd")), dtype=float)
    sign = 1 if ranking.call.programme.review.scale.higher_is_better else -1
    return [_profile(row, sign * table[:, 0], table[:, 1], places) for row in rows]


def _nearest(rows: "QuerySet[RankedProposal]", places: int) -> list[RankedProposal]:
    around = list(rows.filter(position__gt=places - PROFILES, position__lte=places + PROFILES).order_by("position"))
    return sorted(sorted(around, key=lambda row: abs(row.p_top - 0.5))[:PROFILES], key=lambda row: row.position)


def _profile(row: RankedProposal, mean: Any, sd: Any, places: int) -> Profile:
    ends, chances = rank_distribution(mean, sd, row.position - 1)
    kept = np.flatnonzero(chances > chances.max() / 200)
    ends, chances, before = ends[kept], chances[kept], float(chances[: kept[0]].sum())
    left, width, height = 30, 230, 90
    each = width / len(ends)
    bars = [
        (round(left + i * each, 1), round(100 - height * c / chances.max(), 1), round(max(each - 1, 1), 1),
         round(height * c / chances.max(), 1))
        for i, c in enumerate(chances)
    ]  # fmt: skip
    grown = before + np.cumsum(chances)
    curve = " ".join(f"{left + (i + 1) * each:.1f},{100 - height * g:.1f}" for i, g in enumerate(grown))
    inside = int((ends <= places).sum())
    line = round(left + inside * each, 1) if 0 < inside < len(ends) else None
    first = int(ends[0] if len(ends) == 1 else max(1, 2 * ends[0] - ends[1] + 1))
    return Profile(row, bars, curve, line, first, int(ends[-1]))


@dataclass(frozen=True)
class Bar:
    """One row of a chart with intervals: heights and places to draw, and what it is of."""

    item: dict[str, Any]
    y: int
    x: float
    low50: float
    high50: float
    low90: float
    high90: float
    tick: float | None = None


@dataclass(frozen=True)
class Bars:
    """Rows with a dot and two intervals on one axis; ``left_out`` says how many lie between those shown."""

    rows: Sequence[Bar]
    zero: float | None
    ticks: Sequence[tuple[float, float]]
    height: int
    left_out: int = 0


def strictness_of(people: Sequence[dict[str, Any]]) -> Bars | None:
    """Draw how far each reviewer lies above or below others on the same proposals; the ends only where many."""
    if not people:
        return None
    rows = sorted(people, key=lambda row: (row["effect"], row["name"]))
    shown = rows if len(rows) <= ROWS else rows[: ROWS // 2] + rows[-ROWS // 2 :]
    return _bars(shown, lambda row: (row["effect"], row["sd"] or 0.0), zero=0.0, left_out=len(rows) - len(shown))


def disciplines_of(ranking: Ranking) -> tuple[Bars | None, int]:
    """Compare disciplines: calibrated scores with their spread, the plain mean as a tick. One query."""
    groups = ranking.rows.order_by().values("proposal__discipline", **NAMES).annotate(
        n=Count("pk"), score=Avg("mean"), plain=Avg("raw_mean"), square=Avg(F("mean") * F("mean")),
        reviews=Avg("n_reviews"), expected=Sum("p_top"),
    )  # fmt: skip
    rows: list[dict[str, Any]] = [dict(row) for row in groups.order_by("-n", "proposal__discipline")]
    for row in rows:
        row["spread"] = max(row["square"] - row["score"] ** 2, 0.0) ** 0.5
        row["moved"], row["rate"] = row["score"] - row["plain"], 100 * row["expected"] / row["n"]
    shown = sorted(rows[:ROWS], key=lambda row: -row["score"])
    bars = _bars(shown, lambda row: (row["score"], row["spread"]), tick=lambda row: row["plain"]) if shown else None
    return bars, len(rows) - len(shown)


def _bars(
    rows: Sequence[dict[str, Any]],
    value: Callable[[dict[str, Any]], tuple[float, float]],
    *,
    zero: float | None = None,
    tick: Callable[[dict[str, Any]], float] | None = None,
    left_out: int = 0,
) -> Bars:
    values = [value(row) for row in rows]
    ends = [m + side * 1.645 * s for m, s in values for side in (-1, 1)] + ([] if zero is None else [zero])
    least, most = min(ends), max(ends)

    def x(at: float) -> float:
        return round(240 + (at - least) / max(most - least, 1e-9) * (WIDTH - 270), 1)

    def bar(place: int, row: dict[str, Any], middle: float, spread: float) -> Bar:
        ends = [x(middle + side * reach * spread) for reach in (0.674, 1.645) for side in (-1, 1)]
        return Bar(row, 30 + 22 * place, x(middle), ends[0], ends[1], ends[2], ends[3], x(tick(row)) if tick else None)

    drawn = [bar(place, row, *values[place]) for place, row in enumerate(rows)]
    marks = [(x(at), float(at)) for at in np.linspace(least, most, 5)]
    return Bars(drawn, None if zero is None else x(zero), marks, 50 + 22 * len(rows), left_out)


@dataclass(frozen=True)
class Ridge:
    """One discipline: how many of its proposals have which chance, in ten steps, as bars."""

    item: dict[str, Any]
    y: int
    bars: Sequence[tuple[float, float, float, int, int]]  # x, y, height, count, tenth


def density_of(ranking: Ranking) -> list[Ridge]:
    """Draw for each discipline how its proposals lie about the line, most in the grey first. One query."""
    tenth = Least(Cast(Floor(F("p_top") * BINS), IntegerField()), BINS - 1)  # PostgreSQL's cast alone rounds
    rows = ranking.rows.order_by().annotate(tenth=tenth).values("proposal__discipline", "tenth", **NAMES)
    groups: dict[str, dict[str, Any]] = {}
    counted: list[dict[str, Any]] = [dict(row) for row in rows.annotate(n=Count("pk"))]
    for row in counted:
        key = row["proposal__discipline"] or ""
        group = groups.setdefault(key, {"code": key, "zh": row["zh"], "en": row["en"], "counts": [0] * BINS})
        group["counts"][row["tenth"]] += row["n"]
    ordered = sorted(groups.values(), key=lambda group: (-sum(group["counts"][1:-1]), group["code"]))[:ROWS]
    return [_ridge(group, place) for place, group in enumerate(ordered)]


def _ridge(group: dict[str, Any], place: int) -> Ridge:
    base, most = 58 + 40 * place, max(*group["counts"], 1)
    each = (WIDTH - 260) / BINS
    bars = [
        (round(240 + i * each, 1), round(base - 30 * n / most, 1), round(30 * n / most, 1), n, i)
        for i, n in enumerate(group["counts"])
    ]
    return Ridge(group, base, bars)
