"""Pages across all stages: the start page and the officer's room of a call."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from yuantou.apps.audit.facade import history, tree_head
from yuantou.apps.calls.facade import call_for_officer, is_officer
from yuantou.apps.calls.forms import label_of
from yuantou.apps.calls.models import Call
from yuantou.apps.http import account
from yuantou.apps.language import page_language
from yuantou.apps.proposals.facade import counts_by_state, own_keys
from yuantou.apps.workflow.facade import acts_of, counted
from yuantou.engines.workflow import StateKind
from yuantou.web.needs import needs_of, needs_of_call


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show visitors what this is and what is open; show people what needs them now."""
    now = timezone.now()
    context: dict[str, Any] = {
        "open_calls": Call.objects.open_at(now).select_related("agency", "programme_type").order_by("closes_at")[:6]
    }
    if request.user.is_authenticated:
        return render(request, "home_dashboard.html", {**context, "needs": needs_of(request.user, now)})
    size, root = tree_head()
    return render(request, "home.html", {**context, "tree_size": size, "tree_root": root})


@login_required
@require_safe
def call_room(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show an officer where a call stands, what needs doing now, and the rooms of each stage."""
    call = call_for_officer(request.user, call_id)
    now, counts = timezone.now(), counts_by_state(call.pk, without=own_keys(account(request)))
    stages = [state for state in call.programme.machine("call").states if state.kind is not StateKind.ALARM]
    acts = {act.transition.id: act for act in acts_of(request.user, call, now=now)}
    context = {
        "call": call,
        "officer": is_officer(request.user, call),
        "stages": stages,
        "reached": stages.index(call.now_in) if call.now_in in stages else -1,
        "figures": figures(counts),
        "acts": acts,
        "missing": [
            (label_of(problem.place.column), problem.message)
            for why in (acts["publish"].lacking if "publish" in acts else ())
            for problem in why.problems
        ],
        "needs": needs_of_call(call, counts, now),
        "notices": call.notices.all(),
        "events": _events(call),
    }
    return render(request, "call_room.html", context)


def figures(counts: dict[str, int]) -> dict[str, int]:
    """Sum the states of proposals into what an officer asks for."""
    return {
        "drafts": counted(counts, "proposal", "editable"),
        "at_institutions": counted(counts, "proposal", "with_institution"),
        "submitted": counted(counts, "proposal", "handed_in"),
        "accepted": counted(counts, "proposal", "judged"),
        "not_accepted": counted(counts, "proposal", "not_admitted"),
        "decided": counted(counts, "proposal", "awarded", "declined"),
    }


def _events(call: Call) -> list[dict[str, Any]]:
    language = page_language()
    names = {f"call.{t.id}": t.name.in_language(language) for t in call.programme.machine("call").transitions}
    return [{"event": event, "name": names.get(event.act, "")} for event in reversed(history("call", call.pk))]
