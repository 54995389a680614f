"""Who poses, judges and supervises on a whole call: named before it opens, and kept apart as its type says."""

from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Appointment, Call
from yuantou.apps.registry.facade import houses_of
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import not_yours, roles_of
from yuantou.engines.workflow import Holder, broken
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText


@transaction.atomic
def appoint(*, call: Call, role: str, person: Person, user: User, now: datetime, reason: str = "") -> Appointment:
    """Give a person a role of the type on a whole call; after publication a reason is needed.

    Raises
    ------
    NotAllowedError
        If the user is no officer, the type names no such role, or the type keeps the person apart from it.
    """
    _officer_only(call, user, reason)
    if role not in call.programme.appointed:
        raise NotAllowedError(LocalText("本类型没有此角色。", "The type has no such role."), code="appointment.role")
    houses = houses_of([person])[person.pk]
    refuse_broken(call, appointed_holders(call), by=Holder(role, person.pk, houses))
    row, new = Appointment.objects.get_or_create(call=call, role=role, person=person, defaults={"at": now})
    if new:
        data = {"role": role, "person": person.pk, "reason_hash": content_hash(reason)}
        append(at=now, actor=user.actor, act="call.appoint", kind="call", key=call.pk, data=data)
    return row


@transaction.atomic
def release_appointed(*, appointment: Appointment, user: User, now: datetime, reason: str = "") -> None:
    """Take a role on a call from a person; after publication a reason is needed."""
    call = appointment.call
    _officer_only(call, user, reason)
    data = {"role": appointment.role, "person": appointment.person_id, "reason_hash": content_hash(reason)}
    append(at=now, actor=user.actor, act="call.release_appointed", kind="call", key=call.pk, data=data)
    appointment.delete()


def _officer_only(call: Call, user: User, reason: str) -> None:
    if "officer" not in roles_of(user, call) or call.is_now.decided or call.is_now.cancelled:
        raise not_yours()
    if not call.is_now.preparing and not reason.strip():
        raise NotAllowedError(LocalText("请写明理由。", "Please give a reason."), code="not_allowed.reason")


def appointed_holders(call: Call) -> list[Holder]:
    """Return who holds a role on a call, with the institutions behind."""
    rows = list(call.appointments.select_related("person"))
    houses = houses_of(row.person for row in rows)
    return [Holder(row.role, row.person_id, houses[row.person_id]) for row in rows]


def refuse_broken(call: Call, holders: list[Holder], *, by: Holder | None = None) -> None:
    """Refuse holders of roles whom the type keeps apart; with ``by``, what this one breaks with the others.

    Raises
    ------
    NotAllowedError
        With one problem for each separation that is broken.
    """
    found = broken(call.programme, holders, by=by)
    if found:
        raise NotAllowedError(
            LocalText("出题、答题与评判须分离。", "Who poses, solves and judges must be kept apart."),
            LocalText("请改由其他单位的人担任。", "Please ask somebody of another institution."),
            code="kept_apart",
            problems=tuple(
                Problem("kept_apart", one.message, LocalText("请改由他人担任。", "Ask somebody else.")) for one in found
            ),
        )


def missing_roles(call: Call) -> list[LocalText]:
    """Return the roles that nobody holds yet and somebody must before the call opens."""
    held = set(call.appointments.values_list("role", flat=True))
    return [call.programme.roles[role] for role in call.programme.appointed if role not in held]
