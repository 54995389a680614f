"""Small helpers of every view."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from yuantou.apps.workflow.facade import Seen, see
from yuantou.kernel.errors import NotAllowedError


def seen_or_404(user: Any, record: Any) -> Seen:
    """Return a record as a user may see it; what may not be seen does not exist.

    Raises
    ------
    Http404
        If no field of the record is granted to the user.
    """
    try:
        return see(user, record)
    except NotAllowedError as error:
        raise Http404 from error


def record_or_404(user: Any, records: Any, pk: str) -> tuple[Any, Seen]:
    """Return a record by its key together with the view of it that a user is granted."""
    record = get_object_or_404(records, pk=pk)
    return record, seen_or_404(user, record)


def version_of(request: HttpRequest) -> int | None:
    """Return the version a form was made from, or nothing if it carries none."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() else None


def signed_out(request: HttpRequest) -> HttpResponse | None:
    """Answer 401 to a script whose session ended, so that it keeps the text and asks for a new sign-in."""
    return None if request.user.is_authenticated else HttpResponse(status=401)


def query_with(request: HttpRequest, **changes: str | int | None) -> str:
    """Return the query string with some parameters changed (``None`` removes one)."""
    values = {**{key: request.GET.getlist(key) for key in request.GET}, **changes}
    return urlencode({key: value for key, value in values.items() if value is not None}, doseq=True)


now = timezone.now
