"""Pages of the research office and of the officer's formal check."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role, organisations_of
from yuantou.apps.calls.facade import call_for_officer, disciplines_of, is_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.http import account
from yuantou.apps.language import in_page_language
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.checks import CHECKS
from yuantou.apps.proposals.facade import counts_by_state, own_keys
from yuantou.apps.proposals.forms import ReasonForm
from yuantou.apps.proposals.tables import check_table, chosen, institution_table
from yuantou.apps.workflow.facade import counted, means
from yuantou.engines.workflow import State


@login_required
@require_safe
def institution(request: HttpRequest) -> HttpResponse:
    """List what the research office has to check, and what it passed on."""
    user = account(request)
    if not organisations_of(user, Role.INSTITUTION).exists():
        raise Http404
    page = institution_table(user, request.GET)
    context = {"page": page, "states": _states(), "form": ReasonForm()}
    return render(request, "proposals/institution.html", context)


def _states() -> list[State]:
    from yuantou.apps.workflow.models import ProgrammeTypeVersion

    version = ProgrammeTypeVersion.objects.filter(retired=False).first()
    machine = version.programme.machine("proposal") if version else None
    return [state for state in machine.states if not state.tags & {"draft", "withdrawn"}] if machine else []


@login_required
@require_POST
def endorse(request: HttpRequest) -> HttpResponse:
    """Endorse the chosen proposals and pass them on."""
    user = account(request)
    result = domain.endorse_proposals(
        proposals=chosen(user, Role.INSTITUTION, request.POST.getlist("proposal")), user=user, now=timezone.now()
    )
    _report(request, result, lambda n: ngettext("%(n)d proposal endorsed.", "%(n)d proposals endorsed.", n) % {"n": n})
    return redirect("proposals:institution")


@login_required
@require_POST
def return_(request: HttpRequest) -> HttpResponse:
    """Give the chosen proposals back to their applicants with a reason."""
    user = account(request)
    reason = request.POST.get("reason", "")
    result = domain.return_proposals(
        proposals=chosen(user, Role.INSTITUTION, request.POST.getlist("proposal")),
        reason=reason,
        user=user,
        now=timezone.now(),
    )
    _report(request, result, lambda n: ngettext("%(n)d proposal returned.", "%(n)d proposals returned.", n) % {"n": n})
    return redirect("proposals:institution")


def _report(request: HttpRequest, result: domain.Bulk, told: Any) -> None:
    if result.done:
        messages.success(request, told(len(result.done)))
    for message in dict.fromkeys(in_page_language(text) for text in result.refused.values()):
        count = sum(in_page_language(text) == message for text in result.refused.values())
        messages.error(request, _("Left as they were (%(n)d): %(why)s") % {"n": count, "why": message})
    if not result.done and not result.refused:
        messages.error(request, _("Please choose at least one proposal."))


def _officers_call(request: HttpRequest, call_id: str) -> Call:
    call = call_for_officer(request.user, call_id)
    if not is_officer(request.user, call):
        raise Http404
    return call


@login_required
@require_safe
def formal_check(request: HttpRequest, call_id: str) -> HttpResponse:
    """List the submitted proposals of a call with the automatic checks."""
    call = _officers_call(request, call_id)
    own = own_keys(account(request))
    counts = counts_by_state(call.pk, without=own)
    checked = sum(n for state, n in counts.items() if means("proposal", state, "checked"))
    context = {
        "call": call,
        "page": check_table(account(request), call, request.GET, own=own),
        "states": [
            s for s in call.programme.machine("proposal").states if s.tags & {"handed_in", "admitted", "not_admitted"}
        ],
        "disciplines": disciplines_of(call),
        "checks": CHECKS,
        "waiting": counted(counts, "proposal", "handed_in"),
        "checked": checked,
        "total": counted(counts, "proposal", "handed_in") + checked,
        "at_institutions": counted(counts, "proposal", "with_institution"),
    }
    return render(request, "proposals/formal_check.html", context)


@login_required
@require_POST
def accept(request: HttpRequest, call_id: str) -> HttpResponse:
    """Accept the chosen proposals for review."""
    call, user = _officers_call(request, call_id), account(request)
    rows = [p for p in chosen(user, Role.OFFICER, request.POST.getlist("proposal")) if p.call_id == call.pk]
    result = domain.accept_proposals(proposals=rows, user=user, now=timezone.now())
    _report(request, result, lambda n: ngettext("%(n)d proposal accepted.", "%(n)d proposals accepted.", n) % {"n": n})
    return redirect("proposals:formal_check", call.pk)


@login_required
@require_POST
def reject(request: HttpRequest, call_id: str) -> HttpResponse:
    """Do not accept the chosen proposals; each applicant gets the reason."""
    call, user = _officers_call(request, call_id), account(request)
    rows = [p for p in chosen(user, Role.OFFICER, request.POST.getlist("proposal")) if p.call_id == call.pk]
    reason = request.POST.get("reason", "")
    result = domain.reject_proposals(proposals=rows, reason=reason, user=user, now=timezone.now())
    _report(
        request,
        result,
        lambda n: ngettext("%(n)d proposal not accepted.", "%(n)d proposals not accepted.", n) % {"n": n},
    )
    return redirect("proposals:formal_check", call.pk)
