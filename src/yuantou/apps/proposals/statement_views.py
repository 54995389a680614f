"""Pages of a statement that somebody else signs in a proposal: the applicant asks, the person reads and signs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuantou.apps.http import account
from yuantou.apps.language import in_page_language
from yuantou.apps.proposals import signed
from yuantou.apps.proposals.facade import read_form
from yuantou.apps.proposals.forms import StatementForm
from yuantou.apps.proposals.models import Statement
from yuantou.apps.proposals.statements import holds, seen_now, shown_to_writer
from yuantou.apps.proposals.views import form_page, own_or_404
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError


@login_required
@require_POST
def ask(request: HttpRequest, proposal_id: str, field: str) -> HttpResponse:
    """Ask somebody to write and sign; the answer is the same whether or not the address has an account."""
    proposal, form = own_or_404(request, proposal_id), StatementForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give a valid e-mail address."))
    else:
        try:
            signed.ask_statement(
                proposal=proposal,
                field=field,
                email=form.cleaned_data["email"],
                user=account(request),
                now=timezone.now(),
            )
        except InputError as error:
            messages.error(request, in_page_language(error.message))
        else:
            messages.success(request, _("The request is on its way."))
    return redirect(f"{reverse('proposals:edit', args=[proposal.pk])}#{field}")


@login_required
@form_page
def statement(request: HttpRequest, statement_id: str) -> HttpResponse:
    """Read the part of the proposal that one vouches for, write and sign; it exists only for whom it was asked of."""
    user = account(request)
    rows = Statement.objects.select_related("proposal__call__programme_type", "proposal__applicant")
    asked = get_object_or_404(rows, pk=statement_id, email=user.email.lower())
    typed, problem, status = asked.text, None, 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            return _answer(request, asked, typed)
        except (InputError, NotAllowedError, StaleError) as error:
            problem, status = error, 409 if isinstance(error, StaleError) else 400
    proposal = asked.proposal
    field = next(field for field in proposal.programme.fields if field.id == asked.field)
    context = {
        "asked": asked,
        "field": field,
        "call": proposal.call,
        "applicant": proposal.applicant,
        "title": proposal.title,
        "sections": read_form(proposal.programme, shown_to_writer(proposal, field.id)),
        "seen_hash": seen_now(proposal, field.id),
        "holds": holds(asked, proposal),
        "open": proposal.is_now.editable,
        "typed": typed,
        "problem": problem,
    }
    return render(request, "proposals/statement.html", context, status=status)


def _answer(request: HttpRequest, asked: Statement, typed: str) -> HttpResponse:
    user, now = account(request), timezone.now()
    if request.POST.get("answer") == "decline":
        signed.refuse_statement(statement=asked, user=user, now=now)
        messages.success(request, _("You have declined."))
    else:
        seen = request.POST.get("seen_hash", "")
        signed.sign_statement(statement=asked, text=typed, seen_hash=seen, user=user, now=now)
        messages.success(request, _("You have signed it."))
    return redirect("proposals:statement", asked.pk)
