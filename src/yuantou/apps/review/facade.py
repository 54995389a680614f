"""What other apps may use of review."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Count

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.domain import remind_due
from yuantou.apps.review.inputs import expert_tables, review_tables
from yuantou.apps.review.models import Assignment, Review
from yuantou.apps.review.rules import assignments_of
from yuantou.kernel.seed import Seed

__all__ = [
    "Comment",
    "assignments_of",
    "comments_for_applicant",
    "comments_in_words",
    "expert_tables",
    "progress_of",
    "remind_due",
    "reviews_for_ranking",
]


@dataclass(frozen=True, slots=True)
class Comment:
    """What an applicant may read of a review: no name, no time, no identifier."""

    scores: dict[str, int]
    comments: str


def reviews_for_ranking(call: Call) -> pl.DataFrame:
    """Return the table ``reviews`` of the call contract."""
    return review_tables(call)


def comments_for_applicant(proposal: Proposal) -> list[Comment]:
    """Return the comments on a proposal in an order that has nothing to do with people or time."""
    rows = Review.objects.filter(assignment__proposal=proposal, assignment__state="submitted").order_by("content_hash")
    found = [Comment(row.scores, row.comments) for row in rows]
    random.Random(Seed(0).stream(proposal.pk)).shuffle(found)
    return found


def comments_in_words(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the same with the names of the criteria, as pages print it."""
    criteria = proposal.programme.review.criteria
    return [
        {"text": c.comments, "scores": [(criterion.name, c.scores.get(criterion.id)) for criterion in criteria]}
        for c in comments_for_applicant(proposal)
    ]


def progress_of(call: Call, *, without: Collection[str] = ()) -> dict[str, int]:
    """Return the number of assignments of a call by state (one query), some proposals left out."""
    counted = Assignment.objects.filter(call=call)
    counted = counted.exclude(proposal__in=without) if without else counted
    rows = counted.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}
