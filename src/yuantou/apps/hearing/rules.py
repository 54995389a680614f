"""Who is what with regard to responses and debates: as for the proposal they belong to."""

from yuantou.apps.accounts.facade import User
from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment
from yuantou.apps.review.rules import assignments_of
from yuantou.apps.workflow.facade import resolves_roles, roles_of

OUTSIDE = {"public"}


@resolves_roles(Response)
def response_roles(user: User, response: Response) -> set[str]:
    """The roles on the proposal."""
    return set(roles_of(user, response.proposal)) - OUTSIDE


@resolves_roles(Debate)
def debate_roles(user: User, debate: Debate) -> set[str]:
    """The roles on the proposal, and the side of whoever debates."""
    sides = assignments_of(user).filter(proposal=debate.proposal_id, phase=debate.phase, state__means="active")
    return set(roles_of(user, debate.proposal)) - OUTSIDE | set(sides.values_list("role", flat=True))


def seat_of(user: User, debate: Debate) -> Assignment | None:
    """Return the assignment with which a user speaks in a debate: accepted, in its phase, without a conflict."""
    rows = assignments_of(user).filter(proposal=debate.proposal_id, phase=debate.phase, state__means="active")
    return rows.filter(role__in=debate.stage.actors).first()


def hears_debate(user: User, proposal: Proposal) -> bool:
    """Tell whether a user takes part in the debate on a proposal."""
    debate = proposal.debates.first()
    return debate is not None and seat_of(user, debate) is not None
