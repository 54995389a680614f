"""Pages of people, organisations and works; everybody keeps their own entry."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yuantou.apps.registry import domain
from yuantou.apps.registry.facade import organisation_names
from yuantou.apps.registry.forms import CareerForm, NewStayForm, PersonForm, StayForm
from yuantou.apps.registry.models import Affiliation, Organisation, Person, Work
from yuantou.apps.registry.tables import organisation_table, people_table, works_table
from yuantou.kernel.errors import StaleError

form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the people of the record."""
    return render(request, "registry/people.html", {"page": people_table(request.GET)})


@login_required
@require_safe
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show a person: names, ORCID iD, institutions, works. Nothing here tells who applies or reviews."""
    found = get_object_or_404(Person, pk=person_id)
    context = {
        "person": found,
        "affiliations": found.affiliations.select_related("organisation"),
        "page": works_table(found, request.GET),
        "mine": _own_id(request) == found.pk,
    }
    return render(request, "registry/person.html", context)


def _own_id(request: HttpRequest) -> Any:
    return getattr(request.user, "person_id", None)


def _own(request: HttpRequest) -> Person:
    return get_object_or_404(Person, pk=_own_id(request) or "")


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


@login_required
@form_page
def edit(request: HttpRequest) -> HttpResponse:
    """Edit one's own names and ORCID iD; what was saved elsewhere meanwhile is shown, not overwritten."""
    own = _own(request)
    form = PersonForm(request.POST or None, person=own)
    seen, status = request.POST.get("version", domain.fingerprint(own)), 200
    if request.method == "POST" and form.is_valid():
        try:
            domain.save_person(
                person=own, values=form.cleaned_data, seen=seen, actor=_actor(request), now=timezone.now()
            )
        except StaleError:
            own, status = Person.objects.get(pk=own.pk), 409
            seen = domain.fingerprint(own)
        else:
            messages.success(request, _("Saved."))
            return redirect("registry:person", own.pk)
    context = {"form": form, "version": seen, "person": own, "stale": status == 409}
    return render(request, "registry/edit.html", context, status=status)


@login_required
@form_page
def career(request: HttpRequest) -> HttpResponse:
    """Edit what age and career rules ask for; nobody else ever sees it."""
    own = _own(request)
    form = CareerForm(request.POST or None, career=domain.career_of(own.pk))
    if request.method == "POST" and form.is_valid():
        domain.save_career(person=own, values=form.cleaned_data, actor=_actor(request), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("registry:person", own.pk)
    return render(request, "registry/career.html", {"form": form, "person": own})


@login_required
@form_page
def add_affiliation(request: HttpRequest) -> HttpResponse:
    """Add where one works or worked."""
    own = _own(request)
    form = NewStayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain.add_affiliation(person=own, **form.cleaned_data, actor=_actor(request), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("registry:person", own.pk)
    context = {"form": form, "person": own, "organisations": organisation_names()}
    return render(request, "registry/affiliation.html", context)


@login_required
@form_page
def affiliation(request: HttpRequest, affiliation_id: int) -> HttpResponse:
    """Correct position and dates of one's own stay."""
    own = _own(request)
    stay = get_object_or_404(
        Affiliation.objects.select_related("person", "organisation"), pk=affiliation_id, person=own
    )
    form = StayForm(request.POST or None, affiliation=stay)
    if request.method == "POST" and form.is_valid():
        domain.change_affiliation(affiliation=stay, **form.cleaned_data, actor=_actor(request), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("registry:person", own.pk)
    return render(request, "registry/affiliation.html", {"form": form, "person": own, "affiliation": stay})


@login_required
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """List the organisations of the record."""
    return render(request, "registry/organisations.html", {"page": organisation_table(request.GET)})


@login_required
@require_safe
def organisation(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """Show an organisation: names, ROR, place, units, people there now."""
    found = get_object_or_404(Organisation.objects.select_related("parent"), pk=organisation_id)
    present = Person.objects.filter(affiliations__organisation=found, affiliations__end=None).distinct()
    context = {
        "organisation": found,
        "units": found.units.order_by("name_zh")[:200],
        "people": present.order_by("name_zh", "pk")[:200],
    }
    return render(request, "registry/organisation.html", context)


@login_required
@require_safe
def work(request: HttpRequest, work_id: str) -> HttpResponse:
    """Show a work with its authors."""
    found = get_object_or_404(Work, pk=work_id)
    context = {"work": found, "authorships": found.authorships.select_related("person")}
    return render(request, "registry/work.html", context)
