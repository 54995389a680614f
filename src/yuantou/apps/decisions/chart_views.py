"""The pictures of a ranking, and the reviews behind each of its numbers."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions import charts
from yuantou.apps.decisions.agenda_views import places_of
from yuantou.apps.decisions.models import RankedProposal, Ranking
from yuantou.apps.decisions.strict import strictness_of
from yuantou.apps.http import account
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.review.facade import reviewers_of, reviews_behind
from yuantou.apps.workflow.facade import roles_of
from yuantou.engines.workflow.pseudonym import pseudonyms

DISSENTING = 20


def _ranking(request: HttpRequest, call_id: str) -> tuple[Call, Ranking]:
    call = call_for_officer(request.user, call_id)
    refuse_own_call(account(request), call)
    ranking = call.rankings.exclude(input_hash="").select_related("call__programme_type").first()
    if ranking is None:
        raise Http404
    return call, ranking


@login_required
@require_safe
def pictures(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show the pictures: slope, rank profiles, strictness, disciplines, density near the line, dissent."""
    call, ranking = _ranking(request, call_id)
    places, scale = places_of(ranking), call.programme.review.scale
    disciplines, fewer = charts.disciplines_of(ranking)
    density = charts.density_of(ranking)
    context = {
        "call": call,
        "places": places,
        "roles": roles_of(request.user, call),
        "slope": charts.slope_of(ranking.rows.all(), places, scale),
        "profiles": charts.profiles_of(ranking, places, request.GET.get("proposal", "")),
        "strictness": charts.strictness_of(strictness_of(ranking)),
        "disciplines": disciplines,
        "fewer": fewer,
        "density": density,
        "density_height": 74 + 40 * len(density),
        **_dissent(ranking),
    }
    return render(request, "decisions/pictures.html", context)


def _dissent(ranking: Ranking) -> dict[str, Any]:
    """Return the proposals on which reviewers differ most, with the reliability that must stand beside them."""
    evidence = ranking.evidence
    if not evidence:
        return {"dissent": None}
    found, flagged = evidence["dissent"]["proposals"], set(evidence["dissent"]["flagged"])
    first = sorted(found, key=lambda key: (found[key][1], key))[:DISSENTING]
    against = evidence.get("contradictions", [])
    keys = {*first, *(row["proposal_id"] for row in against[:DISSENTING])}
    rows = ranking.rows.filter(proposal__in=keys).select_related("proposal__discipline").defer("proposal__answers")
    named = {row.proposal_id: row for row in rows}
    criteria = {c.id: c.name for c in ranking.call.programme.review.criteria}
    return {
        "dissent": [
            {"row": named[key], "times": found[key][0], "q": found[key][1], "flagged": key in flagged}
            for key in first
            if key in named
        ],
        "reliability": evidence["dissent"]["reliability"],
        "halves": evidence["dissent"]["halves"],
        "against": [
            row | {"row": named[row["proposal_id"]], "criterion": criteria.get(row["criterion"])}
            for row in against[:DISSENTING]
            if row["proposal_id"] in named
        ],
        "sensitivity": evidence["sensitivity"],
    }


@login_required
@require_safe
def behind(request: HttpRequest, call_id: str, proposal_id: str) -> HttpResponse:
    """Show the reviews behind the number of one proposal: as given, what severity took out, what is left."""
    call, ranking = _ranking(request, call_id)
    ranked = get_object_or_404(
        RankedProposal.objects.select_related("proposal__call__programme_type"), ranking=ranking, proposal=proposal_id
    )
    rows = _explained(request, call, ranking, proposal=proposal_id)
    context = {"call": call, "ranked": ranked, "rows": rows, "criteria": call.programme.review.criteria}
    return render(request, "decisions/behind.html", context)


@login_required
@require_safe
def judge(request: HttpRequest, call_id: str, name: str) -> HttpResponse:
    """Show the reviews behind the strictness of one reviewer, under the name that holds for this call alone."""
    call, ranking = _ranking(request, call_id)
    person = next((row for row in strictness_of(ranking) if row["name"] == name), None)
    if person is None:
        raise Http404
    rows = _explained(request, call, ranking, reviewer=name)
    context = {"call": call, "person": person, "rows": rows, "criteria": call.programme.review.criteria}
    return render(request, "decisions/behind.html", context)


def _explained(
    request: HttpRequest, call: Call, ranking: Ranking, *, proposal: str = "", reviewer: str = ""
) -> list[dict[str, Any]]:
    """Return reviews with the severity of their reviewers; a reader who may not see reviews gets none."""
    if "officer" not in roles_of(request.user, call):
        raise Http404
    effects = {row["name"]: row["effect"] for row in strictness_of(ranking, all_of_them=True)}
    names = pseudonyms(settings.SECRET_KEY.encode(), call=call.pk, persons=reviewers_of(call))
    expert = next((key for key, name in names.items() if name == reviewer), "")
    rows = reviews_behind(call, account(request), proposal=proposal, expert=expert)
    ranked = {row.proposal_id: row for row in ranking.rows.filter(proposal__in={row.proposal for row in rows})}
    weights, noise = call.programme.review.weights, float(ranking.summary.get("variance_residual", 0) or 0) ** 0.5
    shown = []
    for row in rows:
        given = sum(weights[c] * grade for c, grade in row.scores.items()) / max(
            sum(weights[c] for c in row.scores), 1e-9
        )
        at, effect = ranked.get(row.proposal), effects.get(names.get(row.expert, ""), 0.0)
        left = given - effect - at.mean if at else None
        shown.append(
            {
                "row": row,
                "ranked": at,
                "name": names.get(row.expert, ""),
                "grades": [row.scores.get(c) for c in weights],
                "given": given,
                "effect": effect,
                "cleaned": given - effect,
                "residual": left / noise if left is not None and noise else None,
            }
        )
    return shown
