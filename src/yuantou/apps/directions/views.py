"""The directions room: the register, one question, consultations."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role, User, organisations_of
from yuantou.apps.audit.facade import history
from yuantou.apps.directions import domain
from yuantou.apps.directions.forms import ConsultationForm, EvidenceForm, QuestionForm
from yuantou.apps.directions.models import Comment, Consultation, Question
from yuantou.apps.directions.rules import visible_consultations, visible_questions
from yuantou.apps.directions.tables import balance, tree, votes_of
from yuantou.apps.http import account
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import acts_of, roles_of, see
from yuantou.kernel.errors import NotAllowedError


def _reader(request: HttpRequest) -> User | None:
    return account(request) if request.user.is_authenticated else None


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show directions and key questions as a tree, with the balance of orientations and modes."""
    user = _reader(request)
    questions = visible_questions(user).exclude(state__means=["merged", "retired"])
    today = timezone.localdate()
    context = {
        "tree": tree(questions),
        "bars": balance(questions),
        "due": questions.filter(review_on__lte=today, state__means="listed"),
        "rounds": visible_consultations(user)[:10],
        "agencies": _agencies(user),
        "officer": user is not None
        and Organisation.objects.filter(pk__in=organisations_of(user, Role.OFFICER)).exists(),
    }
    return render(request, "directions/register.html", context)


def _agencies(user: User | None) -> list[Organisation]:
    if user is None:
        return []
    asked = Organisation.objects.filter(pk__in=organisations_of(user, Role.OFFICER))
    known = Organisation.objects.filter(questions__isnull=False)
    return list((asked | known).distinct()[:30])


@login_required
def write(request: HttpRequest, agency_id: str) -> HttpResponse:
    """Begin a direction or key question."""
    agency, user = get_object_or_404(Organisation, pk=agency_id), account(request)
    if agency not in _agencies(user):
        raise Http404
    form = QuestionForm(request.POST or None, agency=agency.pk)
    if request.method == "POST" and form.is_valid():
        made = domain.draft_question(agency=agency, values=form.cleaned_data, user=user, now=timezone.now())
        return redirect("directions:question", made.pk)
    return render(request, "directions/write.html", {"form": form, "agency": agency})


def _question(request: HttpRequest, key: str) -> tuple[Question, Any]:
    rows = Question.objects.select_related("agency", "owner__person", "merged_into", "parent")
    found = get_object_or_404(rows, pk=key)
    try:
        return found, see(request.user, found)
    except NotAllowedError as error:
        raise Http404 from error


@require_safe
def question(request: HttpRequest, key: str) -> HttpResponse:
    """Show one question: both languages, why now, evidence, rival formulations, near-duplicates, steps."""
    found, seen = _question(request, key)
    user, roles = _reader(request), seen.roles
    steps = acts_of(user, found, now=timezone.now())
    others = list(visible_questions(user).filter(agency=found.agency_id, state__means=["proposed", "listed"])[:500])
    context = {
        "question": found,
        "seen": seen,
        "roles": roles,
        "steps": [act for act in steps if act.transition.id != "merge"],
        "merge": next((act.transition for act in steps if act.transition.id == "merge"), None),
        "alike": domain.near_duplicates(found, others),
        "others": [row for row in others if row.pk != found.pk and not row.is_now.proposed],
        "pieces": domain.PIECES,
        "missing": max(domain.PIECES - len(seen.evidence), 0) if "evidence" in seen.can else 0,
        "evidence_form": EvidenceForm(),
        "may_write": "officer" in roles or ("contributor" in roles and found.is_now.draft),
        "may_add": bool(set(roles) & {"officer", "contributor"}) and not found.is_now.merged,
        "may_put": bool(set(roles) & {"officer", "contributor", "scientist"}) and not found.is_now.merged,
        "events": _events(found) if "history" in seen.can else [],
    }
    return render(request, "directions/question.html", context)


def _events(found: Question) -> list[dict[str, Any]]:
    names = {f"question.{way.id}": way.name for way in found.programme.machine("question").transitions}
    own = {
        "question.evidence": _("Evidence added"),
        "question.rival": _("Formulation added"),
        "question.owner": _("Owner named"),
    }
    rows = reversed(history("question", found.pk))
    return [
        {"event": event, "name": names.get(event.act), "word": own.get(event.act, "")}
        for event in rows
        if not event.act.endswith(".draft")
    ]


@login_required
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change the wording."""
    found, seen = _question(request, key)
    if not set(seen.roles) & {"officer", "contributor"}:
        raise Http404
    form = QuestionForm(request.POST or None, agency=found.agency_id, instance=Question.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        version = int(request.POST.get("version") or -1)
        domain.save_question(
            question=found, values=form.cleaned_data, version=version, user=account(request), now=timezone.now()
        )
        messages.success(request, _("Saved."))
        return redirect("directions:question", found.pk)
    return render(request, "directions/write.html", {"form": form, "agency": found.agency, "question": found})


@login_required
@require_POST
def act(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """Take a step, add evidence or a formulation, name the owner."""
    found, _seen = _question(request, key)
    user, now, sent = account(request), timezone.now(), request.POST
    if verb == "evidence":
        domain.add_evidence(
            question=found,
            kind=sent.get("kind", ""),
            text=sent.get("text", ""),
            source=sent.get("source", ""),
            user=user,
            now=now,
        )
    elif verb == "rival":
        domain.add_rival(
            question=found, text_zh=sent.get("text_zh", ""), text_en=sent.get("text_en", ""), user=user, now=now
        )
    elif verb == "own":
        domain.set_owner(question=found, owner=user, review_on=found.review_on, user=user, now=now)
    else:
        target = visible_questions(user).filter(pk=sent.get("target", ""), agency=found.agency_id).first()
        reason, version = sent.get("reason", ""), int(sent.get("version") or -1)
        domain.take_step(question=found, action=verb, user=user, now=now, reason=reason, target=target, version=version)
    return redirect("directions:question", found.pk)


@login_required
def plan(request: HttpRequest, agency_id: str) -> HttpResponse:
    """Prepare a consultation."""
    agency = get_object_or_404(Organisation, pk=agency_id)
    if agency.pk not in organisations_of(account(request), Role.OFFICER):
        raise Http404
    form = ConsultationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = domain.plan_consultation(agency=agency, user=account(request), now=timezone.now(), **form.cleaned_data)
        return redirect("directions:consultation", made.pk)
    return render(request, "directions/plan.html", {"form": form, "agency": agency})


def _consultation(request: HttpRequest, key: str) -> tuple[Consultation, Any]:
    found = get_object_or_404(Consultation.objects.select_related("agency"), pk=key)
    try:
        return found, see(request.user, found)
    except NotAllowedError as error:
        raise Http404 from error


@require_safe
def consultation(request: HttpRequest, key: str) -> HttpResponse:
    """Show a round: its questions, one's vote, comments with their answers."""
    found, seen = _consultation(request, key)
    user = _reader(request)
    visible = set(visible_questions(user).filter(consultations=found).values_list("pk", flat=True))
    questions = [row for row in seen.questions if row.pk in visible]
    comments = seen.comments if "comments" in seen.can else []
    if user is not None and "comments" not in seen.can:
        comments = list(found.comments.filter(author=user).select_related("question"))
    told = "votes" in seen.can and not found.is_now.collecting
    shown = votes_of(found, questions, mine=user.pk if user else None)
    context = {
        "round": found,
        "seen": seen,
        "roles": seen.roles,
        "rows": shown,
        "told": told,
        "comments": comments,
        "unanswered": sum(not row.answer for row in comments),
        "steps": acts_of(user, found, now=timezone.now()),
        "candidates": visible_questions(user).filter(agency=found.agency_id, state__means=["proposed", "registered"])
        if found.is_now.preparing
        else [],
        "invited": found.invited.all() if "officer" in seen.roles else [],
        "grades": range(1, 6),
    }
    return render(request, "directions/consultation.html", context)


@login_required
@require_POST
def act_on_consultation(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """Fill, open, close, publish; comment, answer, vote."""
    found, _seen = _consultation(request, key)
    user, now, sent = account(request), timezone.now(), request.POST
    asked = found.questions.filter(pk=sent.get("question", "")).first()
    if verb == "fill":
        chosen = list(visible_questions(user).filter(pk__in=sent.getlist("questions")))
        emails = sent.get("emails", "").replace(",", " ").replace(";", " ").split()
        domain.fill_consultation(consultation=found, questions=chosen, emails=emails, user=user, now=now)
    elif verb == "comment":
        domain.comment(consultation=found, question=asked, text=sent.get("text", ""), user=user, now=now)
        messages.success(request, _("Your comment is in; it will be answered."))
    elif verb == "answer":
        if "officer" not in roles_of(user, found):
            raise Http404
        row = get_object_or_404(Comment, pk=sent.get("comment") or 0, consultation=found)
        domain.answer(comment=row, text=sent.get("text", ""), taken_up=sent.get("taken_up") == "1", user=user, now=now)
    elif verb == "vote" and asked is not None:
        importance = int(sent.get("importance") or 0)
        domain.vote(consultation=found, question=asked, importance=importance, user=user, now=now)
    elif verb in {"open", "close", "publish"}:
        domain.move_consultation(consultation=found, action=verb, user=user, now=now)
    else:
        raise Http404
    return redirect("directions:consultation", found.pk)
