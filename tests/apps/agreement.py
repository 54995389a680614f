"""Do one record, lists and letters say the same of who is what? Asked over whatever a test has made."""

from typing import Any

from django.db.models import Model

from yuantou.apps.accounts.models import User
from yuantou.apps.workflow.access import guarded_models, see, visible
from yuantou.apps.workflow.roles import conditions, declared, held_roles, names_of, people_of
from yuantou.kernel.errors import NotAllowedError


def agree(users: list[User], *, few: int = 6) -> dict[str, set[str]]:
    """Try every model with roles on its first and last records; return the roles that were held in each.

    Each account is tried as itself, the first also while somebody else looks through it.
    """
    looked_through = User.objects.get(pk=users[0].pk)
    looked_through.seen_by = looked_through
    tried: dict[str, set[str]] = {}
    for model in declared():
        if not (records := some(model, few)):
            continue
        for user in [*users, looked_through]:
            assert differences(model, records, user) == []
            tried.setdefault(model.__name__, set()).update(*(held_roles(user, record) for record in records))
        _shown_alike(model, records, [None, *users, looked_through])
        _reached(model, records[:3], users)
    return tried


def some(model: type[Model], few: int) -> list[Any]:
    """Return the first and the last records of a model."""
    rows = model._default_manager.order_by("pk")
    first = list(rows[:few])
    return first + [row for row in rows.reverse()[:few] if row not in first]


def differences(model: type[Model], records: list[Any], user: User) -> list[str]:
    """Return where one record and the lists say different things of an account."""
    found, keys = [], {record.pk for record in records}
    lists = {
        role: set(model._default_manager.filter(where, pk__in=keys).values_list("pk", flat=True))
        for role, where in conditions(model, user).items()
    }
    for record in records:
        listed = {_base(role) for role, rows in lists.items() if record.pk in rows}
        one = set(map(_base, held_roles(user, record)))
        if listed != one:
            found.append(f"{model.__name__} {record.pk} {user} (seen by {user.seen_by}): one {one}, list {listed}")
    return found


def _base(role: str) -> str:
    """Return a role without its phase, which lists name by the call and one record by its type."""
    return role.partition("@")[0]


def _shown_alike(model: type[Model], records: list[Any], users: list[Any]) -> None:
    fields = next((fields for one, fields in guarded_models().values() if one is model), frozenset())
    if not any(column.name == "state" for column in model._meta.concrete_fields):
        return  # a review has the state of its assignment, and is in no list
    keys = {record.pk for record in records}
    for user in users:
        for field in sorted(fields)[:: max(1, len(fields) // 3)]:
            listed = set(visible(model, user, field).filter(pk__in=keys).values_list("pk", flat=True))
            assert {record.pk for record in records if _shows(user, record, field)} == listed, (model, user, field)


def _shows(user: Any, record: Any, field: str) -> bool:
    try:
        return field in see(user, record).can
    except NotAllowedError:
        return False


def _reached(model: type[Model], records: list[Any], users: list[User]) -> None:
    for record in records:
        for name in names_of(model):
            reached = {user.pk for one in people_of(record, name) if (user := account(one))}
            having = {user.pk for user in users if name in set(map(_base, held_roles(user, record)))}
            if reached:  # some roles get no letters
                assert having <= reached, (model, record.pk, name)


def account(one: Any) -> User | None:
    """Return the account of whom a source names, who may be a person."""
    return one if isinstance(one, User) else getattr(one, "user", None)
