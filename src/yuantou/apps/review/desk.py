"""What an officer's page begins with: the call, proposal or assignment in the address, or nothing."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from yuantou.apps.accounts.models import Role, User
from yuantou.apps.calls.facade import call_for_officer, is_officer
from yuantou.apps.calls.models import Call
from yuantou.apps.language import page_language
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment
from yuantou.apps.workflow.facade import visible_as
from yuantou.kernel.errors import YuantouError


def user_of(request: HttpRequest) -> User:
    """Return who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def officers_call(request: HttpRequest, call_id: str) -> Call:
    """Return a call to its officers; to others it does not exist."""
    call = call_for_officer(request.user, call_id)
    if not is_officer(request.user, call):
        raise Http404
    return call


def officers_proposal(request: HttpRequest, proposal_id: str) -> Proposal:
    """Return a proposal to the officers of its call who take no part in it."""
    rows = visible_as(Proposal, user_of(request), Role.OFFICER)
    record = get_object_or_404(
        rows.select_related("call__programme_type", "organisation", "discipline"), pk=proposal_id
    )
    officers_call(request, record.call_id)
    return record


def officers_assignment(request: HttpRequest, assignment_id: str) -> Assignment:
    """Return an assignment to those who may see its proposal."""
    rows = Assignment.objects.select_related("proposal__call__programme_type", "expert__person", "review")
    row = get_object_or_404(rows, pk=assignment_id)
    officers_proposal(request, row.proposal_id)
    return row


def begun(request: HttpRequest, work: Callable[[], object]) -> None:
    """Start a run; if another officer's is still going, say whose it is instead."""
    try:
        work()
    except YuantouError as error:
        if error.code != "job.running":
            raise
        messages.error(request, error.text(page_language()))
