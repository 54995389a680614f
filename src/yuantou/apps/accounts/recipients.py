"""Where letters go: to persons and accounts, and to those who hold a role."""

from typing import Any

from django.db.models import QuerySet

from yuantou.apps.accounts.models import User
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import Recipient, roles_of


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


def holders_of(role: str, organisation_id: str | None) -> "QuerySet[User]":
    """Return the active accounts that hold a standing role in an organisation."""
    granted = User.objects.filter(grants__role=role, grants__organisation=organisation_id, is_active=True)
    return granted.select_related("person")


def recipients_as(role: str, record: Any, accounts: "QuerySet[User]") -> list[Recipient]:
    """Return where letters go to those among the active of some accounts who have a role in a record.

    ``accounts`` narrows down whom to ask; the rules of the record decide.
    """
    users = accounts.filter(is_active=True).select_related("person").distinct()
    return recipients_of(*(user for user in users if role in roles_of(user, record)))
