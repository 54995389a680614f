"""Parts of facility pages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from yuantou.apps.facilities.book import rulebook, word
from yuantou.apps.language import page_language
from yuantou.kernel.local_text import LocalText

register = template.Library()


@register.filter
def both(row: dict[str, str]) -> str:
    """Print a pair of texts kept as JSON in the language of the page."""
    return LocalText.from_mapping(row).in_language(page_language())


@register.simple_tag
def term(vocabulary: str, name: str) -> str:
    """Print a term of a vocabulary."""
    return word(vocabulary, name).in_language(page_language())


@register.filter
def post_name(role: str) -> str:
    """Name a post at a facility."""
    return rulebook().roles[role].in_language(page_language())


@register.simple_tag
def step_named(machine: str, step: str) -> str:
    """Name a step as the workflow does."""
    found = rulebook().machine(machine).transition(step)
    return found.name.in_language(page_language()) if found else step


@register.filter
def percent(share: float | None) -> str:
    """Print a share as per cent."""
    return "—" if share is None else f"{share * 100:.1f} %"


@register.simple_tag
def instrument_at(instruments: Any, key: str) -> str:
    """Print the name of an instrument by its key."""
    return next((str(row) for row in instruments if row.pk == key), "—")


@register.simple_tag
def usage_kind(kind: str) -> str:
    """Name a kind of usage event."""
    names = {
        "use": _("Use"),
        "training": _("Training"),
        "research": _("Machine research"),
        "maintenance": _("Maintenance"),
        "fault": _("Fault"),
        "no_show": _("No show"),
        "lost": _("Lost"),
    }
    return names.get(kind, kind)


@register.filter
def unit_name(unit: str) -> str:
    """Print the unit of a figure."""
    names = {"h": _("hours"), "percent": "%", "count": "", "CNY": _("yuan"), "points": _("points")}
    return names.get(unit, unit)
