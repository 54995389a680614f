"""Who is what with regard to responses and debates: as for the proposal they belong to."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet

from yuantou.apps.accounts.facade import User
from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.facade import assignments_of
from yuantou.apps.review.models import Assignment
from yuantou.apps.workflow.facade import About, Source, plays


class Sides(Source):
    """The side of whoever debates, named as the phase names it: who accepted, in the phase, without a conflict."""

    def held(self, user: Any, record: Debate) -> set[str]:
        """The side."""
        return set(_seats(user, record).values_list("role", flat=True))

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The debates, by side."""
        mine = assignments_of(user).filter(state__means="active")
        in_phase = Q(proposal__assignments__phase=F("phase"))
        return {
            role: Q(
                pk__in=Debate.objects.filter(
                    in_phase, proposal__assignments__in=mine.filter(role=role).values("pk")
                ).values("pk")
            )
            for role in sorted(set(mine.values_list("role", flat=True)))
        }


def _seats(user: User, debate: Debate) -> "QuerySet[Assignment]":
    return assignments_of(user).filter(proposal=debate.proposal_id, phase=debate.phase, state__means="active")


plays(Response, [About("proposal", Proposal)])
plays(Debate, [About("proposal", Proposal), Sides()])


def seat_of(user: User, debate: Debate) -> Assignment | None:
    """Return the assignment with which a user speaks in a debate: accepted, in its phase, without a conflict."""
    return _seats(user, debate).filter(role__in=debate.stage.actors).first()
