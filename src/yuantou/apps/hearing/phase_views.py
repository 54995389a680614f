"""The officer's page on the phases of review of a call: where it stands, what is open, on to the next."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role
from yuantou.apps.calls.facade import call_for_officer, is_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.http import account
from yuantou.apps.proposals.facade import refuse_own_call, visible_in_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review import domain as review
from yuantou.apps.review.facade import current_phase, mix_in_words
from yuantou.apps.workflow.facade import facts_of, roles_of, visible_as
from yuantou.kernel.errors import YuantouError

PAGE = 25


def _call(request: HttpRequest, call_id: str) -> Call:
    """Return a call to its officers who take no part in it."""
    call = call_for_officer(request.user, call_id)
    if not is_officer(request.user, call):
        raise Http404
    refuse_own_call(account(request), call)
    return call


@login_required
@require_safe
def phases(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show the phases of a call, how far the present one is, and every proposal in it."""
    call = _call(request, call_id)
    phase, facts = current_phase(call), facts_of(call, user=request.user, now=timezone.now())
    rows = visible_in_call(account(request), call).filter(state__means="judged")
    now = Q(assignments__phase=call.phase)
    rows = rows.annotate(
        asked=Count("assignments", filter=now & ~Q(assignments__state__means=["cancelled", "refused"])),
        finished=Count("assignments", filter=now & Q(assignments__state__means="finished")),
    )
    page = Paginator(rows.order_by("number").defer("answers"), PAGE).get_page(request.GET.get("page"))
    keys = [row.pk for row in page]
    responses = {row.proposal_id: row for row in Response.objects.filter(proposal__in=keys, phase=call.phase)}
    debates = {row.proposal_id: row for row in Debate.objects.filter(proposal__in=keys)}
    context = {
        "call": call,
        "phases": _steps(call),
        "phase": phase,
        "actors": [call.programme.roles[actor] for actor in phase.actors],
        "named": [row for row in call.appointments.select_related("person") if row.role in phase.actors],
        "next": call.programme.phase_after(call.phase),
        "facts": facts,
        "page": page,
        "rows": [{"row": row, "answer": responses.get(row.pk), "debate": debates.get(row.pk)} for row in page],
        "gaps": mix_in_words(call),
        "reviewing": call.is_now.reviewing,
    }
    return render(request, "hearing/phases.html", context)


def _steps(call: Call) -> list[dict[str, Any]]:
    """Return every phase of the type, a panel's among them, and which are over."""
    programme = call.programme
    shown = [phase for phase in programme.review.phases if phase.id] or list(programme.phases)
    reached = call.is_now.reviewing or call.is_now.deciding or call.is_now.decided
    before = programme.phases_until(call.phase)
    after = call.is_now.deciding or call.is_now.decided
    return [
        {
            "phase": phase,
            "now": reached and not after and phase == before[-1],
            "done": reached and ((after and phase in programme.phases) or phase in before[:-1]),
        }
        for phase in shown
    ]


@login_required
@require_POST
def act(request: HttpRequest, call_id: str, verb: str) -> HttpResponse:
    """Go on to the next phase, ask those named for this one, or invite whom they or the matching found."""
    call, user, now = _call(request, call_id), account(request), timezone.now()
    try:
        if verb == "next":
            phase = review.next_phase(call=call, user=user, now=now, reason=request.POST.get("reason", ""))
            text = phase.name.in_language(request.LANGUAGE_CODE)
            messages.success(request, _("The call is now in the phase “%(phase)s”.") % {"phase": text})
        elif verb == "ask":
            n = review.ask_appointed(call=call, user=user, now=now)
            invited = review.release(call=call, user=user, now=now)
            text = ngettext("%(n)d pair made, %(m)d invited.", "%(n)d pairs made, %(m)d invited.", n)
            messages.success(request, text % {"n": n, "m": invited})
        else:
            raise Http404
    except YuantouError as error:
        messages.error(request, error.text(request.LANGUAGE_CODE))
    return redirect("hearing:phases", call.pk)


@login_required
@require_POST
def leave_behind(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Let a proposal not go on, with a reason."""
    rows = visible_as(Proposal, account(request), Role.OFFICER).select_related("call__programme_type", "applicant")
    record = get_object_or_404(rows, pk=proposal_id)
    if "officer" not in roles_of(request.user, record):
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        review.leave_behind(proposal=record, reason=reason, user=account(request), now=timezone.now())
        messages.success(request, _("The proposal does not go on; the applicant gets the reason."))
    except YuantouError as error:
        messages.error(request, error.text(request.LANGUAGE_CODE))
    return redirect("hearing:phases", record.call_id)
