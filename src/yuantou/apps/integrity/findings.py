"""What happens to a finding: its author answers, or the clock runs out; then the office settles it or opens a case."""

from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.integrity.models import Case, Finding
from yuantou.apps.integrity.reports import case_from_finding
from yuantou.apps.workflow.facade import SYSTEM, change_state
from yuantou.kernel.hashing import content_hash


@transaction.atomic
def answer_finding(*, finding: Finding, text: str, user: User, now: datetime) -> None:
    """Answer as the author, before anybody decides anything.

    Raises
    ------
    NotAllowedError
        If nothing is written, the time is over, or the user is not the author.
    """
    change_state(
        finding,
        "answer",
        user=user,
        now=now,
        given={"text": text},
        changes={"answer": text.strip()},
        data={"answer": content_hash(text.strip())},
    )


@transaction.atomic
def settle_finding(*, finding: Finding, reason: str, user: User, now: datetime) -> None:
    """Settle a finding as no concern; the author learns it."""
    change_state(finding, "explain", user=user, now=now, reason=reason, changes={"outcome": reason.strip()})


@transaction.atomic
def open_case(*, finding: Finding, reason: str, user: User, now: datetime) -> Case:
    """Pass a finding on as a case: which begins with a preliminary check, like a report of anybody."""
    change_state(finding, "open_case", user=user, now=now, reason=reason, changes={"outcome": reason.strip()})
    return case_from_finding(finding=finding, allegation=reason, user=user, now=now)


def lapse_findings(*, now: datetime) -> int:
    """Move on findings whose author did not answer in time; returns how many."""
    late = list(Finding.objects.filter(state__means="with_author", due_at__lt=now)[:500])
    for finding in late:
        change_state(finding, "lapse", user=SYSTEM, now=now)
    return len(late)
