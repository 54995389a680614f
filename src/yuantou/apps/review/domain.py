"""Matching, assignments, conflicts and reviews: everything that is written."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.db import models, transaction

from yuantou.apps.accounts.facade import User, recipient_of
from yuantou.apps.audit.facade import Act, append, append_many
from yuantou.apps.calls.facade import print_instant
from yuantou.apps.calls.models import Call
from yuantou.apps.files.facade import read, store
from yuantou.apps.jobs.facade import start
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.domain import link_to
from yuantou.apps.proposals.facade import accepted_count, refuse_own_call, send_to_review
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.inputs import call_tables
from yuantou.apps.review.models import Assignment, Conflict, ConflictStatus, Expert, MatchRun, Review, ReviewVersion
from yuantou.apps.review.summaries import LIVE, rebuild, refresh
from yuantou.apps.workflow.facade import SYSTEM, change_state, queue_letter, roles_of, stale
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.errors import InputError, NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress

MIN_COMMENT = 30
REMIND_AFTER = timedelta(hours=20)
KEYS = ["proposal_id", "expert_id", "kind"]


# --- matching ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_matching(*, call: Call, user: User, now: datetime, reviews: int, max_load: int, seed: int) -> MatchRun:
    """Open the review if needed and start a matching run in the background.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call, or no proposal passed the formal check.
    YuantouError
        If a run of this call is still going.
    """
    if call.state == "closed":
        facts = {"has_accepted_proposals": accepted_count(call.pk) > 0}
        change_state(call, "start_review", machine="call", user=user, now=now, facts=facts)
    _officer_only(user, call)
    refuse_own_call(user, call)
    parameters = {"reviews_per_proposal": reviews, "max_load": max_load, "seed": seed}
    job = start("matching", subject=call.pk, owner=user, now=now, parameters=parameters)
    run = MatchRun.objects.create(call=call, job=job, parameters=parameters, created_at=now)
    append(at=now, actor=user.actor, act="matching.start", kind="call", key=call.pk, data={"run": run.pk, **parameters})
    return run


def _officer_only(user: User, call: Call, proposal: Proposal | None = None) -> None:
    """Refuse who is no officer of the call, or takes part in the very proposal."""
    if call.state != "in_review" or "officer" not in roles_of(user, proposal or call):
        raise NotAllowedError(
            LocalText("当前不能匹配评审专家。", "Reviewers cannot be matched now."), code="matching.state"
        )


def run_matching(job: Job, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """Do the work of a matching job; nothing is stored unless all of it is."""
    from yuantou.pipelines.parameters import CallParameters
    from yuantou.pipelines.steps import match_with_candidates

    run = MatchRun.objects.select_related("call__programme_type").get(job=job)
    tables = call_tables(run.call, now=now).canonical()
    parameters = CallParameters.from_mapping({"steps": ["match"], "one_per_organisation": True, **run.parameters})
    result, candidates = match_with_candidates(tables, parameters, progress)
    record = {"inputs": tables.hashes(), "parameters": parameters.as_dict(), "method": dict(result.method)}
    buffer = io.BytesIO()
    candidates.to_frame().write_parquet(buffer, compression="zstd")
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)
        progress("store", 0, 1)  # the last moment at which cancelling leaves nothing behind
        file = store(buffer.getvalue(), media_type="application/vnd.apache.parquet", now=now)
        _discard_proposed(run.call, now)
        _store_conflicts(result.tables["conflicts"])
        count = _store_assignments(run, result.tables["assignments"], now)
        rebuild(run.call)
        shortage = result.tables.get("shortage")
        run.candidates, run.record = file, record
        run.summary = {
            **result.figures,
            "shortage": [] if shortage is None else shortage.to_dicts(),
            "conflicts": Conflict.objects.filter(proposal__call=run.call).count(),
        }
        run.save(update_fields=["candidates", "record", "summary"])
        data = {"run": run.pk, "record": content_hash(record), "candidates": file.sha256, "assignments": count}
        append(at=now, actor=SYSTEM, act="matching.done", kind="call", key=run.call_id, data=data)
    return {"run": run.pk, "assigned": count}


def _discard_proposed(call: Call, now: datetime) -> None:
    """A new run replaces what was only proposed; invitations and what the officer chose by hand stay."""
    old = Assignment.objects.filter(call=call, state="proposed", source="engine")
    acts = [Act(now, SYSTEM, "assignment.discard", "assignment", pk) for pk in old.values_list("pk", flat=True)]
    old.delete()
    append_many(acts)


def _store_conflicts(found: pl.DataFrame) -> None:
    """Keep what officers decided; replace what was computed before."""
    proposals = found["proposal_id"].unique().to_list()
    Conflict.objects.filter(proposal__in=proposals, source="computed", status=ConflictStatus.POTENTIAL).delete()
    rows = [
        Conflict(proposal_id=row["proposal_id"], expert_id=row["expert_id"], kind=row["kind"], evidence=row["evidence"])
        for row in found.unique(["proposal_id", "expert_id", "kind"], keep="first", maintain_order=True).iter_rows(
            named=True
        )
        if row["kind"] != "unknown"
    ]
    Conflict.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def _store_assignments(run: MatchRun, pairs: pl.DataFrame, now: datetime) -> int:
    taken = set(Assignment.objects.filter(call=run.call, state__in=LIVE).values_list("proposal_id", "expert_id"))
    rows = [
        Assignment(
            call_id=run.call_id,
            proposal_id=row["proposal_id"],
            expert_id=row["expert_id"],
            run=run,
            affinity=row["affinity"],
            explanation={"works": row["works"], "terms": row["terms"], "rank": row["rank"]},
            created_at=now,
        )
        for row in pairs.iter_rows(named=True)
        if (row["proposal_id"], row["expert_id"]) not in taken
    ]
    Assignment.objects.bulk_create(rows, batch_size=2000)
    append_many(
        Act(now, SYSTEM, "assignment.propose", "assignment", row.pk, {"proposal": row.proposal_id, "run": run.pk})
        for row in rows
    )
    return len(rows)


def candidates_of(run: MatchRun, proposal_id: str) -> list[dict[str, Any]]:
    """Return the candidates of one proposal from a run, best first: ``expert_id``, ``affinity``, ``rank``."""
    if run.candidates_id is None:
        return []
    frame = pl.read_parquet(io.BytesIO(read(run.candidates_id)))
    return frame.filter(pl.col("proposal_id") == proposal_id).sort("rank").to_dicts()


# --- the officer's hand -----------------------------------------------------------------------------------------------


def in_conflict(proposal: Proposal, expert: Expert) -> bool:
    """Tell whether a conflict stands between a proposal and an expert that nobody dismissed."""
    return Conflict.objects.filter(proposal=proposal, expert=expert).exclude(status=ConflictStatus.DISMISSED).exists()


@transaction.atomic
def assign_by_hand(*, proposal: Proposal, expert: Expert, reason: str, user: User, now: datetime) -> Assignment:
    """Add a reviewer against or beside the matching, with a reason that is recorded.

    Raises
    ------
    NotAllowedError
        If a conflict stands, the expert is on this proposal already, or the reason is missing.
    """
    _officer_only(user, proposal.call, proposal)
    _reason_needed(reason)
    if in_conflict(proposal, expert):
        raise NotAllowedError(
            LocalText("该专家与申请存在利益冲突。", "This expert is in conflict with the proposal."),
            LocalText("如冲突不成立，请先排除并写明理由。", "If there is none, dismiss it first, with a reason."),
            code="assignment.conflict",
        )
    if Assignment.objects.filter(proposal=proposal, expert=expert, state__in=LIVE).exists():
        raise NotAllowedError(
            LocalText("该专家已被指派。", "This expert is assigned already."), code="assignment.twice"
        )
    run = proposal.call.match_runs.filter(candidates__isnull=False).first()
    found = {row["expert_id"]: row for row in candidates_of(run, proposal.pk)} if run else {}
    affinity = found.get(expert.pk, {}).get("affinity")
    row = Assignment.objects.create(
        call=proposal.call,
        proposal=proposal,
        expert=expert,
        run=run,
        source="officer",
        reason=reason,
        affinity=affinity,
        created_at=now,
    )
    refresh(row)
    data = {"proposal": proposal.pk, "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="assignment.by_hand", kind="assignment", key=row.pk, data=data)
    return row


def _reason_needed(reason: str) -> None:
    if not reason.strip():
        raise NotAllowedError(LocalText("请写明理由。", "Please give a reason."), code="not_allowed.reason")


@transaction.atomic
def cancel_assignment(*, assignment: Assignment, reason: str, user: User, now: datetime) -> None:
    """Take a reviewer off a proposal, with a reason; access ends at once."""
    change_state(
        assignment, "cancel", machine="assignment", user=user, now=now, reason=reason, changes={"reason": reason}
    )


@transaction.atomic
def decide_conflict(*, conflict: Conflict, status: str, reason: str, user: User, now: datetime) -> None:
    """Confirm or dismiss a conflict once, with a reason; it stays so in every later run."""
    _officer_only(user, conflict.proposal.call, conflict.proposal)
    _reason_needed(reason)
    if status not in {ConflictStatus.CONFIRMED, ConflictStatus.DISMISSED}:
        raise InputError(LocalText("未知的操作。", "Unknown decision."))
    conflict.status, conflict.reason, conflict.decided_by = status, reason, user
    conflict.save(update_fields=["status", "reason", "decided_by"])
    data = {"proposal": conflict.proposal_id, "status": str(status), "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="conflict.decide", kind="conflict", key=str(conflict.pk), data=data)


@transaction.atomic
def release(*, call: Call, user: User, now: datetime) -> int:
    """Invite every proposed reviewer who is in no conflict and send proposals to review; return the number invited."""
    _officer_only(user, call)
    refuse_own_call(user, call)
    send_to_review(call=call, now=now, user=user)
    due = now + timedelta(days=call.programme.review.days)
    related = ("proposal__call__programme_type", "expert__person")
    rows = Assignment.objects.filter(call=call, state="proposed", proposal__state="in_review").select_related(*related)
    invited = 0
    for row in rows.prefetch_related("proposal__members"):
        invited += _invite(row, user, now, due)
    MatchRun.objects.filter(call=call, released_at=None, candidates__isnull=False).update(released_at=now)
    return invited


def _invite(row: Assignment, user: User, now: datetime, due: datetime) -> int:
    if in_conflict(row.proposal, row.expert):
        return 0
    facts, changes = {"no_conflict": True}, {"due_at": due, "invited_at": now}
    change_state(row, "invite", machine="assignment", user=user, now=now, facts=facts, changes=changes)
    _write(row, "invitation", now, once="invitation")
    return 1


def _write(row: Assignment, template: str, now: datetime, *, once: str, **more: str) -> None:
    recipient = recipient_of(row.expert.person)
    if recipient is None:
        return
    call, proposal = row.proposal.call, row.proposal
    context = {
        "title": _in(recipient.language, proposal.title_zh, proposal.title_en),
        "number": proposal.number or "",
        "call": _in(recipient.language, call.title_zh, call.title_en),
        "deadline": print_instant(row.due_at, call.time_zone) if row.due_at else "",
        "link": link_to("review:assignment", row.pk),
        **more,
    }
    queue_letter(
        template,
        programme=row.programme,
        recipients=[recipient],
        kind="assignment",
        key=row.pk,
        context=context,
        now=now,
        once=once,
    )


def _in(language: str, zh: str, en: str) -> str:
    return LocalText(zh, en).in_language(language) if zh or en else ""


@transaction.atomic
def remind(*, assignments: Iterable[Assignment], user: User, now: datetime) -> int:
    """Remind reviewers who have not finished, at most once a day each; return the number of letters."""
    sent = 0
    for row in assignments:
        _officer_only(user, row.proposal.call, row.proposal)
        fresh = Assignment.objects.filter(pk=row.pk, state__in=["invited", "accepted"]).exclude(
            reminded_at__gt=now - REMIND_AFTER
        )
        if fresh.update(reminded_at=now):
            _write(row, "reminder", now, once=now.date().isoformat())
            append(at=now, actor=user.actor, act="assignment.remind", kind="assignment", key=row.pk)
            sent += 1
    return sent


@transaction.atomic
def finish_review(*, call: Call, user: User, now: datetime) -> None:
    """Close the review of a call; refused while reviews are open."""
    still = Assignment.objects.filter(call=call, state__in=["proposed", "invited", "accepted"]).exists()
    change_state(call, "finish_review", machine="call", user=user, now=now, facts={"no_open_assignments": not still})


# --- the reviewer -----------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_invitation(*, assignment: Assignment, user: User, now: datetime) -> None:
    """Accept to review; a second click changes nothing."""
    if assignment.state == "accepted":
        return
    facts = {"no_conflict": not in_conflict(assignment.proposal, assignment.expert)}
    change_state(
        assignment, "accept", machine="assignment", user=user, now=now, facts=facts, changes={"answered_at": now}
    )
    Review.objects.get_or_create(assignment=assignment)


@transaction.atomic
def refuse_invitation(*, assignment: Assignment, reason: str, conflict: bool, user: User, now: datetime) -> None:
    """Decline to review; a conflict that the reviewer declares is kept and ends access at once."""
    change_state(
        assignment,
        "refuse",
        machine="assignment",
        user=user,
        now=now,
        reason=reason,
        changes={"answered_at": now, "reason": reason},
    )
    if conflict:
        Conflict.objects.update_or_create(
            proposal=assignment.proposal,
            expert=assignment.expert,
            kind="declared",
            defaults={"evidence": reason, "source": "declared", "status": ConflictStatus.CONFIRMED},
        )
        data = {"proposal": assignment.proposal_id, "reason_hash": content_hash(reason)}
        append(at=now, actor=user.actor, act="conflict.declare", kind="assignment", key=assignment.pk, data=data)


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
        "scores": _scores(review.programme, values),
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
    return review


def _reviewer_only(review: Review, user: User) -> None:
    if review.assignment.state != "accepted" or "reviewer" not in roles_of(user, review.assignment):
        raise NotAllowedError(
            LocalText("此评审不能再修改。", "This review cannot be changed any more."),
            LocalText("如需补充，请联系项目主管。", "Ask the programme officer if something is missing."),
            code="review.closed",
        )


def _scores(programme: ProgrammeType, values: Mapping[str, Any]) -> dict[str, int]:
    scale = programme.review.scale
    grades = range(int(scale.low), int(scale.high) + 1)
    given = {c.id: _grade(values.get(f"score_{c.id}"), grades) for c in programme.review.criteria}
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
        for c in review.programme.review.criteria
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
    if review.assignment.state == "submitted":
        return review.versions.latest("number")
    _reviewer_only(review, user)
    missing = missing_of(review)
    if missing:
        raise NotAllowedError(
            LocalText("评审意见尚不完整。", "The review is not complete."),
            code="review.missing",
            problems=tuple(missing),
        )
    weights = review.programme.review.weights
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
    facts, data = {"review_complete": True}, {"hash": digest, "version": sealed.number}
    change_state(review.assignment, "submit", machine="assignment", user=user, now=now, facts=facts, data=data)
    _write(review.assignment, "review_received", now, once=f"received-{sealed.number}", hash=digest)
    return sealed


@transaction.atomic
def reopen_review(*, assignment: Assignment, reason: str, user: User, now: datetime) -> None:
    """Ask the reviewer for a revision, with a reason; what was submitted before is kept."""
    change_state(assignment, "reopen", machine="assignment", user=user, now=now, reason=reason)
    count = assignment.review.versions.count()
    _write(assignment, "review_reopened", now, once=f"reopened-{count}", reason=reason)
