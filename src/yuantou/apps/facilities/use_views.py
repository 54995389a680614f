"""Requests, bookings, the phone page of the experimenter, the calendar feed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.facilities import feeds, requests, running
from yuantou.apps.facilities.facts import GRACE
from yuantou.apps.facilities.forms import HoursForm, RequestForm
from yuantou.apps.facilities.models import Booking, Feed, TimeRequest
from yuantou.apps.facilities.rules import own_bookings, own_requests
from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Seen, acts_of

REVIEWS = ("feasible", "unfeasible", "safe", "unsafe", "send_back", "withdraw")


def _request(request: HttpRequest, key: str) -> tuple[TimeRequest, Seen]:
    rows = TimeRequest.objects.select_related("proposal", "facility", "lead", "contact").prefetch_related("team")
    return record_or_404(request.user, rows, key)


def _booking(request: HttpRequest, key: str) -> tuple[Booking, Seen]:
    rows = Booking.objects.select_related(
        "plan", "request__proposal", "request__facility__organisation", "request__lead", "instrument__facility",
        "instrument__contact", "request__contact",
    )  # fmt: skip
    return record_or_404(request.user, rows.prefetch_related("request__team"), key)


@login_required
def time_request(request: HttpRequest, request_id: str) -> HttpResponse:
    """Show a request for time; while it is to be filled in, its form."""
    found, seen = _request(request, request_id)
    writable = bool(seen.roles & {"experimenter", "manager"}) and found.is_now.to_be_written
    form = RequestForm(request.POST or None, instance=found) if writable else None
    if request.method == "POST" and form is not None and form.is_valid():
        fresh = TimeRequest.objects.get(pk=found.pk)
        requests.save_request(
            request=fresh, values=form.values(), user=account(request), now=timezone.now(),
            version=version_of(request),
        )  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("facilities:request", found.pk)
    # Judged as it is saved: a form that was refused has left what was typed in ``found``.
    fresh = TimeRequest.objects.select_related("facility", "proposal").get(pk=found.pk)
    steps = acts_of(request.user, fresh, now=timezone.now())
    context = {
        "row": found,
        "seen": seen,
        "facility": found.facility,
        "form": form,
        "problems": [problem for act in steps for why in act.lacking for problem in why.problems],
        "steps": [act for act in steps if act.transition.id != "complete"],
        "instruments": requests.instruments_of(fresh),
        "contacts": Person.objects.filter(user__facility_posts__facility=found.facility).distinct()
        if "manager" in seen.roles
        else [],
    }
    return render(request, "facilities/request.html", context)


@login_required
@require_POST
def act_on_request(request: HttpRequest, request_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs on a request."""
    found, _seen = _request(request, request_id)
    user, now = account(request), timezone.now()
    if verb == "submit":
        requests.submit_request(request=found, user=user, now=now, version=version_of(request))
    elif verb in REVIEWS:
        reason = request.POST.get("reason", "")
        requests.review_request(request=found, action=verb, reason=reason, user=user, now=now)
    elif verb == "product":
        requests.add_product(
            request=found,
            kind="paper" if request.POST.get("kind") == "paper" else "dataset",
            identifier=request.POST.get("identifier", "")[:200],
            title=request.POST.get("title", "")[:400],
            user=user,
            now=now,
        )
    elif verb == "arrange":
        contact = request.POST.get("contact") or None
        values = {"contact": contact, "partner": request.POST.get("partner", "")[:60]}
        requests.save_request(request=found, values=values, user=user, now=now, version=version_of(request))
    else:
        raise Http404
    return redirect("facilities:request", found.pk)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show an experimenter what comes next, made for a phone: when, where, whom to ask, and one button."""
    user, now = account(request), timezone.now()
    rows = own_bookings(user, "live").filter(ends_at__gte=now - GRACE).select_related(
        "request__proposal", "instrument__facility", "request__contact", "instrument__contact", "request__facility"
    )  # fmt: skip
    found = list(rows.order_by("starts_at")[:50])
    over = own_bookings(user, "past").select_related("request__proposal", "instrument")
    feed = Feed.objects.filter(user=user).first()
    acts = acts_of(user, found[0], now=now) if found else ()
    context = {
        "next": found[0] if found else None,
        "rows": found[1:],
        "acts": {act.transition.id: act for act in acts},
        "requests": own_requests(user).select_related("proposal", "facility").exclude(state__means="withdrawn")[:50],
        "over": over.order_by("-starts_at")[:10],
        "feed": request.build_absolute_uri(reverse("facilities:feed", args=[feed.secret])) if feed else "",
        "now": now,
    }
    return render(request, "facilities/mine.html", context)


@login_required
@require_safe
def booking(request: HttpRequest, booking_id: str) -> HttpResponse:
    """Show one booking with what may be done now."""
    found, seen = _booking(request, booking_id)
    acts = {act.transition.id: act for act in acts_of(request.user, found, now=timezone.now())}
    managing = "manager" in seen.roles
    others = found.plan.bookings.filter(state__means="movable").exclude(pk=found.pk)
    context = {
        "row": found,
        "seen": seen,
        "facility": found.request.facility,
        "plan": found.plan,
        "steps": [act for verb, act in acts.items() if verb in _BOOKING and verb != "finish"],
        "managing": managing,
        "hours_form": HoursForm() if "finish" in acts else None,
        "others": others.select_related("request__proposal", "instrument")[:300] if managing else [],
        "instruments": requests.instruments_of(found.request) if managing else [],
        "local_start": f"{found.starts_at.astimezone(ZoneInfo(found.request.facility.time_zone)):%Y-%m-%dT%H:%M}",
        "movable": managing and found.is_now.movable,
    }
    return render(request, "facilities/booking.html", context)


@login_required
@require_POST
def act_on_booking(request: HttpRequest, booking_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs on a booking."""
    found, _seen = _booking(request, booking_id)
    if verb not in _BOOKING:
        raise Http404
    _BOOKING[verb](request, found, timezone.now())
    back = request.POST.get("next", "")
    return redirect("facilities:mine") if back == "mine" else redirect("facilities:booking", found.pk)


def _finish(request: HttpRequest, found: Booking, now: datetime) -> None:
    form = HoursForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give the hours."))
        return
    typed = form.cleaned_data
    running.finish(
        booking=found, hours={part: typed[part] for part in running.PARTS}, rate=typed["rate"], mode=typed["mode"],
        user=account(request), now=now,
    )  # fmt: skip


def _with_reason(run: Callable[..., Any]) -> Callable[[HttpRequest, Booking, datetime], None]:
    def do(request: HttpRequest, found: Booking, now: datetime) -> None:
        run(booking=found, reason=request.POST.get("reason", ""), user=account(request), now=now)

    return do


def _plainly(run: Callable[..., Any]) -> Callable[[HttpRequest, Booking, datetime], None]:
    def do(request: HttpRequest, found: Booking, now: datetime) -> None:
        run(booking=found, user=account(request), now=now)

    return do


_BOOKING: dict[str, Callable[[HttpRequest, Booking, datetime], None]] = {
    "confirm": _plainly(running.confirm),
    "check_in": _plainly(running.check_in),
    "miss": _plainly(running.miss),
    "cancel": _with_reason(running.cancel),
    "lose": _with_reason(running.lose),
    "finish": _finish,
}


@login_required
@require_POST
def new_feed(request: HttpRequest) -> HttpResponse:
    """Make a calendar address, or a new one in place of it."""
    feeds.renew_feed(user=account(request), now=timezone.now())
    return redirect("facilities:mine")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer somebody's bookings as iCalendar; the address itself is the key, as calendar programs know no other."""
    row = get_object_or_404(Feed.objects.select_related("user"), secret=secret, user__is_active=True)
    language = row.user.language or "zh-hans"
    link = request.build_absolute_uri(reverse("facilities:mine"))
    answer = HttpResponse(
        feeds.calendar_of(row.user, language=language, now=timezone.now(), link=link), content_type="text/calendar"
    )
    answer["Content-Disposition"] = 'inline; filename="yuantou.ics"'
    answer["Cache-Control"] = "private, no-store"
    return answer
