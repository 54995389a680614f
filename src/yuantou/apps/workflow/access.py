"""The one place where access is decided. Denied unless the programme type grants it to a role one really has.

Every app says two things of its guarded models: who is what in a record (``roles.plays``), and which fields exist and
how each is read (``guarded``). One record is then read through ``see``, and lists, counts and searches through
``visible``, by the same rules.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, reduce
from operator import or_
from typing import Any, Final

from django.db import models

from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.apps.workflow.roles import NOBODY, NONE, M, by_rank, held_roles
from yuantou.engines.workflow import ProgrammeType, Register, states_granted, visible_fields
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText

Kind = str | Callable[[], Register]
Reader = Callable[[Any], Any]
Narrower = Callable[[Any, Any, frozenset[str]], Any]

FEWEST: Final = 5
"""Statistics over fewer than this many people or proposals are withheld: they would tell who is who."""


def enough(people: int) -> bool:
    """Tell whether a statistic may be shown: at least ``FEWEST`` people or proposals stand behind it.

    >>> [enough(4), enough(5)]
    [False, True]
    """
    return people >= FEWEST


_fields: dict[type[models.Model], tuple[str, Mapping[str, Reader]]] = {}
_kinds: dict[type[models.Model], Kind] = {}
_judging: dict[type[models.Model], frozenset[str]] = {}
_narrowers: dict[type[models.Model], Mapping[str, Narrower]] = {}


def guarded(
    model: type[models.Model],
    record: str,
    fields: Mapping[str, Reader],
    *,
    kind: Kind,
    judging: Collection[str] = (),
    narrowed: Mapping[str, Narrower] | None = None,
) -> None:
    """Declare the guarded fields of a model: the record name used by visibility rules, and how each field is read.

    Parameters
    ----------
    kind:
        What says who sees them: the path to the version of its programme type, or the register of the model.
    judging:
        Fields that nobody reads through another person's account: what was judged, and by whom.
    narrowed:
        Fields of which some roles see only a part: ``(value, record, roles) -> part``.
    """
    _fields[model] = (record, fields)
    _kinds[model] = kind
    _judging[model] = frozenset(judging)
    _narrowers[model] = narrowed or {}


def guarded_model(record: str) -> type[models.Model] | None:
    """Return the model whose visibility rules speak of a kind of record; nothing for an unknown kind."""
    return next((model for model, (name, _readers) in _fields.items() if name == record), None)


def guarded_models() -> dict[str, tuple[type[models.Model], frozenset[str]]]:
    """Return the model and the guarded fields of each kind of record that visibility rules speak of."""
    return {name: (model, frozenset(readers)) for model, (name, readers) in _fields.items()}


def roles_of(user: Any, record: models.Model) -> frozenset[str]:
    """Return the roles a user has with regard to this very record; everybody is ``public``."""
    return frozenset({"public", *held_roles(user, record)} if _is_known(user) else {"public"})


def _is_known(user: Any) -> bool:
    return user is not None and getattr(user, "is_authenticated", False) and user.is_active


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
        granted -= _judging[type(record)]
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


def visible(model: type[M], user: Any, field: str) -> "models.QuerySet[M]":
    """Return the records of which somebody may see a field: what ``see`` says of one, for lists and counts."""
    granted = _granting(model)
    found = granted("public", field)
    if _is_known(user) and not (getattr(user, "seen_by", None) and field in _judging[model]):
        for earlier, roles in by_rank(model, user):
            shown = (where & granted(role, field) for role, where in roles.items() if role != NOBODY)
            found |= reduce(or_, shown, NONE) & ~earlier
    return model._default_manager.filter(found)


def visible_as(model: type[M], user: Any, role: str, field: str = "number") -> "models.QuerySet[M]":
    """Return what somebody sees in one role alone: the desks, from which one's own records stay away.

    Those are named one by one, for they are few, and a join would cost every list.
    """
    if getattr(user, "seen_by", None) and field in _judging[model]:
        return model._default_manager.none()
    granted = _granting(model)
    for place, (earlier, roles) in enumerate(by_rank(model, user, role)):
        if role in roles:
            rows = model._default_manager.filter(roles[role] & granted(role, field))
            own = _own_keys(model, place, user, earlier)
            return rows.exclude(pk__in=own) if own else rows
    return model._default_manager.none()


def _own_keys(model: type[models.Model], place: int, user: Any, own: models.Q) -> list[Any]:
    """Return the keys of what an account has in the ranks before a place, read once per request like its grants."""
    known: dict[tuple[type[models.Model], int], list[Any]] = user.__dict__.setdefault("_own_keys", {})
    if (model, place) not in known:
        rows = model._default_manager.filter(own).values_list("pk", flat=True)
        known[model, place] = [] if own == NONE else list(rows)
    return known[model, place]


def _granting(model: type[models.Model]) -> Callable[[str, str], models.Q]:
    """Return ``(role, field) -> condition``: the states in which a role may see a field.

    For records with a call, one query for all. Retired programme types count too, for records keep the version they
    began under; types that agree share a condition.
    """
    record, _readers = _fields[model]
    kind = _kinds[model]
    if isinstance(kind, str):
        rows = ProgrammeTypeVersion.objects.order_by("pk")
        versions: list[tuple[int, ProgrammeType | Register]] = [(row.pk, row.programme) for row in rows]
    else:
        versions = [(0, kind())]

    @cache
    def granted(role: str, field: str) -> models.Q:
        types: dict[frozenset[str], list[int]] = {}
        for key, programme in versions:
            types.setdefault(frozenset(visible_states(programme, record, role, field)), []).append(key)
        conditions = (_in_states(kind, keys, states) for states, keys in types.items() if states)
        return reduce(or_, conditions, NONE)

    return granted


def _in_states(kind: Kind, keys: list[int], states: frozenset[str]) -> models.Q:
    of = models.Q(**{f"{kind}__in": keys}) if isinstance(kind, str) else models.Q()
    return of & models.Q(state__in=sorted(states))
