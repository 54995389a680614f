"""Lists of people, organisations and works."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q
from django.http import QueryDict

from yuantou.apps.registry.models import Affiliation, Authorship, Organisation, Person

PAGE = 25


def people_table(query: QueryDict) -> "Page[Any]":
    """Return a page of people with their present institutions (three queries)."""
    rows = Person.objects.all()
    if words := query.get("q", "").strip():
        rows = rows.filter(Q(name_zh__icontains=words) | Q(name_en__icontains=words) | Q(orcid=words))
    present = Affiliation.objects.filter(end=None).select_related("organisation")
    order = {"name": "name_zh", "-name": "-name_zh", "latin": "name_en", "-latin": "-name_en"}
    ordered = rows.order_by(order.get(query.get("sort", ""), "name_zh"), "pk")
    shown = ordered.prefetch_related(Prefetch("affiliations", queryset=present, to_attr="present"))
    return Paginator(shown, PAGE).get_page(query.get("page"))


def organisation_table(query: QueryDict) -> "Page[Any]":
    """Return a page of organisations with the number of people there now."""
    rows = Organisation.objects.select_related("parent")
    if words := query.get("q", "").strip():
        rows = rows.filter(
            Q(name_zh__icontains=words) | Q(name_en__icontains=words) | Q(city__icontains=words) | Q(ror=words)
        )
    counted = rows.annotate(people=Count("affiliations", filter=Q(affiliations__end=None)))
    order = {"name": "name_zh", "-name": "-name_zh", "people": "people", "-people": "-people", "city": "city"}
    return Paginator(counted.order_by(order.get(query.get("sort", ""), "name_zh"), "pk"), PAGE).get_page(
        query.get("page")
    )


def works_table(person: Person, query: QueryDict) -> "Page[Any]":
    """Return a page of a person's works with all printed names."""
    rows = Authorship.objects.filter(person=person).select_related("work").prefetch_related("work__authorships")
    if words := query.get("q", "").strip():
        rows = rows.filter(Q(work__title__icontains=words) | Q(work__venue__icontains=words))
    order = {"year": "work__year", "title": "work__title", "-title": "-work__title"}
    ordered = rows.order_by(order.get(query.get("sort", ""), "-work__year"), "work__title")
    return Paginator(ordered, PAGE).get_page(query.get("page"))
