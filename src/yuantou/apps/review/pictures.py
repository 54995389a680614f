"""Pictures of an assignment: how well proposals are covered, how experts are loaded. Bins counted by the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, F, IntegerField
from django.db.models.functions import Cast, Floor, Least

from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Coverage, Load

BINS: Final = 20
WIDTH, HEIGHT, FOOT = 420, 150, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, what it is called, how many."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


def affinity_bars(call: Call, *, without: Collection[str] = ()) -> Sequence[Bar]:
    """Draw how many proposals have their weakest reviewer in each twentieth of the scale. One query over an index."""
    covered = Coverage.objects.filter(call=call, weakest__gte=0).exclude(proposal__in=without).order_by()
    twentieth = Least(Cast(Floor(F("weakest") * float(BINS)), IntegerField()), BINS - 1)
    found = dict(covered.annotate(bin=twentieth).values_list("bin").annotate(n=Count("pk")))
    return _bars(found, range(max(found, default=0) + 1), lambda place: f"{place / BINS:.2f}")


def reviewer_bars(call: Call, *, without: Collection[str] = ()) -> Sequence[Bar]:
    """Draw how many proposals have each number of reviewers. One query over an index."""
    covered = Coverage.objects.filter(call=call).exclude(proposal__in=without).order_by()
    found = dict(covered.values_list("reviewers").annotate(n=Count("pk")))
    return _bars(found, range(max([*found, call.reviews_wanted]) + 1), str)


def load_bars(call: Call) -> Sequence[Bar]:
    """Draw how many experts have each number of proposals. One query over an index."""
    found = dict(Load.objects.filter(call=call, live__gt=0).order_by().values_list("live").annotate(n=Count("pk")))
    return _bars(found, range(1, max(found, default=0) + 1), str)


def _bars(found: Mapping[int, int], places: Sequence[int], label: Callable[[int], str]) -> Sequence[Bar]:
    if not found:
        return []
    step, most = WIDTH / len(places), max(found.values())
    return [
        Bar(
            round(number * step + step * 0.1, 1),
            round(HEIGHT - FOOT - found.get(place, 0) / most * (HEIGHT - FOOT - 16), 1),
            round(step * 0.8, 1),
            round(found.get(place, 0) / most * (HEIGHT - FOOT - 16), 1),
            label(place),
            found.get(place, 0),
        )
        for number, place in enumerate(places)
    ]
