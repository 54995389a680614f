"""A training that a role requires stands in the way of acting in it until it is recorded, and again when it lapses."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.apps.integrity.conftest import Desk
from yuantou.apps.audit.models import Entry
from yuantou.apps.integrity.models import TrainingRecord
from yuantou.apps.integrity.training import add_months, lacking
from yuantou.apps.proposals.domain import obstacles, start_proposal

pytestmark = pytest.mark.django_db


def require(desk: Desk, user: object = None, **more: object):
    fields = {"slug": "ethics", "name_zh": "科研诚信", "name_en": "Research integrity", "months": "12"} | more
    return desk.post(user or desk.office, "trainings", role=["applicant"], **fields)


def record(desk: Desk, user: object, day: dt.date, person: object = None) -> int:
    email = (person or desk.world.applicant).email
    return desk.post(user, "trainings", email=email, course="ethics", completed=day.isoformat()).status_code


def test_required_training_is_asked_for_before_submitting(desk: Desk) -> None:
    now = timezone.now()
    proposal = start_proposal(call=desk.world.call, user=desk.world.applicant, now=now)
    assert "training" not in {one.key for one in obstacles(proposal, now)}
    require(desk)
    (said,) = [one.message.en for one in obstacles(proposal, now) if one.key == "training"]
    assert said == "Complete “Research integrity” first."
    assert record(desk, desk.office, now.date()) == 302
    assert "training" not in {one.key for one in obstacles(proposal, now)}
    assert "training" in {one.key for one in obstacles(proposal, now + dt.timedelta(days=400))}
    assert "Valid" in desk.get(desk.world.applicant, "trainings").content.decode()
    acts = Entry.objects.filter(act__startswith="training.").values_list("act", flat=True)
    assert list(acts) == ["training.require", "training.record"]


def test_who_may_record_and_require(desk: Desk) -> None:
    world, today = desk.world, timezone.now().date()
    assert require(desk, world.officer).status_code == 403
    require(desk)
    assert record(desk, world.applicant, today) == 403
    assert record(desk, world.stranger, today) == 403
    assert record(desk, desk.office, today, person=desk.office) == 403
    assert record(desk, desk.office, today + dt.timedelta(days=1)) == 403
    assert record(desk, world.office, today) == 302  # the research office, for its own people
    assert record(desk, world.office, today, person=world.stranger) == 403
    assert TrainingRecord.objects.count() == 1
    assert lacking(world.stranger.person, "reviewer", today) == []


def test_months_end_where_months_end() -> None:
    assert add_months(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert add_months(dt.date(2026, 12, 15), 13) == dt.date(2028, 1, 15)
