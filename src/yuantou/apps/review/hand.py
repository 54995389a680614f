"""The officer's hand in the matching: reviewers added and taken off, pairs kept and barred, conflicts decided."""

from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import STANDING, Assignment, Conflict, ConflictStatus, Expert
from yuantou.apps.review.phases import Sides, refuse_apart
from yuantou.apps.review.results import affinities_of, latest_run
from yuantou.apps.review.summaries import refresh
from yuantou.apps.workflow.facade import change_state, roles_of
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

BARRED = "officer"
"""Kind of a conflict that an officer states."""


def officer_only(user: User, call: Call, proposal: Proposal | None = None) -> None:
    """Refuse who is no officer of the call, or takes part in the very proposal."""
    if not call.is_now.reviewing or "officer" not in roles_of(user, proposal or call):
        raise NotAllowedError(
            LocalText("当前不能匹配评审专家。", "Reviewers cannot be matched now."), code="matching.state"
        )


def reason_needed(reason: str) -> None:
    """Refuse an act that is not explained."""
    if not reason.strip():
        raise NotAllowedError(LocalText("请写明理由。", "Please give a reason."), code="not_allowed.reason")


def in_conflict(proposal: Proposal, expert: Expert) -> bool:
    """Tell whether a conflict stands between a proposal and an expert that nobody dismissed."""
    return Conflict.objects.filter(STANDING, proposal=proposal, expert=expert).exists()


@transaction.atomic
def assign_by_hand(
    *, proposal: Proposal, expert: Expert, reason: str, user: User, now: datetime, role: str = ""
) -> Assignment:
    """Add a reviewer against or beside the matching, with a reason that is recorded.

    Raises
    ------
    NotAllowedError
        If a conflict stands, the expert is on this proposal already, the type keeps the two apart, or the reason is
        missing. Without a ``role`` it is the one that the phase lacks most.
    """
    officer_only(user, proposal.call, proposal)
    reason_needed(reason)
    if in_conflict(proposal, expert):
        raise NotAllowedError(
            LocalText("该专家与申请存在利益冲突。", "This expert is in conflict with the proposal."),
            LocalText("如冲突不成立，请先排除并写明理由。", "If there is none, dismiss it first, with a reason."),
            code="assignment.conflict",
        )
    phase = proposal.call.phase
    standing = Assignment.objects.filter(proposal=proposal, phase=phase, state__means="live")
    if standing.filter(expert=expert).exists():
        raise NotAllowedError(
            LocalText("该专家已被指派。", "This expert is assigned already."), code="assignment.twice"
        )
    role = role or Sides(proposal.call, standing).next(proposal.pk)
    refuse_apart(proposal, expert, role)
    run = latest_run(proposal.call)
    row = Assignment.objects.create(
        call=proposal.call,
        proposal=proposal,
        expert=expert,
        run=run,
        phase=phase,
        role=role,
        source="officer",
        reason=reason,
        affinity=affinities_of(run, proposal.pk).get(expert.pk),
        created_at=now,
    )
    refresh(row)
    data = {"proposal": proposal.pk, "phase": phase, "role": role, "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="assignment.by_hand", kind="assignment", key=row.pk, data=data)
    return row


@transaction.atomic
def cancel_assignment(*, assignment: Assignment, reason: str, user: User, now: datetime) -> None:
    """Take a reviewer off a proposal, with a reason; access ends at once."""
    change_state(assignment, "cancel", user=user, now=now, reason=reason, changes={"reason": reason})


@transaction.atomic
def exchange(*, assignment: Assignment, expert: Expert, reason: str, user: User, now: datetime) -> Assignment:
    """Put another expert in the place of one: both or neither."""
    cancel_assignment(assignment=assignment, reason=reason, user=user, now=now)
    return assign_by_hand(proposal=assignment.proposal, expert=expert, reason=reason, user=user, now=now)


@transaction.atomic
def lock_pair(*, assignment: Assignment, locked: bool, reason: str, user: User, now: datetime) -> None:
    """Keep a proposed pair in every later run, or leave it to the matching again."""
    officer_only(user, assignment.proposal.call, assignment.proposal)
    reason_needed(reason)
    Assignment.objects.filter(pk=assignment.pk).update(locked=locked, reason=reason)
    act, data = "assignment.lock" if locked else "assignment.unlock", {"reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act=act, kind="assignment", key=assignment.pk, data=data)


@transaction.atomic
def bar_pair(*, proposal: Proposal, expert: Expert, reason: str, user: User, now: datetime) -> Conflict:
    """State that an expert shall not review a proposal, with a reason; a review under way is recalled."""
    officer_only(user, proposal.call, proposal)
    reason_needed(reason)
    row, _created = Conflict.objects.update_or_create(
        proposal=proposal,
        expert=expert,
        kind=BARRED,
        defaults={
            "source": BARRED,
            "status": ConflictStatus.CONFIRMED,
            "evidence": reason,
            "reason": reason,
            "decided_by": user,
        },
    )
    data = {"proposal": proposal.pk, "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="conflict.bar", kind="conflict", key=str(row.pk), data=data)
    recall(proposal=proposal, expert=expert, reason=reason, user=user, now=now)
    return row


@transaction.atomic
def decide_conflict(*, conflict: Conflict, status: str, reason: str, user: User, now: datetime) -> None:
    """Confirm or dismiss a conflict once, with a reason; it stays so in every later run."""
    officer_only(user, conflict.proposal.call, conflict.proposal)
    reason_needed(reason)
    if status not in {ConflictStatus.CONFIRMED, ConflictStatus.DISMISSED}:
        raise InputError(LocalText("未知的操作。", "Unknown decision."))
    conflict.status, conflict.reason, conflict.decided_by = status, reason, user
    conflict.save(update_fields=["status", "reason", "decided_by"])
    data = {"proposal": conflict.proposal_id, "status": str(status), "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="conflict.decide", kind="conflict", key=str(conflict.pk), data=data)
    if status == ConflictStatus.CONFIRMED:
        recall(proposal=conflict.proposal, expert=conflict.expert, reason=reason, user=user, now=now)


def recall(*, proposal: Proposal, expert: Expert, reason: str, user: User, now: datetime) -> int:
    """End a review that a conflict overtook; what was submitted stays, for the officer to judge."""
    rows = Assignment.objects.filter(proposal=proposal, expert=expert, state__means="unfinished")
    found = list(rows.select_related("proposal__call__programme_type"))
    for row in found:
        cancel_assignment(assignment=row, reason=reason, user=user, now=now)
    return len(found)
