"""The page on which a panel tries rules before one is chosen."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.decisions import what_if as asked
from yuantou.apps.decisions.draw_views import names_of_rules
from yuantou.apps.decisions.models import Ranking
from yuantou.apps.http import account
from yuantou.apps.language import page_language
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Discipline, Organisation
from yuantou.kernel.errors import YuantouError
from yuantou.kernel.local_text import LocalText


@login_required
def what_if(request: HttpRequest, call_id: str) -> HttpResponse:
    """Try another budget, floors and caps; see every lottery side by side. Nothing is stored."""
    call = call_for_officer(request.user, call_id)
    refuse_own_call(account(request), call)
    ranking = call.rankings.exclude(input_hash="").first()
    if ranking is None:
        raise Http404
    table = asked.table_of(ranking)
    if table.is_empty():
        raise Http404
    budget = float(_number(request, "budget", Decimal(call.budget or 0)))
    floor, cap = (min(float(_number(request, name, Decimal(0))), 100.0) / 100 for name in ("floor", "cap"))
    context: dict[str, Any] = {"call": call, "budget": budget, "floor": floor * 100, "cap": cap * 100}
    try:
        context |= _portfolio(table, budget, floor, cap)
        context |= _lotteries(ranking, table, len(context["awarded"]))
    except YuantouError as error:
        context["refused"] = error.text(page_language())
    return render(request, "decisions/what_if.html", context)


def _portfolio(table: Any, budget: float, floor: float, cap: float) -> dict[str, Any]:
    fields = ("name_zh", "name_en")
    names, homes = (
        {row[0]: LocalText(row[1], row[2]) for row in found}
        for found in (
            Discipline.objects.filter(pk__in=set(table["discipline"])).values_list("pk", *fields),
            Organisation.objects.filter(pk__in=set(table["organisation"])).values_list("pk", *fields),
        )
    )
    rules = asked.group_rules(table, floor=floor, cap=cap, names=names, homes=homes)
    shown = asked.portfolio_shown(table, budget=budget, rules=rules)
    named = {rule.rule_id: rule.name for rule in rules}
    moved = {key for price in shown.prices for side in ("brought_in", "kept_out") for key in price[side]}
    records = Proposal.objects.defer("answers").in_bulk(list(moved))
    return {
        "shown": shown,
        "awarded": table["proposal_id"].filter(shown.chosen.awarded).to_list(),
        "left": budget - shown.chosen.spent,
        "gap": 100 * shown.chosen.gap,
        "total": table.height,
        "prices": [
            {
                **price,
                "name": named[price["rule_id"]],
                "brought_in": [records[key] for key in price["brought_in"] if key in records],
                "kept_out": [records[key] for key in price["kept_out"] if key in records],
            }
            for price in shown.prices
        ],
    }


def _lotteries(ranking: Ranking, table: Any, places: int) -> dict[str, Any]:
    names = names_of_rules()
    plan, variance = ranking.call.programme.review, float(ranking.summary.get("variance_proposal", 0) or 0)
    step = plan.scale.step if plan.scale and plan.scale.step else 1.0
    if not 0 < places < table.height or table.height > asked.PRICED:
        return {"lotteries": []}
    noise = float(ranking.summary.get("variance_residual", 0) or 0)
    found = asked.rules_shown(table, places, step=step, proposal_variance=variance, residual_variance=noise)
    return {"lotteries": [(names[row.rule], row) for row in found]}


def _number(request: HttpRequest, name: str, default: Decimal) -> Decimal:
    try:
        value = Decimal(request.GET.get(name) or default)
    except InvalidOperation:
        return default
    return value if value.is_finite() and value >= 0 else default
