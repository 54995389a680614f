"""Who stands behind a proposal, as the separations of its type see it."""

from yuantou.apps.proposals.models import MemberState, Proposal, StatementState
from yuantou.apps.registry.facade import houses_of
from yuantou.apps.registry.models import Person
from yuantou.engines.workflow import Holder


def solving_holders(proposal: Proposal) -> list[Holder]:
    """Return applicant and participants, who answered or not, as holders of ``applicant``, ``member`` and ``solver``.

    And those who have signed a part of it.

    The institution that hands the proposal in stands behind the applicant whatever the affiliations say.
    """
    if not proposal.programme.separations:
        return []
    joined = proposal.members.exclude(state=MemberState.REFUSED).select_related("person")
    members: list[Person] = [member.person for member in joined if member.person]
    houses = houses_of([proposal.applicant, *members])
    own = houses[proposal.applicant_id] | ({proposal.organisation_id} if proposal.organisation_id else set())
    found = [Holder(role, proposal.applicant_id, frozenset(own)) for role in ("applicant", "solver")]
    found += [Holder(role, one.pk, houses[one.pk]) for one in members for role in ("member", "solver")]
    return [*found, *_signed(proposal)]


def _signed(proposal: Proposal) -> list[Holder]:
    """Return those who have signed a part of the proposal, in the role in which they did."""
    writers = {field.id: field.writer for field in proposal.programme.fields if field.writer}
    rows = proposal.statements.filter(state=StatementState.SIGNED, field__in=writers).select_related("person")
    people = [(writers[row.field], row.person) for row in rows if row.person] if writers else []
    houses = houses_of(person for _role, person in people)
    return [Holder(role, person.pk, houses[person.pk]) for role, person in people]
