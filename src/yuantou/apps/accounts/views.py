"""The profile of an account, and its language."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from yuantou.apps.accounts import domain, impersonation
from yuantou.apps.accounts.forms import ProfileForm
from yuantou.apps.accounts.identity import confirm_identity, may_confirm, proofs_of
from yuantou.apps.http import account
from yuantou.apps.registry.facade import organisation_names
from yuantou.apps.registry.models import Person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show account, person and roles; ask who somebody is at the first visit."""
    user = account(request)
    form = ProfileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain.create_profile(user=user, **form.cleaned_data, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    person = user.person
    context = {
        "person": person,
        "affiliations": person.affiliations.select_related("organisation") if person else [],
        "grants": user.grants.select_related("organisation"),
        "claimable": domain.claimable_person(user),
        "form": form,
        "organisations": [] if person else organisation_names(),
    }
    return render(request, "accounts/profile.html", context)


@login_required
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Link the person known under a proved address."""
    domain.claim_person(user=account(request), now=timezone.now())
    messages.success(request, _("Linked."))
    return redirect("accounts:profile")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show who confirmed a person, and let a research office or an officer confirm; hidden from all others."""
    user, person = account(request), get_object_or_404(Person, pk=person_id)
    if may_confirm(user, person) is None:
        raise Http404
    if request.method == "POST":
        confirm_identity(person=person, source=request.POST.get("source", ""), user=user, now=timezone.now())
        messages.success(request, _("Recorded."))
        return redirect("accounts:identity", person.pk)
    proofs = person.proofs.select_related("given_by__person")
    return render(
        request, "accounts/identity.html", {"person": person, "proofs": proofs, "count": len(proofs_of(person))}
    )


@login_required
@require_POST
def look_as(request: HttpRequest) -> HttpResponse:
    """Let an operator look at the site as somebody else; recorded with a reason."""
    data = request.POST
    target = impersonation.begin(operator=account(request), email=data.get("email", ""), reason=data.get("reason", ""))
    request.session[impersonation.SESSION_KEY] = target.pk
    return redirect("home")


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Return the operator to the own account."""
    target_id, operator = request.session.pop(impersonation.SESSION_KEY, None), account(request).seen_by
    if target_id is not None and operator is not None:
        impersonation.end(operator=operator, target_id=target_id)
    return redirect("accounts:profile")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the page, and of the account if somebody is signed in."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        domain.keep_language(user=account(request), language=chosen)
    return set_language(request)
