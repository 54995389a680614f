"""What reviewers of a call have said, as the table that a ranking rests on, and what does not count in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl
from django.db.models import Count, Exists, OuterRef, QuerySet

from yuantou.apps.accounts.facade import User
from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import STANDING, Assignment, Conflict, Review
from yuantou.apps.workflow.facade import see
from yuantou.pipelines.tables import SCHEMAS

"""States of a proposal in which it can be decided on."""


@dataclass(frozen=True)
class ReviewsToRank:
    """The reviews that a ranking rests on, and those it does not.

    ``table``: table ``reviews`` of the call contract. ``versions``: ``proposal_id``, ``reviewer_id``, ``version``,
    ``submitted_at``, ``content_hash`` of each review. ``left_out``: for each review that does not count, or was late
    but does, its ``proposal``, ``reviewer`` and ``reason`` (``conflict``, ``unfinished``, ``late_kept``).
    """

    table: pl.DataFrame
    versions: pl.DataFrame
    left_out: list[dict[str, str]]


VERSIONS: Final = dict.fromkeys(("proposal_id", "reviewer_id"), pl.String) | {
    "version": pl.Int64,
    "submitted_at": pl.String,
    "content_hash": pl.String,
}


def reviews_to_rank(call: Call) -> ReviewsToRank:
    """Return what reviewers of a call have said, one row for each criterion; pairs in conflict do not count."""
    rows = _that_rank(call).filter(state__means="active")
    rows = rows.select_related("review").annotate(known=Count("review__versions"))
    barred = set(Conflict.objects.filter(STANDING, proposal__call=call).values_list("proposal_id", "expert_id"))
    scores, versions, left_out = [], [], []
    for row in rows.order_by("proposal_id", "expert_id"):
        pair = {"proposal": row.proposal_id, "reviewer": row.expert_id}
        if not row.is_now.finished or (row.proposal_id, row.expert_id) in barred:
            left_out.append(pair | {"reason": "conflict" if row.is_now.finished else "unfinished"})
            continue
        review = row.review
        if row.due_at and review.submitted_at and review.submitted_at > row.due_at:
            left_out.append(pair | {"reason": "late_kept"})
        at = review.submitted_at.isoformat() if review.submitted_at else ""
        versions.append((row.proposal_id, row.expert_id, row.known, at, review.content_hash))
        scores += [(row.proposal_id, row.expert_id, float(score), None, c) for c, score in review.scores.items()]
    return ReviewsToRank(
        pl.DataFrame(scores, schema=SCHEMAS["reviews"], orient="row"),
        pl.DataFrame(versions, schema=VERSIONS, orient="row"),
        left_out,
    )


def _that_rank(call: Call) -> "QuerySet[Assignment]":
    """Return the assignments of the phases whose grades enter the ranking, of proposals that can be decided on."""
    phases = ["", *(phase.id for phase in call.programme.phases if phase.judged and phase.ranks)]
    return Assignment.objects.filter(call=call, phase__in=phases, proposal__state__means="judged")


def reviews_since(call: Call, moment: datetime, counted: int) -> int:
    """Count the reviews handed in since a moment, and those that counted then and do not any more."""
    now_in = _that_rank(call).filter(state__means="finished")
    fresh = now_in.filter(review__submitted_at__gt=moment).count()
    told = Conflict.objects.filter(STANDING, proposal=OuterRef("proposal"), expert=OuterRef("expert"))
    barred = now_in.filter(Exists(told))
    return fresh + abs(counted - (now_in.count() - barred.count() - fresh))


@dataclass(frozen=True, slots=True)
class ReviewBehind:
    """One submitted review as an officer may read it: whose, on what, grades, and where to read it whole."""

    assignment: str
    proposal: str
    title: str
    expert: str
    scores: dict[str, int]


def reviewers_of(call: Call) -> list[str]:
    """Return the experts who were asked to review proposals of a call and have begun or ended."""
    rows = Assignment.objects.filter(call=call, state__means="active", proposal__state__means="judged")
    return list(rows.order_by().values_list("expert_id", flat=True).distinct())


def reviews_behind(call: Call, user: User, *, proposal: str = "", expert: str = "") -> list[ReviewBehind]:
    """Return the submitted reviews on one proposal, or by one expert, that a user may see."""
    rows = Review.objects.filter(assignment__call=call, assignment__state__means="finished")
    rows = rows.filter(assignment__proposal=proposal) if proposal else rows.filter(assignment__expert=expert)
    found = rows.select_related("assignment__expert__person", "assignment__proposal__call__programme_type")
    return [
        ReviewBehind(
            row.assignment_id, row.assignment.proposal_id, row.assignment.proposal.title, row.assignment.expert_id,
            seen.scores,
        )
        for row in found.order_by("assignment__proposal", "content_hash")
        if "scores" in (seen := see(user, row)).can
    ]  # fmt: skip
