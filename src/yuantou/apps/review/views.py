"""The officer's pages: matching room, one proposal's reviewers, conflicts, progress, experts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yuantou.apps.accounts.models import Role, User
from yuantou.apps.calls.models import Call
from yuantou.apps.paging import page_of
from yuantou.apps.proposals.facade import own_keys, takes_part, visible_in_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Work
from yuantou.apps.review import domain, hand, reasons, runs
from yuantou.apps.review.desk import begun, officers_assignment, officers_call, officers_proposal, user_of
from yuantou.apps.review.facade import progress_of
from yuantou.apps.review.forms import MatchForm
from yuantou.apps.review.models import Assignment, Conflict, Coverage, Expert, MatchRun
from yuantou.apps.review.nominations import pots_of
from yuantou.apps.review.pictures import affinity_bars, load_bars, reviewer_bars
from yuantou.apps.review.results import latest_run
from yuantou.apps.workflow.facade import acts_of, counted, means, see

PAGE = 25
COUNTED = {
    "works": Count("person__authorships", distinct=True),
    "live": Count("assignments", filter=Q(assignments__state__means="live"), distinct=True),
}
ORDERS = {
    "weakest": ("weakest", "proposal_id"),
    "-weakest": ("-weakest", "-proposal_id"),
    "reviewers": ("reviewers", "proposal_id"),
    "-reviewers": ("-reviewers", "-proposal_id"),
    "number": ("proposal__number",),
    "-number": ("-proposal__number",),
}


@login_required
def room(request: HttpRequest, call_id: str) -> HttpResponse:
    """Run the matching, read it weakest first, release it."""
    call = officers_call(request, call_id)
    run = call.match_runs.select_related("job__owner__person").first()
    done = latest_run(call)
    page = _page(request, call)
    own = own_keys(user_of(request))
    counts = progress_of(call, without=own)
    context = {
        "call": call,
        "run": run,
        "done": done,
        "job": run.job if run else None,
        "message": run.job.message if run else "",
        "form": MatchForm.for_call(call),
        "wishes": MatchForm.wishes_of(done.parameters) if done else [],
        "page": page,
        "counts": counts,
        "proposed": counted(counts, "assignment", "planned"),
        "gaps": Coverage.objects.filter(call=call, reviewers__lt=call.reviews_wanted).exclude(proposal__in=own).count(),
        "invited": counted(counts, "assignment", "asked", "active"),
        "pictures": _pictures(call),
        "nominates": bool(pots_of(call)),
        "shortage": _of_proposals(done, own, "shortage"),
        "unmet": _of_proposals(done, own, "unmet"),
        "conflicts": done.summary.get("conflicts", 0) if done else 0,
        "comparable": call.match_runs.filter(pairs__isnull=False)[1:2].exists(),
    }
    if takes_part(user_of(request), call):  # sums over the whole call would tell of the own proposal by difference
        context |= {"done": None, "comparable": False, "pictures": [], "conflicts": None, "message": ""}
    return render(request, "review/room.html", context)


def _page(request: HttpRequest, call: Call) -> "Page[Any]":
    """Page over the summaries alone, then read the few proposals of the page."""
    user, text = user_of(request), request.GET.get("q", "").strip()
    rows = Coverage.objects.filter(call=call).exclude(proposal__in=own_keys(user))
    if text:
        title = Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(number__icontains=text)
        rows = rows.filter(proposal__in=visible_in_call(user, call).filter(title).order_by().values("pk"))
    if request.GET.get("show") == "short":
        rows = rows.filter(reviewers__lt=call.reviews_wanted)
    order = ORDERS.get(request.GET.get("sort", ""), ("weakest", "proposal_id"))
    rows, number = rows.order_by(*order), request.GET.get("page")
    return page_of(rows, number, size=PAGE, read=lambda keys: _covered(call, user, keys), searched=bool(text))


def _covered(call: Call, user: User, keys: list[str]) -> "QuerySet[Proposal]":
    seen = visible_in_call(user, call).filter(pk__in=keys)
    return seen.select_related("discipline", "organisation", "coverage").defer("answers")


def _pictures(call: Call) -> list[tuple[str, Any]]:
    return [
        (_("Proposals by their weakest affinity"), affinity_bars(call)),
        (_("Proposals by number of reviewers"), reviewer_bars(call)),
        (_("Experts by number of proposals"), load_bars(call)),
    ]


def _of_proposals(run: MatchRun | None, own: list[str], part: str) -> list[dict[str, Any]]:
    rows = [row for row in run.summary.get(part, []) if row["proposal_id"] not in own] if run else []
    known = {p.pk: p for p in Proposal.objects.filter(pk__in=[row["proposal_id"] for row in rows]).defer("answers")}
    return [{**row, "proposal": known.get(row["proposal_id"])} for row in rows]


@login_required
@require_POST
def start(request: HttpRequest, call_id: str) -> HttpResponse:
    """Start a matching run."""
    call = officers_call(request, call_id)
    form = MatchForm.for_call(call, request.POST)
    if form.is_valid():
        user, values = user_of(request), form.cleaned_data
        begun(request, lambda: runs.start_matching(call=call, user=user, now=timezone.now(), **values))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("review:room", call.pk)


@login_required
@require_POST
def release(request: HttpRequest, call_id: str) -> HttpResponse:
    """Invite all proposed reviewers."""
    call = officers_call(request, call_id)
    n = domain.release(call=call, user=user_of(request), now=timezone.now())
    messages.success(request, ngettext("%(n)d reviewer invited.", "%(n)d reviewers invited.", n) % {"n": n})
    return redirect("review:progress", call.pk)


@login_required
def proposal(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Who reviews a proposal and why, who else could, and which conflicts were ruled out."""
    record = officers_proposal(request, proposal_id)
    assignments = list(record.assignments.select_related("expert__person", "proposal__call__programme_type", "review"))
    run = latest_run(record.call)
    context = {
        "proposal": record,
        "call": record.call,
        "assignments": reasons.explained(assignments),
        "conflicts": record.conflicts.select_related("expert__person", "decided_by"),
        "candidates": reasons.others(record, run, assignments),
        "shortage": reasons.shortage_of(record, run),
        "run": run,
        "can_change": record.call.is_now.reviewing,
        "missing": max(0, record.call.reviews_wanted - sum(row.is_now.live for row in assignments)),
    }
    return render(request, "review/proposal.html", context)


@login_required
@require_POST
def assign(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Add a reviewer by hand."""
    record = officers_proposal(request, proposal_id)
    expert = get_object_or_404(Expert, pk=request.POST.get("expert"))
    reason = request.POST.get("reason", "")
    hand.assign_by_hand(proposal=record, expert=expert, reason=reason, user=user_of(request), now=timezone.now())
    messages.success(request, _("The reviewer is added; the reason is recorded."))
    return redirect("review:proposal", record.pk)


@login_required
@require_POST
def cancel(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Take a reviewer off."""
    row = officers_assignment(request, assignment_id)
    reason = request.POST.get("reason", "")
    hand.cancel_assignment(assignment=row, reason=reason, user=user_of(request), now=timezone.now())
    messages.success(request, _("The reviewer is taken off; the reason is recorded."))
    return redirect("review:proposal", row.proposal_id)


@login_required
@require_POST
def reopen(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Ask for a revision of a review."""
    row = officers_assignment(request, assignment_id)
    domain.reopen_review(
        assignment=row, reason=request.POST.get("reason", ""), user=user_of(request), now=timezone.now()
    )
    return redirect("review:proposal", row.proposal_id)


@login_required
@require_POST
def conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Confirm or dismiss a conflict."""
    row = get_object_or_404(Conflict.objects.select_related("proposal__call__programme_type", "expert"), pk=conflict_id)
    officers_proposal(request, row.proposal_id)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    hand.decide_conflict(conflict=row, status=status, reason=reason, user=user_of(request), now=timezone.now())
    return redirect("review:proposal", row.proposal_id)


@login_required
def progress(request: HttpRequest, call_id: str) -> HttpResponse:
    """Who was asked, who answered, what is late."""
    call = officers_call(request, call_id)
    rows = Assignment.objects.filter(call=call).exclude(proposal__in=own_keys(user_of(request)))
    state, now = request.GET.get("state", ""), timezone.now()
    if state == "late":
        rows = rows.filter(state__means=["asked", "working"], due_at__lt=now)
    else:
        rows = rows.filter(state=state) if state else rows.exclude(state__means=["cancelled", "planned"])
    page = page_of(rows.order_by("due_at", "pk"), request.GET.get("page"), size=PAGE, read=_asked)
    own = own_keys(user_of(request))
    counts = progress_of(call, without=own)
    context = {
        "call": call,
        "page": page,
        "figures": {name: counted(counts, "assignment", name) for name in ("asked", "working", "finished", "refused")},
        "asked": sum(n for state, n in counts.items() if not means("assignment", state, "planned", "cancelled")),
        "open": counted(counts, "assignment", "asked", "working"),
        "acts": {act.transition.id: act for act in acts_of(user_of(request), call, now=now)},
        "states": [s for s in call.programme.machine("assignment").states if not s.tags & {"cancelled", "planned"}],
        "now": now,
    }
    return render(request, "review/progress.html", context)


def _asked(keys: list[str]) -> "QuerySet[Assignment]":
    return Assignment.objects.filter(pk__in=keys).select_related("proposal__call__programme_type", "expert__person")


@login_required
@require_POST
def remind(request: HttpRequest, call_id: str) -> HttpResponse:
    """Remind those chosen, or everybody who has not finished."""
    call = officers_call(request, call_id)
    chosen = request.POST.getlist("assignment")
    rows = Assignment.objects.filter(call=call, state__means=["asked", "working"])
    rows = rows.exclude(proposal__in=own_keys(user_of(request)))
    rows = rows.filter(pk__in=chosen) if chosen else rows
    related = rows.select_related("proposal__call__programme_type", "expert__person")
    n = domain.remind(assignments=related, user=user_of(request), now=timezone.now())
    messages.success(request, ngettext("%(n)d reminder sent.", "%(n)d reminders sent.", n) % {"n": n})
    return redirect("review:progress", call.pk)


@login_required
@require_POST
def finish(request: HttpRequest, call_id: str) -> HttpResponse:
    """Close the review of a call."""
    call = officers_call(request, call_id)
    domain.finish_review(call=call, user=user_of(request), now=timezone.now())
    return redirect("decisions:room", call.pk)


@login_required
def read(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Read one submitted review."""
    row = officers_assignment(request, assignment_id)
    if not hasattr(row, "review"):
        raise Http404
    context = {"seen": see(request.user, row.review), "row": row, "proposal": row.proposal}
    return render(request, "review/read.html", context)


@login_required
def experts(request: HttpRequest) -> HttpResponse:
    """The pool of experts, for officers."""
    _any_officer(request)
    rows = Expert.objects.all()
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(
            Q(person__name_zh__icontains=text) | Q(person__name_en__icontains=text) | Q(topics__icontains=text)
        )
    order = request.GET.get("sort", "")
    if order.lstrip("-") in COUNTED:
        rows = rows.annotate(**{order.lstrip("-"): COUNTED[order.lstrip("-")]})
    else:
        order = "person__name_zh"
    page = page_of(rows.order_by(order, "pk"), request.GET.get("page"), size=PAGE, read=_counted)
    return render(request, "review/experts.html", {"page": page})


def _counted(keys: list[str]) -> "QuerySet[Expert]":
    return Expert.objects.filter(pk__in=keys).select_related("person").annotate(**COUNTED)


def _any_officer(request: HttpRequest) -> None:
    if not user_of(request).grants.filter(role=Role.OFFICER).exists():
        raise Http404


@login_required
def expert(request: HttpRequest, expert_id: str) -> HttpResponse:
    """One expert: topics, works, affiliations, load."""
    _any_officer(request)
    row = get_object_or_404(Expert.objects.select_related("person"), pk=expert_id)
    context = {
        "expert": row,
        "works": Work.objects.filter(authorships__person=row.person).distinct(),
        "affiliations": row.person.affiliations.select_related("organisation"),
        "load": row.assignments.filter(state__means="live").count(),
    }
    return render(request, "review/expert.html", context)
