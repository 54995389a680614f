"""After an outage: the plan is mended near what was published, and who is touched is shown before anything is."""

from datetime import datetime
from math import ceil
from typing import Any

import polars as pl
from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note, step, wrong
from yuantou.apps.facilities.editing import PLACES, live_bookings, lock_plan
from yuantou.apps.facilities.models import Booking, Instrument, YearPlan
from yuantou.apps.facilities.planning import hash_of
from yuantou.apps.facilities.register import close_time
from yuantou.apps.facilities.tables_of_year import Year, bookings_table, packed, stored_plan, year_of
from yuantou.apps.workflow.facade import only
from yuantou.engines.scheduling import Repair, check_bookings, repair_plan


@transaction.atomic
def report_outage(
    *, plan: YearPlan, instrument: Instrument, starts_at: datetime, ends_at: datetime, reason: str, user: User,
    now: datetime,
) -> YearPlan:  # fmt: skip
    """Close an instrument and draft the mended plan; published bookings stay where they can.

    Raises
    ------
    InputError
        If the outage ends before it starts, or the plan is not published.
    """
    only(user, plan, "manager")
    if not plan.is_now.published:
        raise wrong(
            "plan", "只有已发布的计划需要修补。", "Only a published plan is repaired.",
            "请选择已发布的计划。", "Choose the published plan.",
        )  # fmt: skip
    close_time(
        instrument=instrument, starts_at=starts_at, ends_at=ends_at, kind="outage", reason=reason, user=user, now=now
    )
    return draft_repair(plan=plan, reason=reason, user=user, now=now)


@transaction.atomic
def draft_repair(*, plan: YearPlan, reason: str, user: User, now: datetime) -> YearPlan:
    """Draft a plan near a published one that fits the register as it is now."""
    only(user, plan, "manager")
    year = year_of(plan)
    slot = min(plan.slots, max(0, ceil(plan.slot_of(now))))
    live = live_bookings(plan)
    rows = [row for row in live if row.start >= slot or row.is_now.running or _still_open(year, row)]
    mended = repair_plan(year.tables, stored_plan(plan, rows), now=slot, seed=plan.seed)
    draft = YearPlan.objects.create(
        facility=plan.facility,
        title=plan.title,
        starts_at=plan.starts_at,
        slots=plan.slots,
        slot_hours=plan.slot_hours,
        shares=plan.shares,
        seed=plan.seed,
        based_on=plan,
        base_version=plan.version,
        value=mended.plan.value,
        bound=mended.plan.bound,
        prices=packed(mended.plan.prices, mended.plan.names, mended.plan.resources),
        record={**plan.record, "repair": _told(mended, reason), "tables": hash_of(year.tables)},
        created_at=now,
    )
    _book(draft, year, mended)
    note("year_plan.repair", draft, user=user, now=now, data={"of": plan.pk, "moved": mended.moved.height})
    return draft


def _still_open(year: Year, row: Booking) -> bool:
    """Tell whether the register as it is now leaves a booking its time; one cut short by an outage is placed anew."""
    open_times = year.tables.intervals.filter(instrument=row.instrument.code)
    return any(start <= row.start and row.stop <= stop for _name, start, stop in open_times.iter_rows())


def _told(mended: Repair, reason: str) -> dict[str, Any]:
    return {
        "reason": reason,
        "kept": mended.kept,
        "moved": mended.moved.to_dicts(),
        "added": mended.added.select(PLACES).to_dicts(),
    }


def _book(draft: YearPlan, year: Year, mended: Repair) -> None:
    """Write the bookings of the mended plan; what has begun is taken over when it is published."""
    Booking.objects.bulk_create(
        [
            Booking(
                plan=draft,
                request=year.requests[row["request"]],
                instrument=year.instruments[row["instrument"]],
                start=row["start"],
                stop=row["stop"],
                starts_at=draft.instant(row["start"]),
                ends_at=draft.instant(row["stop"]),
                configuration=row["configuration"] or "",
                value=row["value"],
            )
            for row in mended.plan.bookings.iter_rows(named=True)
            if row["request"] in year.requests
        ]
    )


@transaction.atomic
def earliest_place(*, plan: YearPlan, request: str, version: int, user: User, now: datetime) -> Booking:
    """Place a waiting request at the earliest place that breaks no rule.

    Raises
    ------
    StaleError
        If another manager changed the plan meanwhile.
    InputError
        If there is no such place.
    """
    only(user, plan, "manager")
    lock_plan(plan, version)
    year, rows = year_of(plan), live_bookings(plan)
    table = bookings_table(rows)
    soon = max(0, ceil(plan.slot_of(now)))
    for way in year.tables.alternatives.filter(request=request).sort("value", descending=True).iter_rows(named=True):
        for start in range(max(soon, way["release"]), way["deadline"] - way["duration"] + 1):
            stop = start + way["duration"]
            if any(row.instrument.code == way["instrument"] and row.start < stop and start < row.stop for row in rows):
                continue
            row = (request, way["instrument"], start, stop, way["configuration"], way["value"])
            tried = pl.concat([table, pl.DataFrame([row], schema=table.schema, orient="row")])
            if not [one for one in check_bookings(year.tables, tried.select(PLACES)) if one.code != "plan.missing"]:
                return _placed(plan, year, row, user, now)
    raise wrong(
        "request", "没有不违反规则的空位。", "There is no free place that breaks no rule.",
        "可改期其他预约，或等待取消。", "Move another booking, or wait for a cancellation.",
    )  # fmt: skip


def _placed(plan: YearPlan, year: Year, row: tuple[Any, ...], user: User, now: datetime) -> Booking:
    request, instrument, start, stop, configuration, value = row
    booking = Booking.objects.create(
        plan=plan,
        request=year.requests[request],
        instrument=year.instruments[instrument],
        start=start,
        stop=stop,
        starts_at=plan.instant(start),
        ends_at=plan.instant(stop),
        configuration=configuration or "",
        value=value,
    )
    note("year_plan.place", plan, user=user, now=now, data={"booking": booking.pk, "start": start})
    if plan.is_now.published:
        booking.request.facility = plan.facility
        step(booking, "publish", user=user, now=now)
    return booking
