"""Who is what with regard to assignments and reviews."""

from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.rules import add_proposal_roles, proposal_roles
from yuantou.apps.review.models import STANDING, Assignment, Conflict, Review
from yuantou.apps.workflow.facade import guarded, resolves_roles
from yuantou.engines.workflow import in_phase


def reviewer_roles(user: User, proposal: Proposal) -> set[str]:
    """``invitee`` while invited, ``reviewer`` after accepting, each in its phase; nothing once a conflict is known."""
    rows = assignments_of(user).filter(proposal=proposal)
    return {in_phase(role, proposal.programme.phase(row.phase)) for row in rows if (role := role_in(row))}


def role_in(assignment: Assignment) -> str:
    """Return what the expert of an assignment is in it now: ``invitee``, ``reviewer`` or nothing."""
    return "reviewer" if assignment.is_now.active else "invitee" if assignment.is_now.asked else ""


def _in_conflict() -> Q:
    """Match assignments whose pair has a conflict that nobody dismissed."""
    from django.db.models import Exists, OuterRef

    conflicts = Conflict.objects.filter(proposal=OuterRef("proposal"), expert=OuterRef("expert"))
    return Q(Exists(conflicts.filter(STANDING)))


def assignments_of(user: User) -> "QuerySet[Assignment]":
    """Return what an expert is asked to judge: the twin of ``assignment_roles``; conflicts make it not exist."""
    if user.person_id is None or user.seen_by:
        return Assignment.objects.none()
    return Assignment.objects.filter(expert__person=user.person_id).exclude(_in_conflict())


def _visible_to_reviewers(user: User, field: str, granted: Any) -> Q:
    mine = assignments_of(user)
    found = Q(pk__in=[])
    for phase in sorted(set(mine.filter(state__means=["asked", "active"]).values_list("phase", flat=True))):
        accepted = mine.filter(phase=phase, state__means="active").values("proposal")
        invited = mine.filter(phase=phase, state__means="asked").values("proposal")
        found |= Q(pk__in=accepted) & granted(f"reviewer@{phase}", field)
        found |= Q(pk__in=invited) & granted(f"invitee@{phase}", field)
    return found


add_proposal_roles(reviewer_roles, _visible_to_reviewers)


@resolves_roles(Assignment)
def assignment_roles(user: User, assignment: Assignment) -> set[str]:
    """The expert asked (invitee, then reviewer) and the officer, unless the officer takes part in the proposal."""
    if user.seen_by:
        return set()
    if user.person_id is not None and assignment.expert.person_id == user.person_id:
        in_conflict = Assignment.objects.filter(_in_conflict(), pk=assignment.pk).exists()
        role = role_in(assignment)
        return {role} if role and not in_conflict else set()
    own = {"applicant", "member"} & proposal_roles(user, assignment.proposal)
    is_officer = has_role(user, Role.OFFICER, assignment.proposal.call.agency_id)
    return {"officer"} if is_officer and not own else set()


@resolves_roles(Review)
def review_roles(user: User, review: Review) -> set[str]:
    """As for the assignment; the applicant of the proposal sees what is released."""
    roles = assignment_roles(user, review.assignment)
    if user.person_id is not None and review.assignment.proposal.applicant_id == user.person_id:
        return {in_phase("applicant", review.assignment.stage)}
    return roles


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
)
