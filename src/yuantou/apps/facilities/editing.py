"""A manager changes a plan by hand: the effect on value is shown before, and nobody overwrites another's change."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from django.db import models, transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note, step, wrong
from yuantou.apps.facilities.models import Booking, Instrument, YearPlan
from yuantou.apps.facilities.tables_of_year import Year, bookings_table, key_of, year_of
from yuantou.apps.workflow.facade import only
from yuantou.engines.scheduling import check_bookings, worth
from yuantou.kernel.errors import NotAllowedError, Problem, StaleError
from yuantou.kernel.local_text import LocalText

PLACES = ("request", "instrument", "start", "stop")


@dataclass(frozen=True)
class Effect:
    """What a change by hand would do: value before and after, who loses a place, which rules it breaks."""

    booking: Booking
    instrument: Instrument
    start: int
    stop: int
    before: float
    after: float
    displaced: list[Booking] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()

    @property
    def gain(self) -> float:
        """Value after less value before."""
        return self.after - self.before


def live_bookings(plan: YearPlan) -> list[Booking]:
    """Return the bookings of a plan that hold a place."""
    rows = plan.bookings.exclude(state__means="over").select_related(
        "request__proposal", "request__facility", "instrument"
    )
    return list(rows)


def effect_of(*, plan: YearPlan, booking: Booking, instrument: Instrument, start: int, user: User) -> Effect:
    """Return what moving a booking would do; whoever stands in its way there goes to the wait list.

    Raises
    ------
    NotAllowedError
        If the user does not manage the facility, or stands behind the booking.
    """
    only(user, plan, "manager")
    only(user, booking, "manager")
    year, rows = year_of(plan), live_bookings(plan)
    stop = start + booking.stop - booking.start
    others = [row for row in rows if row.pk != booking.pk]
    displaced = _displaced(year, booking, instrument, start, stop, others)
    gone = {row.pk for row in displaced}
    kept = bookings_table([row for row in others if row.pk not in gone])
    moved = _moved(year, booking, instrument, start, stop)
    table = pl.concat([kept, moved], how="vertical_relaxed").sort("instrument", "start")
    now_table = bookings_table(rows)
    problems = tuple(
        found for found in check_bookings(year.tables, table.select(PLACES)) if found.code != "plan.missing"
    )
    before = worth(year.tables, now_table) if not check_bookings(year.tables, now_table.select(PLACES)) else plan.value
    after = worth(year.tables, table) if not problems else before or 0.0
    return Effect(booking, instrument, start, stop, before or 0.0, after, displaced, problems)


def _moved(year: Year, booking: Booking, instrument: Instrument, start: int, stop: int) -> pl.DataFrame:
    way = year.tables.alternatives.filter(
        (pl.col("request") == key_of(booking.request))
        & (pl.col("instrument") == instrument.code)
        & (pl.col("duration") == stop - start)
    ).head(1)
    configuration = way["configuration"][0] if way.height else booking.configuration or None
    value = float(way["value"][0]) if way.height else 0.0
    row = (key_of(booking.request), instrument.code, start, stop, configuration, value)
    return pl.DataFrame([row], schema=bookings_table([]).schema, orient="row")


def _displaced(
    year: Year, booking: Booking, instrument: Instrument, start: int, stop: int, others: list[Booking]
) -> list[Booking]:
    """Return bookings of the instrument that overlap the new place, the time to change over included."""
    code = instrument.code
    setup = {tuple(row[:3]): row[3] for row in year.tables.setups.iter_rows()}
    wanted = _moved(year, booking, instrument, start, stop)["configuration"][0] or ""
    found = []
    for row in others:
        if row.instrument_id != instrument.pk:
            continue
        after = setup.get((code, row.configuration, wanted), 0) if row.configuration and wanted else 0
        before = setup.get((code, wanted, row.configuration), 0) if row.configuration and wanted else 0
        if row.start < stop + before and start < row.stop + after:
            found.append(row)
    return found


@transaction.atomic
def move_booking(
    *, plan: YearPlan, booking: Booking, instrument: Instrument, start: int, version: int, reason: str, user: User,
    now: datetime,
) -> Booking:  # fmt: skip
    """Move a booking as ``effect_of`` showed it. In a published plan the old place stays on record as moved.

    Raises
    ------
    StaleError
        If another manager changed the plan since ``version``; nothing happens.
    InputError
        If the move breaks a rule; ``problems`` names it.
    """
    lock_plan(plan, version)
    effect = effect_of(plan=plan, booking=booking, instrument=instrument, start=start, user=user)
    if effect.problems:
        first = effect.problems[0]
        raise wrong("start", first.message.zh, first.message.en, first.remedy.zh, first.remedy.en)
    for row in effect.displaced:
        put_aside(row, reason=reason, user=user, now=now)
    place = {
        "instrument": instrument,
        "start": start,
        "stop": effect.stop,
        "starts_at": plan.instant(start),
        "ends_at": plan.instant(effect.stop),
    }
    if plan.is_now.draft:
        Booking.objects.filter(pk=booking.pk).update(**place)
        booking.refresh_from_db()
        moved = booking
    else:
        step(booking, "move", user=user, now=now, reason=reason)
        moved = Booking.objects.create(
            plan=plan, request=booking.request, value=booking.value, configuration=booking.configuration, **place
        )
        step(moved, "publish", user=user, now=now)
    YearPlan.objects.filter(pk=plan.pk).update(value=effect.after)
    data = {"booking": booking.pk, "now": moved.pk, "start": start, "gain": round(effect.gain, 6)}
    note("year_plan.move", plan, user=user, now=now, data=data)
    return moved


def put_aside(booking: Booking, *, reason: str, user: Any, now: datetime) -> None:
    """Take a booking out of a plan: out of a draft without a trace, out of a published one with a letter."""
    if booking.is_now.planned:
        note("booking.put_aside", booking, user=user, now=now, data={"plan": booking.plan_id})
        booking.delete()
    else:
        step(booking, "move", user=user, now=now, reason=reason)


def lock_plan(plan: YearPlan, version: int) -> None:
    """Take the plan for one change; whoever looked at an older version is told so.

    Raises
    ------
    StaleError
        If the plan has another version by now.
    """
    taken = YearPlan.objects.filter(pk=plan.pk, version=version).update(version=models.F("version") + 1)
    if not taken:
        raise StaleError(
            LocalText("另一位管理员刚刚修改了此计划。", "Another manager has just changed this plan."),
            LocalText(
                "您的改动没有执行。请刷新甘特图，查看新安排后再决定。",
                "Your change was not made. Reload the chart, look at the new places and decide again.",
            ),
        )
    plan.refresh_from_db()


@transaction.atomic
def swap_bookings(
    *, first: Booking, second: Booking, version: int, reason: str, user: User, now: datetime
) -> tuple[Booking, Booking]:
    """Let two bookings of one plan change places.

    Raises
    ------
    StaleError, InputError
        As ``move_booking``.
    """
    plan = first.plan
    if second.plan_id != plan.pk or first.request_id == second.request_id:
        raise wrong(
            "with", "只能与同一计划中的另一申请对调。", "Swap with another request of the same plan.",
            "请另选预约。", "Choose another booking.",
        )  # fmt: skip
    lock_plan(plan, version)
    for one in (first, second):
        only(user, one, "manager")
    year, rows = year_of(plan), [row for row in live_bookings(plan) if row.pk not in {first.pk, second.pk}]
    places = [(first, second.instrument, second.start), (second, first.instrument, first.start)]
    moved = [_moved(year, b, i, s, s + b.stop - b.start) for b, i, s in places]
    table = pl.concat([bookings_table(rows), *moved], how="vertical_relaxed").sort("instrument", "start")
    for found in check_bookings(year.tables, table.select(PLACES)):
        if found.code != "plan.missing":
            raise wrong("with", found.message.zh, found.message.en, found.remedy.zh, found.remedy.en)
    made = [_replaced(plan, b, i, s, reason, user, now) for b, i, s in places]
    YearPlan.objects.filter(pk=plan.pk).update(value=worth(year.tables, table))
    note("year_plan.swap", plan, user=user, now=now, data={"bookings": [first.pk, second.pk]})
    return made[0], made[1]


def _replaced(
    plan: YearPlan, booking: Booking, instrument: Instrument, start: int, reason: str, user: User, now: datetime
) -> Booking:
    stop = start + booking.stop - booking.start
    place = {
        "instrument": instrument, "start": start, "stop": stop, "starts_at": plan.instant(start),
        "ends_at": plan.instant(stop),
    }  # fmt: skip
    if booking.is_now.planned:
        Booking.objects.filter(pk=booking.pk).update(**place)
        return booking
    step(booking, "move", user=user, now=now, reason=reason)
    new = Booking.objects.create(
        plan=plan, request=booking.request, value=booking.value, configuration=booking.configuration, **place
    )
    step(new, "publish", user=user, now=now)
    return new


def refuse_started(booking: Booking) -> None:
    """Refuse to move what runs or is over."""
    if booking.is_now.over or booking.is_now.running:
        raise NotAllowedError(
            LocalText("已开始或已结束的预约不能改动。", "What has begun or is over cannot be moved."),
            code="not_allowed.state",
        )
