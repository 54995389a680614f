"""The applicant's response, and the room of a debate."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuantou.apps.hearing import domain
from yuantou.apps.hearing.facts import LONGEST_RESPONSE
from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.hearing.rules import seat_of
from yuantou.apps.http import account
from yuantou.apps.proposals.facade import read_form
from yuantou.apps.review.facade import comments_in_words
from yuantou.apps.workflow.facade import acts_of, facts_of, roles_of, see
from yuantou.engines.workflow import Act
from yuantou.kernel.errors import NotAllowedError, StaleError

RELATED = ("proposal__call__programme_type", "proposal__applicant")


def _see(request: HttpRequest, record: Any) -> Any:
    try:
        return see(request.user, record)
    except NotAllowedError as error:
        raise Http404 from error


def _acts(request: HttpRequest, record: Response | Debate) -> dict[str, Act]:
    return {act.transition.id: act for act in acts_of(request.user, record, now=timezone.now())}


def _own(request: HttpRequest, response_id: str) -> Response:
    """Return a response to its applicant; for everybody else it does not exist."""
    row = get_object_or_404(Response.objects.select_related(*RELATED), pk=response_id)
    if "applicant" not in roles_of(request.user, row):
        raise Http404
    return row


@login_required
def response(request: HttpRequest, response_id: str) -> HttpResponse:
    """What reviewers wrote, and the applicant's answer: saved while it is typed, given once."""
    row, status = _own(request, response_id), 200
    if request.method == "POST":
        row, answer = _written(request, row)
        if answer:
            return answer
        status = 422
    seen = _see(request, row.proposal)
    context = {
        "row": row,
        "seen": seen,
        "call": row.proposal.call,
        "acts": _acts(request, row),
        "reviews": comments_in_words(row.proposal, before=row.phase, named=True) if seen.can.get("comments") else [],
        "longest": LONGEST_RESPONSE,
        "lacking": status == 422,
    }
    return render(request, "hearing/response.html", context, status=status)


def _written(request: HttpRequest, row: Response) -> tuple[Response, HttpResponse | None]:
    """Save, give or waive; nothing is answered where the page has to say what is lacking."""
    user, now, verb = account(request), timezone.now(), request.POST.get("action")
    if verb == "waive":
        domain.waive_response(response=row, user=user, now=now)
        messages.success(request, _("You have waived the response; the review goes on without one."))
        return row, redirect("hearing:response", row.pk)
    row = _save(request, row)
    if verb == "save":
        messages.success(request, _("Saved."))
        return row, redirect("hearing:response", row.pk)
    if not facts_of(row, user=user, now=now)["response_written"]:
        return row, None
    domain.give_response(response=row, user=user, now=now)
    messages.success(request, _("Your response is given and sealed. Those who judge next will read it."))
    return row, redirect("hearing:response", row.pk)


def _save(request: HttpRequest, row: Response) -> Response:
    version = request.POST.get("version", "")
    return domain.save_response(
        response=row,
        text=request.POST.get("text", ""),
        user=account(request),
        now=timezone.now(),
        version=int(version) if version.isdigit() else -1,
    )


@require_POST
def autosave(request: HttpRequest, response_id: str) -> HttpResponse:
    """Save what is typed; 401 when signed out, so that the browser keeps the text, 409 when stale."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": _("You are signed out. Your text is kept in this browser.")}, status=401)
    try:
        saved = _save(request, _own(request, response_id))
    except StaleError as error:
        return JsonResponse({"message": str(error)}, status=409)
    at = date_format(timezone.localtime(saved.saved_at or timezone.now()), "H:i:s")
    return JsonResponse({"version": saved.version, "message": _("Saved at %(time)s") % {"time": at}})


# --- debates ----------------------------------------------------------------------------------------------------------


def _debate(request: HttpRequest, debate_id: str) -> tuple[Debate, Any]:
    """Return a debate to who debates in it and to whom its type lets hear it, with the proposal as they see it."""
    row = get_object_or_404(Debate.objects.select_related(*RELATED), pk=debate_id)
    seen = _see(request, row.proposal)
    if not seen.can.get("debate") and seat_of(account(request), row) is None:
        raise Http404
    return row, seen


@login_required
def debate(request: HttpRequest, debate_id: str) -> HttpResponse:
    """The record of a debate, and a place to speak for those with a seat."""
    row, seen = _debate(request, debate_id)
    seat = seat_of(account(request), row)
    if request.method == "POST":
        text, reply = request.POST.get("text", ""), request.POST.get("reply", "")
        number = int(reply) if reply.isdigit() else None
        domain.speak(debate=row, text=text, user=account(request), now=timezone.now(), replies_to=number)
        messages.success(request, _("Your statement is in the record."))
        return redirect("hearing:debate", row.pk)
    context = {
        "row": row,
        "seen": seen,
        "call": row.proposal.call,
        "sides": _sides(row),
        "statements": _statements(row),
        "seat": seat,
        "officer": "officer" in roles_of(request.user, row),
        "act": _acts(request, row).get("close"),
        "sections": read_form(row.programme, seen.answers) if seen.can.get("answers") else [],
        "longest": domain.LONGEST_STATEMENT,
    }
    return render(request, "hearing/debate.html", context)


def _sides(row: Debate) -> list[dict[str, Any]]:
    """Name the two sides; the first argues for."""
    spoken = list(row.statements.values_list("role", flat=True))
    return [{"id": role, "name": row.programme.roles[role], "n": spoken.count(role)} for role in row.stage.actors]


def _statements(row: Debate) -> list[dict[str, Any]]:
    """Return the statements in order; speakers have a number on their side, and a name where the phase is open."""
    numbers: dict[str, dict[str, int]] = {}
    shown = []
    for one in row.statements.select_related("assignment__expert__person"):
        side = numbers.setdefault(one.role, {})
        number = side.setdefault(one.assignment_id, len(side) + 1)
        person = one.assignment.expert if row.stage.blind == "open" else None
        first = one.role == row.stage.actors[0]
        shown.append({"one": one, "side": row.programme.roles[one.role], "number": number, "who": person, "pro": first})
    return shown


@login_required
@require_POST
def close(request: HttpRequest, debate_id: str) -> HttpResponse:
    """Close a debate with a summary."""
    row, _seen = _debate(request, debate_id)
    summary = request.POST.get("summary", "")
    domain.close_debate(debate=row, summary=summary, user=account(request), now=timezone.now())
    messages.success(request, _("The debate is closed; its record is sealed."))
    return redirect("hearing:debate", row.pk)
