"""Invitations, answers and reviews: everything that is written."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from yuantou.apps.accounts.facade import User, proofs_of
from yuantou.apps.audit.facade import append, keep_draft
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.facade import decline_early, refuse_own_call, send_to_review
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.hand import in_conflict, officer_only
from yuantou.apps.review.models import (
    Assignment,
    Conflict,
    ConflictStatus,
    Decline,
    Expert,
    MatchRun,
    Review,
    ReviewVersion,
)
from yuantou.apps.review.phases import current_phase, entering, kept_apart, mix_gaps
from yuantou.apps.review.summaries import rebuild, refresh
from yuantou.apps.workflow.facade import SYSTEM, announce, change_state, roles_of, stale
from yuantou.engines.workflow import ProgrammeType, ReviewPhase
from yuantou.engines.workflow.model import NEXT_PHASE
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

MIN_COMMENT = 30
GRADES = ("0", "1", "2", "3")
REMIND_BEFORE = timedelta(days=3)
REMIND_AFTER = timedelta(hours=20)


# --- invitations ------------------------------------------------------------------------------------------------------


@transaction.atomic
def release(*, call: Call, user: User, now: datetime) -> int:
    """Invite every proposed reviewer who is in no conflict and send proposals to review; return the number invited.

    Proposals whose reviewers are not the mix that the type asks for wait: ``mix_gaps`` names them.
    """
    officer_only(user, call)
    refuse_own_call(user, call)
    send_to_review(call=call, now=now, user=user)
    _begin(call, current_phase(call), now)
    due, gaps = now + timedelta(days=current_phase(call).days), mix_gaps(call)
    related = ("proposal__call__programme_type", "expert__person")
    rows = Assignment.objects.filter(
        call=call, state__means="planned", proposal__state__means="under_review"
    ).select_related(*related)
    rows = rows.exclude(proposal__in=list(gaps))
    invited = 0
    for row in rows.prefetch_related("proposal__members"):
        invited += _invite(row, user, now, due)
    MatchRun.objects.filter(call=call, released_at=None, candidates__isnull=False).update(released_at=now)
    return invited


def is_known(expert: Expert, programme: ProgrammeType) -> bool:
    """Tell whether as many hands have confirmed who an expert is as the programme type asks for."""
    needed = programme.review.identity_proofs
    return needed == 0 or len(proofs_of(expert.person)) >= needed


def _invite(row: Assignment, user: User, now: datetime, due: datetime) -> int:
    if not is_known(row.expert, row.programme):
        return 0
    changes = {"due_at": due, "invited_at": now}
    try:
        change_state(row, "invite", user=user, now=now, changes=changes)
    except NotAllowedError as refused:
        if refused.code != "assignment.conflict":
            raise
        return 0
    return 1


@transaction.atomic
def remind(*, assignments: Iterable[Assignment], user: User, now: datetime) -> int:
    """Remind reviewers who have not finished, at most once a day each; return the number of letters."""
    sent = 0
    for row in assignments:
        officer_only(user, row.proposal.call, row.proposal)
        sent += _remind(row, user.actor, now, since=now - REMIND_AFTER)
    return sent


def remind_due(*, now: datetime) -> int:
    """Remind whoever has not finished three days before the due date, and again once it is over."""
    rows = Assignment.objects.filter(call__state__means="reviewing", state__means=["asked", "working"])
    unfinished = rows.select_related("proposal__call__programme_type", "expert__person")
    soon = Q(due_at__gt=now, due_at__lte=now + REMIND_BEFORE) & _not_since(F("due_at") - REMIND_BEFORE)
    over = Q(due_at__lte=now) & _not_since(F("due_at"))
    sent = 0
    for row in unfinished.filter(soon | over).iterator(chunk_size=500):
        assert row.due_at is not None
        window = row.due_at if row.due_at <= now else row.due_at - REMIND_BEFORE
        with transaction.atomic():
            sent += _remind(row, SYSTEM, now, since=window)
    return sent


def _not_since(moment: Any) -> Q:
    return Q(reminded_at=None) | Q(reminded_at__lt=moment)


def _remind(row: Assignment, actor: str, now: datetime, *, since: datetime) -> int:
    """Send one reminder unless there was one since a moment, or the proposal no longer exists for this expert."""
    if not row.proposal.is_now.judged or in_conflict(row.proposal, row.expert):
        return 0
    open_still = Assignment.objects.filter(pk=row.pk, state__means=["asked", "working"])
    if not open_still.exclude(reminded_at__gt=since).update(reminded_at=now):
        return 0
    announce("reminded", row, now=now, once=now.date().isoformat())
    append(at=now, actor=actor, act="assignment.remind", kind="assignment", key=row.pk)
    return 1


@transaction.atomic
def finish_review(*, call: Call, user: User, now: datetime, reason: str = "") -> None:
    """Close the review of a call; refused while reviews are open or phases are to come.

    A ``reason`` stands in for a mix of reviewers that was not met.
    """
    given = {"reason": reason}
    change_state(call, "finish_review", user=user, now=now, given=given, reason=reason)


@transaction.atomic
def next_phase(*, call: Call, user: User, now: datetime, reason: str = "") -> ReviewPhase:
    """Take a call to its next phase of review; a reason stands in for a mix of reviewers that was not met.

    Raises
    ------
    NotAllowedError
        If the phase is not done, it was the last, or the user is no officer or takes part in the call.
    """
    refuse_own_call(user, call)
    phase = call.programme.phase_after(call.phase) or current_phase(call)
    changes, data, given = entering(call, phase), {"phase": phase.id}, {"reason": reason}
    change_state(call, NEXT_PHASE, user=user, now=now, given=given, reason=reason, changes=changes, data=data)
    rebuild(call)
    _begin(call, phase, now)
    return phase


def _begin(call: Call, phase: ReviewPhase, now: datetime) -> None:
    for begin in _beginnings:
        begin(call, phase, now)


_beginnings: list[Callable[[Call, ReviewPhase, datetime], None]] = []


def at_each_phase(begin: Callable[[Call, ReviewPhase, datetime], None]) -> Callable[..., None]:
    """Let a later stage do its part when a call comes to a phase, in the same transaction."""
    _beginnings.append(begin)
    return begin


@transaction.atomic
def leave_behind(*, proposal: Proposal, user: User, now: datetime, reason: str) -> None:
    """Let a proposal not go on to the next phase, where its type cuts; the applicant gets the reason."""
    decline_early(proposal=proposal, reason=reason, user=user, now=now)


@transaction.atomic
def ask_appointed(*, call: Call, user: User, now: datetime) -> int:
    """Ask those whom the call named for the roles of its phase to judge every proposal; return how many pairs.

    Whoever is kept apart from a proposal, or in conflict with it, is not asked: the officer sees the gap.
    """
    officer_only(user, call)
    refuse_own_call(user, call)
    phase, made = current_phase(call), 0
    named = [row for row in call.appointments.select_related("person") if row.role in phase.actors]
    experts = [(Expert.objects.get_or_create(person=row.person, defaults={"active": False})[0], row) for row in named]
    for proposal in Proposal.objects.filter(call=call, state__means="judged").select_related("call__programme_type"):
        for expert, row in experts:
            if in_conflict(proposal, expert) or not kept_apart(proposal, expert, row.role):
                continue
            fresh = {"source": "named", "role": row.role, "created_at": now}
            pair, new = Assignment.objects.get_or_create(
                call=call, proposal=proposal, expert=expert, phase=call.phase, defaults=fresh
            )
            if new:
                data = {"proposal": proposal.pk, "phase": call.phase, "role": row.role}
                append(at=now, actor=user.actor, act="assignment.named", kind="assignment", key=pair.pk, data=data)
                refresh(pair)
                made += 1
    return made


# --- the reviewer -----------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_invitation(*, assignment: Assignment, user: User, now: datetime) -> None:
    """Accept to review; a second click changes nothing."""
    if assignment.is_now.working:
        return
    change_state(assignment, "accept", user=user, now=now, changes={"answered_at": now})
    Review.objects.get_or_create(assignment=assignment)


@transaction.atomic
def refuse_invitation(*, assignment: Assignment, decline: str, reason: str, user: User, now: datetime) -> None:
    """Decline to review; a conflict that the reviewer declares is kept and ends access at once."""
    reason = reason.strip() or str(Decline(decline).label)
    changes = {"answered_at": now, "reason": reason, "decline": decline}
    change_state(assignment, "refuse", user=user, now=now, reason=reason, changes=changes)
    if decline == Decline.CONFLICT:
        Conflict.objects.update_or_create(
            proposal=assignment.proposal,
            expert=assignment.expert,
            kind="declared",
            defaults={"evidence": reason, "source": "declared", "status": ConflictStatus.CONFIRMED},
        )
        data = {"proposal": assignment.proposal_id, "reason_hash": content_hash(reason)}
        append(at=now, actor=user.actor, act="conflict.declare", kind="assignment", key=assignment.pk, data=data)


@transaction.atomic
def rate_familiarity(*, assignment: Assignment, grade: str, user: User, now: datetime) -> None:
    """Keep how well a reviewer says to know the topic; no answer is no answer."""
    if grade in GRADES and {"invitee", "reviewer"} & roles_of(user, assignment):
        Assignment.objects.filter(pk=assignment.pk).update(familiarity=int(grade))
        append(at=now, actor=user.actor, act="assignment.rate", kind="assignment", key=assignment.pk)


@transaction.atomic
def save_review(*, review: Review, values: Mapping[str, Any], user: User, now: datetime, version: int) -> Review:
    """Save a review as it stands, complete or not.

    Raises
    ------
    NotAllowedError
        If the user is not its reviewer, or it was submitted.
    StaleError
        If another window saved since ``version``; nothing is changed.
    """
    _reviewer_only(review, user)
    columns = {
        "scores": _scores(review.assignment, values),
        "comments": str(values.get("comments", "")),
        "confidential": str(values.get("confidential", "")),
        "familiarity": _grade(values.get("familiarity"), range(4)),
    }
    if all(getattr(review, name) == value for name, value in columns.items()):
        return review
    rows = Review.objects.filter(pk=review.pk, version=version)
    if not rows.update(**columns, saved_at=now, version=models.F("version") + 1):
        raise stale()
    review.refresh_from_db()
    keep_draft(kind="assignment", key=review.assignment_id, content=columns, actor=user.actor, now=now)
    return review


def _reviewer_only(review: Review, user: User) -> None:
    if not review.assignment.is_now.working or "reviewer" not in roles_of(user, review.assignment):
        raise NotAllowedError(
            LocalText("此评审不能再修改。", "This review cannot be changed any more."),
            LocalText("如需补充，请联系项目主管。", "Ask the programme officer if something is missing."),
            code="review.closed",
        )


def _scores(assignment: Assignment, values: Mapping[str, Any]) -> dict[str, int]:
    scale = assignment.programme.review.scale
    grades = range(int(scale.low), int(scale.high) + 1)
    given = {c.id: _grade(values.get(f"score_{c.id}"), grades) for c in assignment.stage.criteria}
    return {criterion: grade for criterion, grade in given.items() if grade is not None}


def _grade(value: Any, allowed: range) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.isdigit() and int(text) in allowed else None


def missing_of(review: Review) -> list[Problem]:
    """Return what a review still lacks: a grade for each criterion, and reasons; a score without text is refused."""
    missing = [
        Problem(
            "review.score",
            LocalText(f"“{c.name.zh}”尚未评分。", f"No grade for “{c.name.en}”."),
            LocalText("请选择一级。", "Choose a grade."),
        )
        for c in review.assignment.stage.criteria
        if c.id not in review.scores
    ]
    if len(review.comments.strip()) < MIN_COMMENT:
        missing.append(
            Problem(
                "review.comments",
                LocalText(
                    f"给申请人的意见至少 {MIN_COMMENT} 字。", f"Comments need at least {MIN_COMMENT} characters."
                ),
                LocalText("请说明评分的理由。", "Give the reasons for your grades."),
            )
        )
    return missing


@transaction.atomic
def submit_review(*, review: Review, user: User, now: datetime) -> ReviewVersion:
    """Submit a review: seal it, record it, thank the reviewer. A second click changes nothing."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.assignment.is_now.finished:
        return review.versions.latest("number")
    _reviewer_only(review, user)
    weights = review.assignment.stage.weights
    content = {
        "scores": review.scores,
        "comments": review.comments,
        "confidential": review.confidential,
        "familiarity": review.familiarity,
    }
    digest = content_hash(content)
    overall = sum(weights[criterion] * grade for criterion, grade in review.scores.items())
    Review.objects.filter(pk=review.pk).update(overall=overall, submitted_at=now, content_hash=digest)
    sealed = ReviewVersion.objects.create(
        review=review, number=review.versions.count() + 1, content=content, content_hash=digest, submitted_at=now
    )
    data, says = {"hash": digest, "version": sealed.number}, {"hash": digest}
    change_state(review.assignment, "submit", user=user, now=now, data=data, says=says)
    return sealed


@transaction.atomic
def reopen_review(*, assignment: Assignment, reason: str, user: User, now: datetime) -> None:
    """Ask the reviewer for a revision, with a reason; what was submitted before is kept."""
    change_state(assignment, "reopen", user=user, now=now, reason=reason)
