"""The button that undoes what one has just done."""

from typing import Any

from django import template
from django.utils import timezone

from yuantou.apps.workflow.undo import open_window, open_windows, way_back

register = template.Library()


@register.inclusion_tag("workflow/_undo.html", takes_context=True)
def undo_button(context: template.Context, key: str) -> dict[str, Any]:
    """Offer to undo the last change of a record, as long as its reader may."""
    request = context["request"]
    window = open_window(key, request.user, now=timezone.now()) if request.user.is_authenticated else None
    return {"window": window, "way": way_back(window) if window else None, "request": request}


@register.inclusion_tag("workflow/_undo_many.html", takes_context=True)
def undo_all_button(context: template.Context, machine: str) -> dict[str, Any]:
    """Offer to undo everything of a kind that its reader has done in the last minutes, as long as it may be."""
    request, now = context["request"], timezone.now()
    windows = open_windows(machine, request.user, now=now) if request.user.is_authenticated else []
    first = min((window.until for window in windows), default=None)
    return {"n": len(windows), "until": first, "machine": machine, "request": request}
