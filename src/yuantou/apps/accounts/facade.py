"""What other apps may use of accounts."""

from yuantou.apps.accounts.identity import proofs_of
from yuantou.apps.accounts.models import Role, User
from yuantou.apps.accounts.recipients import recipients_of
from yuantou.apps.accounts.roles import Account, Accounts, Grant, Named, agency
from yuantou.apps.accounts.rules import has_role, organisations_of

__all__ = [
    "Account",
    "Accounts",
    "Grant",
    "Named",
    "Role",
    "User",
    "agency",
    "has_role",
    "organisations_of",
    "proofs_of",
    "recipients_of",
]
