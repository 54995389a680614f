"""The draw in the browser: commit, freeze, reveal, verify, and the document for whoever verifies it offline."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.decisions import draws
from yuantou.apps.decisions.models import DecisionList, Draw
from yuantou.apps.http import account
from yuantou.apps.language import page_language
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.engines.selection import LOTTERIES, verify_draw
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText


def names_of_rules() -> dict[str, str]:
    """Return every rule of chances under its name in the language of the page."""
    names = {
        "line": _("Line"),
        "swiss": _("Swiss lottery group"),
        "smooth": _("Chance = P(within the line)"),
        "linear": _("Linear lottery"),
        "bounded": _("Linear lottery: one grade moves no chance by more than 0.3"),
        "merit": _("MERIT"),
    }
    return {rule: names[rule] for rule in LOTTERIES}


def draw_context(decision_list: DecisionList, user: User) -> dict[str, Any]:
    """Return the draw of a list as the room shows it."""
    draw = Draw.objects.filter(decision_list=decision_list).first()
    return {
        "rule_name": names_of_rules().get(decision_list.rule, decision_list.rule),
        "moved": decision_list.record.get("moved"),
        "draw": draw,
        "verify_command": f"yuantou select verify draw-{decision_list.pk}.json",
        "committed": set(draw.commitments) == set(draws.PARTIES) if draw else False,
        "mine": _steps(draw, user) if draw else [],
    }


def _steps(draw: Draw, user: User) -> list[str]:
    """Return the parties as which a person has something to do now."""
    done = draw.fallback["values"] if draw.fallback else draw.secrets if draw.frozen_at else draw.commitments
    return [p for p in draws.parties_of(draw, user) if p not in done and draw.parties.get(p, user.pk) == user.pk]


def _draw(request: HttpRequest, list_id: str) -> Draw:
    draw = get_object_or_404(Draw.objects.select_related("decision_list__call__programme_type"), decision_list=list_id)
    assert isinstance(request.user, User)
    refuse_own_call(request.user, call_for_officer(request.user, draw.decision_list.call_id))
    return draw


def _back(draw: Draw) -> HttpResponse:
    return redirect("decisions:room", draw.decision_list.call_id)


@login_required
@require_POST
def commit(request: HttpRequest, list_id: str) -> HttpResponse:
    """Commit to a secret."""
    draw = _draw(request, list_id)
    draws.commit_secret(draw=draw, **_typed(request))
    messages.success(
        request, _("Committed. Keep the secret: it is asked for after the freeze, and nobody else has it.")
    )
    return _back(draw)


@login_required
@require_POST
def freeze(request: HttpRequest, list_id: str) -> HttpResponse:
    """Freeze the entries."""
    draw = _draw(request, list_id)
    assert isinstance(request.user, User)
    draws.freeze(draw=draw, user=request.user, now=timezone.now())
    messages.success(request, _("The entries are frozen. Now both secrets are revealed."))
    return _back(draw)


@login_required
@require_POST
def reveal(request: HttpRequest, list_id: str) -> HttpResponse:
    """Reveal a secret; the last one holds the draw."""
    draw = _draw(request, list_id)
    draws.reveal(draw=draw, **_typed(request))
    messages.success(request, _("Revealed."))
    return _back(draw)


@login_required
@require_POST
def lost(request: HttpRequest, list_id: str) -> HttpResponse:
    """Declare a secret lost and name the pulse that takes its place."""
    draw = _draw(request, list_id)
    due = parse_datetime(request.POST.get("due_at", ""))
    if due is None:
        raise InputError(
            LocalText("请填写该轮次的公布时间。", "Say when the pulse will be published."), code="draw.due"
        )
    if timezone.is_naive(due):
        due = due.replace(tzinfo=ZoneInfo(draw.decision_list.call.time_zone))
    reason, beacon, pulse = (request.POST.get(name, "") for name in ("reason", "beacon", "pulse"))
    draws.declare_lost(
        draw=draw,
        reason=reason,
        beacon=beacon,
        pulse=pulse,
        due_at=due,
        user=account(request),
        now=timezone.now(),
    )
    messages.success(request, _("Recorded. The draw is held once both parties have entered the pulse."))
    return _back(draw)


@login_required
@require_POST
def enter(request: HttpRequest, list_id: str) -> HttpResponse:
    """Enter the pulse; the second party holds the draw."""
    draw = _draw(request, list_id)
    party, value = (request.POST.get(name, "") for name in ("party", "value"))
    draws.enter_pulse(draw=draw, party=party, value=value, user=account(request), now=timezone.now())
    messages.success(request, _("Entered."))
    return _back(draw)


def _typed(request: HttpRequest) -> dict[str, Any]:
    party, secret = (request.POST.get(name, "").strip() for name in ("party", "secret"))
    return {"party": party, "secret": secret, "user": request.user, "now": timezone.now()}


@login_required
@require_POST
def verify(request: HttpRequest, list_id: str) -> HttpResponse:
    """Verify the draw as anybody can do offline."""
    draw = _draw(request, list_id)
    problems = verify_draw(draw.document)
    for problem in problems:
        messages.error(request, problem.message.in_language(page_language()))
    if not problems:
        messages.success(request, _("Verified: entries, secrets, seed and awards fit together."))
    return _back(draw)


def document(request: HttpRequest, list_id: str) -> HttpResponse:
    """The document of a draw: for everybody once the list is published, before that for those who hold the draw."""
    published = Draw.objects.filter(decision_list=list_id, decision_list__state__means="published").first()
    if published is None and not request.user.is_authenticated:
        raise Http404
    draw = published or _draw(request, list_id)
    if not draw.held:
        raise Http404
    answer = JsonResponse(draw.document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="draw-{list_id}.json"'
    return answer
