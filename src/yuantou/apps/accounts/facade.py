"""What other apps may use of accounts."""

from yuantou.apps.accounts.identity import proofs_of
from yuantou.apps.accounts.models import Role, User
from yuantou.apps.accounts.roles import Account, Accounts, Grant, Named, agency
from yuantou.apps.accounts.rules import has_role, organisations_of
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Recipient

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
    "recipient_of",
]


def recipient_of(person: Person) -> Recipient | None:
    """Return where letters to a person go, in the language of the account; nothing if no address is known."""
    user = getattr(person, "user", None)
    address = user.email if user else person.email
    if not address:
        return None
    language = user.language if user else ("zh-hans" if person.name_zh else "en")
    name = (person.name_zh or person.name_en) if language.startswith("zh") else (person.name_en or person.name_zh)
    return Recipient(address, language, user, name)
