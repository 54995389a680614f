"""Who is what with regard to lists of decisions."""

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.proposals.facade import takes_part
from yuantou.apps.workflow.facade import resolves_roles


@resolves_roles(DecisionList)
def decision_list_roles(user: User, decision_list: DecisionList) -> set[str]:
    """Officer and signatory of the agency, unless they take part in the call."""
    if takes_part(user, decision_list.call):
        return set()
    agency = decision_list.call.agency_id
    return {str(role) for role in (Role.OFFICER, Role.SIGNATORY) if has_role(user, role, agency)}
