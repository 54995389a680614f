"""What opens the acts of facilities, purchases, requests, plans and bookings, and what letters about them say."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from yuantou.apps.facilities.book import packs
from yuantou.apps.facilities.editing import PLACES, live_bookings
from yuantou.apps.facilities.models import Booking, Instrument, Purchase, TimeRequest, YearPlan
from yuantou.apps.facilities.requests import problems_of
from yuantou.apps.facilities.tables_of_year import bookings_table, year_of
from yuantou.apps.links import link_to
from yuantou.apps.workflow.facade import (
    Case,
    Lacking,
    corresponds,
    knows,
    posts,
    provides,
    takes,
)
from yuantou.engines.scheduling import check_bookings
from yuantou.kernel.errors import Problem
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText

DEAR: Final = Decimal(2_000_000)
"""Price from which a purchase is checked against what there is (CNY; rule of 2019)."""
EARLY: Final = timedelta(hours=4)
"""How long before its beginning one may check in."""
GRACE: Final = timedelta(hours=2)
"""How long after its beginning a booking is not yet a no show."""

for _record in ("facility", "instrument", "substitute", "use_report"):
    takes(_record, others=True)
takes("substitute", "verify")
takes("purchase", "check", others=True)
takes("time_request", "submit", "feasible", "send_back", "unfeasible", "safe", "unsafe", "complete", "withdraw")
takes("year_plan", "publish", "replace", "discard")
takes("booking", "publish", "confirm", "check_in", "finish", "miss", "lose", "cancel", "move")
knows("role", "manager", "scientist", "safety", "office", "experimenter", "team")
knows("words:facilities", "scheme", "class", "origin", "closure", "ground")
knows("pack", *packs())

posts("booking", "hours")


def _said(record: TimeRequest | Booking, language: str) -> dict[str, str]:
    request = _request(record)
    title = LocalText(request.proposal.title_zh or "—", request.proposal.title_en)
    said = {"number": request.proposal.number or "", "title": title.in_language(language)}
    said["link"] = link_to("facilities:request", request.pk)
    if isinstance(record, Booking):
        instrument, zone = record.instrument, request.facility.time_zone
        name = LocalText(instrument.name_zh or instrument.code, instrument.name_en)
        said["instrument"] = name.in_language(language)
        said |= {"begin": print_instant(record.starts_at, zone), "end": print_instant(record.ends_at, zone)}
    return said


def _request(record: Any) -> TimeRequest:
    return record.request if isinstance(record, Booking) else record


for _model, _words in ((TimeRequest, ()), (Booking, ("instrument", "begin", "end"))):
    corresponds(
        _model,
        says=_said,
        words=("number", "title", "link", *_words),
        zone=lambda record: _request(record).facility.time_zone,
    )


@provides("has_instrument", "facility")
def _has_instrument(case: Case) -> bool:
    return bool(case.record.instruments.filter(state__means="working").exists())


@provides("nothing_booked", "facility", "instrument")
def _nothing_booked(case: Case) -> bool | Lacking:
    where = "instrument" if isinstance(case.record, Instrument) else "instrument__facility"
    left = Booking.objects.filter(**{where: case.record}, state__means="live").count()
    return not left or Lacking(LocalText(f"仍有 {left} 项预约未完成。", f"Bookings still to come: {left}."))


@provides("purchase_settled", "instrument")
def _purchase_settled(case: Case) -> bool:
    row: Instrument = case.record
    supported = Purchase.objects.filter(facility=row.facility_id, name=row.name_zh, state__means="supported")
    return row.value < DEAR or supported.exists()


@provides("ground_or_saturated", "purchase")
def _ground_or_saturated(case: Case) -> bool | Lacking:
    """None is here, those here are saturated, or the ground is another one; by what the check found."""
    found, ground = case.record.found, case.record.ground
    here = sum(bool(row["here"]) for row in found.get("rows", []))
    if ground == "none_here" and here:
        return Lacking(LocalText(f"本单位已有 {here} 台同类仪器。", f"Instruments of its kind here: {here}."))
    if ground == "saturated" and not found.get("saturated"):
        mean, limit = found.get("mean", 0), found.get("limit", "—")
        return Lacking(
            LocalText(
                f"同类仪器年均有效机时 {mean} 小时，未达饱和线 {limit} 小时。",
                f"Instruments of its kind run {mean} hours a year on average, below saturation at {limit}.",
            )
        )
    return True


@provides("verified_report", "substitute")
def _verified_report(case: Case) -> bool:
    return any(row.is_now.verified and row.within for row in case.record.reports.all())


@provides("not_author", "use_report")
def _not_author(case: Case) -> bool:
    return case.record.author_id != getattr(case.user, "pk", None)


@provides("servable", "time_request")
def _servable(case: Case) -> bool | Lacking:
    fatal = tuple(found for found in problems_of(case.record) if found.fatal)
    return not fatal or Lacking(problems=fatal)


def rules_broken(plan: YearPlan) -> list[Problem]:
    """Return what the independent checker finds in a plan, against the register as it stands now."""
    rows = live_bookings(plan)
    return check_bookings(year_of(plan).tables, bookings_table(rows).select(PLACES)) if rows else []


@provides("rules_kept", "year_plan")
def _rules_kept(case: Case) -> bool | Lacking:
    broken = tuple(rules_broken(case.record))
    return not broken or Lacking(problems=broken)


@provides("has_bookings", "year_plan")
def _has_bookings(case: Case) -> bool:
    return bool(case.record.bookings.filter(state__means="planned").exists())


@provides("base_unchanged", "year_plan")
def _base_unchanged(case: Case) -> bool:
    plan: YearPlan = case.record
    same = YearPlan.objects.filter(pk=plan.based_on_id, state__means="published", version=plan.base_version)
    return plan.based_on_id is None or same.exists()


@provides("at_its_time", "booking")
def _at_its_time(case: Case) -> bool | Lacking:
    row: Booking = case.record
    if case.now >= row.ends_at:
        return Lacking(LocalText("预约时段已经结束。", "Its time is over."))
    opens = row.starts_at - EARLY
    return case.now >= opens or _not_before(row, opens, "签到", "Checking in")


@provides("begun", "booking")
def _begun(case: Case) -> bool | Lacking:
    row: Booking = case.record
    return case.now >= row.starts_at + GRACE or _not_before(
        row, row.starts_at + GRACE, "记为爽约", "Recording a no show"
    )


def _not_before(row: Booking, opens: datetime, zh: str, en: str) -> Lacking:
    at = print_instant(opens, row.request.facility.time_zone)
    return Lacking(LocalText(f"自 {at} 起方可{zh}。", f"{en} is possible from {at} on."))
