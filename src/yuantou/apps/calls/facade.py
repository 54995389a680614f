"""What other apps may use of calls."""

from datetime import datetime
from typing import Any

from django.http import Http404

from yuantou.apps.calls.appointing import appointed_holders, refuse_broken
from yuantou.apps.calls.domain import close_due_calls, hash_of_terms, terms_hold
from yuantou.apps.calls.models import Call
from yuantou.apps.registry.models import Discipline
from yuantou.apps.workflow.facade import roles_of

__all__ = [
    "appointed_holders",
    "call_for_officer",
    "close_due_calls",
    "disciplines_of",
    "hash_of_terms",
    "is_officer",
    "refuse_broken",
    "takes_submissions",
    "terms_hold",
]


def takes_submissions(call: Call, now: datetime) -> bool:
    """Tell whether a call takes submissions at an instant of the server's clock, the printed grace period included."""
    if not call.is_now.announced or call.opens_at is None or call.last_instant is None:
        return False
    return call.opens_at <= now <= call.last_instant


def disciplines_of(call: Call) -> list[Discipline]:
    """Return the disciplines a call admits: those it names, or all."""
    return list(call.disciplines.all()) or list(Discipline.objects.all())


def is_officer(user: Any, call: Call) -> bool:
    """Tell whether a user is a programme officer of the call's agency."""
    return "officer" in roles_of(user, call)


def call_for_officer(user: Any, call_id: str) -> Call:
    """Return a call to an officer of its agency (or a signatory).

    Raises
    ------
    Http404
        For everybody else, and for a call that does not exist.
    """
    call = Call.objects.select_related("programme_type", "agency").filter(pk=call_id).first()
    if call is None or not {"officer", "signatory"} & roles_of(user, call):
        raise Http404
    return call
