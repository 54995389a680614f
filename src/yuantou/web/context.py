"""What every template may use beside its own context."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone


def site(request: HttpRequest) -> dict[str, Any]:
    """Server time (deadlines are judged by it, never by the browser's clock) and whether this is a demonstration."""
    return {"server_now": timezone.now(), "is_demonstration": getattr(settings, "DEMONSTRATION", False)}
