"""The page on which an agency looks at its own process before it changes a rule."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.decisions import process
from yuantou.apps.http import account
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.registry.models import Discipline

CHANGES = {
    "plain": _("Plain means in place of calibrated scores"),
    "lottery": _("A draw among all within one deviation of the line"),
}


@login_required
@require_safe
def process_(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show agreement and reliability of each call, what a second committee would share, and another rule's effect."""
    call, user = call_for_officer(request.user, call_id), account(request)
    refuse_own_call(user, call)
    lists = process.lists_like(call, user)
    change = request.GET.get("change", "")
    change = change if change in CHANGES else "plain"
    effect = process.effect_of(lists, change)
    context = {
        "call": call,
        "rows": [shown for row in lists if (shown := process.call_shown(row))],
        "changes": CHANGES.items(),
        "change": change,
        "effect": effect,
    }
    if effect is not None:
        groups = process.gains_of(effect)
        names = Discipline.objects.in_bulk([row["group"] for row in groups])
        context["groups"] = [row | {"name": names.get(row["group"])} for row in groups]
        context["load"] = {name: effect.calls[name].sum() for name in ("reviews_before", "reviews_after")}
        context["moved"] = effect.proposals.height
        context["awards_moved"] = (effect.proposals["chance_after"] - effect.proposals["chance_before"]).abs().sum() / 2
        context["explained"] = 100 * effect.reproduced
    return render(request, "decisions/process.html", context)
