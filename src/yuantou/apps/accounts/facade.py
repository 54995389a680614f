"""What other apps may use of accounts."""

from yuantou.apps.accounts.identity import proofs_of
from yuantou.apps.accounts.models import Role, User
from yuantou.apps.accounts.recipients import holders_of, recipients_as, recipients_of
from yuantou.apps.accounts.rules import has_role, organisations_of

__all__ = [
    "Role",
    "User",
    "has_role",
    "holders_of",
    "organisations_of",
    "proofs_of",
    "recipients_as",
    "recipients_of",
]
