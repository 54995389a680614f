"""Pages of the applicant: write, invite, attach, submit, follow."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuantou.apps.audit.facade import receipt_of, tree_head
from yuantou.apps.calls.facade import disciplines_of, takes_submissions
from yuantou.apps.calls.models import Call
from yuantou.apps.files.facade import read
from yuantou.apps.http import account, record_or_404, version_of
from yuantou.apps.language import in_page_language
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.answers import as_typed, tidy
from yuantou.apps.proposals.facade import read_form
from yuantou.apps.proposals.forms import MemberForm, StatementForm, form_inputs
from yuantou.apps.proposals.history import lines_of
from yuantou.apps.proposals.models import Attachment, Member, Proposal
from yuantou.apps.proposals.pdf import proposal_pdf
from yuantou.apps.proposals.statements import asked_of, with_statements
from yuantou.apps.proposals.tables import my_invitations, my_table
from yuantou.apps.workflow.facade import Seen, acts_of
from yuantou.engines.text.instructions import find_instructions
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError
from yuantou.kernel.instants import print_instant

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _records() -> Any:
    rows = Proposal.objects.select_related("call__programme_type", "call__agency", "applicant", "organisation")
    return rows.prefetch_related("members__person")


def own_or_404(request: HttpRequest, proposal_id: str) -> Proposal:
    """Return a proposal to its applicant; to everybody else it does not exist."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    if "applicant" not in seen.roles:
        raise Http404
    return proposal


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List my proposals and the invitations that wait for my answer."""
    user = account(request)
    machine_states = {}
    page = my_table(user, request.GET)
    for row in page:
        machine_states[row.state.id] = row.state
    context = {
        "page": page,
        "invitations": my_invitations(user),
        "states": list(machine_states.values()),
        "now": timezone.now(),
    }
    return render(request, "proposals/mine.html", context)


@login_required
@require_POST
def start(request: HttpRequest, call_id: str) -> HttpResponse:
    """Start a proposal in an open call, or go on with the draft already there."""
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=call_id)
    proposal = domain.start_proposal(call=call, user=account(request), now=timezone.now())
    return redirect("proposals:edit", proposal.pk)


@require_safe
def detail(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Show a proposal as its reader may see it."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    context = {
        "seen": seen,
        "call": proposal.call,
        "state": proposal.programme.machine("proposal").state(proposal.state),
        "requested": proposal.requested if "answers" in seen.can else None,
        "currency": proposal.programme.budget.currency,
        "sections": read_form(proposal.programme, seen.answers) if "answers" in seen.can else [],
        "machine": _to_machines(seen),
        "timeline": lines_of(proposal) if "history" in seen.can else [],
        "acts": {act.transition.id: act for act in acts_of(request.user, proposal, now=timezone.now())},
    }
    return render(request, "proposals/detail.html", context)


def _to_machines(seen: Seen) -> list[str]:
    """Return passages that address a machine: a hint for the officer, shown to the applicant first; never a verdict."""
    if "answers" not in seen.can or not seen.roles & {"applicant", "officer"}:
        return []
    texts = (text for text in seen.answers.values() if isinstance(text, str))
    return [found.words for text in texts for found in find_instructions(text)]


# --- writing ----------------------------------------------------------------------------------------------------------


@login_required
@form_page
def edit(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Write the proposal; saving never asks for completeness."""
    proposal = own_or_404(request, proposal_id)
    if not proposal.is_now.editable:
        return redirect("proposals:detail", proposal.pk)
    if request.method != "POST":
        return _edit_page(request, proposal, proposal.answers)
    try:
        _save(request, proposal)
    except StaleError:
        typed = tidy(proposal.programme, request.POST)
        return _edit_page(request, proposal, {**proposal.answers, **typed}, differs=_differences(proposal, typed))
    messages.success(request, _("Saved."))
    return redirect("proposals:submit" if "submit" in request.POST else "proposals:edit", proposal.pk)


def _save(request: HttpRequest, proposal: Proposal) -> Proposal:
    return domain.save_answers(
        proposal=proposal,
        posted=request.POST.dict(),
        user=account(request),
        now=timezone.now(),
        version=version_of(request),
    )


def _differences(proposal: Proposal, typed: dict[str, Any]) -> list[dict[str, str]]:
    """Name the answers that differ between what is saved and what was typed, with both texts."""
    labels = {key: field.label for field in proposal.programme.fields for key in field.keys}
    return [
        {"key": key, "label": in_page_language(labels[key]), "mine": as_typed(value), "theirs": as_typed(saved)}
        for key, value in typed.items()
        if value != (saved := proposal.answers.get(key)) and as_typed(value) != as_typed(saved)
    ]


def _edit_page(
    request: HttpRequest, proposal: Proposal, answers: dict[str, Any], differs: list[dict[str, str]] | None = None
) -> HttpResponse:
    context = {
        "proposal": proposal,
        "call": proposal.call,
        "version": proposal.version,
        "sections": form_inputs(proposal.programme, answers, disciplines_of(proposal.call)),
        "missing": domain.obstacles(proposal, timezone.now()),
        "organisations": domain.current_organisations(proposal.applicant),
        "members": proposal.members.all(),
        "attachments": proposal.attachments.select_related("file"),
        "member_form": MemberForm(),
        "statements": asked_of(proposal),
        "statement_form": StatementForm(),
        "is_open": takes_submissions(proposal.call, timezone.now()),
        "differs": differs,
        "returned": proposal.remarks.filter(act="proposal.return").last() if proposal.is_now.returned else None,
    }
    return render(request, "proposals/edit.html", context, status=409 if differs is not None else 200)


@require_POST
def autosave(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Save in the background. 401 keeps the text in the browser until the person has signed in again."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": _("You are signed out. Your text is kept in this browser.")}, status=401)
    proposal = own_or_404(request, proposal_id)
    try:
        saved = _save(request, proposal)
    except StaleError as error:
        differs = _differences(proposal, tidy(proposal.programme, request.POST))
        message = in_page_language(error.message)
        return JsonResponse({"message": message, "differs": differs, "version": proposal.version}, status=409)
    at = print_instant(saved.saved_at, saved.call.time_zone)
    return JsonResponse({"version": saved.version, "saved_at": at, "message": _("Saved at %(time)s") % {"time": at}})


@login_required
@require_safe
def missing(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Render the list of what is missing (a part of the page, renewed after each save)."""
    proposal = own_or_404(request, proposal_id)
    return render(
        request,
        "proposals/_missing.html",
        {"proposal": proposal, "missing": domain.obstacles(proposal, timezone.now())},
    )


# --- participants and files -------------------------------------------------------------------------------------------


@login_required
@require_POST
def invite(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Invite a participant; the answer is the same whether or not the address has an account."""
    proposal, form = own_or_404(request, proposal_id), MemberForm(request.POST)
    if form.is_valid():
        team.invite_member(proposal=proposal, **form.cleaned_data, user=account(request), now=timezone.now())
        messages.success(request, _("The invitation is on its way."))
    else:
        messages.error(request, _("Please give a valid e-mail address."))
    return redirect(f"{_edit_address(proposal)}#members")


def _edit_address(proposal: Proposal) -> str:
    return redirect("proposals:edit", proposal.pk).url


@login_required
@require_POST
def remove_member(request: HttpRequest, proposal_id: str, member_id: str) -> HttpResponse:
    """Take a participant off."""
    proposal = own_or_404(request, proposal_id)
    member = get_object_or_404(Member, pk=member_id, proposal=proposal)
    team.remove_member(member=member, user=account(request), now=timezone.now())
    return redirect(f"{_edit_address(proposal)}#members")


@login_required
@form_page
def invitation(request: HttpRequest, member_id: str) -> HttpResponse:
    """Answer an invitation to take part; it exists only for the person it was sent to."""
    user = account(request)
    rows = Member.objects.select_related("proposal__call__programme_type", "proposal__applicant")
    member = get_object_or_404(rows, pk=member_id, email=user.email.lower())
    if request.method == "POST":
        confirm = request.POST.get("answer") == "confirm"
        team.answer_invitation(member=member, user=user, confirm=confirm, now=timezone.now())
        messages.success(request, _("You take part.") if confirm else _("You have declined."))
        return redirect("proposals:mine")
    context = {"member": member, "title": member.proposal.title, "call": member.proposal.call}
    return render(request, "proposals/invitation.html", {**context, "applicant": member.proposal.applicant})


@login_required
@require_POST
def attach(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Attach a file."""
    proposal = own_or_404(request, proposal_id)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Please choose a file."))
        return redirect(f"{_edit_address(proposal)}#attachments")
    refused = team.too_large(upload.size or 0)
    try:
        if refused:
            raise refused
        team.attach_file(
            proposal=proposal,
            name=upload.name or "",
            content=upload.read(),
            user=account(request),
            now=timezone.now(),
        )
    except InputError as error:
        messages.error(request, f"{in_page_language(error.message)} {in_page_language(error.remedy)}")
    return redirect(f"{_edit_address(proposal)}#attachments")


@login_required
@require_POST
def detach(request: HttpRequest, proposal_id: str, attachment_id: str) -> HttpResponse:
    """Take a file off."""
    proposal = own_or_404(request, proposal_id)
    attachment = get_object_or_404(Attachment, pk=attachment_id, proposal=proposal)
    team.detach_file(attachment=attachment, user=account(request), now=timezone.now())
    return redirect(f"{_edit_address(proposal)}#attachments")


@login_required
@require_safe
def attachment(request: HttpRequest, proposal_id: str, attachment_id: str) -> HttpResponse:
    """Serve a file to whoever may see the attachments of its proposal: always as a download, never inline."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    if "attachments" not in seen.can:
        raise Http404
    found = get_object_or_404(Attachment.objects.select_related("file"), pk=attachment_id, proposal=proposal)
    return _download(read(found.file_id), found.file.media_type, found.name)


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    from django.utils.http import content_disposition_header

    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


# --- submitting -------------------------------------------------------------------------------------------------------


@login_required
@form_page
def submit(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Look once more, then submit. The server's clock at arrival is what counts."""
    arrived = timezone.now()
    proposal = own_or_404(request, proposal_id)
    problem: NotAllowedError | StaleError | None = None
    if request.method == "POST":
        try:
            domain.submit_proposal(proposal=proposal, user=account(request), now=arrived, version=version_of(request))
        except (NotAllowedError, StaleError) as error:
            problem = error
        else:
            return redirect("proposals:receipt", proposal.pk)
    elif not proposal.is_now.editable:
        return redirect("proposals:receipt" if proposal.number else "proposals:detail", proposal.pk)
    context = {
        "proposal": proposal,
        "call": proposal.call,
        "problem": problem,
        "missing": domain.obstacles(proposal, timezone.now()),
        "is_open": takes_submissions(proposal.call, arrived),
        "sections": read_form(proposal.programme, with_statements(proposal)),
        "members": proposal.members.all(),
        "attachments": proposal.attachments.all(),
    }
    status = {type(None): 200, StaleError: 409}.get(type(problem), 403)
    return render(request, "proposals/submit.html", context, status=status)


@login_required
@require_safe
def receipt(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Show the receipt: what was received, when, and how to prove it."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    if "receipt" not in seen.can or seen.receipt is None:
        raise Http404
    size, root = tree_head()
    context = {
        "seen": seen,
        "call": proposal.call,
        "receipt": seen.receipt,
        "sealed_at": print_instant(seen.receipt.submitted_at, proposal.call.time_zone),
        "holds": domain.seal_holds(seen.receipt),
        "entry": next((e for e in lines_of(proposal) if e.index == seen.receipt.ledger_index), None),
        "tree_size": size,
        "tree_root": root,
    }
    return render(request, "proposals/receipt.html", context)


@login_required
@require_safe
def receipt_json(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Serve the receipt as a file that proves itself offline: ``yuantou verify receipt.json``."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    if "receipt" not in seen.can or seen.receipt is None or seen.receipt.ledger_index is None:
        raise Http404
    document = receipt_of(seen.receipt.ledger_index, now=timezone.now())
    content = json.dumps(document, indent=1, ensure_ascii=False).encode()
    return _download(content, "application/json", f"{proposal.number}-receipt.json")


@login_required
@form_page
def withdraw(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Withdraw after asking once more."""
    proposal = own_or_404(request, proposal_id)
    if request.method == "POST":
        domain.withdraw_proposal(proposal=proposal, user=account(request), now=timezone.now())
        messages.success(request, _("The proposal is withdrawn."))
        return redirect("proposals:mine")
    return render(request, "proposals/withdraw.html", {"proposal": proposal})


@login_required
@require_safe
def pdf(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Serve the proposal as PDF, with just those answers the reader may see."""
    proposal, seen = record_or_404(request.user, _records(), proposal_id)
    if "answers" not in seen.can:
        raise Http404
    content = proposal_pdf(proposal, seen)
    return _download(content, "application/pdf", f"{proposal.number or 'draft'}.pdf")
