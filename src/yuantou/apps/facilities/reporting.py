"""Reports of indicators over usage events: frozen with their definitions, and the same to the digit years later."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note, wrong
from yuantou.apps.facilities.models import Facility, IndicatorReport, UsageEvent
from yuantou.apps.workflow.facade import only
from yuantou.engines.indicators.events import EventPack, compute_events, events_behind, load_event_pack
from yuantou.kernel.hashing import content_hash

PACKS: Final = (
    "facility_open_sharing_2026",
    "facility_open_sharing_2022",
    "facility_university_2000",
    "facility_light_source",
    "facility_doe_users",
    "facility_esfri",
)
BREAK: Final = "\n# ---- measures ----\n"
_EVENTS: Final = """CREATE TABLE events (event_id BIGINT, instrument VARCHAR, unit VARCHAR, kind VARCHAR, mode VARCHAR,
  external BOOLEAN, person VARCHAR, organisation VARCHAR, request VARCHAR, starts TIMESTAMP, ends TIMESTAMP,
  prepare DECIMAL(18,4), measure DECIMAL(18,4), post DECIMAL(18,4), charge DECIMAL(18,4), rate VARCHAR, corrects BIGINT,
  recorded TIMESTAMP)"""
_INSTRUMENTS: Final = """CREATE TABLE instruments (instrument VARCHAR, unit VARCHAR, value DECIMAL(18,4),
  origin VARCHAR, must_open BOOLEAN, is_open BOOLEAN, registered BOOLEAN,
  quota_hours INTEGER, open_hours DECIMAL(18,4))"""


def pack_source(name: str) -> str:
    """Return the definitions of a pack as they are now: its own text, and that of the measures it uses."""
    folder = files("yuantou") / "indicators"
    texts = [(folder / f"{file}.toml").read_text("utf-8") for file in (name, "facility_measures")]
    return BREAK.join(texts)


def pack_of_text(source: str, name: str) -> EventPack:
    """Read definitions as ``pack_source`` gave them, today or years ago."""
    own, _break, shared = source.partition(BREAK)
    return load_event_pack(own, measures=shared, name=name)


@transaction.atomic
def make_report(*, facility: Facility, pack: str, start: date, end: date, user: User, now: datetime) -> IndicatorReport:
    """Report a period (both days included) under a pack; definitions, cut-off and register are frozen with it.

    Raises
    ------
    InputError
        If the period ends before it starts, or there is no such pack.
    """
    only(user, facility, "manager", "office")
    if end < start or pack not in PACKS:
        raise wrong("end", "时段的结束不得早于开始。", "The period must not end before it starts.",
                    "请更正时段。", "Correct the period.")  # fmt: skip
    report = IndicatorReport(
        facility=facility, pack=pack, period_start=start, period_end=end, cutoff=now, source=pack_source(pack),
        created_at=now, created_by=user,
    )  # fmt: skip
    rows = register_rows(facility, start, end)
    figures, report.events_hash = compute(report, rows)
    report.figures = {"rows": figures, "register": rows}
    report.save()
    data = {"pack": pack, "events": report.events_hash, "figures": content_hash(report.figures)}
    note("facility.report", facility, user=user, now=now, data={**data, "report": report.pk})
    return report


def register_rows(facility: Facility, start: date, end: date) -> list[list[Any]]:
    """Return the instruments as the register has them now; a report keeps them."""
    hours = ((end - start).days + 1) * 24
    return [
        [row.pk, facility.pk, str(row.value), row.origin, row.must_open, row.is_open, bool(row.pid), row.quota_hours,
         str(hours)]
        for row in facility.instruments.exclude(state__means=["planned", "ordered"]).order_by("pk")
    ]  # fmt: skip


def compute(report: IndicatorReport, register: list[list[Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return the figures of a report and the hash of the events they rest on."""
    pack = pack_of_text(report.source, report.pack)
    start, end = bounds(report)
    rows = [_row(event) for event in events_of(report.facility, start, end)]
    connection = duckdb.connect()
    connection.execute(_EVENTS)
    connection.execute(_INSTRUMENTS)
    if rows:
        connection.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
    if register:
        connection.executemany("INSERT INTO instruments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", register)
    found = compute_events(
        connection, {report.pack: pack}, start=_plain(start), end=_plain(end), cutoff=_plain(report.cutoff)
    )
    values = dict(zip(found["indicator"], found["value"], strict=True)) if found.height else {}
    counted = [row for row in rows if row[-1] <= _plain(report.cutoff)]
    return [_figure(pack, name, values.get(name)) for name in pack.indicators], content_hash(
        [[str(cell) for cell in row] for row in counted]
    )


def _figure(pack: EventPack, name: str, value: float | None) -> dict[str, Any]:
    one = pack.indicators[name]
    return {
        "id": name,
        "name": one.name.as_dict(),
        "unit": one.unit,
        "value": None if value is None else f"{value:.{one.decimals}f}",
        "formula": one.formula,
        "source": one.source,
    }


def reproduces(report: IndicatorReport) -> bool:
    """Tell whether a report comes out the same to the digit from its definitions and today's table of events."""
    kept: Mapping[str, Any] = report.figures
    figures, events = compute(report, kept["register"])
    return figures == kept["rows"] and events == report.events_hash


def bounds(report: IndicatorReport) -> tuple[datetime, datetime]:
    """Return first instant and the instant after the last of a report's period, in the facility's zone."""
    zone = ZoneInfo(report.facility.time_zone)
    last = report.period_end + timedelta(days=1)
    return datetime.combine(report.period_start, time(), zone), datetime.combine(last, time(), zone)


def events_of(facility: Facility, start: datetime, end: datetime) -> list[UsageEvent]:
    """Return the usage events of a facility that begin in a period, corrected ones and corrections included."""
    rows = UsageEvent.objects.filter(instrument__facility=facility, starts_at__gte=start, starts_at__lt=end)
    return list(rows.select_related("instrument").order_by("pk"))


def behind(report: IndicatorReport, indicator: str) -> list[UsageEvent]:
    """Return the events behind a figure: those its measures count, as they were recorded at the cut-off."""
    pack = pack_of_text(report.source, report.pack)
    if indicator not in pack.indicators:
        return []
    start, end = bounds(report)
    rows = [row for row in events_of(report.facility, start, end) if row.recorded_at <= report.cutoff]
    gone = {row.corrects_id for row in rows if row.corrects_id}
    rows = [row for row in rows if row.pk not in gone]
    if not rows:
        return []
    connection = duckdb.connect()
    connection.execute(_EVENTS)
    values = [_row(row) for row in rows]
    connection.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(values[0]))})", values)  # noqa: S608
    query = f"SELECT event_id FROM events WHERE {events_behind(pack, indicator)}"  # noqa: S608 compiled from the pack
    keys = {key for (key,) in connection.execute(query).fetchall()}
    return [row for row in rows if row.pk in keys]


def _row(event: UsageEvent) -> list[Any]:
    return [
        event.pk, event.instrument_id, event.instrument.facility_id, event.kind, event.mode, event.external,
        event.person_id, event.organisation_id, event.request_id, _plain(event.starts_at), _plain(event.ends_at),
        event.prepare, event.measure, event.post, event.charge, event.rate, event.corrects_id,
        _plain(event.recorded_at),
    ]  # fmt: skip


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
