"""What every template may use beside its own context."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from yuantou.kernel.local_text import LocalText


def site(request: HttpRequest) -> dict[str, Any]:
    """Server time (deadlines are judged by it, never by the browser's clock) and whether this is a demonstration."""
    shown = getattr(settings, "DEMONSTRATION", False)
    return {
        "server_now": timezone.now(),
        "is_demonstration": shown,
        "demonstration_logins": _logins if shown else (),
    }


def _logins() -> list[tuple[str, str, LocalText]]:
    """Return address, password and role of the accounts to try; asked for by the sign-in page alone."""
    from yuantou.web.demonstration import LOGINS, PASSWORD

    return [(login.email, PASSWORD, login.role) for login in LOGINS]
