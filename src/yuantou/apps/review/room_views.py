"""The matching room: two runs side by side, pairs kept and barred."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuantou.apps.calls.models import Call
from yuantou.apps.language import page_language
from yuantou.apps.paging import page_of
from yuantou.apps.proposals.facade import own_keys, refuse_own_call, visible_in_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review import hand
from yuantou.apps.review.desk import begun, officers_assignment, officers_call, officers_proposal, user_of
from yuantou.apps.review.effects import effect_of
from yuantou.apps.review.models import Assignment, Expert, Load, MatchRun
from yuantou.apps.review.pool import by_discipline, decline_reasons, familiarity_table, health_of, records_of
from yuantou.apps.review.repairs import start_repair
from yuantou.apps.review.results import Comparison, compare
from yuantou.apps.workflow.facade import FEWEST

PAGE = 25


@login_required
def comparison(request: HttpRequest, call_id: str) -> HttpResponse:
    """Two runs side by side, and every proposal whose reviewers changed, greatest loss first."""
    call = officers_call(request, call_id)
    refuse_own_call(user_of(request), call)
    runs = list(call.match_runs.filter(pairs__isnull=False).select_related("job__owner")[:20])
    before = _chosen(runs, request.GET.get("before", ""), 1)
    after = _chosen(runs, request.GET.get("after", ""), 0)
    found = compare(before, after, without=own_keys(user_of(request))) if before and after else None
    context = {"call": call, "runs": runs, "before": before, "after": after, "found": found}
    if found:
        context["page"] = _changes(request, call, found)
    return render(request, "review/compare.html", context)


def _chosen(runs: list[MatchRun], key: str, place: int) -> MatchRun | None:
    if key:
        found = next((run for run in runs if run.pk == key), None)
        if found is None:
            raise Http404
        return found
    return runs[place] if len(runs) > place else None


def _changes(request: HttpRequest, call: Call, found: Comparison) -> "Page[Any]":
    rows = found.changes.reverse() if request.GET.get("sort") == "-gain" else found.changes
    page: Page[Any] = Paginator(range(rows.height), PAGE).get_page(request.GET.get("page"))
    shown = rows.slice(page.start_index() - 1, PAGE).to_dicts() if rows.height else []
    proposals = _proposals(request, call, [row["proposal_id"] for row in shown])
    names = {expert for row in shown for expert in (*row["gone"], *row["come"])}
    experts = Expert.objects.select_related("person").in_bulk(list(names))
    page.object_list = [
        {
            **row,
            "proposal": proposals[row["proposal_id"]],
            "gone": [experts[key] for key in row["gone"] if key in experts],
            "come": [experts[key] for key in row["come"] if key in experts],
        }
        for row in shown
        if row["proposal_id"] in proposals
    ]
    return page


def _proposals(request: HttpRequest, call: Call, keys: list[str]) -> dict[str, Proposal]:
    rows = visible_in_call(user_of(request), call, field="assignments").select_related("discipline")
    return {row.pk: row for row in rows.filter(pk__in=keys).defer("answers")}


@login_required
def change(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Show what putting an expert on a proposal would do; do it when a reason is given."""
    record = officers_proposal(request, proposal_id)
    asked = request.POST if request.method == "POST" else request.GET
    expert = get_object_or_404(Expert.objects.select_related("person"), pk=asked.get("expert", ""))
    instead = _instead(record, asked.get("instead", ""))
    if request.method == "POST":
        reason, user, now = asked.get("reason", ""), user_of(request), timezone.now()
        if instead:
            hand.exchange(assignment=instead, expert=expert, reason=reason, user=user, now=now)
        else:
            hand.assign_by_hand(proposal=record, expert=expert, reason=reason, user=user, now=now)
        messages.success(request, _("The change is made; the reason is recorded."))
        return redirect("review:proposal", record.pk)
    context = {"proposal": record, "call": record.call, "expert": expert, "instead": instead}
    return render(request, "review/change.html", context | {"effect": effect_of(record, expert, instead)})


def _instead(record: Proposal, key: str) -> Assignment | None:
    rows = record.assignments.filter(state__means="unfinished").select_related("expert__person", "proposal__call")
    return get_object_or_404(rows, pk=key) if key else None


@login_required
@require_POST
def repair(request: HttpRequest, call_id: str) -> HttpResponse:
    """Fill the empty slots, with everybody else kept or few moved."""
    call = officers_call(request, call_id)
    keep = request.POST.get("keep", "all")
    begun(request, lambda: start_repair(call=call, keep=keep, user=user_of(request), now=timezone.now()))
    return redirect("review:room", call.pk)


@login_required
@require_POST
def lock(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Keep a proposed pair in later runs, or leave it to the matching again."""
    row = officers_assignment(request, assignment_id)
    locked, reason = request.POST.get("locked") == "1", request.POST.get("reason", "")
    hand.lock_pair(assignment=row, locked=locked, reason=reason, user=user_of(request), now=timezone.now())
    messages.success(request, _("The pair stays in later runs.") if locked else _("Later runs may change the pair."))
    return redirect("review:proposal", row.proposal_id)


@login_required
@require_POST
def bar(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """State that an expert shall not review a proposal."""
    record = officers_proposal(request, proposal_id)
    expert = get_object_or_404(Expert, pk=request.POST.get("expert"))
    reason = request.POST.get("reason", "")
    hand.bar_pair(proposal=record, expert=expert, reason=reason, user=user_of(request), now=timezone.now())
    messages.success(request, _("The pair is barred, now and in later runs; the reason is recorded."))
    return redirect("review:proposal", record.pk)


@login_required
def pool(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show who was asked, who answered, who was late."""
    call = officers_call(request, call_id)
    refuse_own_call(user_of(request), call)
    now = timezone.now()
    language = "zh" if page_language().startswith("zh") else "en"
    loads = Load.objects.filter(call=call).order_by("-live", "pk")
    page = page_of(loads, request.GET.get("page"), size=PAGE, read=_loads)
    records = records_of((row.expert_id for row in page.object_list), now=now, call=call)
    for row in page.object_list:
        row.record = records.get(row.expert_id, {})
    context = {
        "call": call,
        "whole": health_of(call, now=now),
        "disciplines": by_discipline(call, now=now, language=language),
        "reasons": decline_reasons(call),
        "page": page,
        "fewest": FEWEST,
    }
    return render(request, "review/pool.html", context)


def _loads(keys: list[int]) -> "QuerySet[Load]":
    return Load.objects.filter(pk__in=keys).select_related("expert__person")


@login_required
def ratings(request: HttpRequest, call_id: str) -> HttpResponse:
    """Return what reviewers said of their familiarity, in the format of published ratings."""
    call = officers_call(request, call_id)
    refuse_own_call(user_of(request), call)
    answer = HttpResponse(familiarity_table(call, secret=settings.SECRET_KEY.encode()), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="ratings-{call.pk}.csv"'
    return answer
