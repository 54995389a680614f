"""Pages of calls: the public list and page, and the desk of the officer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuantou.apps.accounts.facade import Role, User, organisations_of
from yuantou.apps.calls import appointing, domain
from yuantou.apps.calls.facade import call_for_officer, disciplines_of, is_officer, takes_submissions
from yuantou.apps.calls.forms import AppointForm, CallForm, ExtendForm, NewCallForm, ReasonForm
from yuantou.apps.calls.models import Call
from yuantou.apps.calls.tables import STATUSES, call_table
from yuantou.apps.http import account, version_of
from yuantou.apps.workflow.facade import flagged_in
from yuantou.kernel.errors import NotAllowedError, StaleError

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """List the calls: open ones for everybody, drafts for their officers."""
    now = timezone.now()
    context = {
        "page": call_table(request.user, request.GET, now),
        "statuses": [(status, STATUS_NAMES[status]()) for status in STATUSES],
        "may_create": _is_officer_somewhere(request.user),
    }
    return render(request, "calls/list.html", context)


STATUS_NAMES = {
    "open": lambda: _("Open now"),
    "coming": lambda: _("Opening soon"),
    "in_progress": lambda: _("Closed, being decided"),
    "decided": lambda: _("Decided"),
    "draft": lambda: _("Drafts"),
    "cancelled": lambda: _("Cancelled"),
}


def _is_officer_somewhere(user: Any) -> bool:
    return isinstance(user, User) and organisations_of(user, Role.OFFICER).exists()


@require_safe
def detail(request: HttpRequest, call_id: str) -> HttpResponse:
    """Show a call to the public: guide, window, criteria, who may apply."""
    rows = Call.objects.visible_to(request.user).select_related("agency", "programme_type")
    call = get_object_or_404(rows, pk=call_id)
    now = timezone.now()
    context = {
        "call": call,
        "programme": call.programme,
        "disciplines": disciplines_of(call),
        "notices": call.notices.all(),
        "terms": [(term, call.terms.get(term.id, "")) for term in call.programme.terms],
        "terms_hash": domain.hash_of_terms(call),
        "is_open": takes_submissions(call, now),
        "is_coming": call.is_now.announced and call.opens_at is not None and now < call.opens_at,
        "is_officer": is_officer(request.user, call),
    }
    return render(request, "calls/detail.html", context)


@login_required
@form_page
def create(request: HttpRequest) -> HttpResponse:
    """Choose a programme type and start a draft."""
    if not _is_officer_somewhere(request.user):
        raise Http404
    form = NewCallForm(request.POST or None, user=account(request))
    if request.method == "POST" and form.is_valid():
        call = domain.create_call(**form.cleaned_data, user=account(request), now=timezone.now())
        return redirect("calls:edit", call.pk)
    return render(request, "calls/create.html", {"form": form, "types": form.types})


@login_required
@form_page
def edit(request: HttpRequest, call_id: str) -> HttpResponse:
    """Edit a draft; a save that crosses somebody else's shows both and loses nothing."""
    call = _own(request, call_id)
    if not call.is_now.preparing:
        return redirect("call_room", call.pk)
    form = CallForm(request.POST or None, instance=call)
    status, theirs = 200, None
    if request.method == "POST" and form.is_valid():
        try:
            domain.save_call(
                call=Call.objects.get(pk=call.pk),
                values=form.cleaned_data,
                user=account(request),
                version=version_of(request),
            )
        except StaleError:
            status, theirs = 409, Call.objects.get(pk=call.pk)
        else:
            messages.success(request, _("Saved."))
            return redirect("call_room" if "done" in request.POST else "calls:edit", call.pk)
    version = theirs.version if theirs else request.POST.get("version", call.version)
    context = {
        "call": call,
        "form": form,
        "version": version,
        "theirs": theirs,
        "changed": _differences(form, theirs),
        "flagged": flagged_in(call.guide_zh, call.guide_en),
    }
    return render(request, "calls/edit.html", context, status=status)


def _differences(form: CallForm, theirs: Call | None) -> list[tuple[str, str]]:
    """Name the fields that somebody else saved differently, with their text."""
    if theirs is None:
        return []
    other = CallForm(instance=theirs)
    pairs = ((form[name], other[name]) for name in form.fields if name != "disciplines")
    return [
        (str(mine.label), str(theirs_.value() or ""))
        for mine, theirs_ in pairs
        if str(mine.value() or "") != str(theirs_.value() or "")
    ]


def _own(request: HttpRequest, call_id: str) -> Call:
    call = call_for_officer(request.user, call_id)
    if not is_officer(request.user, call):
        raise Http404
    return call


@login_required
@require_POST
def publish(request: HttpRequest, call_id: str) -> HttpResponse:
    """Publish a complete draft."""
    call = _own(request, call_id)
    domain.publish_call(call=call, user=account(request), now=timezone.now())
    messages.success(request, _("The call is published."))
    return redirect("call_room", call.pk)


@login_required
@require_POST
def close(request: HttpRequest, call_id: str) -> HttpResponse:
    """Close a call after its last instant."""
    call = _own(request, call_id)
    domain.close_call(call=call, user=account(request), now=timezone.now())
    messages.success(request, _("The call is closed."))
    return redirect("call_room", call.pk)


@login_required
@form_page
def cancel(request: HttpRequest, call_id: str) -> HttpResponse:
    """Cancel a call with a public reason."""
    call = _own(request, call_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain.cancel_call(call=call, reason=form.reason, user=account(request), now=timezone.now())
        messages.success(request, _("The call is cancelled."))
        return redirect("call_room", call.pk)
    return render(request, "calls/cancel.html", {"call": call, "form": form})


@login_required
@form_page
def extend(request: HttpRequest, call_id: str) -> HttpResponse:
    """Move the deadline with a public reason."""
    call = _own(request, call_id)
    form = ExtendForm(request.POST or None, zone=call.time_zone, initial={"closes_at": call.closes_at})
    if request.method == "POST" and form.is_valid():
        closes_at = form.cleaned_data["closes_at"]
        domain.extend_deadline(
            call=call, closes_at=closes_at, reason=form.reason, user=account(request), now=timezone.now()
        )
        messages.success(request, _("The deadline is extended; a notice stands on the call."))
        return redirect("call_room", call.pk)
    return render(request, "calls/extend.html", {"call": call, "form": form})


@login_required
@form_page
def people(request: HttpRequest, call_id: str) -> HttpResponse:
    """Name who poses, judges and supervises on the whole call."""
    call = _own(request, call_id)
    form = AppointForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        role, person, reason = (form.cleaned_data.get(name, "") for name in ("role", "email", "reason"))
        user, now = account(request), timezone.now()
        try:
            appointing.appoint(call=call, role=role, person=person, user=user, now=now, reason=reason)
        except NotAllowedError as error:
            language = request.LANGUAGE_CODE
            form.add_error("email", " ".join(p.message.in_language(language) for p in error.problems) or str(error))
        else:
            messages.success(request, _("The role is given; the act is in the ledger."))
            return redirect("calls:people", call.pk)
    held = list(call.appointments.select_related("person"))
    roles = [
        {"name": call.programme.roles[role], "held": [row for row in held if row.role == role]}
        for role in call.programme.appointed
    ]
    context = {"call": call, "form": form, "roles": roles, "apart": call.programme.separations}
    return render(request, "calls/people.html", context)


@login_required
@require_POST
def release_appointed(request: HttpRequest, call_id: str, appointment_id: int) -> HttpResponse:
    """Take a role on a call from somebody."""
    call = _own(request, call_id)
    row = get_object_or_404(call.appointments, pk=appointment_id)
    reason = request.POST.get("reason", "")
    appointing.release_appointed(appointment=row, user=account(request), now=timezone.now(), reason=reason)
    return redirect("calls:people", call.pk)
