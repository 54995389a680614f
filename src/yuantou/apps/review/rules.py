"""Who is what with regard to assignments and reviews."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yuantou.apps.accounts.facade import Grant, User
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import STANDING, Assignment, Conflict, Review
from yuantou.apps.workflow.facade import NOBODY, NONE, About, Source, guarded, plays, plays_also
from yuantou.engines.workflow import in_phase


class Reviewing(Source):
    """Who is asked to judge a proposal: ``invitee``, then ``reviewer``, each in its phase; never in a conflict."""

    names = ("reviewer", "invitee")

    def held(self, user: Any, record: Proposal) -> set[str]:
        """The roles in each phase."""
        rows = assignments_of(user).filter(proposal=record)
        return {in_phase(role, record.programme.phase(row.phase)) for row in rows if (role := role_in(row))}

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The proposals by role and phase; where none is named, each type reads it as its first."""
        mine, found = assignments_of(user), {}
        for phase in sorted(set(mine.filter(state__means=["asked", "active"]).values_list("phase", flat=True))):
            for role, meaning in (("reviewer", "active"), ("invitee", "asked")):
                rows = mine.filter(phase=phase, state__means=meaning)
                found[f"{role}@{phase}"] = Q(pk__in=rows.values("proposal"))
        return found


class Expert(Source):
    """The expert of an assignment: invitee, then reviewer; kept out by a conflict, and whoever looks through."""

    names = ("reviewer", "invitee")

    def held(self, user: Any, record: Assignment) -> set[str]:
        """The role of the expert in it now."""
        if user.seen_by:
            return {NOBODY}
        if user.person_id is None or record.expert.person_id != user.person_id:
            return set()
        in_conflict = Assignment.objects.filter(_in_conflict(), pk=record.pk).exists()
        return {NOBODY if in_conflict else role_in(record)}

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The assignments of the expert."""
        if user.seen_by:
            return {NOBODY: ~NONE}
        if user.person_id is None:
            return {}
        asked = Q(expert__person=user.person_id)
        free = asked & Q(pk__in=assignments_of(user).values("pk"))
        reviewer, invitee = (Q(state__means=meaning) for meaning in ("active", "asked"))
        return {"reviewer": free & reviewer, "invitee": free & invitee, NOBODY: asked}

    def people(self, record: Assignment, name: str) -> Iterable[Any]:
        """The expert, whatever the state: a letter tells of the step that led there."""
        return (record.expert.person,)


class Commented(Source):
    """The applicant of the proposal that was reviewed, in the phase of the review: sees what is released."""

    names = ("applicant",)

    def held(self, user: Any, record: Review) -> set[str]:
        """Whether it is the applicant."""
        own = user.person_id is not None and record.assignment.proposal.applicant_id == user.person_id
        return {in_phase("applicant", record.assignment.stage)} if own else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The reviews of the own proposals, by phase."""
        if user.person_id is None:
            return {}
        own = Review.objects.filter(assignment__proposal__applicant=user.person_id)
        phases = sorted(set(own.values_list("assignment__phase", flat=True)))
        return {f"applicant@{phase}": Q(pk__in=own.filter(assignment__phase=phase).values("pk")) for phase in phases}


def role_in(assignment: Assignment) -> str:
    """Return what the expert of an assignment is in it now: ``reviewer``, ``invitee`` or nobody."""
    return "reviewer" if assignment.is_now.active else "invitee" if assignment.is_now.asked else NOBODY


def _in_conflict() -> Q:
    """Match assignments whose pair has a conflict that nobody dismissed."""
    conflicts = Conflict.objects.filter(proposal=OuterRef("proposal"), expert=OuterRef("expert"))
    return Q(Exists(conflicts.filter(STANDING)))


def assignments_of(user: User) -> "QuerySet[Assignment]":
    """Return what an expert is asked to judge; conflicts make it not exist."""
    if user.person_id is None or user.seen_by:
        return Assignment.objects.none()
    return Assignment.objects.filter(expert__person=user.person_id).exclude(_in_conflict())


plays_also(Proposal, Reviewing())
plays(
    Assignment,
    [Expert()],
    [About("proposal", Proposal, only=["applicant", "member", "declined_member"], kept_out=True)],
    [Grant("officer", "proposal__call__agency")],
)
plays(Review, [Commented()], [About("assignment", Assignment)])


guarded(
    Review,
    "review",
    {
        "scores": lambda r: r.scores,
        "comments": lambda r: r.comments,
        "confidential": lambda r: r.confidential,
        "familiarity": lambda r: r.familiarity,
        "state": lambda r: r.assignment.state,
        "reviewer": lambda r: r.assignment.expert.person,
    },
    kind="assignment__call__programme_type",
    judging={"scores", "comments", "confidential", "reviewer"},
)
