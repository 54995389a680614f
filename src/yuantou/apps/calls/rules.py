"""Who is what with regard to a call."""

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.calls.models import Call
from yuantou.apps.workflow.facade import resolves_roles


@resolves_roles(Call)
def call_roles(user: User, call: Call) -> set[str]:
    """Officers and signatories of the agency."""
    return {str(role) for role in (Role.OFFICER, Role.SIGNATORY) if has_role(user, role, call.agency_id)}
