"""Dashboards, the registry of indicators, the checks of the policy text, and the reader of criteria."""

import json
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yuantou.apps.accounts.facade import Role, has_role, organisations_of
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.http import account, record_or_404
from yuantou.apps.outcomes.dossier import dossier_of
from yuantou.apps.outcomes.exports import KINDS, as_file
from yuantou.apps.outcomes.figures import Line, lines_of, national_lines, newest
from yuantou.apps.outcomes.forms import TextForm, WhatIfForm
from yuantou.apps.outcomes.observe import Subject
from yuantou.apps.outcomes.packs import house, platform
from yuantou.apps.outcomes.packs import national as national_pack
from yuantou.apps.projects.models import Project
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import flagged_in
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.indicators import Level, needed, run_checks

BASE_YEAR = 2024
"""The last year with a final total of R&D: what a what-if starts from."""

ADMITTED = {
    "spending": "投入结构有待优化",
    "original": "原创供给仍显不足",
    "platforms": "平台支撑仍有短板",
    "use": "成果转化链条仍不顺畅",
}
"""The weak points as the policy text words them; a test finds each in the source text."""


@require_safe
def national(request: HttpRequest) -> HttpResponse:
    """The nation: the four weak points that the text admits come first, then every figure with its parts."""
    lines = national_lines()
    form = WhatIfForm(request.GET if "share" in request.GET else None, initial={"share": 8, "year": 2030, "growth": 7})
    context = {
        "lines": lines,
        "share": next(line for line in lines if line.indicator.id == "basic_share"),
        "quoted": ADMITTED,
        "form": form,
        "what_if": _what_if(form),
        "agencies": _agencies(),
        "types": _types(),
    }
    return render(request, "outcomes/national.html", context)


def _what_if(form: WhatIfForm) -> dict[str, Any] | None:
    given = form.cleaned_data if form.is_bound and form.is_valid() else None
    if given is None:
        return None
    part, whole = newest("rd_basic", period=BASE_YEAR), newest("rd_total", period=BASE_YEAR)
    years = given["year"] - BASE_YEAR
    amount, growth = needed(part, whole, share=given["share"], years=years, growth=given["growth"])
    now = Decimal(100) * part / whole
    steady = part * (1 + given["growth"] / 100) ** years
    return {**given, "amount": amount, "yearly": growth, "now": now, "gap": amount - steady, "base": BASE_YEAR}


def _agencies() -> list[Organisation]:
    published = DecisionList.objects.filter(state__means="published").values("call__agency")
    return list(Organisation.objects.filter(pk__in=published))


def _types() -> list[ProgrammeTypeVersion]:
    published = DecisionList.objects.filter(state__means="published").values("call__programme_type")
    rows = ProgrammeTypeVersion.objects.filter(pk__in=published).order_by("type_id", "-version")
    return list({row.type_id: row for row in reversed(rows)}.values())


@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Choose a dashboard: agencies, kinds of call, and the institutions one works for."""
    context = {"agencies": _agencies(), "types": _types(), "institutions": _institutions(request)}
    return render(request, "outcomes/choose.html", context)


def _institutions(request: HttpRequest) -> list[Organisation]:
    if not request.user.is_authenticated:
        return []
    return list(Organisation.objects.filter(pk__in=organisations_of(account(request), Role.INSTITUTION)))


@require_safe
def agency(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """The dashboard of an agency: decided calls only, for everybody."""
    found = get_object_or_404(Organisation, pk=organisation_id)
    if not DecisionList.objects.filter(state__means="published", call__agency=found).exists():
        raise Http404
    return _dashboard(request, Subject(Level.AGENCY, found.pk), str(found))


@login_required
@require_safe
def institution(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """The dashboard of an institution, for its own research office."""
    found = get_object_or_404(Organisation, pk=organisation_id)
    if not has_role(account(request), Role.INSTITUTION, found.pk):
        raise Http404
    return _dashboard(request, Subject(Level.INSTITUTION, found.pk), str(found))


@require_safe
def programme(request: HttpRequest, type_id: str) -> HttpResponse:
    """The dashboard of a kind of call, over all its versions and agencies."""
    found = ProgrammeTypeVersion.objects.filter(type_id=type_id).order_by("-version").first()
    if (
        found is None
        or not DecisionList.objects.filter(state__means="published", call__programme_type__type_id=type_id).exists()
    ):
        raise Http404
    return _dashboard(request, Subject(Level.PROGRAMME, type_id), found.programme.name)


def _dashboard(request: HttpRequest, subject: Subject, name: Any) -> HttpResponse:
    lines = lines_of(subject)
    calls = Call.objects.filter(
        decision_lists__in=DecisionList.objects.filter(subject.of_calls, state__means="published")
    )
    context = {
        "lines": lines,
        "subject": subject,
        "name": name,
        "level": subject.level,
        "calls": calls.distinct()[:50],
        "empty": not any(line.figures for line in lines),
    }
    return render(request, "outcomes/dashboard.html", context)


def _asked(request: HttpRequest, level: str, key: str) -> list[Line]:
    """Return the lines of a level and subject, for whoever may see its dashboard."""
    if level == "nation":
        return national_lines()
    if level not in {Level.AGENCY, Level.INSTITUTION, Level.PROGRAMME}:
        raise Http404
    user = request.user
    if level == Level.INSTITUTION and not (user.is_authenticated and has_role(account(request), Role.INSTITUTION, key)):
        raise Http404
    return lines_of(Subject(Level(level), key))


@require_safe
def figure(request: HttpRequest, indicator_id: str) -> HttpResponse:
    """Open one figure: its definition, its parts, their source, the interval that rounding leaves."""
    level, key = request.GET.get("level", "nation"), request.GET.get("subject", "CN")
    found = next((line for line in _asked(request, level, key) if line.indicator.id == indicator_id), None)
    if found is None:
        raise Http404
    registry = national_pack().registry if level == "nation" else platform().registry
    context = {
        "line": found,
        "level": level,
        "subject": key,
        "names": {key: series.name for key, series in registry.series.items()},
    }
    return render(request, "outcomes/figure.html", context)


@require_safe
def export(request: HttpRequest, level: str, kind: str) -> HttpResponse:
    """Download the figures of a dashboard with their definitions."""
    if kind not in KINDS:
        raise Http404
    lines = _asked(request, level, request.GET.get("subject", "CN"))
    name = f"figures-{level}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_file(lines, kind), content_type=KINDS[kind], headers=headers)


@require_safe
def registry(request: HttpRequest) -> HttpResponse:
    """List every indicator with its definition and the units it is permitted for."""
    packs = [(_("National statistics"), national_pack()), (_("The record of this platform"), platform())]
    packs.append((_("What an institution reports of itself"), house()))
    groups = [(name, list(pack.registry.indicators.values())) for name, pack in packs]
    return render(request, "outcomes/registry.html", {"groups": groups, "levels": list(Level)})


@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """Try what the policy text says against the numbers it rests on."""
    outcomes = run_checks(national_pack())
    return render(
        request, "outcomes/checks.html", {"outcomes": outcomes, "agree": sum(outcome.agrees for outcome in outcomes)}
    )


def read(request: HttpRequest) -> HttpResponse:
    """Read a text for criteria that must not be; nothing of it is kept."""
    form = TextForm(request.POST or None)
    text = form.cleaned_data["text"] if form.is_bound and form.is_valid() else ""
    found = flagged_in(text) if text else ()
    context = {"form": form, "asked": bool(text), "parts": _marked(text, found), "found": found}
    return render(request, "outcomes/read.html", context)


def _marked(text: str, found: Any) -> list[tuple[str, Any]]:
    """Cut a text into pieces, each with the finding that marks it, if any."""
    parts, at = [], 0
    for finding in found:
        parts += [(text[at : finding.start], None), (text[finding.start : finding.end], finding)]
        at = finding.end
    return [*parts, (text[at:], None)]


@login_required
@require_safe
def dossier(request: HttpRequest, project_id: str) -> HttpResponse:
    """Download the dossier of a closed project; for whoever may read what was tried."""
    rows = Project.objects.select_related("call__programme_type", "proposal")
    project, seen = record_or_404(request.user, rows, project_id)
    if not seen.can.get("dossier") or project.closed_at is None:
        raise Http404
    body = json.dumps(dossier_of(project, now=timezone.now()), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="dossier-{project.pk}.json"'}
    return HttpResponse(body, content_type="application/json", headers=headers)
