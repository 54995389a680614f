"""The agenda of a panel: where the ranking leaves the decision open, and where one more review would help."""

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.decisions import pictures
from yuantou.apps.decisions.models import Outcome, Ranking
from yuantou.apps.proposals.facade import refuse_own_call


@login_required
def agenda(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show the whole ranking in one picture, the grey zone by discipline, and what to discuss first."""
    call = call_for_officer(request.user, call_id)
    refuse_own_call(request.user, call)  # type: ignore[arg-type]  # signed in
    ranking = call.rankings.exclude(input_hash="").first()
    if ranking is None:
        raise Http404
    places = places_of(ranking)
    rows = pictures.within(ranking.rows.all(), request.GET.get("from", ""), request.GET.get("to", ""))
    context = {
        "call": call,
        "places": places,
        "overview": pictures.overview_of(rows, places),
        "zoomed": bool(request.GET.get("from") or request.GET.get("to")),
        "disciplines": pictures.grey_by_discipline(ranking),
        "advice": pictures.advice_of(ranking, places) if places else [],
    }
    return render(request, "decisions/agenda.html", context)


def places_of(ranking: Ranking) -> int:
    """Return how many are funded: as the list says, else as the chances within the line sum up."""
    current = ranking.call.decision_lists.exclude(state__means="discarded").first()
    if current:
        return int(
            current.record.get("figures", {}).get("places") or current.decisions.filter(outcome=Outcome.FUND).count()
        )
    return round(ranking.rows.order_by().aggregate(total=Sum("p_top"))["total"] or 0)
