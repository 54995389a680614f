"""Life after the assignment: answers with reasons, reminders, the health of the pool, familiarity."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.review.conftest import as_
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review import domain
from yuantou.apps.review.facade import remind_due
from yuantou.apps.review.models import Assignment
from yuantou.apps.review.pool import decline_reasons, familiarity_table, health_of
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.django_db
Run = Callable[..., object]


def account(row: Assignment) -> User:
    """Return the account of the expert of an assignment, made if need be."""
    person = row.expert.person
    return getattr(person, "user", None) or User.objects.create_user(person.email, "x", person=person)


def test_declining_names_a_reason_and_the_officer_reads_it(released: World, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    client = as_(released.reviewer)
    assert client.post(reverse("review:refuse", args=[row.pk]), {"reason": "No"}).status_code == 422
    run(client, "review:refuse", row.pk, decline="field", reason="Ask a chemist", familiarity="0")
    row.refresh_from_db()
    assert (row.state, row.decline, row.familiarity) == ("refused", "field", 0)
    page = as_(released.officer).get(reverse("review:progress", args=[released.call.pk]), {"state": "refused"})
    assert "Ask a chemist" in page.content.decode()


def test_accepting_takes_ten_seconds_more_for_familiarity_or_none(released: World, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:accept", row.pk, familiarity="3")
    row.refresh_from_db()
    assert row.familiarity == 3
    domain.rate_familiarity(assignment=row, grade="", user=released.reviewer, now=released.now)
    domain.rate_familiarity(assignment=row, grade="1", user=released.applicant, now=released.now)
    row.refresh_from_db()
    assert row.familiarity == 3


def test_reminders_go_out_before_the_due_date_and_once_after_it(released: World) -> None:
    due = Assignment.objects.first().due_at

    def at(**shift: int) -> int:
        return remind_due(now=due + dt.timedelta(**shift))

    assert at(days=-4) == 0
    assert (at(days=-2), at(days=-2, hours=1), at(hours=-1)) == (6, 0, 0)
    assert (at(hours=1), at(days=3)) == (6, 0)
    row = Assignment.objects.first()
    entries = [event for event in history("assignment", row.pk) if event.act == "assignment.remind"]
    assert [event.actor for event in entries] == ["system", "system"]
    assert Letter.objects.filter(template="reminder", key=row.pk).count() == 2


def test_nobody_is_reminded_who_declined_or_finished(released: World, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:refuse", row.pk, decline="busy")
    assert remind_due(now=row.due_at - dt.timedelta(days=1)) == 5


def test_the_pool_page_counts_and_withholds_what_would_tell_who(released: World, run: Run) -> None:
    row = Assignment.objects.get(expert__person=released.reviewer.person)
    run(as_(released.reviewer), "review:refuse", row.pk, decline="busy", reason="A secret reason")
    health = health_of(released.call, now=row.due_at + dt.timedelta(days=1))
    assert (health.experts, health.asked, health.declined, health.late, health.shown) == (6, 6, 1, 5, True)
    assert decline_reasons(released.call) == []  # one alone would be known
    address = reverse("review:pool", args=[released.call.pk])
    page = as_(released.officer).get(address)
    assert page.status_code == 200
    assert "A secret reason" not in page.content.decode()
    for user in (released.reviewer, released.applicant, released.office, released.stranger):
        assert as_(user).get(address).status_code == 404
    Proposal.objects.filter(pk=row.proposal_id).update(applicant=released.officer.person)
    assert as_(released.officer).get(address).status_code == 403


def test_the_pool_page_asks_a_constant_number_of_queries(released: World, django_assert_max_num_queries) -> None:
    client = as_(released.officer)
    with django_assert_max_num_queries(20):
        client.get(reverse("review:pool", args=[released.call.pk]))


def test_familiarity_is_exported_in_the_format_of_published_ratings(released: World) -> None:
    rows = list(Assignment.objects.order_by("pk"))
    for number, row in enumerate(rows[:4]):
        domain.rate_familiarity(assignment=row, grade=str(number), user=account(row), now=released.now)
    assert familiarity_table(released.call, secret=b"x") == "expert_id,paper_id,expertise\n"  # four are too few
    domain.rate_familiarity(assignment=rows[4], grade="3", user=account(rows[4]), now=released.now)
    answer = as_(released.officer).get(reverse("review:familiarity", args=[released.call.pk]))
    found = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sorted(float(row["expertise"]) for row in found) == [1.0, 2.25, 3.75, 5.0, 5.0]
    assert {row["paper_id"] for row in found} <= {row.proposal_id for row in rows}
    assert not {row["expert_id"] for row in found} & {row.expert_id for row in rows}
    assert as_(released.reviewer).get(reverse("review:familiarity", args=[released.call.pk])).status_code == 404


def test_pictures_of_coverage_and_load_stand_in_the_room(matched: World) -> None:
    page = as_(matched.officer).get(reverse("review:room", args=[matched.call.pk])).content.decode()
    assert page.count('class="bars"') == 3
