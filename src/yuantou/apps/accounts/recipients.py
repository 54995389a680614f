"""Where letters to persons and accounts go."""

from yuantou.apps.accounts.models import User
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Recipient, finds_addresses


def recipients_of(*whom: Person | User | None) -> list[Recipient]:
    """Return where letters to people go, each in the language of the account, as far as an address is known."""
    return [recipient for one in whom if one and (recipient := _recipient(one))]


def _recipient(one: Person | User) -> Recipient | None:
    if not isinstance(one, User):
        return _reached(one, getattr(one, "user", None))
    return _reached(one.person, one) if one.person else Recipient(one.email, one.language, one, one.email)


def _reached(person: Person, user: User | None) -> Recipient | None:
    address = user.email if user else person.email
    if not address:
        return None
    language = user.language if user else ("zh-hans" if person.name_zh else "en")
    name = (person.name_zh or person.name_en) if language.startswith("zh") else (person.name_en or person.name_zh)
    return Recipient(address, language, user, name)


finds_addresses(recipients_of)
