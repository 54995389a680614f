"""A plan is made: the year is checked, solved in the background with an incumbent at hand, explained, tried out."""

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.acts import note, step, wrong
from yuantou.apps.facilities.models import Booking, Facility, YearPlan
from yuantou.apps.facilities.tables_of_year import Extra, Year, packed, stored_plan, year_of
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.workflow.facade import SYSTEM, only
from yuantou.engines.scheduling import FacilityYear, Plan, explain_absences, greedy_plan, plans, resource_prices
from yuantou.kernel.errors import CancelledError, Problem, YuantouError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

ROUNDS: Final = 40
SECONDS: Final = 60
GAP: Final = 0.001
EXPLAINED: Final = 400
"""Refusals explained in one plan; the nearest to a place come first."""


@transaction.atomic
def create_plan(*, facility: Facility, values: Mapping[str, Any], user: User, now: datetime) -> YearPlan:
    """Begin a plan of a facility: title, first instant, number of slots, partner shares."""
    only(user, facility, "manager")
    if not facility.instruments.filter(state__means="working").exists():
        raise wrong(
            "facility", "没有在运行的仪器。", "No instrument is in operation.",
            "请先让仪器投入运行。", "Open an instrument first.",
        )  # fmt: skip
    plan = YearPlan.objects.create(facility=facility, created_at=now, **values)
    note("year_plan.create", plan, user=user, now=now, data={"slots": plan.slots})
    return plan


@transaction.atomic
def start_solving(*, plan: YearPlan, user: User, now: datetime, seconds: int = SECONDS) -> Job:
    """Solve a draft in the background; one that has a plan already goes on from it (resume).

    Raises
    ------
    YuantouError
        If the plan is published, or a run is under way.
    """
    only(user, plan, "manager")
    if not plan.is_now.draft:
        raise YuantouError(
            LocalText("已发布的计划不再重新求解。", "A published plan is not solved anew."),
            LocalText("请改用“修补”或新建草案。", "Repair it, or begin a new draft."),
            code="plan.state",
        )
    parameters = {"seconds": max(1, min(int(seconds), 3600))}
    job = start("year_plan", subject=plan.pk, owner=user, now=now, parameters=parameters)
    plan.job = job
    plan.save(update_fields=["job"])
    note("year_plan.solve", plan, user=user, now=now, data=parameters)
    return job


def run_solving(job: Job, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Solve; every better plan is stored at once, so that cancelling keeps the best one found."""
    plan = YearPlan.objects.select_related("facility").get(pk=job.subject)
    year = year_of(plan)
    _store_findings(plan, year, now=now)
    if not year.tables.alternatives.height:
        raise YuantouError(
            LocalText("没有可排的申请。", "There is nothing to schedule."),
            LocalText("请处理检查结果，或先完成审查。", "Settle the findings, or finish the reviews first."),
            code="plan.empty",
        )
    begun, rows = monotonic(), list(plan.bookings.select_related("request__proposal", "instrument"))
    warm = stored_plan(plan, rows) if rows and plan.prices else None
    best = warm
    try:
        for found in plans(year.tables, seed=plan.seed, rounds=ROUNDS, warm=warm, progress=progress):
            if best is None or _better(found, best):
                best = found
                _store(plan, year, found, now=now)
            if found.gap <= GAP or monotonic() - begun > job.parameters.get("seconds", SECONDS):
                break
    except CancelledError:
        if best is not None:
            _explain(plan, year, best, silent, now=now)
        raise
    assert best is not None
    _explain(plan, year, best, progress, now=now)
    return {"value": best.value, "bound": best.bound, "placed": best.bookings.height}


def _better(found: Plan, best: Plan) -> bool:
    return (found.value, -found.bound) > (best.value, -best.bound)


@transaction.atomic
def _store_findings(plan: YearPlan, year: Year, *, now: datetime) -> None:
    plan.record = {
        **plan.record,
        "findings": [finding_row(one) for one in year.findings],
        "tables": hash_of(year.tables),
    }
    plan.save(update_fields=["record"])
    data = {"tables": plan.record["tables"], "findings": content_hash(plan.record["findings"])}
    note("year_plan.check", plan, user=SYSTEM, now=now, data=data)


def finding_row(found: Problem) -> dict[str, Any]:
    """Return a finding as JSON: place, message and remedy in both languages."""
    return {
        "code": found.code,
        "place": str(found.place),
        "message": found.message.as_dict(),
        "remedy": found.remedy.as_dict(),
        "fatal": found.fatal,
    }


def hash_of(tables: FacilityYear) -> str:
    """Return a hash of the tables: a plan knows whether the register changed since it was solved."""
    parts = [tables.intervals, tables.alternatives, tables.setups, tables.resources, tables.shares]
    return content_hash([part.write_json() for part in parts])


@transaction.atomic
def _store(plan: YearPlan, year: Year, found: Plan, *, now: datetime) -> None:
    """Put the bookings of a draft in place of those it had."""
    Booking.objects.filter(plan=plan, state__means="planned").delete()
    Booking.objects.bulk_create(
        [
            Booking(
                plan=plan,
                request=year.requests[row["request"]],
                instrument=year.instruments[row["instrument"]],
                start=row["start"],
                stop=row["stop"],
                starts_at=plan.instant(row["start"]),
                ends_at=plan.instant(row["stop"]),
                configuration=row["configuration"] or "",
                value=row["value"],
            )
            for row in found.bookings.iter_rows(named=True)
        ]
    )
    plan.value, plan.bound = found.value, found.bound
    plan.prices = packed(found.prices, found.names, found.resources)
    plan.record = {**plan.record, "method": found.method, "missing": list(found.missing), "out": found.out_of_share}
    plan.save(update_fields=["value", "bound", "prices", "record"])
    data = {"value": round(found.value, 6), "bound": round(found.bound, 6), "tables": plan.record.get("tables", "")}
    note("year_plan.incumbent", plan, user=SYSTEM, now=now, data=data)


def _explain(plan: YearPlan, year: Year, found: Plan, progress: Progress, *, now: datetime) -> None:
    """Write down why each request is not in the plan, at what price it would be, and what one more would be worth."""
    progress("explaining", 0, 1)
    refusals = [
        {
            "request": absence.request,
            "instrument": absence.instrument,
            "start": absence.start,
            "worth": round(absence.worth, 4),
            "price": round(absence.price, 4),
            "short": round(absence.price - absence.worth, 4),
            "reason": absence.reason.as_dict(),
        }
        for absence in explain_absences(year.tables, found)[:EXPLAINED]
    ]
    greedy = max(greedy_plan(year.tables, order).value for order in ("merit", "value"))
    scarce = [row for row in resource_prices(found).iter_rows(named=True) if not row["resource"].startswith("@")]
    plan.record = {**plan.record, "refusals": refusals, "scarce": scarce, "greedy": greedy}
    with transaction.atomic():
        plan.save(update_fields=["record"])
        note("year_plan.explain", plan, user=SYSTEM, now=now, data={"refusals": content_hash(refusals)})


def register_changed(plan: YearPlan) -> bool:
    """Tell whether calendars or requests changed since a plan was solved (an outage during the run, say)."""
    return plan.record.get("tables", "") != hash_of(year_of(plan).tables)


# --- what if --------------------------------------------------------------------------------------------------------


def what_if(*, plan: YearPlan, extra: Extra, user: User) -> dict[str, Any]:
    """Return what one more day or one more piece would bring: value gained (proved at most), who would be placed."""
    only(user, plan, "manager")
    rows = list(plan.bookings.select_related("request__proposal", "instrument").exclude(state__means="cancelled"))
    before = stored_plan(plan, rows)
    tables = year_of(plan, extra=extra).tables
    best, bound = before, before.value
    for found in plans(tables, seed=plan.seed, rounds=1, warm=before):
        bound = found.bound
        best = max(best, found, key=lambda each: each.value)
    placed = set(best.bookings["request"]) - set(before.bookings["request"])
    lost = set(before.bookings["request"]) - set(best.bookings["request"])
    return {
        "gain": best.value - before.value,
        "at_most": max(0.0, bound - before.value),
        "placed": sorted(placed),
        "lost": sorted(lost),
    }


def discard_plan(*, plan: YearPlan, user: User, now: datetime) -> None:
    """Give up a draft."""
    step(plan, "discard", user=user, now=now)
