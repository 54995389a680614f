"""The decision room, the applicant's outcome, the public awards."""

import csv
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.facade import call_for_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions import domain
from yuantou.apps.decisions.draw_views import draw_context
from yuantou.apps.decisions.models import Decision, DecisionList, Outcome, RankedProposal, Ranking
from yuantou.apps.decisions.pictures import within
from yuantou.apps.decisions.rankings import changed_since, start_ranking
from yuantou.apps.decisions.rankings import replay as replay_ranking
from yuantou.apps.decisions.records import file_of, replay_list
from yuantou.apps.decisions.strict import strictness_of
from yuantou.apps.http import seen_or_404
from yuantou.apps.jobs.models import Job
from yuantou.apps.language import page_language
from yuantou.apps.paging import page_of
from yuantou.apps.proposals.facade import refuse_own_call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Discipline
from yuantou.apps.review.facade import comments_in_words
from yuantou.apps.workflow.facade import FEWEST, enough, roles_of
from yuantou.kernel.local_text import LocalText

PAGE = 40
"""Statistics over fewer people are withheld."""
ORDERS = {
    "rank": "position",
    "-rank": "-position",
    "plain": "-raw_mean",
    "-plain": "raw_mean",
    "p": "-p_top",
    "-p": "p_top",
}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _call(request: HttpRequest, call_id: str) -> Call:
    """Return a call to an officer or signatory who takes no part in it."""
    call = call_for_officer(request.user, call_id)
    refuse_own_call(_user(request), call)
    return call


@login_required
def room(request: HttpRequest, call_id: str) -> HttpResponse:
    """Rank, decide, sign and publish, with the uncertainty in view."""
    call = _call(request, call_id)
    job = Job.objects.filter(subject=call.pk, kind__in=["ranking", "publishing"]).first()
    ranking = call.rankings.exclude(input_hash="").first()
    current = call.decision_lists.exclude(state__means="discarded").first()
    context = {
        "call": call,
        "roles": roles_of(request.user, call),
        "job": job,
        "message": job.message if job else "",
        "ranking": ranking,
        "list": current,
        **(_ranked(request, ranking, current) if ranking else {}),
        **(_list_context(current) | draw_context(current, _user(request)) if current else {}),
    }
    return render(request, "decisions/room.html", context)


def _ranked(request: HttpRequest, ranking: Ranking, current: DecisionList | None) -> dict[str, Any]:
    rows = ranking.rows.all()
    if code := request.GET.get("discipline", ""):
        rows = rows.filter(proposal__discipline=code)
    if text := request.GET.get("q", "").strip():
        title = Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(number__icontains=text)
        named = Proposal.objects.filter(title, call=ranking.call_id).order_by().values("pk")
        rows = rows.filter(proposal__in=named)
    rows = within(rows, request.GET.get("from", ""), request.GET.get("to", ""))
    if request.GET.get("show") == "grey":
        rows = rows.filter(p_top__gt=0.05, p_top__lt=0.95)
    rows = rows.order_by(ORDERS.get(request.GET.get("sort", ""), "position"))
    page = page_of(rows, request.GET.get("page"), size=PAGE, read=_printed, searched=bool(text))
    decisions = {}
    if current:
        found = current.decisions.filter(proposal__in=[row.proposal_id for row in page])
        decisions = {d.proposal_id: d for d in found.select_related("overridden_by")}
    for row in page:
        row.decision = decisions.get(row.proposal_id)
    funded = ranking.record.get("funded") or (
        current.decisions.filter(outcome=Outcome.FUND).count() if current else None
    )
    return {
        "page": page,
        "plot": [_plot_row(row, decisions) for row in page],
        "line": funded,
        "grey": ranking.rows.filter(p_top__gt=0.05, p_top__lt=0.95).count(),
        "remarks": [tuple(LocalText(**part) for part in pair) for pair in ranking.summary.get("problems", [])],
        "outdated": changed_since(ranking),
        "shares": _shares(ranking),
        "strictness": strictness_of(ranking),
        "disciplines": disciplines_of(Call.objects.filter(pk=ranking.call_id)),
    }


def _printed(keys: list[int]) -> "QuerySet[RankedProposal]":
    rows = RankedProposal.objects.filter(pk__in=keys).select_related("proposal__discipline", "proposal__organisation")
    return rows.defer("proposal__answers")


def disciplines_of(calls: "QuerySet[Call]") -> "QuerySet[Discipline]":
    """Return the disciplines in which there are proposals to some calls."""
    return Discipline.objects.filter(Exists(Proposal.objects.filter(discipline=OuterRef("pk"), call__in=calls)))


def _plot_row(row: RankedProposal, decisions: dict[str, Decision]) -> dict[str, Any]:
    decision = decisions.get(row.proposal_id)
    return {
        "label": f"{row.position}. {row.proposal.title}",
        "url": reverse("review:proposal", args=[row.proposal_id]),
        "funded": bool(decision and decision.outcome == Outcome.FUND),
        **{
            name: getattr(row, name)
            for name in ("expected_rank", "rank_low50", "rank_high50", "rank_low90", "rank_high90")
        },
    }


def _shares(ranking: Ranking) -> list[tuple[str, int]]:
    names = {
        "variance_proposal": _("Differences between proposals"),
        "variance_reviewer": _("Strict and mild reviewers"),
        "variance_panel": _("Panels"),
        "variance_residual": _("Disagreement on one proposal"),
    }
    parts = {name: float(ranking.summary.get(name, 0) or 0) for name in names}
    total = sum(parts.values()) or 1
    return [(names[name], round(100 * value / total)) for name, value in parts.items() if value]


def _list_context(current: DecisionList) -> dict[str, Any]:
    spent = domain.spent_of(current)
    return {
        "content_hash": current.content_hash,
        "replay_command": f"yuantou call replay decision-{current.pk}.zip",
        "spent": spent,
        "left": current.budget - spent,
        "funded": current.decisions.filter(outcome=Outcome.FUND).count(),
        "total": current.decisions.count(),
        "overridden": current.decisions.exclude(override_reason="").count(),
        "undrawn": current.decisions.filter(outcome=Outcome.DRAW).exists(),
    }


@login_required
@require_POST
def start(request: HttpRequest, call_id: str) -> HttpResponse:
    """Start a ranking."""
    call = _call(request, call_id)
    seed = request.POST.get("seed", "1")
    start_ranking(call=call, user=_user(request), now=timezone.now(), seed=int(seed) if seed.isdigit() else 1)
    return redirect("decisions:room", call.pk)


@login_required
@require_POST
def draft(request: HttpRequest, call_id: str) -> HttpResponse:
    """Apply the decision rule."""
    call = _call(request, call_id)
    ranking = call.rankings.exclude(input_hash="").first()
    if ranking is None:
        raise Http404
    domain.draft_list(ranking=ranking, user=_user(request), now=timezone.now())
    messages.success(request, _("The rule is applied. Look at the grey zone before the list is signed."))
    return redirect("decisions:room", call.pk)


@login_required
@require_POST
def change(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Depart from the rule for one proposal."""
    rows = Decision.objects.select_related("decision_list__call__programme_type", "proposal")
    row = get_object_or_404(rows, pk=decision_id)
    _call(request, row.decision_list.call_id)
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
    domain.change_decision(decision=row, outcome=outcome, reason=reason, user=_user(request), now=timezone.now())
    messages.success(request, _("Changed; the reason is recorded."))
    return redirect("decisions:room", row.decision_list.call_id)


@login_required
@require_POST
def sign(request: HttpRequest, list_id: str) -> HttpResponse:
    """Sign the list one has seen."""
    row = _list(request, list_id)
    domain.sign_list(decision_list=row, seen_hash=request.POST.get("hash", ""), user=_user(request), now=timezone.now())
    messages.success(request, _("Signed. The signature is bound to the hash of this list."))
    return redirect("decisions:room", row.call_id)


def _list(request: HttpRequest, list_id: str) -> DecisionList:
    row = get_object_or_404(DecisionList.objects.select_related("call__programme_type"), pk=list_id)
    _call(request, row.call_id)
    return row


@login_required
@require_POST
def publish(request: HttpRequest, list_id: str) -> HttpResponse:
    """Publish a signed list."""
    row = _list(request, list_id)
    domain.start_publishing(decision_list=row, user=_user(request), now=timezone.now())
    return redirect("decisions:room", row.call_id)


@login_required
@require_POST
def replay(request: HttpRequest, call_id: str) -> HttpResponse:
    """Rank again from the records and compare."""
    call = _call(request, call_id)
    ranking = call.rankings.exclude(input_hash="").select_related("call__programme_type").first()
    if ranking is None:
        raise Http404
    current = call.decision_lists.exclude(state__means="discarded").filter(ranking__frozen__isnull=False).first()
    if current:
        problems = replay_list(current)
        differences = [problem.message.in_language(page_language()) for problem in problems]
        same = _("Replayed from the frozen inputs: ranking, list and draw are identical, byte for byte.")
    else:
        differences = replay_ranking(ranking)
        same = _("Replayed: the ranking is identical, byte for byte.")
    if differences:
        messages.error(request, _("The replay differs in: %(what)s") % {"what": ", ".join(differences)})
    else:
        messages.success(request, same)
    return redirect("decisions:room", call.pk)


@login_required
@require_safe
def record(request: HttpRequest, list_id: str) -> HttpResponse:
    """The record of a list in one file, for whoever replays it offline; for those who hold the decision alone."""
    row = _list(request, list_id)
    content = file_of(row)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="decision-{row.pk}.zip"'
    return answer


@login_required
def outcome(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """The decision on one's proposal, with the reasons and the reviewers' comments without names."""
    record = get_object_or_404(Proposal.objects.select_related("call__programme_type", "applicant"), pk=proposal_id)
    seen = seen_or_404(request.user, record)
    if not seen.can.get("decision"):
        raise Http404
    comments = comments_in_words(record) if seen.can.get("comments") else []
    context = {"seen": seen, "decision": seen.decision, "comments": comments, "call": record.call, "state": record}
    return render(request, "decisions/outcome.html", context)


def _awards(request: HttpRequest) -> Any:
    rows = Decision.objects.filter(decision_list__state__means="published", outcome=Outcome.FUND)
    if call := request.GET.get("call", ""):
        rows = rows.filter(decision_list__call=call)
    if code := request.GET.get("discipline", ""):
        rows = rows.filter(proposal__discipline=code)
    if text := request.GET.get("q", "").strip():
        title = Q(proposal__title_zh__icontains=text) | Q(proposal__title_en__icontains=text)
        home = Q(proposal__organisation__name_zh__icontains=text) | Q(proposal__organisation__name_en__icontains=text)
        rows = rows.filter(title | home)
    orders = {"amount": "amount", "-amount": "-amount", "number": "proposal__number", "-number": "-proposal__number"}
    return rows.order_by(orders.get(request.GET.get("sort", ""), "-decision_list__published_at"), "proposal__number")


def _award_rows(keys: list[int]) -> "QuerySet[Decision]":
    return Decision.objects.filter(pk__in=keys).select_related(
        "proposal__applicant",
        "proposal__organisation",
        "proposal__discipline",
        "decision_list__call__programme_type",
    )


def awards(request: HttpRequest) -> HttpResponse:
    """Everybody may see what was funded, and out of how many."""
    published = DecisionList.objects.filter(state__means="published")
    decided = Decision.objects.filter(decision_list__in=published)
    calls = Call.objects.filter(pk__in=published.values("call"))
    reviewed = decided.count()
    context = {
        "page": page_of(_awards(request), request.GET.get("page"), size=25, read=_award_rows),
        "calls": calls,
        "disciplines": disciplines_of(calls),
        "funded": decided.filter(outcome=Outcome.FUND).count(),
        "reviewed": reviewed,
        "enough": enough(reviewed),
        "fewest": FEWEST,
        "money": domain.awarded_by_unit(decided),
    }
    return render(request, "decisions/awards.html", context)


def award(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """The public page of one award."""
    record = get_object_or_404(
        Proposal.objects.select_related("call__programme_type", "applicant", "organisation"), pk=proposal_id
    )
    seen = seen_or_404(None, record)
    if not seen.can.get("award"):
        raise Http404
    return render(request, "decisions/award.html", {"seen": seen, "award": seen.award, "call": record.call})


FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def awards_csv(request: HttpRequest) -> HttpResponse:
    """Export the awards as filtered."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="awards.csv"'
    writer = csv.writer(answer)
    writer.writerow(
        [_("Number"), _("Title"), _("Applicant"), _("Institution"), _("Discipline"), _("Amount"), _("Call")]
    )
    rows = _awards(request).select_related("proposal__applicant", "proposal__organisation", "proposal__discipline")
    for row in rows.select_related("decision_list__call").iterator():
        p = row.proposal
        cells = [p.number, p.title, p.applicant, p.organisation, p.discipline, row.amount, row.decision_list.call]
        writer.writerow([safe(cell) for cell in cells])
    return answer
