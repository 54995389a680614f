"""Who is what in a record: said once for each model, read for one record, for lists and for letters.

A model declares its sources of roles rank by rank (``plays``). Whoever has a role of one rank has none of a later one:
nobody judges, signs or pays what is their own. ``NOBODY`` ends the ranks for somebody without giving a role.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

NOBODY: Final = ""
"""The role of whoever is kept out: it stops the later ranks and grants nothing."""

NONE: Final = Q(pk__in=[])


class Source:
    """One way to come by roles: the three readings of each must agree (``tests/apps/test_roles.py``).

    ``names`` are the roles as kinds know them; a role within a phase (``reviewer@outline``) counts under its name.
    """

    names: tuple[str, ...] = ()

    def held(self, user: Any, record: Any) -> set[str]:
        """Return the roles that an account has in one record."""
        raise NotImplementedError

    def rows(self, user: Any) -> Mapping[str, Q]:
        """Return, for each role, the condition on the records where an account has it."""
        raise NotImplementedError

    def reach(self, user: Any) -> Q:
        """Return the condition on all records where an account has any role of this source."""
        return reduce(or_, self.rows(user).values(), NONE)

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """Return the accounts or persons that letters to a role of a record go to."""
        return ()

    @property
    def reached(self) -> tuple[str, ...]:
        """The roles among ``names`` that letters reach."""
        return () if type(self).people is Source.people else tuple(filter(None, self.names))


class Everyone(Source):
    """Everybody who is signed in."""

    def __init__(self, name: str) -> None:
        self.names = (name,)

    def held(self, user: Any, record: Any) -> set[str]:
        """Everybody has it."""
        return set(self.names)

    def rows(self, user: Any) -> Mapping[str, Q]:
        """Every record."""
        return dict.fromkeys(self.names, ~NONE)


class About(Source):
    """The roles of the record that this one is about: ``only`` some of them, or all ``but`` some.

    ``kept_out``: whoever has one of them there has no role here.
    """

    def __init__(
        self,
        path: str,
        model: type[Model],
        *,
        only: Iterable[str] = (),
        but: Iterable[str] = (),
        kept_out: bool = False,
    ) -> None:
        self._path, self._model, self._kept_out = path, model, kept_out
        self._only, self._but = frozenset(only), frozenset(but)

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The roles of the other record that count here: a later app may have added some."""
        return () if self._kept_out else tuple(filter(self._counts, names_of(self._model)))

    @property
    def reached(self) -> tuple[str, ...]:
        """Those of them that letters reach there."""
        return () if self._kept_out else tuple(filter(self._counts, sorted(reached_names(self._model))))

    def _counts(self, role: str) -> bool:
        name = role.partition("@")[0]
        return (name in self._only or not self._only) and name not in self._but

    def held(self, user: Any, record: Any) -> set[str]:
        """The roles there."""
        other = follow(record, self._path)
        found = set() if other is None else set(filter(self._counts, held_roles(user, other)))
        return {NOBODY} if found and self._kept_out else found

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The records about those where an account has the role."""
        rows = self._model._default_manager.filter
        found = {
            role: Q(**{f"{self._path}__in": rows(where).values("pk")})
            for role, where in conditions(self._model, user, *self._only).items()
            if self._counts(role)
        }
        return {NOBODY: reduce(or_, found.values(), NONE)} if self._kept_out else found

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """Those who have the role there."""
        other = follow(record, self._path)
        return people_of(other, name) if other is not None and self._counts(name) else ()


def follow(record: Any, path: str) -> Any:
    """Return what a path of relations leads to, such as ``call__agency_id``; nothing if it breaks off.

    >>> from types import SimpleNamespace as Row
    >>> follow(Row(call=Row(agency_id=7)), "call__agency_id"), follow(Row(call=None), "call__agency_id")
    (7, None)
    """
    for step in path.split("__"):
        if record is None:
            return None
        record = getattr(record, step)
    return record


_ranks: dict[type[Model], tuple[list[Source], ...]] = {}


def plays(model: type[Model], *ranks: Sequence[Source]) -> None:
    """Declare who is what in the records of a model, rank by rank."""
    _ranks[model] = tuple(list(rank) for rank in ranks)


def plays_also(model: type[Model], *sources: Source) -> None:
    """Let a later app add sources to the last rank of an earlier app's model."""
    _ranks[model][-1].extend(sources)


def names_of(model: type[Model]) -> tuple[str, ...]:
    """Return the roles that somebody can have in the records of a model."""
    return tuple(dict.fromkeys(name for rank in _ranks[model] for source in rank for name in source.names if name))


def reached_names(model: type[Model]) -> set[str]:
    """Return the roles that letters about the records of a model reach."""
    return {name for rank in _ranks[model] for source in rank for name in source.reached}


def held_roles(user: Any, record: Any) -> set[str]:
    """Return the roles that an account has in one record: those of the first rank that gives any."""
    for rank in _ranks[type(record)]:
        found = {role for source in rank for role in source.held(user, record)}
        if found:
            return found - {NOBODY}
    return set()


def by_rank(model: type[Model], user: Any, *only: str) -> Iterator[tuple[Q, Mapping[str, Q]]]:
    """Yield, for each rank, what earlier ranks reach already, and the condition of each role, or of ``only`` some."""
    earlier = NONE
    for rank in _ranks[model]:
        found: dict[str, Q] = {}
        for source in (source for source in rank if not only or set(only) & set(source.names)):
            for role, where in source.rows(user).items():
                found[role] = found[role] | where if role in found else where
        yield earlier, found
        earlier = reduce(or_, (source.reach(user) for source in rank), earlier)


def conditions(model: type[Model], user: Any, *only: str) -> dict[str, Q]:
    """Return, for each role or ``only`` some, the condition on the records of a model where an account has it."""
    found: dict[str, Q] = {}
    for earlier, roles in by_rank(model, user, *only):
        for role, where in roles.items():
            if role != NOBODY and (not only or role.partition("@")[0] in only):
                found[role] = found.get(role, NONE) | where & ~earlier
    return found


def people_of(record: Any, name: str) -> list[Any]:
    """Return the accounts or persons that letters to a role go to, whom an earlier rank keeps out left aside."""
    ranks = _ranks[type(record)]
    found = []
    for place, rank in enumerate(ranks):
        for one in (one for source in rank if name in source.names for one in source.people(record, name)):
            user = one if hasattr(one, "is_active") else getattr(one, "user", None)
            kept_out = user is not None and any(
                source.held(user, record) for before in ranks[:place] for source in before
            )
            if not kept_out and one not in found:
                found.append(one)
    return found


def rows_as(model: type[M], user: Any, *names: str) -> "QuerySet[M]":
    """Return the records of a model where an account has any of some roles."""
    found = NONE
    if getattr(user, "is_authenticated", False) and user.is_active:
        found = reduce(or_, conditions(model, user, *names).values(), NONE)
    return model._default_manager.filter(found)


def declared() -> dict[type[Model], tuple[list[Source], ...]]:
    """Return the ranks of every model that has roles."""
    return _ranks
