"""Planning a meeting, the room itself, one item of it, the minutes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.decisions.models import Outcome, RankedProposal
from yuantou.apps.http import account
from yuantou.apps.meetings import domain, planning
from yuantou.apps.meetings.forms import PlanForm
from yuantou.apps.meetings.minutes_pdf import minutes_pdf
from yuantou.apps.meetings.models import AgendaItem, Meeting, Seat
from yuantou.apps.meetings.words import reasons_for_absence
from yuantou.apps.proposals.facade import read_form, refuse_own_call, visible_proposals
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.facade import comments_in_words
from yuantou.apps.workflow.facade import acts_of, roles_of, see
from yuantou.kernel.errors import NotAllowedError

SUGGESTED = 30
"""Proposals nearest to an even chance that a new agenda is offered."""


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show a member the meetings with a seat for them."""
    rows = Seat.objects.filter(user=account(request)).select_related("meeting__call__programme_type")
    return render(request, "meetings/mine.html", {"seats": rows.order_by("-meeting__starts_at")[:100]})


@login_required
def plan(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show the meetings of a call and plan another."""
    call, user = call_for_officer(request.user, call_id), account(request)
    refuse_own_call(user, call)
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = planning.plan_meeting(call=call, user=user, now=timezone.now(), **form.cleaned_data)
        return redirect("meetings:meeting", made.pk)
    context = {"call": call, "form": form, "meetings": call.meetings.all(), "draft": planning.drafts_of(call)}
    return render(request, "meetings/plan.html", context)


def _meeting(request: HttpRequest, meeting_id: str) -> tuple[Meeting, frozenset[str]]:
    """Return a meeting and one's roles in it; for others it does not exist."""
    rows = Meeting.objects.select_related("call__programme_type", "call__agency", "decision_list")
    found = get_object_or_404(rows, pk=meeting_id)
    roles = roles_of(request.user, found)
    if not roles - {"public"}:
        raise Http404
    return found, roles


@login_required
@require_safe
def meeting(request: HttpRequest, meeting_id: str) -> HttpResponse:
    """Show the room: who is there, the agenda, what comes next."""
    found, roles = _meeting(request, meeting_id)
    seats = list(found.seats.select_related("user__person"))
    context = {
        "meeting": found,
        "call": found.call,
        "roles": roles,
        "seats": seats,
        "here": sum(seat.present_at is not None for seat in seats),
        "mine": next((seat for seat in seats if seat.user_id == account(request).pk), None),
        "items": _rows(request, found),
        "acts": acts_of(request.user, found, now=timezone.now()),
        "suggested": _suggested(found) if "officer" in roles and found.is_now.planned else [],
    }
    return render(request, "meetings/meeting.html", context)


def _rows(request: HttpRequest, found: Meeting) -> list[dict[str, Any]]:
    """Return the agenda; of an item in conflict a member learns that it exists, and nothing else."""
    outcomes, user = dict(Outcome.choices), account(request)
    rows = list(found.items.prefetch_related("absences__seat"))
    visible = visible_proposals(user, "title").filter(pk__in=[row.proposal_id for row in rows]).in_bulk()
    shown = []
    for row in rows:
        row.meeting = found
        seen = visible.get(row.proposal_id)
        away = any(absence.seat.user_id == user.pk for absence in row.absences.all())
        done = {"before": outcomes.get(row.before, ""), "after": outcomes.get(row.outcome, "")}
        shown.append({"item": row, "seen": seen, "away": away, "outs": len(row.absences.all()), **done})
    return shown


def _see(request: HttpRequest, proposal: Proposal) -> Any:
    try:
        return see(request.user, proposal)
    except NotAllowedError:
        return None


def _suggested(found: Meeting) -> list[dict[str, Any]]:
    """Return the proposals nearest to an even chance, for officers; those on the agenda are ticked."""
    chosen = set(found.items.values_list("proposal_id", flat=True))
    rows = RankedProposal.objects.filter(ranking=found.decision_list.ranking_id).select_related("proposal")
    near = list(rows.filter(p_top__gt=0.02, p_top__lt=0.98)[: 10 * SUGGESTED])
    near = sorted(near, key=lambda row: abs(row.p_top - 0.5))[:SUGGESTED]
    extra = list(rows.filter(proposal__in=chosen - {row.proposal_id for row in near}))
    every = sorted([*near, *extra], key=lambda row: row.position)
    return [{"row": row, "chosen": row.proposal_id in chosen or not chosen} for row in every]


@login_required
@require_POST
def act(request: HttpRequest, meeting_id: str, verb: str) -> HttpResponse:
    """Do one of the verbs of a meeting."""
    found, _roles = _meeting(request, meeting_id)
    if verb not in _VERBS:
        raise Http404
    _VERBS[verb](request, found, timezone.now())
    return redirect("meetings:meeting", found.pk)


def _seat(request: HttpRequest, found: Meeting, now: datetime) -> None:
    for email in request.POST.get("emails", "").replace(",", " ").replace(";", " ").split():
        planning.seat_member(meeting=found, email=email, user=account(request), now=now)


def _agenda(request: HttpRequest, found: Meeting, now: datetime) -> None:
    chosen = request.POST.getlist("proposal")
    planning.set_agenda(meeting=found, proposals=chosen, user=account(request), now=now)


def _presence(request: HttpRequest, found: Meeting, now: datetime) -> None:
    known = set(found.seats.values_list("pk", flat=True))
    present = {int(key) for key in request.POST.getlist("seat") if key.isdigit()} & known
    domain.note_presence(meeting=found, present=present, user=account(request), now=now)


def _open(request: HttpRequest, found: Meeting, now: datetime) -> None:
    domain.open_meeting(meeting=found, user=account(request), now=now)


def _close(request: HttpRequest, found: Meeting, now: datetime) -> None:
    domain.close_meeting(meeting=found, user=account(request), now=now)


def _sign(request: HttpRequest, found: Meeting, now: datetime) -> None:
    domain.sign_minutes(meeting=found, seen_hash=request.POST.get("seen", ""), user=account(request), now=now)
    messages.success(request, _("Signed."))


_VERBS: dict[str, Callable[[HttpRequest, Meeting, datetime], None]] = {
    "seat": _seat,
    "agenda": _agenda,
    "presence": _presence,
    "open": _open,
    "close": _close,
    "sign": _sign,
}


def _item(request: HttpRequest, item_id: int) -> tuple[AgendaItem, frozenset[str]]:
    """Return an item and one's roles on it; for whoever must not be in the room it does not exist."""
    rows = AgendaItem.objects.select_related(
        "meeting__call__programme_type", "meeting__call__agency", "meeting__decision_list", "proposal"
    )
    found = get_object_or_404(rows, pk=item_id)
    roles = roles_of(request.user, found)
    if not roles - {"public"}:
        raise Http404
    found.proposal.call = found.meeting.call
    return found, roles


@login_required
@require_safe
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one item: the proposal as the panel may see it, its rank, what reviewers said, the vote."""
    found, roles = _item(request, item_id)
    seen = _see(request, found.proposal)
    if seen is None:
        raise Http404
    seat = found.meeting.seats.filter(user=account(request)).first()
    ranked = RankedProposal.objects.filter(ranking=found.meeting.decision_list.ranking_id, proposal=found.proposal)
    outcomes = dict(Outcome.choices)
    context = {
        "item": found,
        "meeting": found.meeting,
        "call": found.meeting.call,
        "roles": roles,
        "acts": {act.transition.id: act for act in acts_of(request.user, found, now=timezone.now())},
        "seen": seen,
        "ranked": ranked.first() if "ranking" in seen.can else None,
        "sections": read_form(found.proposal.programme, seen.answers) if "answers" in seen.can else [],
        "reviews": comments_in_words(found.proposal) if {"comments", "reviews"} & set(seen.can) else [],
        "absences": [
            (row.seat, reasons_for_absence()[row.kind]) for row in found.absences.select_related("seat__user__person")
        ],
        "may_vote": bool(seat and seat.present_at and "panel" in roles and found.is_now.under_discussion),
        "voted": bool(seat and found.marks.filter(seat=seat).exists()),
        "cast": found.marks.count(),
        "tally": domain.tally(found) if found.is_now.settled else None,
        "before": outcomes.get(found.before, ""),
        "after": outcomes.get(found.outcome, ""),
        "mine": seat,
    }
    return render(request, "meetings/item.html", context)


@login_required
@require_POST
def act_on_item(request: HttpRequest, item_id: int, verb: str) -> HttpResponse:
    """Do one of the verbs of an item."""
    found, _roles = _item(request, item_id)
    user, now, reason = account(request), timezone.now(), request.POST.get("reason", "")
    if verb == "take":
        domain.take_item(item=found, user=user, now=now)
    elif verb == "vote":
        code = domain.cast(item=found, choice=request.POST.get("choice", ""), user=user, now=now)
        # Shown in this answer and kept nowhere: neither a session nor an address may tie it to the voter.
        return render(request, "meetings/ballot.html", {"item": found, "call": found.meeting.call, "code": code})
    elif verb == "declare":
        planning.declare_absence(item=found, reason=reason, user=user, now=now)
        messages.success(request, _("Recorded. You see nothing more of this proposal."))
        return redirect("meetings:meeting", found.meeting_id)
    elif verb == "close":
        domain.close_item(item=found, reason=reason, user=user, now=now)
    else:
        raise Http404
    return redirect("meetings:item", found.pk)


@login_required
@require_safe
def minutes(request: HttpRequest, meeting_id: str) -> HttpResponse:
    """The minutes as PDF: for the officers, who read everything anyway, and for members without an absence."""
    found, roles = _meeting(request, meeting_id)
    away = found.items.filter(absences__seat__user=account(request)).exists()
    if not found.is_now.closed or (not roles & {"officer", "signatory"} and away):
        raise Http404
    items = found.items.values("proposal")
    titles = visible_proposals(account(request), "title").filter(pk__in=items).values_list("pk", flat=True)
    answer = HttpResponse(minutes_pdf(found, set(titles)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="minutes-{found.pk}.pdf"'
    return answer
