"""Pages of reports and cases, and of training."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuantou.apps.accounts.facade import Role, User
from yuantou.apps.audit.facade import history
from yuantou.apps.files.facade import read
from yuantou.apps.http import account, record_or_404
from yuantou.apps.integrity import cases, reports, training
from yuantou.apps.integrity.models import Case, CaseFile, Course, Misconduct, TrainingRecord
from yuantou.apps.integrity.rules import COMMITTEE, MEASURES
from yuantou.apps.integrity.words import measure_names, step_names
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import acts_of
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.local_text import LocalText

SUFFIXES = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "text/plain": b""}


def report(request: HttpRequest) -> HttpResponse:
    """Take a report of possible misconduct, with or without a name, and show its receipt once."""
    agencies = Organisation.objects.filter(pk__in=_agencies()).order_by("pk")
    typed = request.POST if request.method == "POST" else {}
    context: dict[str, Any] = {"agencies": agencies, "kinds": Misconduct.choices, "typed": typed}
    if request.method == "POST":
        agency = get_object_or_404(agencies, pk=typed.get("agency"))
        named = request.user.is_authenticated and "unnamed" not in typed
        user = account(request) if named and not account(request).seen_by else None
        try:
            case, code = reports.report(
                agency=agency,
                kind=typed.get("kind", ""),
                text=typed.get("text", ""),
                number=typed.get("number", ""),
                user=user,
                now=timezone.now(),
            )
        except InputError as error:
            context["error"] = error.text(request.LANGUAGE_CODE)
        else:
            return render(request, "integrity/receipt.html", {"case": case, "code": code, "named": user is not None})
    return render(request, "integrity/report.html", context)


def _agencies() -> Any:
    from yuantou.apps.accounts.models import RoleGrant

    return RoleGrant.objects.filter(role=Role.INTEGRITY).values("organisation")


def status(request: HttpRequest) -> HttpResponse:
    """Tell whoever holds a receipt code where the case stands."""
    found = reports.case_by_code(request.POST.get("code", "")) if request.method == "POST" else None
    return render(request, "integrity/status.html", {"case": found, "asked": request.method == "POST"})


@login_required
@require_safe
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show a case as far as it exists for the reader, and what the reader may do now."""
    found, seen = record_or_404(request.user, _cases(), case_id)
    user, machine = account(request), found.programme.machine("case")
    language = request.LANGUAGE_CODE
    names = {f"case.{t.id}": t.name.in_language(language) for t in machine.transitions}
    names |= {
        "case.report": _("Reported"),
        "case.committee": _("Committee appointed"),
        "case.opinion": _("Opinion given"),
    }
    names |= {"case.file": _("Evidence sealed"), "case.respondent": _("Respondent named")}
    context = {
        "case": found,
        "seen": seen,
        "steps": acts_of(user, found, now=timezone.now()),
        "statements": [(step_names().get(row.act, row.act), row) for row in seen.statements]
        if "statements" in seen.can
        else [],
        "measures": measure_names(),
        "measure": measure_names().get(found.measure, "") if "measure" in seen.can else "",
        "severity": MEASURES,
        "seat": found.seats.filter(user=user).first() if "committee" in seen.roles else None,
        "least": COMMITTEE,
        "may_add": not machine.state(found.state).final and seen.roles & {"integrity", "respondent", "reporter"},
        "events": [(names.get(e.act, ""), e) for e in reversed(history("case", found.pk))]
        if "history" in seen.can
        else [],
        "now": timezone.now(),
    }
    return render(request, "integrity/case.html", context)


def _cases() -> Any:
    return Case.objects.select_related("agency", "proposal__call__programme_type", "respondent", "finding")


@login_required
@require_POST
def act_on_case(request: HttpRequest, case_id: str, verb: str) -> HttpResponse:
    """Take a step of a case, or do what belongs to a stage of it."""
    found, _seen = record_or_404(request.user, _cases(), case_id)
    user, now, text = account(request), timezone.now(), request.POST.get("text", "")
    if verb == "seats":
        cases.seat_members(case=found, members=_accounts(request.POST.get("emails", "")), user=user, now=now)
    elif verb == "respondent":
        person = get_object_or_404(Person, user__email=request.POST.get("email", "").strip().lower())
        cases.name_respondent(case=found, person=person, user=user, now=now)
    elif verb == "opinion":
        given = request.POST.get("misconduct") == "yes"
        cases.give_opinion(case=found, misconduct=given, text=text, user=user, now=now)
    elif verb == "file":
        _take_file(request, found, user)
    else:
        until = _day(request.POST.get("until", ""))
        measure = request.POST.get("measure", "")
        cases.take_step(case=found, step=verb, text=text, user=user, now=now, measure=measure, until=until)
        messages.success(request, _("Recorded."))
    return redirect("integrity:case", found.pk)


def _accounts(typed: str) -> list[User]:
    emails = typed.replace(",", " ").replace(";", " ").lower().split()
    found = list(User.objects.filter(email__in=emails))
    missing = set(emails) - {user.email for user in found}
    if missing:
        listed = "、".join(sorted(missing))
        raise InputError(
            LocalText(f"没有这些帐号：{listed}。", f"There is no account {', '.join(sorted(missing))}."),
            code="integrity.account",
        )
    return found


def _take_file(request: HttpRequest, found: Case, user: User) -> None:
    upload = request.FILES.get("file")
    if upload is None:
        raise InputError(LocalText("请选择文件。", "Please choose a file."), code="file.missing")
    content = upload.read()
    media = next((kind for kind, head in SUFFIXES.items() if content.startswith(head)), "text/plain")
    if media == "text/plain" and b"\0" in content:
        raise InputError(LocalText("仅接受 PDF、图片或纯文本。", "PDF, pictures or plain text only."), code="file.type")
    cases.add_file(case=found, content=content, name=upload.name or "", media_type=media, user=user, now=timezone.now())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@login_required
@require_safe
def case_file(request: HttpRequest, case_id: str, file_id: str) -> HttpResponse:
    """Serve evidence to whoever may see it, always as a download."""
    found, seen = record_or_404(request.user, _cases(), case_id)
    rows = {row.pk: row for row in seen.files} if "files" in seen.can else {}
    if file_id not in rows:
        raise Http404
    row: CaseFile = CaseFile.objects.select_related("file").get(pk=file_id, case=found)
    answer = HttpResponse(read(row.file_id), content_type=row.file.media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=row.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
def trainings(request: HttpRequest) -> HttpResponse:
    """Show the trainings of a person and what each role requires; let the office record and require them."""
    user, now = account(request), timezone.now()
    office = user.grants.filter(role__in=[Role.INTEGRITY, Role.INSTITUTION]).exists() and not user.seen_by
    if request.method == "POST":
        _record(request, user)
        return redirect("integrity:trainings")
    person = user.person_id
    held = (
        TrainingRecord.objects.filter(person=person).select_related("course")
        if person
        else TrainingRecord.objects.none()
    )
    valid = {row.course_id for row in held if row.valid_until >= now.date()}
    rows = [
        {"course": one, "held": [r for r in held if r.course_id == one.pk], "valid": one.pk in valid}
        for one in Course.objects.all()
    ]
    context = {
        "rows": rows,
        "office": office,
        "may_require": user.grants.filter(role=Role.INTEGRITY).exists() and not user.seen_by,
        "roles": _role_names(),
        "today": now.date(),
    }
    return render(request, "integrity/trainings.html", context)


def _record(request: HttpRequest, user: User) -> None:
    now = timezone.now()
    if "slug" in request.POST:
        training.require_training(
            slug=request.POST.get("slug", "")[:40],
            name=LocalText(request.POST.get("name_zh", "")[:200], request.POST.get("name_en", "")[:200]),
            required_of=request.POST.getlist("role"),
            valid_months=int(request.POST.get("months") or 36),
            user=user,
            now=now,
        )
        return
    person = Person.objects.filter(user__email=request.POST.get("email", "").strip().lower()).first()
    day = _day(request.POST.get("completed", ""))
    if person is None or day is None:
        raise NotAllowedError(
            LocalText("没有此帐号，或日期无效。", "There is no such account, or the date is none."),
            code="training.record",
        )
    course = get_object_or_404(Course, pk=request.POST.get("course", ""))
    training.record_training(person=person, course=course, completed_on=day, user=user, now=now)
    messages.success(request, _("Recorded."))


def _role_names() -> dict[str, str]:
    return {
        "applicant": _("Applicant"),
        "reviewer": _("Reviewer"),
        "officer": _("Programme officer"),
        "institution": _("Research office"),
        "integrity": _("Integrity office"),
        "committee": _("Member of a committee"),
    }
