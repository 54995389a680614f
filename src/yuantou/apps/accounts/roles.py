"""Roles that follow from a person, an account, or a grant in an organisation."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, Q

from yuantou.apps.accounts.models import ASKED_FOR, User
from yuantou.apps.accounts.rules import granted_in, has_role
from yuantou.apps.workflow.facade import NOBODY, NONE, Source, follow


class Named(Source):
    """The person whom a column names: who applies, leads, is examined.

    ``in_person``: somebody else who looks through the account has no role there.
    """

    def __init__(self, name: str, path: str, *, in_person: bool = False) -> None:
        self.names, self._path, self._in_person = (name,), path, in_person

    def _role(self, user: Any) -> str:
        return NOBODY if self._in_person and user.seen_by else self.names[0]

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether it is that person."""
        named = user.person_id is not None and follow(record, f"{self._path}_id") == user.person_id
        return {self._role(user)} if named else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records that name that person."""
        return {} if user.person_id is None else {self._role(user): Q(**{self._path: user.person_id})}

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """That person."""
        person = follow(record, self._path)
        return () if person is None else (person,)


def _role(source: Source, user: Any) -> str:
    """Return the role of a source; none while somebody else looks through the account."""
    return NOBODY if user.seen_by else source.names[0]


class Account(Source):
    """The account that a column names: who wrote, reported, was asked."""

    def __init__(self, name: str, path: str) -> None:
        self.names, self._path = (name,), path

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether it is that account."""
        return {_role(self, user)} if follow(record, f"{self._path}_id") == user.pk else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records that name that account."""
        return {_role(self, user): Q(**{self._path: user.pk})}

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """That account."""
        user = follow(record, self._path)
        return () if user is None else (user,)


class Accounts(Source):
    """The accounts in a list that belongs to a record: a panel, a committee, whoever was invited.

    ``path`` leads from the record to them, over rows for which ``when`` holds.
    """

    def __init__(self, name: str, model: type[Model], path: str, **when: Any) -> None:
        self.names, self._model, self._path, self._when = (name,), model, path, when

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the account is among them."""
        rows = self._model._default_manager.filter(pk=record.pk, **{self._path: user.pk}, **self._when)
        return {_role(self, user)} if rows.exists() else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records in whose list the account stands."""
        rows = self._model._default_manager.filter(**{self._path: user.pk}, **self._when)
        return {_role(self, user): Q(pk__in=rows.values("pk"))}

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """All of them."""
        listed = self._model._default_manager.filter(pk=record.pk, **self._when).values(self._path)
        return User.objects.filter(pk__in=listed, is_active=True).select_related("person")


class Grant(Source):
    """Whoever holds a standing role for an organisation that belongs to a record.

    ``grants`` are the standing roles that count, the name itself if none is given.
    """

    def __init__(self, name: str, path: str, *grants: str) -> None:
        self.names, self._path, self._grants = (str(name),), path, grants or (str(name),)
        ASKED_FOR.update(map(str, self._grants))

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the account has one of the grants."""
        organisation = follow(record, f"{self._path}_id")
        return set(self.names) if any(has_role(user, grant, organisation) for grant in self._grants) else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records of the organisations for which it has one."""
        where = NONE
        for grant in self._grants:
            where |= Q(**{f"{self._path}__in": granted_in(user, grant)})
        return {self.names[0]: where}

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """All accounts that have one."""
        organisation = follow(record, f"{self._path}_id")
        granted = User.objects.filter(grants__role__in=self._grants, grants__organisation=organisation, is_active=True)
        return granted.select_related("person").distinct()


def agency(path: str) -> tuple[Grant, Grant]:
    """Return the officers and signatories of the agency that a path leads to."""
    return Grant("officer", path), Grant("signatory", path)
