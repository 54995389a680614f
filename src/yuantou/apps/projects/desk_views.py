"""Desks of the officer and of the research office: lists, gates side by side, choosing experts."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from yuantou.apps.accounts.facade import Role
from yuantou.apps.calls.facade import call_for_officer, is_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.http import account
from yuantou.apps.projects.assess import conflicts_of
from yuantou.apps.projects.judges import named_for, roles_at
from yuantou.apps.projects.models import Gate, Project
from yuantou.apps.projects.tables import desk_table
from yuantou.apps.projects.views import seen_project
from yuantou.apps.review.models import Expert
from yuantou.apps.workflow.facade import see, visible_as
from yuantou.engines.workflow import State

SHOWN = 40
"""Experts looked at for one page."""


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The projects of my agency: what is due, late or at a gate."""
    return _desk(request, Role.OFFICER)


@login_required
@require_safe
def institution(request: HttpRequest) -> HttpResponse:
    """The projects of my institution: agreements to sign, what is late."""
    return _desk(request, Role.INSTITUTION)


def _desk(request: HttpRequest, role: Role) -> HttpResponse:
    user = account(request)
    if not user.grants.filter(role=role).exists():
        raise Http404
    rows = visible_as(Project, user, role)
    states: dict[str, State] = {}
    calls = list(Call.objects.filter(pk__in=rows.values("call")).select_related("programme_type"))
    for call in calls[:50]:
        states |= {state.id: state for state in call.programme.machine("project").states}
    context = {
        "page": desk_table(user, role, request.GET, timezone.now()),
        "calls": calls,
        "states": list(states.values()),
        "officer": role == Role.OFFICER,
    }
    return render(request, "projects/desk.html", context)


@login_required
@require_safe
def compare(request: HttpRequest, call_id: str, plan_id: str) -> HttpResponse:
    """The parallel awards of a call at one gate, side by side."""
    call = call_for_officer(request.user, call_id)
    if not is_officer(request.user, call):
        raise Http404
    gates = Gate.objects.filter(
        project__call=call, plan_id=plan_id, project__in=visible_as(Project, account(request), Role.OFFICER)
    )
    rows = gates.select_related("project__proposal__applicant", "project__holder", "project__organisation")
    rows = rows.select_related("project__call__programme_type").prefetch_related(
        "verdicts", "project__verdicts", "project__proposal__members"
    )
    lanes = [_lane(request, row) for row in rows.order_by("project__proposal__number")]
    plan = next((gate for gate in call.programme.project.gates if gate.id == plan_id), None)
    if plan is None:
        raise Http404
    context = {"call": call, "gate": plan, "lanes": lanes, "evaluation": call.programme.project.evaluation}
    return render(request, "projects/compare.html", context)


def _lane(request: HttpRequest, gate: Gate) -> dict[str, Any]:
    """One award at the gate, with how often each grade was given to each question."""
    template = gate.programme.project.evaluation
    seen = see(request.user, gate.project)
    given = [verdict for verdict in gate.verdicts.all() if verdict.is_now.given and "opinions" in seen.can]
    tally = [
        (q, [(g, sum(v.marks.get(q.id) == g.id for v in given)) for g in template.grades]) for q in template.questions
    ]
    return {"seen": seen, "gate": gate, "tally": tally, "given": len(given)}


@login_required
@require_safe
def experts(request: HttpRequest, project_id: str) -> HttpResponse:
    """Choose experts for a gate or for closure; whoever has a conflict stands apart with its kind."""
    project, seen = seen_project(request, project_id)
    if "officer" not in seen.roles or not (project.is_now.at_gate or project.is_now.closing):
        raise Http404
    now, words = timezone.now(), request.GET.get("q", "").strip()
    gate = next((g for g in project.gates.all() if g.is_now.answered), None)
    asked = [v.person_id for v in project.verdicts.all() if v.gate_id == (gate.pk if gate else None)]
    by_name = bool(roles_at(project, gate))
    pool = named_for(project, gate) if by_name else Expert.objects.filter(active=True)
    found = pool.exclude(person__in=asked).select_related("person")
    if words:
        found = found.filter(Q(person__name_zh__icontains=words) | Q(person__name_en__icontains=words))
    elif project.proposal.discipline_id and not by_name:
        near = found.filter(assignments__call=project.call_id).distinct()
        found = near if near.exists() else found
    rows = list(found.prefetch_related("person__affiliations__organisation").order_by("pk")[:SHOWN])
    kinds = conflicts_of(project, rows, now=now)
    table = [{"expert": row, "kinds": sorted(kinds.get(row.pk, set()) - {"unknown"})} for row in rows]
    context = {
        "seen": seen,
        "call": project.call,
        "gate": gate,
        "rows": sorted(table, key=lambda row: bool(row["kinds"])),
        "wanted": gate.plan.judges if gate else project.programme.project.evaluation.judges,
    }
    return render(request, "projects/experts.html", context)
