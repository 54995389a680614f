"""Pictures of a ranking that stay readable at any size: bins that open to their range, the grey zone by discipline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from django.db.models import Avg, Count, F, Max, Min, Q, QuerySet

from yuantou.apps.decisions.models import RankedProposal, Ranking
from yuantou.engines.selection import advise_reviews

BINS: Final = 80
WINDOW: Final = 200
GREY: Final = Q(p_top__gt=0.05, p_top__lt=0.95)
WIDTH, HEIGHT, LEFT, TOP = 860, 240, 40, 24


@dataclass(frozen=True)
class Bin:
    """Neighbours of a ranking: their range of positions, and calibrated score with its 50 and 90 % intervals drawn."""

    first: int
    last: int
    x: float
    y: float
    mean: float
    low50: float
    high50: float
    low90: float
    high90: float


@dataclass(frozen=True)
class Overview:
    """The whole of a ranking, or a range of it, in at most ``BINS`` dots; ``line`` is where the money ends."""

    bins: Sequence[Bin]
    line: float | None
    ticks: Sequence[tuple[float, float]]
    first: int
    last: int


def overview_of(rows: "QuerySet[RankedProposal]", places: int | None) -> Overview | None:
    """Draw rows of one ranking from first to last position, neighbours put together where there are many. One query."""
    ends = rows.order_by().aggregate(first=Min("position"), last=Max("position"))
    if ends["first"] is None:
        return None
    first, last = ends["first"], ends["last"]
    count = last - first + 1
    binned = (
        rows.order_by()
        .annotate(bin=(F("position") - first) * min(BINS, count) / count)
        .values("bin")
        .annotate(low=Min("position"), high=Max("position"), score=Avg("mean"), spread=Avg("sd"))
        .order_by("bin")
    )
    found: list[dict[str, Any]] = [dict(row) for row in binned]
    top = max(row["score"] + 1.645 * row["spread"] for row in found)
    bottom = min(row["score"] - 1.645 * row["spread"] for row in found)

    def x(position: float) -> float:
        return round(LEFT + (position - first + 0.5) / count * (WIDTH - LEFT), 1)

    def y(score: float) -> float:
        return round(TOP + (top - score) / max(top - bottom, 1e-9) * (HEIGHT - TOP - 20), 1)

    line = x(places + 0.5) if places and first <= places + 0.5 <= last else None
    ticks = [(y(value), value) for value in (top, (top + bottom) / 2, bottom)]
    return Overview([_bin(row, x, y) for row in found], line, ticks, first, last)


def _bin(row: dict[str, Any], x: Any, y: Any) -> Bin:
    ends = [y(row["score"] + sign * reach * row["spread"]) for reach in (0.674, 1.645) for sign in (-1, 1)]
    middle = (row["low"] + row["high"]) / 2
    return Bin(row["low"], row["high"], x(middle), y(row["score"]), row["score"], *ends)


def within(rows: "QuerySet[RankedProposal]", first: str, last: str) -> "QuerySet[RankedProposal]":
    """Keep the rows of a range of positions; what is no number asks for nothing."""
    if first.isdigit() and len(first) < 10:
        rows = rows.filter(position__gte=int(first))
    if last.isdigit() and len(last) < 10:
        rows = rows.filter(position__lte=int(last))
    return rows


def grey_by_discipline(ranking: Ranking) -> list[dict[str, Any]]:
    """Return for each discipline its proposals, those that could fall on either side, and the places expected there."""
    names = {f"name_{language}": F(f"proposal__discipline__name_{language}") for language in ("zh", "en")}
    rows = ranking.rows.order_by().values("proposal__discipline", **names)
    counted = rows.annotate(total=Count("pk"), grey=Count("pk", filter=GREY), expected=Avg("p_top") * Count("pk"))
    return [dict(row) for row in counted.order_by("-grey", "proposal__discipline")[:100]]


def advice_of(ranking: Ranking, places: int, *, most: int = 20) -> list[dict[str, Any]]:
    """Return where one more review would help the decision most, among those around the line, with the proposal."""
    near = ranking.rows.filter(position__gt=places - WINDOW, position__lte=places + WINDOW)
    table = pl.DataFrame(
        list(near.values_list("proposal_id", "mean", "sd")), schema=["proposal_id", "mean", "sd"], orient="row"
    )
    inside = min(places, WINDOW)
    residual = float(ranking.summary.get("variance_residual", 0) or 0)
    if not 0 < inside < table.height or residual <= 0:
        return []
    reviewer = float(ranking.summary.get("variance_reviewer", 0) or 0)
    advised = advise_reviews(table, inside, residual_variance=residual, reviewer_variance=reviewer)
    advised = advised.filter(pl.col("move") >= 0.01).head(most)
    keys = advised["proposal_id"].to_list()
    records = near.filter(proposal__in=keys).select_related("proposal__discipline").defer("proposal__answers")
    found = {row.proposal_id: row for row in records}
    return [{**row, "ranked": found[row["proposal_id"]]} for row in advised.iter_rows(named=True)]
