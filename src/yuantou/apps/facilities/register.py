"""Facilities and instruments are written down, move through their life, and get their calendars."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.facilities.acts import note, problem, step, wrong
from yuantou.apps.facilities.models import (
    Closure,
    Configuration,
    Equipment,
    Facility,
    Instrument,
    Staff,
    Technique,
)
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import only, stale
from yuantou.connectors.instruments import TechniqueRow, manufacturers_of, model_of, read_pidinst
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

POSTS: Final = ("manager", "scientist", "safety")


@transaction.atomic
def create_facility(*, organisation: Organisation, values: Mapping[str, Any], user: User, now: datetime) -> Facility:
    """Write down a facility, as a concept; its research office does so and becomes nothing else by it.

    Raises
    ------
    NotAllowedError
        If the user is no research officer of the institution.
    """
    if not has_role(user, Role.INSTITUTION, organisation.pk):
        raise NotAllowedError(
            LocalText("只有依托单位科研管理员可以登记设施。", "The research office registers facilities."),
            code="not_allowed.role",
        )
    stages = [{"stage": "concept", "at": now.isoformat()}]
    facility = Facility.objects.create(organisation=organisation, created_at=now, stages=stages, **values)
    note("facility.create", facility, user=user, now=now, data={"values": content_hash(_plain(values))})
    return facility


@transaction.atomic
def appoint(*, facility: Facility, email: str, role: str, user: User, now: datetime) -> Staff:
    """Give somebody a post at a facility."""
    only(user, facility, "office", "manager")
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None or role not in POSTS:
        raise wrong("email", "没有这个账号。", "There is no such account.", "请核对邮箱。", "Check the address.")
    post, made = Staff.objects.get_or_create(facility=facility, user=person, role=role)
    if made:
        note("facility.appoint", facility, user=user, now=now, data={"role": role, "whom": person.actor})
    return post


@transaction.atomic
def dismiss(*, post: Staff, user: User, now: datetime) -> None:
    """Take a post back."""
    only(user, post.facility, "office", "manager")
    note("facility.dismiss", post.facility, user=user, now=now, data={"role": post.role, "whom": post.user.actor})
    post.delete()


def move_facility(*, facility: Facility, action: str, reason: str, user: User, now: datetime) -> None:
    """Take a facility to another stage of its life."""
    machine = facility.programme.machine("facility")
    way = machine.transition(action)
    reached = {"stage": way.target if way else "", "at": now.isoformat()}
    changes = {"stages": [*facility.stages, reached]}
    step(facility, action, user=user, now=now, reason=reason, changes=changes)


@transaction.atomic
def save_instrument(
    *, facility: Facility, values: Mapping[str, Any], user: User, now: datetime, instrument: Instrument | None = None,
    version: int | None = None,
) -> Instrument:  # fmt: skip
    """Write down an instrument or change its description; techniques by code.

    Raises
    ------
    StaleError
        If somebody else changed it since ``version``.
    """
    only(user, facility, "manager", "office")
    techniques = values.get("techniques")
    columns = {key: value for key, value in values.items() if key != "techniques"}
    if instrument is None:
        instrument = Instrument.objects.create(facility=facility, created_at=now, **columns)
    else:
        seen = instrument.version if version is None else version
        rows = Instrument.objects.filter(pk=instrument.pk, version=seen)
        if not rows.update(version=seen + 1, **columns):
            raise stale()
        instrument.refresh_from_db()
    if techniques is not None:
        instrument.techniques.set(techniques)
    note("instrument.save", instrument, user=user, now=now, data={"values": content_hash(_plain(columns))})
    return instrument


def move_instrument(*, instrument: Instrument, action: str, reason: str, user: User, now: datetime) -> None:
    """Take an instrument to another stage; what is dear needs a settled purchase check first."""
    step(instrument, action, user=user, now=now, reason=reason)


@transaction.atomic
def import_pidinst(*, facility: Facility, text: str, code: str, user: User, now: datetime) -> Instrument:
    """Write down an instrument from its PIDINST record; one with the same identifier is brought up to date.

    Raises
    ------
    InputError
        If the record cannot be read or is incomplete (``problems``), or its identifier belongs to another facility.
    """
    only(user, facility, "manager", "office")
    record = read_pidinst(text)
    pid = str(record["identifier"].get("identifier", ""))
    known = Instrument.objects.filter(pid=pid).first()
    if known and known.facility_id != facility.pk:
        raise wrong(
            "pidinst", f"标识符 {pid} 已登记在另一设施。", f"The identifier {pid} belongs to another facility.",
            "请核对标识符。", "Check the identifier.",
        )  # fmt: skip
    values = {
        "pid": pid,
        "pidinst": record,
        "name_en": str(record["name"])[:200],
        "model": model_of(record),
        "manufacturers": manufacturers_of(record),
    }
    if known is None:
        values |= {"code": code}
    return save_instrument(facility=facility, values=values, user=user, now=now, instrument=known)


@transaction.atomic
def import_techniques(*, facility: Facility, rows: list[TechniqueRow], user: User, now: datetime) -> int:
    """Take in the terms of a vocabulary; Chinese labels given by people stay. Returns how many are new."""
    only(user, facility, "manager", "office")
    known = set(Technique.objects.values_list("code", flat=True))
    Technique.objects.bulk_create(
        [Technique(code=row.code, label=row.label, parents=list(row.parents)) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["label", "parents"],
    )
    data = {"terms": len(rows), "hash": content_hash([[row.code, row.label] for row in rows])}
    note("facility.import_techniques", facility, user=user, now=now, data=data)
    return len({row.code for row in rows} - known)


@transaction.atomic
def add_configuration(
    *, instrument: Instrument, code: str, name: str, setups: Mapping[str, int], user: User, now: datetime
) -> Configuration:
    """Add a configuration with the slots it takes to change over to others, by their codes."""
    only(user, instrument.facility, "manager", "scientist")
    row = Configuration.objects.create(instrument=instrument, code=code, name=name, setups=dict(setups))
    note("instrument.configure", instrument, user=user, now=now, data={"code": code, "setups": dict(setups)})
    return row


@transaction.atomic
def add_equipment(*, facility: Facility, code: str, name: str, capacity: int, user: User, now: datetime) -> Equipment:
    """Add equipment that instruments share."""
    only(user, facility, "manager")
    row = Equipment.objects.create(facility=facility, code=code, name=name, capacity=capacity)
    note("facility.equip", facility, user=user, now=now, data={"code": code, "capacity": capacity})
    return row


@transaction.atomic
def close_time(
    *, instrument: Instrument, starts_at: datetime, ends_at: datetime, kind: str, reason: str, user: User,
    now: datetime,
) -> Closure:  # fmt: skip
    """Close an instrument for a time; an overlap with another closure is allowed and shown.

    Raises
    ------
    InputError
        If it ends before it starts.
    """
    only(user, instrument.facility, "manager", "scientist")
    if ends_at <= starts_at:
        raise wrong("ends_at", "结束须晚于开始。", "It must end after it starts.", "请更正时间。", "Correct the times.")
    row = Closure.objects.create(instrument=instrument, starts_at=starts_at, ends_at=ends_at, kind=kind, reason=reason)
    data = {"from": starts_at.isoformat(), "until": ends_at.isoformat(), "kind": kind}
    note("instrument.close", instrument, user=user, now=now, data=data)
    return row


def calendar_problems(instrument: Instrument) -> list[Problem]:
    """Return closures of an instrument that overlap: harmless, but often a slip."""
    rows = list(instrument.closures.order_by("starts_at", "pk"))
    found = []
    for index, row in enumerate(rows[1:], start=1):
        before = max(rows[:index], key=lambda other: other.ends_at)
        if row.starts_at < before.ends_at:
            name = instrument.code
            found.append(
                problem(
                    "calendar.overlap", f"{name} {row.starts_at:%Y-%m-%d}",
                    f"{name} 的停用时段与 {before.starts_at:%Y-%m-%d} 开始的另一时段重叠，按合并处理。",
                    f"A closure of {name} overlaps the one from {before.starts_at:%Y-%m-%d}; they are taken together.",
                    "请核对是否重复登记。", "Check whether it was entered twice.", fatal=False,
                )
            )  # fmt: skip
    return found


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, str | int | list | dict | None) else str(value) for key, value in values.items()
    }
