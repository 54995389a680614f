"""The one place where access is decided. Denied unless the programme type grants it to a role one really has.

Every app registers two things for its guarded models: how roles follow from a record (``resolves_roles``), and which
fields exist and how each is read (``guarded``). Views, endpoints, exports and letters then ask ``see``; lists use the
QuerySet twin of the same rules (``visible_states``).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import models

from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import ProgrammeType, Register, states_granted, visible_fields
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText

Resolver = Callable[[Any, Any], set[str]]
Reader = Callable[[Any], Any]
Narrower = Callable[[Any, Any, frozenset[str]], Any]

JUDGEMENTS = frozenset(
    {"assignments", "comments", "conflicts", "ranking", "reviews", "scores", "confidential", "reviewer"}
    | {"opinions", "assessors"}
)
"""Fields that nobody reads through another person's account."""

FEWEST: Final = 5
"""Statistics over fewer than this many people or proposals are withheld: they would tell who is who."""


def enough(people: int) -> bool:
    """Tell whether a statistic may be shown: at least ``FEWEST`` people or proposals stand behind it.

    >>> [enough(4), enough(5)]
    [False, True]
    """
    return people >= FEWEST


_resolvers: dict[type[models.Model], Resolver] = {}
_fields: dict[type[models.Model], tuple[str, Mapping[str, Reader]]] = {}
_narrowers: dict[type[models.Model], Mapping[str, Narrower]] = {}


def resolves_roles(model: type[models.Model]) -> Callable[[Resolver], Resolver]:
    """Register the function ``(user, record) -> roles`` of a model."""

    def register(resolver: Resolver) -> Resolver:
        _resolvers[model] = resolver
        return resolver

    return register


def guarded(
    model: type[models.Model],
    record: str,
    fields: Mapping[str, Reader],
    *,
    narrowed: Mapping[str, Narrower] | None = None,
) -> None:
    """Declare the guarded fields of a model: the record name used by visibility rules, and how each field is read.

    ``narrowed`` names fields of which some roles see only a part: ``(value, record, roles) -> part``.
    """
    _fields[model] = (record, fields)
    _narrowers[model] = narrowed or {}


def guarded_model(record: str) -> type[models.Model] | None:
    """Return the model whose visibility rules speak of a kind of record; nothing for an unknown kind."""
    return next((model for model, (name, _readers) in _fields.items() if name == record), None)


def guarded_models() -> dict[str, tuple[type[models.Model], frozenset[str]]]:
    """Return the model and the guarded fields of each kind of record that visibility rules speak of."""
    return {name: (model, frozenset(readers)) for model, (name, readers) in _fields.items()}


def roles_of(user: Any, record: models.Model) -> frozenset[str]:
    """Return the roles a user has with regard to this very record; everybody is ``public``."""
    roles = {"public"}
    if user is not None and getattr(user, "is_authenticated", False) and user.is_active:
        roles |= _resolvers[type(record)](user, record)
    return frozenset(roles)


class Seen:
    """A record as one user may see it: only granted fields exist as attributes, so a template cannot leak the others.

    ``seen.can.title`` tells whether a field is granted; ``seen.roles`` are the roles it was granted to; ``seen.id`` is
    always there, being in the address already.
    """

    def __init__(
        self, record: models.Model, granted: frozenset[str], readers: Mapping[str, Reader], roles: frozenset[str]
    ) -> None:
        self._record, self._granted, self._readers = record, granted, readers
        self.id = record.pk
        self.roles = roles
        self.can = dict.fromkeys(granted, True)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._granted:
            raise AttributeError(name)
        value = self._readers[name](self._record)
        narrow = _narrowers[type(self._record)].get(name)
        return narrow(value, self._record, self.roles) if narrow else value

    def as_dict(self, fields: Iterable[str]) -> dict[str, Any]:
        """Return those of ``fields`` that are granted, for exports and REST."""
        return {name: getattr(self, name) for name in fields if name in self._granted}


def see(user: Any, record: Any, *, state: str | None = None) -> Seen:
    """Return a record as a user may see it.

    Raises
    ------
    NotAllowedError
        If nothing of it may be seen. Callers answer as if it did not exist.
    """
    kind, readers = _fields[type(record)]
    roles = roles_of(user, record)
    granted = visible_fields(
        record.programme, kind, state=record.state if state is None else state, roles=roles, fields=set(readers)
    )
    if getattr(user, "seen_by", None):
        granted -= JUDGEMENTS
    if not granted:
        raise NotAllowedError(
            LocalText("未找到，或您无权查看。", "Not found, or not visible to you."),
            LocalText("请检查链接或更换账号。", "Please check the address or your account."),
            code="access.denied",
        )
    return Seen(record, granted, readers, roles)


def visible_states(programme: ProgrammeType | Register, record: str, role: str, field: str) -> set[str]:
    """Return the states in which a role may see a field: what the QuerySet twins filter by."""
    return states_granted(programme, record, role, field)


def granted_states(record: str) -> Callable[[str, str], models.Q]:
    """Return ``(role, field) -> condition`` on records with a call: the states in which a role may see a field.

    One query for all. Retired programme types count too, for records keep the version they began under; types that
    agree share a condition.
    """
    versions = list(ProgrammeTypeVersion.objects.order_by("pk"))

    def granted(role: str, field: str) -> models.Q:
        types: dict[frozenset[str], list[int]] = {}
        for row in versions:
            types.setdefault(frozenset(visible_states(row.programme, record, role, field)), []).append(row.pk)
        conditions = (
            models.Q(call__programme_type__in=pks, state__in=sorted(states)) for states, pks in types.items() if states
        )
        return reduce(or_, conditions, models.Q(pk__in=[]))

    return granted
