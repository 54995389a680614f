"""Small helpers of every view."""

from typing import Any, cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from yuantou.apps.accounts.facade import User
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


def account(request: HttpRequest) -> User:
    """Return the account behind a request to a page that asks for a sign-in."""
    return cast(User, request.user)
