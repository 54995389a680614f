"""A plan in force: published, confirmed, checked in, metered, missed, lost; and what the hours cost."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note, step, wrong
from yuantou.apps.facilities.models import Booking, UsageEvent, YearPlan
from yuantou.apps.facilities.planning import register_changed
from yuantou.apps.workflow.facade import SYSTEM, only

PARTS: Final = ("prepare", "measure", "post")


@transaction.atomic
def publish_plan(*, plan: YearPlan, version: int, user: User, now: datetime) -> None:
    """Publish a plan: every lead gets a letter. A repaired one takes over what did not move, without any letter.

    Raises
    ------
    NotAllowedError
        If it breaks a rule of the register as it stands now, is empty, or the plan it repairs was changed meanwhile.
    StaleError
        If another manager changed the draft.
    """
    base = plan.based_on
    data = {"value": plan.value, "bound": plan.bound, "bookings": plan.bookings.count()}
    step(plan, "publish", user=user, now=now, version=version, changes={"published_at": now}, data=data)
    if base is not None:
        _take_over(plan, base, user, now)
    for booking in plan.bookings.filter(state__means="planned").select_related("request__proposal", "instrument"):
        booking.request.facility = plan.facility
        step(booking, "publish", user=SYSTEM, now=now)


def _take_over(plan: YearPlan, base: YearPlan, user: User, now: datetime) -> None:
    """Bring over the bookings that stay, end those that moved or have no place any more, and replace the old plan."""
    drafts = {(b.request_id, b.instrument_id, b.start, b.stop): b for b in plan.bookings.filter(state__means="planned")}
    placed = {key[0] for key in drafts}
    for old in base.bookings.select_related("request__proposal", "request__facility", "instrument"):
        same = drafts.get((old.request_id, old.instrument_id, old.start, old.stop))
        if (old.is_now.announced or old.is_now.confirmed) and same is None:
            reason = str(plan.record.get("repair", {}).get("reason", ""))
            by = SYSTEM if old.request_id in placed else user
            step(old, "move" if old.request_id in placed else "cancel", user=by, now=now, reason=reason or "—")
        elif old.is_now.live and same is not None:
            same.delete()
    base.bookings.exclude(state__means="planned").update(plan=plan)
    step(base, "replace", user=SYSTEM, now=now)


def confirm(*, booking: Booking, user: User, now: datetime) -> None:
    """Confirm a published booking."""
    step(booking, "confirm", user=user, now=now)


def cancel(*, booking: Booking, reason: str, user: User, now: datetime) -> None:
    """Give a booking back; the wait list shows who could have the place."""
    step(booking, "cancel", user=user, now=now, reason=reason, changes={"note": reason})


def check_in(*, booking: Booking, user: User, now: datetime) -> None:
    """Say that the experiment has come, from four hours before its beginning until its end."""
    step(booking, "check_in", user=user, now=now)


@transaction.atomic
def miss(*, booking: Booking, user: Any, now: datetime) -> UsageEvent:
    """Record that nobody came within two hours of the beginning: the whole time counts as no show."""
    step(booking, "miss", user=user, now=now)
    return _meter(booking, {"kind": "no_show"}, user, now)


@transaction.atomic
def lose(*, booking: Booking, reason: str, user: User, now: datetime) -> UsageEvent:
    """Record that the facility could not give the time; the request waits for another place, without charge."""
    step(booking, "lose", user=user, now=now, reason=reason, changes={"note": reason})
    return _meter(booking, {"kind": "lost", "rate": "free"}, user, now)


@transaction.atomic
def finish(
    *, booking: Booking, hours: Mapping[str, Decimal], rate: str, mode: str, user: User, now: datetime
) -> UsageEvent:
    """Record the hours of an experiment, split into preparing, measuring and after-treatment, and end its booking.

    Raises
    ------
    InputError
        If the parts are negative, or come to more than the time between check-in and now allows (plus an hour).
    """
    split = {part: Decimal(hours.get(part, 0)) for part in PARTS}
    total, most = sum(split.values()), hours_between(booking.starts_at, max(now, booking.ends_at)) + 1
    if any(value < 0 for value in split.values()) or total > most:
        raise wrong(
            "measure", f"三段机时合计不得超过 {most} 小时，且不得为负。",
            f"The three parts must not be negative or exceed {most} hours together.",
            "请更正机时。", "Correct the hours.",
        )  # fmt: skip
    step(booking, "finish", user=user, now=now, given={"hours": total})
    event = _meter(booking, {"kind": "use", "rate": rate, "mode": mode, **split}, user, now)
    if not booking.request.bookings.filter(state__means=["planned", "live"]).exists():
        step(booking.request, "complete", user=SYSTEM, now=now)
    return event


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Return real hours between two instants, to hundredths."""
    return Decimal(round((end - start).total_seconds() / 36)) / 100


def _meter(booking: Booking, values: Mapping[str, Any], user: Any, now: datetime) -> UsageEvent:
    request, instrument = booking.request, booking.instrument
    external = request.organisation_id != instrument.facility.organisation_id
    event = UsageEvent(
        instrument=instrument,
        booking=booking,
        request=request,
        person=request.lead,
        organisation=request.organisation,
        external=external,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        recorded_at=now,
        recorded_by=None if user == SYSTEM else user,
        **values,
    )
    return _keep(event, user, now)


def _keep(event: UsageEvent, user: Any, now: datetime) -> UsageEvent:
    event.charge = charge_of(event)
    event.save()
    data = {"kind": event.kind, "hours": str(event.effective), "charge": str(event.charge), "rate": event.rate}
    note("usage.record", event, user=user, now=now, data={**data, "corrects": event.corrects_id})
    return event


def charge_of(event: UsageEvent) -> Decimal:
    """Return what the effective hours of an event cost at its rate; what was lost or free costs nothing."""
    instrument = event.instrument
    hourly = {"full": instrument.rate_full, "subsidised": instrument.rate_subsidised}.get(event.rate, Decimal(0))
    return (Decimal(event.effective) * hourly).quantize(Decimal("0.01"))


@transaction.atomic
def record_other(*, plan: YearPlan, values: Mapping[str, Any], user: User, now: datetime) -> UsageEvent:
    """Record time that no booking stands for: training, machine research, maintenance, a fault."""
    only(user, plan, "manager", "scientist")
    if values["ends_at"] <= values["starts_at"]:
        raise wrong("ends_at", "结束须晚于开始。", "It must end after it starts.", "请更正时间。", "Correct the times.")
    return _keep(UsageEvent(recorded_at=now, recorded_by=user, rate="free", **values), user, now)


@transaction.atomic
def correct(*, event: UsageEvent, values: Mapping[str, Any], reason: str, user: User, now: datetime) -> UsageEvent:
    """Put another row in the place of a wrong one; the wrong one stays on record, and old reports stay as they were."""
    only(user, event.instrument, "manager", "scientist")
    if not reason.strip():
        raise wrong("reason", "请写明理由。", "Please give a reason.", "补上理由。", "Add the reason.")
    copied = {
        name: getattr(event, name)
        for name in (
            "instrument", "booking", "request", "person", "organisation", "kind", "mode", "external", "starts_at",
            "ends_at", *PARTS, "rate",
        )
    }  # fmt: skip
    fresh = UsageEvent(**{**copied, **values}, corrects=event, recorded_at=now, recorded_by=user)
    return _keep(fresh, user, now)


def wait_list(plan: YearPlan) -> list[dict[str, Any]]:
    """Return the requests without a place, nearest first, as the plan explained them, those placed since left out."""
    holding = plan.bookings.exclude(state__means=["cancelled", "moved", "lost"])
    placed = set(holding.values_list("request__proposal__number", flat=True))
    return [row for row in plan.record.get("refusals", []) if row["request"] not in placed]


def is_outdated(plan: YearPlan) -> bool:
    """Tell whether the register changed since the plan was solved."""
    return bool(plan.record.get("tables")) and register_changed(plan)
