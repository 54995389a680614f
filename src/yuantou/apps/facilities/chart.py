"""A plan as rows of bars: what the chart draws."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from yuantou.apps.facilities.models import Booking, Instrument, YearPlan
from yuantou.apps.facilities.tables_of_year import open_times

ROW, HEAD, LEFT = 34, 30, 150
WIDEST, NARROWEST = 26.0, 3.0


@dataclass(frozen=True)
class Bar:
    """A booking in the chart."""

    booking: Booking
    x: float
    width: float
    y: int
    length: int


@dataclass(frozen=True)
class Line:
    """An instrument's row: its closed times as pairs of place and width."""

    instrument: Instrument
    y: int
    closed: list[tuple[float, float]]
    bars: list[Bar]


@dataclass(frozen=True)
class Chart:
    """Everything the chart draws; ``unit`` is the width of a slot."""

    width: float
    height: int
    unit: float
    slots: int
    left: int
    lines: list[Line]
    ticks: list[tuple[float, str]]


def chart_of(plan: YearPlan, bookings: list[Booking]) -> Chart:
    """Lay out a plan: short ones wide, a whole year at three points a slot."""
    unit = max(NARROWEST, min(WIDEST, 1100 / plan.slots))
    instruments = plan.facility.instruments.filter(state__means="working").prefetch_related("closures")
    used = {row.instrument_id: row.instrument for row in bookings}
    rows = sorted({**used, **{row.pk: row for row in instruments}}.values(), key=lambda row: row.code)
    lines = []
    for place, instrument in enumerate(rows):
        y = HEAD + ROW * place
        closed, free = [], 0
        for start, stop in [*open_times(plan, instrument), (plan.slots, plan.slots)]:
            if start > free:
                closed.append((LEFT + free * unit, (start - free) * unit))
            free = stop
        own = [
            Bar(row, LEFT + row.start * unit, max((row.stop - row.start) * unit - 1, 2), y, row.stop - row.start)
            for row in bookings
            if row.instrument_id == instrument.pk
        ]
        lines.append(Line(instrument, y, closed, own))
    return Chart(
        LEFT + plan.slots * unit + 10, HEAD + ROW * len(rows) + 8, unit, plan.slots, LEFT, lines, _ticks(plan, unit)
    )


def _ticks(plan: YearPlan, unit: float) -> list[tuple[float, str]]:
    """Return where days, weeks or months begin, whichever leaves room for their names."""
    zone = ZoneInfo(plan.facility.time_zone)
    days = plan.slots * plan.slot_hours / 24
    every = 1 if days <= 21 else 7 if days <= 120 else 0
    found, moment, count = [], plan.starts_at.astimezone(zone), 0
    while moment < plan.ends_at:
        if (every and count % every == 0) or (not every and (moment.day == 1 or count == 0)):
            found.append((LEFT + plan.slot_of(moment) * unit, f"{moment:%m-%d}" if every else f"{moment:%Y-%m}"))
        moment, count = moment + timedelta(days=1), count + 1
    return found
