"""Pages of evaluation by representative works."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import organisations_of
from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.outcomes import assess, domain
from yuantou.apps.outcomes.conflicts import conflicts_of
from yuantou.apps.outcomes.forms import RoundForm, in_page, work_forms, works_in
from yuantou.apps.outcomes.library import library
from yuantou.apps.outcomes.models import Assessment, LightCheck, Portfolio, Round
from yuantou.apps.outcomes.rules import MANAGING, handed_states, visible_rounds
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import acts_of, roles_of
from yuantou.engines.evaluation import neutral, promotional
from yuantou.engines.workflow import Act
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError
from yuantou.kernel.instants import print_instant

PORTFOLIOS = Portfolio.objects.select_related("round__organisation", "candidate").prefetch_related(
    "assessments__assessor"
)


def _houses(request: HttpRequest) -> list[Organisation]:
    user = account(request)
    keys = {key for role in MANAGING for key in organisations_of(user, role)} if user.is_authenticated else set()
    return list(Organisation.objects.filter(pk__in=keys))


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """List rounds, my own portfolios, and what I was asked to assess."""
    user: Any = request.user
    signed = user.is_authenticated
    mine = PORTFOLIOS.filter(candidate=user.person_id).order_by("-saved_at") if signed and user.person_id else []
    asked = list(_asked_of(user)) if signed and not user.seen_by else []
    checks = LightCheck.objects.filter(portfolio__candidate=user.person_id) if signed and user.person_id else []
    context = {
        "rounds": visible_rounds(user)[:100],
        "templates": library().templates,
        "mine": mine,
        "asked": asked,
        "checks": checks,
        "houses": _houses(request) if signed else [],
    }
    return render(request, "outcomes/rounds.html", context)


def _asked_of(user: Any) -> Any:
    rows = Assessment.objects.filter(
        assessor=user,
        state__means=["asked", "given"],
        portfolio__state__means="handed_in",
    )
    return rows.select_related("portfolio__round", "portfolio__candidate").order_by("state", "-asked_at")[:50]


@login_required
def new_round(request: HttpRequest) -> HttpResponse:
    """Write down a round."""
    houses = _houses(request)
    if not houses:
        raise Http404
    form = RoundForm(request.POST or None, organisations=houses)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        house = next(row for row in houses if row.pk == given.pop("organisation"))
        try:
            made = domain.create_round(organisation=house, user=account(request), now=timezone.now(), **given)
        except InputError as error:
            form.add_error(None, in_page(error.message) + in_page(error.remedy))
        else:
            return redirect("outcomes:round", made.pk)
    return render(request, "outcomes/round_new.html", {"form": form})


@require_safe
def round_page(request: HttpRequest, round_id: str) -> HttpResponse:
    """Show a round: to candidates how to take part, to its managers how far it is."""
    record, seen = record_or_404(request.user, Round.objects.select_related("organisation"), round_id)
    user: Any = request.user
    own = (
        record.portfolios.filter(candidate=user.person_id).first() if user.is_authenticated and user.person_id else None
    )
    rows = (
        [_progress(row) for row in PORTFOLIOS.filter(round=record, state__in=handed_states())]
        if seen.can.get("progress")
        else []
    )
    context = {
        "record": record,
        "seen": seen,
        "template": domain.template_of(record),
        "own": own,
        "rows": sorted(rows, key=lambda row: row["portfolio"].candidate.name),
        "drafts": record.portfolios.filter(state__means="draft").count() if seen.can.get("progress") else 0,
        "over": timezone.now() >= record.closes_at,
        "steps": acts_of(user, record, now=timezone.now()),
    }
    return render(request, "outcomes/round.html", context)


def _progress(portfolio: Portfolio) -> dict[str, Any]:
    given = sum(row.is_now.given for row in portfolio.assessments.all())
    return {
        "portfolio": portfolio,
        "asked": given + sum(row.is_now.asked for row in portfolio.assessments.all()),
        "given": given,
        "result": portfolio.round.result.get("portfolios", {}).get(portfolio.pk),
    }


@login_required
@require_POST
def move_round(request: HttpRequest, round_id: str, action: str) -> HttpResponse:
    """Take a step of a round."""
    record, _seen = record_or_404(request.user, Round.objects.all(), round_id)
    if action not in {step.id for step in record.programme.machine("round").transitions}:
        raise Http404
    domain.move_round(
        record=record,
        action=action,
        user=account(request),
        now=timezone.now(),
        reason=request.POST.get("reason", ""),
        version=version_of(request),
    )
    return redirect("outcomes:round", record.pk)


@login_required
@require_POST
def begin(request: HttpRequest, round_id: str) -> HttpResponse:
    """Begin one's own portfolio."""
    record, _seen = record_or_404(request.user, Round.objects.all(), round_id)
    made = domain.begin_portfolio(record=record, user=account(request), now=timezone.now())
    return redirect("outcomes:portfolio", made.pk)


@login_required
def portfolio(request: HttpRequest, portfolio_id: str) -> HttpResponse:
    """Write one's own portfolio, or read one; assessors are led to their sheet."""
    record, seen = record_or_404(request.user, PORTFOLIOS, portfolio_id)
    if "assessor" in seen.roles:
        row = record.assessments.get(assessor=account(request))
        return redirect("outcomes:assess", row.pk)
    if "candidate" in seen.roles and record.is_now.draft:
        return _write(request, record)
    context = {
        "record": record,
        "seen": seen,
        "template": domain.template_of(record.round),
        "kinds": library().kinds,
        "checks": record.checks.all() if seen.roles & {"candidate", "manager"} else [],
        "take_back": _act(request, record, "take_back"),
    }
    return render(request, "outcomes/portfolio.html", context)


def _act(request: HttpRequest, record: Any, action: str) -> Act | None:
    """Return one act of the reader, open or closed; nothing where it is not the reader's to do in this state."""
    acts = acts_of(request.user, record, now=timezone.now())
    return next((act for act in acts if act.transition.id == action), None)


def _write(request: HttpRequest, record: Portfolio) -> HttpResponse:
    template, theirs, refused = domain.template_of(record.round), False, False
    works = [{key: getattr(work, key) for key in domain.WORK_FIELDS} for work in record.works.all()]
    formset = work_forms(template, data=request.POST or None, initial=None if request.method == "POST" else works)
    if request.method == "POST":
        try:
            record, told = _save(request, record, formset)
        except StaleError:
            theirs = True
        else:
            refused = "submit" in request.POST and (told or not _handed_in(request, record))
            if not told and not refused:
                messages.success(
                    request, _("Your portfolio is handed in.") if "submit" in request.POST else _("Saved.")
                )
                return redirect("outcomes:portfolio", record.pk)
    submit = _act(request, record, "submit")
    context = {
        "record": record,
        "statement": request.POST.get("statement", record.statement),
        "formset": formset,
        "template": template,
        "lacks": domain.lacks(record),
        "marks": [mark.word for text in _texts(record) for mark in promotional(text)],
        "theirs": theirs,
        "refused": refused,
        "submit": submit,
        # What is missing is told above the form, which is where it is mended: it does not take the button away.
        "may_submit": submit is not None and all(why.detail == "complete" for why in submit.lacking),
    }
    return render(request, "outcomes/write.html", context, status=409 if theirs else 422 if refused else 200)


def _handed_in(request: HttpRequest, record: Portfolio) -> bool:
    """Hand in what was just saved; tell whether it was complete."""
    try:
        domain.move_portfolio(portfolio=record, action="submit", user=account(request), now=timezone.now())
    except NotAllowedError as error:
        if not error.problems:
            raise
        return False
    return True


def _texts(record: Portfolio) -> list[str]:
    return [record.statement, *(text for work in record.works.all() for text in (work.contribution, work.evidence))]


def _save(request: HttpRequest, record: Portfolio, formset: Any) -> tuple[Portfolio, bool]:
    """Save what can be saved; tell whether something of it is wrong."""
    wrong = not formset.is_valid()
    saved = domain.save_portfolio(
        portfolio=record,
        statement=request.POST.get("statement", ""),
        works=works_in(formset),
        user=account(request),
        now=timezone.now(),
        version=version_of(request),
    )
    return saved, wrong


@require_POST
def autosave(request: HttpRequest, portfolio_id: str) -> HttpResponse:
    """Save a portfolio while it is written."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": _("You are signed out. Your text is kept in this browser.")}, status=401)
    record, _seen = record_or_404(request.user, PORTFOLIOS, portfolio_id)
    formset = work_forms(domain.template_of(record.round), data=request.POST)
    try:
        saved, _wrong = _save(request, record, formset)
    except StaleError as error:
        record.refresh_from_db()
        return JsonResponse({"message": in_page(error.message), "version": record.version}, status=409)
    at = print_instant(timezone.now(), "Asia/Shanghai")
    return JsonResponse({"version": saved.version, "saved_at": at, "message": _("Saved at %(time)s") % {"time": at}})


@login_required
@require_POST
def move_portfolio(request: HttpRequest, portfolio_id: str, action: str) -> HttpResponse:
    """Take back or withdraw a portfolio."""
    record, _seen = record_or_404(request.user, PORTFOLIOS, portfolio_id)
    if action not in {"take_back", "withdraw"}:
        raise Http404
    domain.move_portfolio(
        portfolio=record, action=action, user=account(request), now=timezone.now(), version=version_of(request)
    )
    return redirect("outcomes:portfolio", record.pk)


@login_required
@require_POST
def ask(request: HttpRequest, portfolio_id: str) -> HttpResponse:
    """Ask assessors, several addresses at once; each refusal is told and stops nobody else."""
    record, _seen = record_or_404(request.user, PORTFOLIOS, portfolio_id)
    for email in request.POST.get("emails", "").replace(",", " ").replace(";", " ").split():
        try:
            assess.ask_assessor(portfolio=record, email=email, user=account(request), now=timezone.now())
        except InputError as error:
            messages.error(request, f"{email}: {in_page(error.message)} {in_page(error.remedy)}")
        except Exception as error:
            if not hasattr(error, "message"):
                raise
            messages.error(request, f"{email}: {in_page(error.message)}")
    return redirect("outcomes:portfolio", record.pk)


@login_required
def sheet(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """The sheet of an assessor: the works in the version dealt, a grade and a reason for each criterion."""
    row = get_object_or_404(
        Assessment.objects.select_related("portfolio__round", "portfolio__candidate"), pk=assessment_id
    )
    if "assessor" not in roles_of(request.user, row) or not (row.is_now.asked or row.is_now.given):
        raise Http404
    template, told, now = domain.template_of(row.portfolio.round), None, timezone.now()
    if request.method == "POST" and row.is_now.asked:
        grades, reasons = _sheet_of(request, template)
        assess.save_assessment(
            row=row, grades=grades, reasons=reasons, user=account(request), now=now, version=version_of(request)
        )
        row.refresh_from_db()
        if "give" in request.POST:
            try:
                assess.give_assessment(row=row, user=account(request), now=now)
            except NotAllowedError as error:
                if not error.problems:
                    raise
                told = error
            else:
                messages.success(request, _("Your assessment is given. Thank you."))
                return redirect("outcomes:rounds")
        else:
            messages.success(request, _("Saved."))
            return redirect("outcomes:assess", row.pk)
    context = {
        "row": row,
        "record": row.portfolio,
        "works": _read_works(request, row),
        "statement": _as_dealt(row, row.portfolio.statement),
        "template": template,
        "kinds": library().kinds,
        "give": _act(request, row, "give"),
        "told": [
            problem.text("zh-hans" if request.LANGUAGE_CODE.startswith("zh") else "en") for problem in told.problems
        ]
        if told
        else [],
        "conflicts": conflicts_of(account(request), row.portfolio.candidate, now),
    }
    return render(request, "outcomes/assess.html", context, status=422 if told else 200)


def _sheet_of(request: HttpRequest, template: Any) -> tuple[dict[str, int], dict[str, str]]:
    keys = [criterion.id for criterion in template.criteria]
    grades = {
        key: int(request.POST[f"grade-{key}"]) for key in keys if request.POST.get(f"grade-{key}", "") in set("12345")
    }
    return grades, {key: request.POST.get(f"reason-{key}", "").strip() for key in keys}


def _as_dealt(row: Assessment, text: str) -> str:
    return text if row.as_written else neutral(text)


def _read_works(request: HttpRequest, row: Assessment) -> list[Any]:
    """Return the works as this assessor may see them, in the wording that was dealt."""
    _record, seen = record_or_404(request.user, PORTFOLIOS, row.portfolio_id)
    works: list[Any] = seen.works if seen.can.get("works") else []
    for work in works:
        work.contribution, work.evidence = _as_dealt(row, work.contribution), _as_dealt(row, work.evidence)
    return works


@login_required
@require_POST
def end_assessment(request: HttpRequest, assessment_id: str, action: str) -> HttpResponse:
    """Decline, or recall for a conflict, with a reason."""
    row = get_object_or_404(Assessment.objects.select_related("portfolio__round"), pk=assessment_id)
    roles = roles_of(request.user, row)
    if action not in {"decline", "recall"} or not roles & {"assessor", "manager"}:
        raise Http404
    reason = request.POST.get("reason", "")
    assess.end_assessment(row=row, action=action, reason=reason, user=account(request), now=timezone.now())
    return redirect("outcomes:rounds") if action == "decline" else redirect("outcomes:portfolio", row.portfolio_id)


@login_required
def light_check(request: HttpRequest, check_id: str) -> HttpResponse:
    """Write the one page, or read it."""
    check = get_object_or_404(LightCheck.objects.select_related("portfolio__round"), pk=check_id)
    roles = roles_of(request.user, check)
    if not roles & {"candidate", "manager"} or ("manager" in roles and check.is_now.due):
        raise Http404
    if request.method == "POST" and check.is_now.due:
        assess.hand_in_check(check=check, text=request.POST.get("text", ""), user=account(request), now=timezone.now())
        messages.success(request, _("The page is handed in. Nothing is graded."))
        return redirect("outcomes:rounds")
    return render(
        request,
        "outcomes/light_check.html",
        {"check": check, "room": assess.ONE_PAGE, "writing": "candidate" in roles and check.is_now.due},
    )
