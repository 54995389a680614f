"""Pages of a project: parse, call, render."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.language import in_page_language
from yuantou.apps.projects import agreement, duties
from yuantou.apps.projects.changes import kinds_of
from yuantou.apps.projects.closure import ENDS
from yuantou.apps.projects.forms import agreement_of, typed
from yuantou.apps.projects.history import lines_of
from yuantou.apps.projects.models import Project, Report
from yuantou.apps.projects.posted import VERBS
from yuantou.apps.projects.tables import my_duties, my_table, public_table
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Seen, acts_of, means
from yuantou.engines.workflow import Act
from yuantou.kernel.errors import StaleError
from yuantou.kernel.instants import print_instant

form_page = require_http_methods(["GET", "HEAD", "POST"])


def records() -> Any:
    """Projects with all that their pages print."""
    rows = Project.objects.select_related(
        "proposal__applicant", "call__programme_type", "call__agency", "holder", "organisation", "merged_into__proposal"
    )
    return rows.prefetch_related(
        "reports", "gates", "instalments", "changes", "parts__member", "verdicts__person", "proposal__members__person"
    )


def seen_project(request: HttpRequest, project_id: str) -> tuple[Project, Seen]:
    """Return a project with what its reader may see; its rows know it, so that nothing is read twice."""
    project, seen = record_or_404(request.user, records(), project_id)
    for name in ("reports", "gates", "instalments", "changes", "verdicts"):
        for row in getattr(project, name).all():
            row.project = project
    return project, seen


def steps_of(project: Project, seen: Seen) -> set[str]:
    """Return the steps of a reader's roles in this state; the pages of each say what still stands against it."""
    steps = project.programme.machine("project").transitions
    return {step.id for step in steps if project.state in step.sources and seen.roles & set(step.actors)}


def _acts(request: HttpRequest, record: Any) -> dict[str, Act]:
    acts = acts_of(request.user, record, now=timezone.now())
    return {act.transition.id: act for act in acts}


@require_safe
def everybody(request: HttpRequest) -> HttpResponse:
    """What is being done with the money, and what came of it, for everybody to read."""
    return render(request, "projects/everybody.html", {"page": public_table(request.GET, timezone.now())})


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My projects, and first what is due now."""
    user, now = account(request), timezone.now()
    context = {"page": my_table(user, request.GET, now), "duties": my_duties(user, now), "now": now}
    return render(request, "projects/mine.html", context)


@require_safe
def detail(request: HttpRequest, project_id: str) -> HttpResponse:
    """Show a project as its reader may see it."""
    project, seen = seen_project(request, project_id)
    plan = project.programme.project
    context = {
        "seen": seen,
        "call": project.call,
        "programme": project.programme,
        "steps": steps_of(project, seen),
        "own_parts": _own_parts(request, project),
        "agencies": {agency.id: agency.name for agency in plan.agencies},
        "next_gate": next((gate for gate in project.gates.all() if not gate.is_now.judged), None),
        "merged_into": project.merged_into,
        "diligence": [item for item in plan.diligence if item.id in project.diligence],
        "closing_opinions": [o for o in seen.opinions if not o["gate"]] if seen.can.get("opinions") else [],
        "plan_hash": project.plan_hash if seen.can.get("agreement") else "",
        "timeline": lines_of(project) if seen.can.get("history") else [],
        "changeable": "holder" in seen.roles and project.is_now.running,
        "mine": next((v for v in project.verdicts.all() if _asked(request, v)), None),
        "now": timezone.now(),
        "parallel": "officer" in seen.roles and project.programme.decision.parallel > 1,
    }
    return render(request, "projects/detail.html", context)


def _asked(request: HttpRequest, verdict: Any) -> bool:
    person, seen_by = (getattr(request.user, name, None) for name in ("person_id", "seen_by"))
    return person is not None and not seen_by and verdict.person_id == person and verdict.is_now.asked


def _own_parts(request: HttpRequest, project: Project) -> list[Any]:
    person = getattr(request.user, "person_id", None)
    if person is None or not project.is_now.contracting:
        return []
    return [part for part in project.parts.all() if part.member and part.member.person_id == person]


def _lead(request: HttpRequest, project_id: str, meaning: str) -> tuple[Project, Seen]:
    """Return a project to its lead, in states where the page has a use; to others it does not exist."""
    project, seen = seen_project(request, project_id)
    if "holder" not in seen.roles or not means("project", project.state, meaning):
        raise Http404
    return project, seen


@login_required
@form_page
def agreement_page(request: HttpRequest, project_id: str) -> HttpResponse:
    """Write the agreement: what is to be reached, the pledge, and lines or parts where the type has them."""
    project, seen = _lead(request, project_id, "contracting")
    differs = False
    if request.method == "POST":
        values = agreement_of(request.POST)
        try:
            agreement.save_agreement(project=project, values=values, user=account(request), version=version_of(request))
        except StaleError:
            typed(project, values)
            differs = True
        else:
            if "hand" in request.POST and not agreement.missing_of(project):
                return act(request, project_id, "hand_agreement")
            messages.success(request, str(VERBS["dossier"][1]))
            return redirect("projects:agreement", project.pk)
    plan = project.programme.project
    context = {
        "seen": seen,
        "project": project,
        "call": project.call,
        "programme": project.programme,
        "lines": [(item, project.plan.get("lines", {}).get(item.id, "")) for item in plan.lines],
        "parts": seen.parts,
        "agencies": {agency.id: agency.name for agency in plan.agencies},
        "missing": [] if differs else agreement.missing_of(project),
        "act": _acts(request, project).get("hand_agreement"),
        "unasked": any(part.member_id and not part.agreed_at for part in seen.parts),
        "differs": differs,
    }
    return render(request, "projects/agreement.html", context, status=409 if differs else 200)


@login_required
@form_page
def report(request: HttpRequest, project_id: str, key: str) -> HttpResponse:
    """Write a report, or read it once it was submitted."""
    project, seen = seen_project(request, project_id)
    row = next((one for one in seen.reports if one.pk == key), None) if seen.can.get("reports") else None
    writing = row is not None and "holder" in seen.roles and row.is_now.writable
    if row is None or not (writing or row.submitted_at):
        raise Http404
    row.project, theirs = project, None
    if request.method == "POST":
        user, text = account(request), request.POST.get("text", "")
        try:
            row = duties.save_report(report=row, text=text, user=user, version=version_of(request))
        except StaleError:
            theirs, row.text = row.text, text
        else:
            if "submit" in request.POST:
                duties.submit_report(report=row, user=user, now=timezone.now())
                messages.success(request, _("The report is submitted."))
                return redirect("projects:detail", project.pk)
            messages.success(request, str(VERBS["dossier"][1]))
            return redirect("projects:report", project.pk, row.pk)
    context = {"seen": seen, "row": row, "call": project.call, "writing": writing}
    context |= {"room": duties.room_of(row), "theirs": theirs}
    return render(request, "projects/report.html", context, status=200 if theirs is None else 409)


@require_POST
def autosave(request: HttpRequest, project_id: str, key: str) -> HttpResponse:
    """Save a report while it is written. 401 keeps the text in the browser until the person has signed in again."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": _("You are signed out. Your text is kept in this browser.")}, status=401)
    project, seen = seen_project(request, project_id)
    row = get_object_or_404(project.reports, pk=key)
    if "holder" not in seen.roles:
        raise Http404
    row.project = project
    try:
        saved = duties.save_report(
            report=row, text=request.POST.get("text", ""), user=account(request), version=version_of(request)
        )
    except StaleError as error:
        answer = {"message": in_page_language(error.message), "version": row.version, "differs": [_differs(row)]}
        return JsonResponse(answer, status=409)
    at = print_instant(timezone.now(), project.call.time_zone)
    return JsonResponse({"version": saved.version, "saved_at": at, "message": _("Saved at %(time)s") % {"time": at}})


def _differs(row: Report) -> dict[str, str]:
    return {"key": "text", "label": in_page_language(row.plan.name), "theirs": row.text}


@login_required
@require_safe
def gate(request: HttpRequest, project_id: str, key: str) -> HttpResponse:
    """One gate: tests registered beforehand, results, opinions, and how it was judged."""
    project, seen = seen_project(request, project_id)
    row = next((one for one in seen.gates if one.pk == key), None) if seen.can.get("gates") else None
    if row is None:
        raise Http404
    opinions = [o for o in seen.opinions if o["gate"] and o["gate"].pk == key] if seen.can.get("opinions") else []
    asked = [v for v in seen.assessors if v.gate_id == key] if seen.can.get("assessors") else []
    rivals = Project.objects.filter(call=project.call_id, closed_at=None).exclude(pk=project.pk)
    context = {
        "seen": seen,
        "row": row,
        "acts": _acts(request, row),
        "call": project.call,
        "programme": project.programme,
        "opinions": opinions,
        "asked": asked,
        "frozen": duties.frozen_tests(row) if row.plan.frozen and not row.tests else "",
        "outcomes": [(name, duties.outcome_name(project.programme, name)) for name in row.plan.outcomes],
        "rivals": rivals.select_related("proposal") if "officer" in seen.roles else [],
        "standing": project.is_now.at_gate and not row.is_now.judged,
        "now": timezone.now(),
    }
    return render(request, "projects/gate.html", context)


@login_required
@require_safe
def verdict(request: HttpRequest, project_id: str, key: str) -> HttpResponse:
    """Give one's opinion on a gate or on the whole, after the template of the type."""
    project, seen = seen_project(request, project_id)
    row = get_object_or_404(project.verdicts, pk=key, person=account(request).person_id, state__means="asked")
    if "assessor" not in seen.roles:
        raise Http404
    row.project = project
    reports = [one for one in seen.reports if one.submitted_at] if seen.can.get("reports") else []
    context = {"seen": seen, "row": row, "call": project.call, "programme": project.programme, "reports": reports}
    context["act"] = _acts(request, row).get("give")
    return render(request, "projects/verdict.html", context)


@login_required
@require_safe
def change(request: HttpRequest, project_id: str) -> HttpResponse:
    """Ask for a change."""
    project, seen = _lead(request, project_id, "running")
    colleagues = Person.objects.filter(
        affiliations__organisation=project.organisation_id, affiliations__end=None
    ).exclude(pk=project.holder_id)
    context = {
        "seen": seen,
        "call": project.call,
        "kinds": kinds_of(project),
        "lines": [(i, project.plan.get("lines", {}).get(i.id, "")) for i in project.programme.project.lines],
        "colleagues": colleagues.distinct()[:200],
        "currency": project.programme.budget.currency,
    }
    return render(request, "projects/change.html", context)


def _may_end(project: Project, seen: Seen) -> bool:
    """The lead closes what runs; the officer may end a project at any time before."""
    return ("holder" in seen.roles and (project.is_now.running or project.is_now.closing)) or "terminate" in steps_of(
        project, seen
    )


@login_required
@require_safe
def closure_page(request: HttpRequest, project_id: str) -> HttpResponse:
    """What was tried and what came out; asking for closure; for the officer, opinions and how it ends."""
    project, seen = seen_project(request, project_id)
    if not _may_end(project, seen):
        raise Http404
    acts = _acts(request, project)
    context = {
        "seen": seen,
        "version": project.version,
        "call": project.call,
        "programme": project.programme,
        "acts": acts,
        "ends": [
            acts[end] for end in ENDS if end in acts and (end != "stop_with_honour" or not project.is_now.at_gate)
        ],
        "asked": [v for v in seen.assessors if v.gate_id is None] if seen.can.get("assessors") else [],
        "open_reports": [one for one in seen.reports if not one.is_now.accepted],
        "open_gates": [one for one in seen.gates if not one.is_now.judged],
    }
    return render(request, "projects/closure.html", context)


@login_required
@require_POST
def act(request: HttpRequest, project_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs, say so, and go back to where the button stood."""
    project, _seen = seen_project(request, project_id)
    if verb not in VERBS:
        raise Http404
    do, told = VERBS[verb]
    do(request, project, timezone.now())
    messages.success(request, str(told))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back) if safe else redirect("projects:detail", project.pk)
