"""The register: facilities by class and stage, one facility, one instrument, purchases and substitutes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role, organisations_of
from yuantou.apps.facilities import register, requests, substitution
from yuantou.apps.facilities.book import terms
from yuantou.apps.facilities.forms import (
    ClosureForm,
    FacilityForm,
    InstrumentForm,
    PurchaseForm,
    SubstituteForm,
    UseReportForm,
)
from yuantou.apps.facilities.models import Facility, Instrument, Staff, Substitute, UseReport
from yuantou.apps.facilities.roadmap import roadmap
from yuantou.apps.facilities.rules import own_requests, purchases_for
from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import acts_of
from yuantou.connectors.instruments import read_panet


def facilities() -> "QuerySet[Facility]":
    """Return facilities with what their pages print."""
    return Facility.objects.select_related("organisation", "discipline").prefetch_related("instruments")


@require_safe
def register_list(request: HttpRequest) -> HttpResponse:
    """Show what there is: by class, stage and field, with capacity against demand; open to everybody."""
    words, stage, kind = (request.GET.get(key, "").strip() for key in ("q", "stage", "kind"))
    rows = facilities()
    rows = rows.filter(Q(name_zh__icontains=words) | Q(name_en__icontains=words)) if words else rows
    rows = rows.filter(state=stage) if stage else rows
    rows = rows.filter(kind=kind) if kind else rows
    user = request.user
    offices = organisations_of(account(request), Role.INSTITUTION) if user.is_authenticated else []
    context = {
        "rows": list(rows[:500]),
        "roadmap": roadmap(),
        "kinds": terms("class").items(),
        "stages": Facility(kind="").programme.machine("facility").states,
        "offices": Organisation.objects.filter(pk__in=offices) if user.is_authenticated else [],
        "mine": own_requests(account(request)).exists() if user.is_authenticated else False,
        "origins": substitution.shares_of_origin(
            list(Instrument.objects.filter(state__means="working")), timezone.now()
        ),
    }
    return render(request, "facilities/register.html", context)


@require_safe
def facility(request: HttpRequest, facility_id: str) -> HttpResponse:
    """Show one facility: instruments, stages, posts, plans, and what waits for its people."""
    found, seen = record_or_404(request.user, facilities(), facility_id)
    managing = bool(seen.roles & {"manager", "office"})
    context = {
        "facility": found,
        "seen": seen,
        "steps": acts_of(request.user, found, now=timezone.now()),
        "managing": managing,
        "waiting": len(requests.awards_waiting(found)) if "manager" in seen.roles else 0,
        "open_requests": found.requests.filter(state__means=["technical_check", "safety_check", "ready"]).count()
        if managing
        else 0,
        "stages": [
            {**row, "day": row["at"][:10], "name": found.programme.machine("facility").state(row["stage"]).name}
            for row in found.stages
        ],
    }
    return render(request, "facilities/facility.html", context)


@require_safe
def instrument(request: HttpRequest, instrument_id: str) -> HttpResponse:
    """Show one instrument with its PIDINST record, techniques, calendar and substitutes."""
    rows = Instrument.objects.select_related("facility__organisation", "contact").prefetch_related(
        "techniques", "configurations", "closures", "substitutes__reports"
    )
    found, seen = record_or_404(request.user, rows, instrument_id)
    staff = bool(seen.roles & {"manager", "scientist"})
    user, now = request.user, timezone.now()
    hours = substitution.effective_hours([found.pk], now - timedelta(days=365), now) if staff else {}
    context = {
        "instrument": found,
        "facility": found.facility,
        "seen": seen,
        "staff": staff,
        "steps": acts_of(user, found, now=now),
        "hours": hours.get(found.pk, 0),
        "closure_form": ClosureForm() if staff else None,
        "substitute_form": SubstituteForm() if staff else None,
        "report_form": UseReportForm() if staff else None,
        "problems": register.calendar_problems(found) if staff else [],
        "substitutes": [
            {
                "row": row,
                "steps": acts_of(user, row, now=now),
                "reports": [
                    {"row": report, "steps": acts_of(user, report, now=now)}
                    for report in row.reports.all()
                    if staff or report.is_now.verified
                ],
            }
            for row in found.substitutes.all()
        ],
    }
    return render(request, "facilities/instrument.html", context)


@require_safe
def pidinst(request: HttpRequest, instrument_id: str) -> HttpResponse:
    """Answer the PIDINST record of an instrument as JSON."""
    found, seen = record_or_404(request.user, Instrument.objects.all(), instrument_id)
    if not seen.can.get("pidinst") or not found.pidinst:
        raise Http404
    return JsonResponse(seen.pidinst, json_dumps_params={"ensure_ascii": False, "indent": 1})


@login_required
def new_facility(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """Write down a facility of one's institution."""
    organisation = get_object_or_404(
        Organisation, pk=organisation_id, pk__in=organisations_of(account(request), Role.INSTITUTION)
    )
    form = FacilityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.cleaned_data}
        made = register.create_facility(
            organisation=organisation, values=values, user=account(request), now=timezone.now()
        )
        return redirect("facilities:facility", made.pk)
    return render(request, "facilities/form.html", {"form": form, "heading": _("New facility"), "back": "list"})


@login_required
def edit_instrument(request: HttpRequest, facility_id: str, instrument_id: str = "") -> HttpResponse:
    """Write down an instrument, or change its description."""
    found, seen = record_or_404(request.user, facilities(), facility_id)
    if not seen.roles & {"manager", "office"}:
        raise Http404
    row = get_object_or_404(found.instruments, pk=instrument_id) if instrument_id else None
    form = InstrumentForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        made = register.save_instrument(
            facility=found,
            values={name: form.cleaned_data[name] for name in form.cleaned_data},
            user=account(request),
            now=timezone.now(),
            instrument=Instrument.objects.get(pk=row.pk) if row else None,
            version=version_of(request),
        )
        return redirect("facilities:instrument", made.pk)
    context = {"form": form, "heading": _("Instrument"), "facility": found, "version": row.version if row else None}
    return render(request, "facilities/form.html", context)


@login_required
def purchases(request: HttpRequest) -> HttpResponse:
    """Show purchases with what the check found, and ask for another."""
    user = account(request)
    own = Facility.objects.filter(staff__user=user, staff__role="manager").first()
    office = Organisation.objects.filter(pk__in=organisations_of(user, Role.INSTITUTION)).first()
    home = office or (own.organisation if own else None)
    if home is None:
        raise Http404
    form = PurchaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        substitution.ask_purchase(
            organisation=home, facility=own, values=dict(form.cleaned_data), user=user, now=timezone.now()
        )
        messages.success(request, _("Checked against the register."))
        return redirect("facilities:purchases")
    rows = purchases_for(user).select_related("technique", "organisation", "facility")[:200]
    shown = [{"row": row, "steps": acts_of(user, row, now=timezone.now())} for row in rows]
    grounds = terms("ground")
    return render(request, "facilities/purchases.html", {"form": form, "rows": shown, "grounds": grounds})


# --- acts -----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def act_on_facility(request: HttpRequest, facility_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs on a facility."""
    found, _seen = record_or_404(request.user, facilities(), facility_id)
    if verb not in _FACILITY:
        raise Http404
    _FACILITY[verb](request, found, timezone.now())
    return redirect("facilities:facility", found.pk)


def _move_facility(request: HttpRequest, found: Facility, now: datetime) -> None:
    register.move_facility(
        facility=found, action=request.POST.get("step", ""), reason=request.POST.get("reason", ""),
        user=account(request), now=now,
    )  # fmt: skip


def _appoint(request: HttpRequest, found: Facility, now: datetime) -> None:
    register.appoint(
        facility=found, email=request.POST.get("email", ""), role=request.POST.get("role", ""),
        user=account(request), now=now,
    )  # fmt: skip


def _dismiss(request: HttpRequest, found: Facility, now: datetime) -> None:
    post = get_object_or_404(Staff, pk=request.POST.get("key", "0"), facility=found)
    register.dismiss(post=post, user=account(request), now=now)


def _equip(request: HttpRequest, found: Facility, now: datetime) -> None:
    register.add_equipment(
        facility=found, code=request.POST.get("code", "")[:40], name=request.POST.get("name", "")[:200],
        capacity=_whole(request, "capacity", 1), user=account(request), now=now,
    )  # fmt: skip


def _take_in(request: HttpRequest, found: Facility, now: datetime) -> None:
    made = requests.take_in(facility=found, user=account(request), now=now)
    messages.success(request, _("Requests taken in: %(n)s") % {"n": len(made)})


def _pidinst(request: HttpRequest, found: Facility, now: datetime) -> None:
    text = _upload(request)
    row = register.import_pidinst(
        facility=found,
        text=text,
        code=request.POST.get("code", "")[:40] or "instrument",
        user=account(request),
        now=now,
    )
    messages.success(request, _("Taken in: %(name)s") % {"name": row.name})


def _techniques(request: HttpRequest, found: Facility, now: datetime) -> None:
    rows, problems = read_panet(_upload(request))
    made = register.import_techniques(facility=found, rows=rows, user=account(request), now=now)
    messages.success(request, _("Techniques: %(n)s, new: %(new)s") % {"n": len(rows), "new": made})
    for problem in problems[:10]:
        messages.warning(request, problem.text(getattr(request, "LANGUAGE_CODE", "zh-hans")))


def _upload(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    return file.read(4_000_000).decode("utf-8-sig", "replace") if file else ""


def _whole(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise


_FACILITY: dict[str, Callable[[HttpRequest, Facility, datetime], None]] = {
    "move": _move_facility,
    "appoint": _appoint,
    "dismiss": _dismiss,
    "equip": _equip,
    "take_in": _take_in,
    "pidinst": _pidinst,
    "techniques": _techniques,
}


@login_required
@require_POST
def act_on_instrument(request: HttpRequest, instrument_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs on an instrument, its calendar or its substitutes."""
    found, _seen = record_or_404(request.user, Instrument.objects.select_related("facility"), instrument_id)
    if verb not in _INSTRUMENT:
        raise Http404
    _INSTRUMENT[verb](request, found, timezone.now())
    return redirect("facilities:instrument", found.pk)


def _move_instrument(request: HttpRequest, found: Instrument, now: datetime) -> None:
    register.move_instrument(
        instrument=found, action=request.POST.get("step", ""), reason=request.POST.get("reason", ""),
        user=account(request), now=now,
    )  # fmt: skip


def _close(request: HttpRequest, found: Instrument, now: datetime) -> None:
    form = ClosureForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give both times."))
        return
    register.close_time(instrument=found, user=account(request), now=now, **form.cleaned_data)


def _configure(request: HttpRequest, found: Instrument, now: datetime) -> None:
    pairs = [part.partition(":") for part in request.POST.get("setups", "").replace("，", ",").split(",")]
    setups = {code.strip(): int(slots) for code, _colon, slots in pairs if slots.strip().isdigit()}
    register.add_configuration(
        instrument=found, code=request.POST.get("code", "")[:40], name=request.POST.get("name", "")[:200],
        setups=setups, user=account(request), now=now,
    )  # fmt: skip


def _propose(request: HttpRequest, found: Instrument, now: datetime) -> None:
    form = SubstituteForm(request.POST)
    if form.is_valid():
        substitution.propose_substitute(
            instrument=found, values=dict(form.cleaned_data), user=account(request), now=now
        )


def _move_substitute(request: HttpRequest, found: Instrument, now: datetime) -> None:
    row = get_object_or_404(Substitute, pk=request.POST.get("key", ""), instrument=found)
    substitution.move_substitute(
        substitute=row, action=request.POST.get("step", ""), reason=request.POST.get("reason", ""),
        user=account(request), now=now,
    )  # fmt: skip


def _report_use(request: HttpRequest, found: Instrument, now: datetime) -> None:
    row = get_object_or_404(Substitute, pk=request.POST.get("key", ""), instrument=found)
    form = UseReportForm(request.POST)
    if form.is_valid():
        measured = substitution.read_measured(form.cleaned_data["measured"])
        substitution.report_use(
            substitute=row, hours=form.cleaned_data["hours"], task=form.cleaned_data["task"], measured=measured,
            user=account(request), now=now,
        )  # fmt: skip


def _judge(request: HttpRequest, found: Instrument, now: datetime) -> None:
    row = get_object_or_404(UseReport, pk=request.POST.get("key", ""), substitute__instrument=found)
    substitution.judge_report(
        report=row, action=request.POST.get("step", ""), reason=request.POST.get("reason", ""),
        user=account(request), now=now,
    )  # fmt: skip


_INSTRUMENT: dict[str, Callable[[HttpRequest, Instrument, datetime], None]] = {
    "move": _move_instrument,
    "close": _close,
    "configure": _configure,
    "propose": _propose,
    "substitute": _move_substitute,
    "report": _report_use,
    "judge": _judge,
}


@login_required
@require_POST
def decide_purchase(request: HttpRequest, purchase_id: str) -> HttpResponse:
    """Support or refuse a purchase."""
    row = get_object_or_404(purchases_for(account(request)), pk=purchase_id)
    substitution.decide_purchase(
        purchase=row, action=request.POST.get("step", ""), reason=request.POST.get("reason", ""),
        user=account(request), now=timezone.now(),
    )  # fmt: skip
    return redirect(reverse("facilities:purchases"))
