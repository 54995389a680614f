"""Integrity training: who completed what until when, who must have it, and what lacks."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.audit.facade import append
from yuantou.apps.integrity.models import Course, TrainingRecord
from yuantou.apps.registry.models import Affiliation, Person
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText

ROLES = ("applicant", "reviewer", "officer", "institution", "integrity", "committee")
"""Roles that a training may be required of; enforced so far is ``applicant``, at submission."""


def add_months(day: date, months: int) -> date:
    """Return the day so many months later, or the last one of that month."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@transaction.atomic
def record_training(*, person: Person, course: Course, completed_on: date, user: User, now: datetime) -> TrainingRecord:
    """Record that a person completed a training: the integrity office, or the research office for its own people.

    Raises
    ------
    NotAllowedError
        For anybody else (nobody records the own training), and for a day that has not come.
    """
    homes = Affiliation.objects.filter(person=person, end=None).values_list("organisation", flat=True)
    office = user.grants.filter(role=Role.INTEGRITY).exists() and not user.seen_by
    own_people = any(has_role(user, Role.INSTITUTION, home) for home in homes)
    if user.person_id == person.pk or not (office or own_people) or completed_on > now.date():
        raise NotAllowedError(
            LocalText("您不能登记此培训记录。", "You may not record this training."), code="training.record"
        )
    made: TrainingRecord
    made, fresh = TrainingRecord.objects.get_or_create(
        person=person,
        course=course,
        completed_on=completed_on,
        defaults={"valid_until": add_months(completed_on, course.valid_months), "recorded_by": user},
    )
    if fresh:
        data = {"course": course.pk, "completed": completed_on.isoformat()}
        append(at=now, actor=user.actor, act="training.record", kind="person", key=person.pk, data=data)
    return made


@transaction.atomic
def require_training(
    *, slug: str, name: LocalText, required_of: Iterable[str], valid_months: int, user: User, now: datetime
) -> Course:
    """Set up a training, or change of whom it is required; the integrity office does."""
    if user.seen_by or not user.grants.filter(role=Role.INTEGRITY).exists():
        raise NotAllowedError(
            LocalText("您无权设置培训要求。", "You may not set up trainings."), code="training.require"
        )
    roles = [role for role in ROLES if role in set(required_of)]
    columns = {"name_zh": name.zh, "name_en": name.en, "required_of": roles, "valid_months": valid_months}
    made, _fresh = Course.objects.update_or_create(id=slug, defaults=columns)
    append(
        at=now,
        actor=user.actor,
        act="training.require",
        kind="training",
        key=slug,
        data={"roles": roles, "months": valid_months},
    )
    return made


def lacking(person: Person, role: str, on: date) -> list[Course]:
    """Return the trainings that a role requires and a person has not, or no longer."""
    wanted = [course for course in Course.objects.all() if role in course.required_of]
    if not wanted:
        return []
    held = TrainingRecord.objects.filter(person=person, valid_until__gte=on, completed_on__lte=on)
    valid = set(held.values_list("course", flat=True))
    return [course for course in wanted if course.pk not in valid]
