"""Plans: a new one, the chart with its figures, the effect of a move, month calendar, wait list, repair."""

import calendar
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.facilities import editing, planning, repair, running
from yuantou.apps.facilities.chart import chart_of
from yuantou.apps.facilities.forms import OutageForm, PlanForm
from yuantou.apps.facilities.models import Booking, Facility, YearPlan
from yuantou.apps.facilities.rules import requests_for
from yuantou.apps.facilities.tables_of_year import Extra
from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.workflow.facade import Seen, acts_of


def _plan(request: HttpRequest, plan_id: str) -> tuple[YearPlan, Seen]:
    rows = YearPlan.objects.select_related("facility__organisation", "job", "based_on")
    return record_or_404(request.user, rows, plan_id)


@login_required
@require_safe
def requests_desk(request: HttpRequest, facility_id: str) -> HttpResponse:
    """List the requests for time at a facility for those who review or place them."""
    found = get_object_or_404(Facility, pk=facility_id)
    rows = requests_for(account(request), "manager", "scientist", "safety").filter(facility=found)
    if not rows.exists() and not found.staff.filter(user=account(request)).exists():
        raise Http404
    state = request.GET.get("state", "")
    rows = rows.filter(state=state) if state else rows
    context = {
        "facility": found,
        "rows": rows.select_related("proposal", "lead", "organisation")[:500],
        "states": found.programme.machine("time_request").states,
    }
    return render(request, "facilities/requests.html", context)


@login_required
def new_plan(request: HttpRequest, facility_id: str) -> HttpResponse:
    """Begin a plan."""
    found, seen = record_or_404(request.user, Facility.objects.all(), facility_id)
    if "manager" not in seen.roles:
        raise Http404
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        begins = datetime.combine(typed["first_day"], time(), ZoneInfo(found.time_zone))
        values = {
            "title": typed["title"],
            "starts_at": begins,
            "slot_hours": typed["slot_hours"],
            "slots": typed["days"] * 24 // typed["slot_hours"],
        }
        made = planning.create_plan(facility=found, values=values, user=account(request), now=timezone.now())
        return redirect("facilities:plan", made.pk)
    return render(request, "facilities/form.html", {"form": form, "heading": _("New plan"), "facility": found})


@login_required
@require_safe
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Show a plan as a chart, how good it is, what stands against it, whom a repair touches."""
    found, seen = _plan(request, plan_id)
    record, job = seen.record, found.job
    rows = list(
        found.bookings.exclude(state__means=["cancelled", "moved"]).select_related("request__proposal", "instrument")
    )
    greedy = record.get("greedy")
    acts = {act.transition.id: act for act in acts_of(request.user, found, now=timezone.now())}
    context = {
        "plan": found,
        "seen": seen,
        "facility": found.facility,
        "managing": "manager" in seen.roles,
        "publish": acts.get("publish"),
        "chart": chart_of(found, rows),
        "count": len(rows),
        "lead": (found.value / greedy - 1) * 100 if greedy and found.value else None,
        "gap": found.gap * 100 if found.gap is not None else None,
        "findings": record.get("findings", []),
        "refusals": running.wait_list(found)[:8],
        "refused": len(running.wait_list(found)),
        "scarce": [row for row in record.get("scarce", []) if row["price"] > 0],
        "equipment": list(found.facility.equipment.all()),
        "instruments": list(found.facility.instruments.filter(state__means="working")),
        "repair": record.get("repair"),
        "moved": [_moved(found, row) for row in record.get("repair", {}).get("moved", [])],
        "job": job if job and job.owner_id == account(request).pk else None,
        "busy": bool(job and not job.is_over),
        "outdated": found.is_now.draft and bool(rows) and running.is_outdated(found),
        "outage_form": OutageForm(found.facility) if found.is_now.published else None,
        "tried": request.session.pop(f"what-if-{found.pk}", None),
    }
    return render(request, "facilities/plan.html", context)


def _moved(plan: YearPlan, row: dict[str, Any]) -> dict[str, Any]:
    now = row["start_now"]
    return {**row, "was": plan.instant(row["start"]), "now": None if now is None else plan.instant(now)}


@login_required
@require_safe
def effect(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Show what moving a booking would do, before it is done; the chart and the booking's page lead here."""
    found, seen = _plan(request, plan_id)
    if "manager" not in seen.roles:
        raise Http404
    rows = found.bookings.select_related("request__proposal", "request__facility", "instrument")
    row = get_object_or_404(rows, pk=request.GET.get("booking", ""))
    editing.refuse_started(row)
    instrument = get_object_or_404(found.facility.instruments, pk=request.GET.get("instrument", ""))
    start = _slot(found, request)
    answer = editing.effect_of(plan=found, booking=row, instrument=instrument, start=start, user=account(request))
    context = {
        "plan": found,
        "facility": found.facility,
        "effect": answer,
        "zone": found.facility.time_zone,
        "begins": found.instant(answer.start),
        "ends": found.instant(answer.stop),
    }
    return render(request, "facilities/effect.html", context)


def _slot(plan: YearPlan, request: HttpRequest) -> int:
    text, moment = request.GET.get("start", ""), request.GET.get("at", "")
    if moment:
        try:
            local = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(plan.facility.time_zone))
        except ValueError as error:
            raise Http404 from error
        return round(plan.slot_of(local))
    if not text.lstrip("-").isdigit():
        raise Http404
    return int(text)


@login_required
@require_safe
def month(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Show a month of a plan as a calendar, one cell for each day."""
    found, seen = _plan(request, plan_id)
    zone = ZoneInfo(found.facility.time_zone)
    first = _month(request.GET.get("m", ""), found.starts_at.astimezone(zone).date())
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    begin = datetime.combine(weeks[0][0], time(), zone)
    end = datetime.combine(weeks[-1][-1] + timedelta(days=1), time(), zone)
    rows = found.bookings.filter(starts_at__lt=end, ends_at__gt=begin).exclude(state__means=["cancelled", "moved"])
    by_day: dict[date, list[Booking]] = defaultdict(list)
    for row in rows.select_related("request__proposal", "instrument").order_by("instrument__code", "starts_at"):
        day, last = row.starts_at.astimezone(zone).date(), (row.ends_at - timedelta(seconds=1)).astimezone(zone).date()
        while day <= last:
            by_day[day].append(row)
            day += timedelta(days=1)
    context = {
        "plan": found,
        "facility": found.facility,
        "seen": seen,
        "first": first,
        "before": (first - timedelta(days=1)).strftime("%Y-%m"),
        "after": (first + timedelta(days=32)).strftime("%Y-%m"),
        "weeks": [[{"day": day, "inside": day.month == first.month, "rows": by_day[day]} for day in w] for w in weeks],
        "today": timezone.now().astimezone(zone).date(),
    }
    return render(request, "facilities/month.html", context)


def _month(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return otherwise.replace(day=1)


@login_required
@require_safe
def waiting(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Show everybody without a place: why, at what price, how far away."""
    found, seen = _plan(request, plan_id)
    context = {
        "plan": found,
        "facility": found.facility,
        "managing": "manager" in seen.roles,
        "rows": [{**row, "begins": found.instant(row["start"])} for row in running.wait_list(found)],
    }
    return render(request, "facilities/waiting.html", context)


@login_required
@require_POST
def act(request: HttpRequest, plan_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs on a plan."""
    found, _seen = _plan(request, plan_id)
    if verb not in _VERBS:
        raise Http404
    made = _VERBS[verb](request, found, timezone.now())
    return redirect("facilities:plan", made.pk if made is not None else found.pk)


def _solve(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    text = request.POST.get("seconds", "")
    seconds = int(text) if text.isascii() and text.isdigit() else planning.SECONDS
    planning.start_solving(plan=found, user=account(request), now=now, seconds=seconds)


def _publish(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    version = version_of(request)
    running.publish_plan(
        plan=found, version=found.version if version is None else version, user=account(request), now=now
    )
    messages.success(request, _("Published: every lead got a letter."))


def _move(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    booking = get_object_or_404(
        found.bookings.select_related("request__facility", "request__proposal", "instrument"),
        pk=request.POST.get("booking", ""),
    )
    instrument = get_object_or_404(found.facility.instruments, pk=request.POST.get("instrument", ""))
    editing.refuse_started(booking)
    editing.move_booking(
        plan=found,
        booking=booking,
        instrument=instrument,
        start=int(request.POST.get("start", "0")),
        version=version_of(request) or 0,
        reason=request.POST.get("reason", ""),
        user=account(request),
        now=now,
    )
    messages.success(request, _("Moved."))


def _swap(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    rows = found.bookings.select_related("plan", "request__facility", "request__proposal", "instrument")
    first = get_object_or_404(rows, pk=request.POST.get("booking", ""))
    second = get_object_or_404(rows, pk=request.POST.get("with", ""))
    editing.swap_bookings(
        first=first, second=second, version=version_of(request) or 0, reason=request.POST.get("reason", ""),
        user=account(request), now=now,
    )  # fmt: skip
    messages.success(request, _("Swapped."))


def _place(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    repair.earliest_place(
        plan=found, request=request.POST.get("request", ""), version=version_of(request) or 0,
        user=account(request), now=now,
    )  # fmt: skip
    messages.success(request, _("Placed."))


def _outage(request: HttpRequest, found: YearPlan, now: datetime) -> YearPlan | None:
    form = OutageForm(found.facility, request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give instrument, both times and the reason."))
        return None
    return repair.report_outage(plan=found, user=account(request), now=now, **form.cleaned_data)


def _repair(request: HttpRequest, found: YearPlan, now: datetime) -> YearPlan:
    return repair.draft_repair(plan=found, reason=request.POST.get("reason", ""), user=account(request), now=now)


def _try(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    chosen = request.POST.get("extra", "")
    kind, _colon, name = chosen.partition(":")
    extra = Extra(more=name) if kind == "more" else Extra(opened=(name, *_closed_day(found, name)))
    answer = planning.what_if(plan=found, extra=extra, user=account(request))
    request.session[f"what-if-{found.pk}"] = {**answer, "name": name, "kind": kind}


def _closed_day(plan: YearPlan, code: str) -> tuple[int, int]:
    """Return the first day of closure of an instrument: the day that one more day of operation would open."""
    instrument = plan.facility.instruments.get(code=code)
    per_day = 24 // plan.slot_hours
    for row in instrument.closures.filter(ends_at__gt=plan.starts_at, starts_at__lt=plan.ends_at):
        start = max(0, int(plan.slot_of(row.starts_at)))
        return start, min(plan.slots, start + per_day)
    return 0, 0


def _discard(request: HttpRequest, found: YearPlan, now: datetime) -> None:
    planning.discard_plan(plan=found, user=account(request), now=now)


_VERBS: dict[str, Callable[[HttpRequest, YearPlan, datetime], Any]] = {
    "solve": _solve,
    "publish": _publish,
    "move": _move,
    "swap": _swap,
    "place": _place,
    "outage": _outage,
    "repair": _repair,
    "try": _try,
    "discard": _discard,
}
