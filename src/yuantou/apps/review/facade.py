"""What other apps may use of review."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.domain import at_each_phase, remind_due
from yuantou.apps.review.inputs import expert_tables
from yuantou.apps.review.models import Assignment, Review
from yuantou.apps.review.phases import current_phase, mix_gaps, phase_is_done
from yuantou.apps.review.ranked import (
    ReviewBehind,
    ReviewsToRank,
    reviewers_of,
    reviews_behind,
    reviews_since,
    reviews_to_rank,
)
from yuantou.apps.review.rules import assignments_of
from yuantou.engines.workflow import ReviewPhase, Unmet
from yuantou.engines.workflow.phases import trait_name
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.seed import Seed

__all__ = [
    "Comment",
    "ReviewBehind",
    "ReviewsToRank",
    "assignments_of",
    "at_each_phase",
    "comments_for_applicant",
    "comments_in_words",
    "current_phase",
    "expert_tables",
    "mix_in_words",
    "phase_is_done",
    "progress_of",
    "remind_due",
    "reviewers_of",
    "reviews_behind",
    "reviews_since",
    "reviews_to_rank",
]


@dataclass(frozen=True, slots=True)
class Comment:
    """What an applicant may read of a review: no name, no time, no identifier."""

    scores: dict[str, int]
    comments: str


def comments_for_applicant(proposal: Proposal) -> list[Comment]:
    """Return the comments on a proposal in an order that has nothing to do with people or time."""
    rows = Review.objects.filter(assignment__proposal=proposal, assignment__state__means="finished").order_by(
        "content_hash"
    )
    found = [Comment(row.scores, row.comments) for row in rows]
    random.Random(Seed(0).stream(proposal.pk)).shuffle(found)
    return found


def comments_in_words(proposal: Proposal, *, before: str | None = None, named: bool = False) -> list[dict[str, Any]]:
    """Return the comments with the names of the criteria, as pages print them, phase by phase.

    Parameters
    ----------
    before:
        Only those of the phases before this one, for who judges in it.
    named:
        Whether the reader is the applicant, who learns the names in an open phase.
    """
    programme = proposal.programme
    shown = [phase for phase in programme.phases if phase.judged]
    if before is not None:
        shown = [phase for phase in shown if phase in programme.phases_until(before)[:-1]]
    return [words for phase in shown for words in _phase_in_words(proposal, phase, named)]


def _phase_in_words(proposal: Proposal, phase: ReviewPhase, named: bool) -> list[dict[str, Any]]:
    ids = [phase.id, ""] if phase == proposal.programme.phases[0] else [phase.id]
    rows = Review.objects.filter(assignment__proposal=proposal, assignment__state__means="finished")
    found = list(rows.filter(assignment__phase__in=ids).select_related("assignment__expert__person"))
    found.sort(key=lambda row: row.content_hash)
    random.Random(Seed(0).stream(proposal.pk)).shuffle(found)
    return [
        {
            "text": row.comments,
            "scores": [(criterion.name, row.scores.get(criterion.id)) for criterion in phase.criteria],
            "phase": phase.name if phase.id else None,
            "who": str(row.assignment.expert) if named and phase.blind == "open" else "",
        }
        for row in found
    ]


def mix_in_words(call: Call) -> list[tuple[Proposal, list[LocalText]]]:
    """Return the proposals whose reviewers are not the mix that the type asks for, each with what is lacking."""
    gaps = mix_gaps(call)
    found = Proposal.objects.filter(pk__in=gaps).order_by("number").defer("answers")
    return [(row, [_in_words(call, one) for one in gaps[row.pk]]) for row in found]


def _in_words(call: Call, one: Unmet) -> LocalText:
    name = trait_name(call.programme, one.share.trait)
    few, many = (
        LocalText(f"至少 {one.least} 位", f"at least {one.least}"),
        LocalText(f"至多 {one.most} 位", f"at most {one.most}"),
    )
    asked = few if one.missing > 0 else many
    return LocalText(f"{name.zh}须{asked.zh}，现有 {one.have} 位。", f"{name.en}: {asked.en}, now {one.have}.")


def progress_of(call: Call, *, without: Collection[str] = ()) -> dict[str, int]:
    """Return the number of assignments in the present phase of a call by state (one query), some proposals left out."""
    counted = Assignment.objects.filter(call=call)
    counted = counted.exclude(proposal__in=without) if without else counted
    rows = counted.filter(phase=call.phase).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}
