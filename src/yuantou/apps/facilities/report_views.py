"""Reports of indicators: make one, read it, open a figure down to its events."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from yuantou.apps.facilities import reporting
from yuantou.apps.facilities.book import pack_of
from yuantou.apps.facilities.models import Facility, IndicatorReport
from yuantou.apps.http import account, record_or_404
from yuantou.apps.workflow.facade import roles_of

READERS = {"manager", "office"}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


@login_required
def reports(request: HttpRequest, facility_id: str) -> HttpResponse:
    """List the reports of a facility and make another."""
    found, seen = record_or_404(request.user, Facility.objects.all(), facility_id)
    if not seen.roles & READERS:
        raise Http404
    if request.method == "POST":
        made = reporting.make_report(
            facility=found,
            pack=request.POST.get("pack", ""),
            start=_day(request.POST.get("start", "")),
            end=_day(request.POST.get("end", "")),
            user=account(request),
            now=timezone.now(),
        )
        return redirect("facilities:report", made.pk)
    packs = [(name, reporting.pack_of_text(reporting.pack_source(name), name)) for name in reporting.PACKS]
    context = {
        "facility": found,
        "reports": [(row, dict(packs)[row.pack].name) for row in found.reports.all() if row.pack in dict(packs)],
        "packs": packs,
        "own": pack_of(found.kind),
    }
    return render(request, "facilities/reports.html", context)


def _report(request: HttpRequest, key: str) -> IndicatorReport:
    row = get_object_or_404(IndicatorReport.objects.select_related("facility"), pk=key)
    if not roles_of(request.user, row.facility) & READERS:
        raise Http404
    return row


@login_required
@require_safe
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    """Show a report, and whether it comes out the same from the events today."""
    row = _report(request, report_id)
    context = {
        "report": row,
        "facility": row.facility,
        "pack": reporting.pack_of_text(row.source, row.pack),
        "rows": row.figures["rows"],
        "same": reporting.reproduces(row),
    }
    return render(request, "facilities/report.html", context)


@login_required
@require_safe
def events(request: HttpRequest, report_id: str, indicator: str) -> HttpResponse:
    """Show the events behind a figure."""
    row = _report(request, report_id)
    figure = next((one for one in row.figures["rows"] if one["id"] == indicator), None)
    if figure is None:
        raise Http404
    context = {
        "report": row,
        "facility": row.facility,
        "figure": figure,
        "rows": reporting.behind(row, indicator)[:2000],
    }
    return render(request, "facilities/events.html", context)
