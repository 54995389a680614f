"""Keeping the record of people true: every act is one transaction and one ledger entry without personal text."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yuantou.apps.audit.facade import append
from yuantou.apps.registry.models import Affiliation, Career, Organisation, Person
from yuantou.kernel.errors import StaleError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

EDITABLE = ("name_zh", "name_en", "other_names", "orcid")


def fingerprint(person: Person) -> str:
    """Return the hash of what a person may edit: the version a form was made from."""
    return content_hash({name: getattr(person, name) for name in EDITABLE})


@transaction.atomic
def create_person(*, name_zh: str, name_en: str, orcid: str | None, email: str, actor: str, now: datetime) -> Person:
    """Enter a person into the record."""
    person = Person.objects.create(name_zh=name_zh, name_en=name_en, orcid=orcid or None, email=email)
    _tell("person.create", person, actor, now, {"content_hash": fingerprint(person)})
    return person


@transaction.atomic
def save_person(*, person: Person, values: Mapping[str, Any], seen: str, actor: str, now: datetime) -> Person:
    """Save names and ORCID iD as their owner gives them.

    Raises
    ------
    StaleError
        If they were changed elsewhere since the form was made.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    if fingerprint(person) != seen:
        raise StaleError(
            LocalText("您的资料已在别处修改。", "Your details were changed elsewhere."),
            LocalText("请核对后再次保存；您输入的文字已保留。", "Compare and save again; your text is kept."),
        )
    for name in EDITABLE:
        setattr(person, name, values[name])
    person.orcid = person.orcid or None
    person.save(update_fields=EDITABLE)
    _tell("person.edit", person, actor, now, {"content_hash": fingerprint(person)})
    return person


@transaction.atomic
def save_career(*, person: Person, values: Mapping[str, Any], actor: str, now: datetime) -> Career:
    """Save what age and career rules ask for. The ledger keeps that it changed, never a date or a hash of one."""
    career, _created = Career.objects.update_or_create(person=person, defaults=dict(values))
    _tell("career.edit", person, actor, now, {})
    return career


def career_of(person_id: str) -> Career | None:
    """Return the career of a person, if it is on record."""
    return Career.objects.filter(person=person_id).first()


@transaction.atomic
def add_affiliation(
    *,
    person: Person,
    organisation: Organisation,
    role: str,
    start: date | None,
    end: date | None,
    actor: str,
    now: datetime,
) -> Affiliation:
    """Enter where a person works or worked."""
    stay = Affiliation.objects.create(person=person, organisation=organisation, role=role, start=start, end=end)
    _tell("affiliation.add", person, actor, now, _stay(stay))
    return stay


@transaction.atomic
def change_affiliation(
    *, affiliation: Affiliation, role: str, start: date | None, end: date | None, actor: str, now: datetime
) -> Affiliation:
    """Correct position and dates. A stay is ended, never removed: conflicts of interest follow from past ones too."""
    affiliation.role, affiliation.start, affiliation.end = role, start, end
    affiliation.save(update_fields=["role", "start", "end"])
    _tell("affiliation.change", affiliation.person, actor, now, _stay(affiliation))
    return affiliation


def _stay(affiliation: Affiliation) -> dict[str, Any]:
    dates = {"start": str(affiliation.start or ""), "end": str(affiliation.end or "")}
    return {"organisation": affiliation.organisation_id, **dates}


def _tell(act: str, person: Person, actor: str, now: datetime, data: dict[str, Any]) -> None:
    append(at=now, actor=actor, act=act, kind="person", key=person.pk, data=data)
