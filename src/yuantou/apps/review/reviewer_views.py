"""The reviewer's pages: invitations, the review form, what was submitted."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuantou.apps.accounts.models import User
from yuantou.apps.proposals.facade import for_roles, read_form, visible_proposals
from yuantou.apps.review import domain
from yuantou.apps.review.facade import comments_in_words
from yuantou.apps.review.forms import RefuseForm
from yuantou.apps.review.models import Assignment, Review
from yuantou.apps.review.rules import assignments_of
from yuantou.apps.workflow.facade import roles_of, see
from yuantou.engines.workflow import PhaseKind
from yuantou.kernel.errors import NotAllowedError, StaleError

FAMILIARITY = (0, 1, 2, 3)


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """My invitations and reviews, what is due first."""
    user = _user(request)
    # Titles go with the rights: once the round is over, nothing of it is listed.
    rows = assignments_of(user).filter(
        state__means=["asked", "active"], proposal__in=visible_proposals(user, "title").values("pk")
    )
    if (meaning := request.GET.get("is", "")) in {"asked", "working", "finished"}:
        rows = rows.filter(state__means=meaning)
    related = rows.select_related("proposal__call__programme_type").order_by("due_at", "pk")
    page = Paginator(related, 25).get_page(request.GET.get("page"))
    return render(request, "review/mine.html", {"page": page, "now": timezone.now()})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _own(request: HttpRequest, assignment_id: str) -> Assignment:
    """Return an assignment of the signed-in expert; a conflict or another person's makes it not exist."""
    rows = Assignment.objects.select_related("proposal__call__programme_type", "expert__person")
    row = get_object_or_404(rows, pk=assignment_id, expert__person=_user(request).person_id or "-")
    if not {"invitee", "reviewer"} & roles_of(request.user, row):
        raise Http404
    return row


@login_required
def assignment(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """The invitation, the form, or what was submitted: whatever the state asks for."""
    row = _own(request, assignment_id)
    if row.is_now.asked:
        seen = _seen(request, row)
        return render(request, "review/invitation.html", _invitation(row, seen, RefuseForm()))
    review, _created = Review.objects.get_or_create(assignment=row)
    context = _page(request, row, review)
    return render(request, "review/submitted.html" if row.is_now.finished else "review/write.html", context)


def _invitation(row: Assignment, seen: Any, form: RefuseForm) -> dict[str, Any]:
    return {
        "row": row,
        "seen": seen,
        "form": form,
        "familiarity": [(one, familiarity_name(one)) for one in FAMILIARITY],
    }


def _rate(request: HttpRequest, row: Assignment) -> None:
    grade = request.POST.get("familiarity", "")
    domain.rate_familiarity(assignment=row, grade=grade, user=_user(request), now=timezone.now())


def _seen(request: HttpRequest, row: Assignment) -> Any:
    try:
        return see(request.user, row.proposal)
    except NotAllowedError as error:
        raise Http404 from error


def _page(request: HttpRequest, row: Assignment, review: Review) -> dict[str, Any]:
    seen = _seen(request, row)
    plan = row.programme.review
    grades = range(int(plan.scale.low), int(plan.scale.high) + 1)
    criteria = [
        {
            "criterion": c,
            "given": review.scores.get(c.id),
            "grades": list(zip(grades, c.anchors, strict=True)),
            "percent": round(100 * c.weight),
        }
        for c in row.stage.criteria
    ]
    answers = (
        read_form(row.programme, for_roles(row.programme, seen.answers, seen.roles)) if seen.can.get("answers") else []
    )
    return {
        "row": row,
        "review": review,
        "seen": seen,
        "sections": answers,
        "criteria": criteria,
        "familiarity": [(grade, familiarity_name(grade)) for grade in FAMILIARITY],
        "heard": comments_in_words(row.proposal, before=row.phase) if seen.can.get("comments") else [],
        "debate": row.proposal.debates.filter(phase=row.phase).first() if row.stage.kind is PhaseKind.DEBATE else None,
        "minimum": domain.MIN_COMMENT,
        "missing": domain.missing_of(review),
    }


def familiarity_name(grade: int) -> str:
    """Name a grade of familiarity."""
    return (
        _("Outside my field"),
        _("I know the field in general"),
        _("I work in this field"),
        _("I work on this very topic"),
    )[grade]


@login_required
@require_POST
def accept(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Accept to review."""
    row = _own(request, assignment_id)
    _rate(request, row)
    domain.accept_invitation(assignment=row, user=_user(request), now=timezone.now())
    messages.success(request, _("Thank you. Your review is saved while you write."))
    return redirect("review:assignment", row.pk)


@login_required
@require_POST
def refuse(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Decline to review."""
    row = _own(request, assignment_id)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return render(request, "review/invitation.html", _invitation(row, _seen(request, row), form), status=422)
    _rate(request, row)
    domain.refuse_invitation(assignment=row, user=_user(request), now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("You have declined. Thank you for answering."))
    return redirect("review:mine")


@require_POST
def autosave(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Save what is typed; 401 when signed out, so that the browser keeps the text, 409 when stale."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": _("You are signed out. Your text is kept in this browser.")}, status=401)
    review = get_object_or_404(Review, assignment=_own(request, assignment_id))
    try:
        saved = _save(request, review)
    except StaleError as error:
        return JsonResponse({"message": str(error)}, status=409)
    at = date_format(timezone.localtime(saved.saved_at or timezone.now()), "H:i:s")
    return JsonResponse({"version": saved.version, "message": _("Saved at %(time)s") % {"time": at}})


def _save(request: HttpRequest, review: Review) -> Review:
    version = request.POST.get("version", "")
    return domain.save_review(
        review=review,
        values=request.POST.dict(),
        user=_user(request),
        now=timezone.now(),
        version=int(version) if version.isdigit() else -1,
    )


@login_required
@require_POST
def submit(request: HttpRequest, assignment_id: str) -> HttpResponse:
    """Save and submit; what is missing is named and nothing is lost."""
    row = _own(request, assignment_id)
    review = get_object_or_404(Review, assignment=row)
    if not row.is_now.finished:
        review = _save(request, review)
        if request.POST.get("action") == "save":
            messages.success(request, _("Saved."))
            return redirect("review:assignment", row.pk)
        if domain.missing_of(review):
            return render(request, "review/write.html", {**_page(request, row, review), "tried": True}, status=422)
    domain.submit_review(review=review, user=_user(request), now=timezone.now())
    messages.success(request, _("Your review is submitted and sealed. Thank you."))
    return redirect("review:assignment", row.pk)
