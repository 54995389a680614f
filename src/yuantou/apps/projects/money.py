"""Instalments: when they may be paid, and the record that they were. No money moves here."""

from datetime import date, datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.projects.models import Instalment, Project
from yuantou.apps.projects.steps import take
from yuantou.apps.workflow.facade import SYSTEM


def release_after(project: Project, event: str, *, now: datetime) -> None:
    """Release the instalments that waited for an event: the start, or a gate that was passed."""
    waited = [one.id for one in project.programme.project.instalments if one.after == event]
    for row in project.instalments.filter(plan_id__in=waited, state__means="planned"):
        row.project = project
        take(row, "release", user=SYSTEM, now=now, data={"after": event})


def drop_rest(project: Project, *, now: datetime) -> None:
    """Drop what was not paid when a project ends before its time."""
    for row in project.instalments.filter(state__means=["planned", "released"]):
        row.project = project
        take(row, "drop", user=SYSTEM, now=now)


@transaction.atomic
def record_payment(*, instalment: Instalment, paid_on: date, reference: str, user: User, now: datetime) -> None:
    """Record that the agency has paid an instalment, on a day and under a reference of its books."""
    changes = {"paid_on": paid_on, "reference": reference.strip()[:100]}
    data = {"amount": str(instalment.amount), "paid_on": paid_on.isoformat()}
    take(instalment, "pay", user=user, now=now, changes=changes, data=data)
