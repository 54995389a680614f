"""A hostile reviewer."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review import domain
from yuantou.apps.review.models import Assignment, Conflict, Expert, Review
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import YuantouError

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(world: World, reviewed: Assignment) -> Assignment:
    """Another reviewer of the same proposal, who is still writing."""
    expert = Expert.objects.create(id="second", person=world.stranger.person)
    row = Assignment.objects.create(
        call=world.call,
        proposal=reviewed.proposal,
        expert=expert,
        state="accepted",
        due_at=world.now,
        created_at=world.now,
    )
    Review.objects.create(assignment=row)
    return row


def test_case_08_no_reviewer_sees_the_others(world: World, reviewed: Assignment, second: Assignment, as_) -> None:
    browser = as_(world.stranger)
    for row in (reviewed, second):
        for name in ("assignment", "read"):
            text = browser.get(reverse(f"review:{name}", args=[row.pk])).content.decode()
            for word in ("绝密评语", "机密意见", world.reviewer.email):
                assert word not in text
    assert browser.get(reverse("review:assignment", args=[reviewed.pk])).status_code == 404


def test_case_12_rights_end_with_the_round(world: World, second: Assignment, as_) -> None:
    browser = as_(world.stranger)
    assert second.proposal.title_zh in browser.get(reverse("review:mine")).content.decode()
    Proposal.objects.filter(pk=second.proposal_id).update(state="declined")
    assert second.proposal.title_zh not in browser.get(reverse("review:mine")).content.decode()
    for address in (
        reverse("review:assignment", args=[second.pk]),
        reverse("proposals:detail", args=[second.proposal_id]),
        reverse("proposals:pdf", args=[second.proposal_id]),
    ):
        assert browser.get(address).status_code == 404


def test_case_16_a_conflict_found_later_recalls_access_everywhere(world: World, second: Assignment, as_) -> None:
    browser = as_(world.stranger)
    Conflict.objects.create(proposal=second.proposal, expert=second.expert, kind="coauthor")
    assert second.proposal.title_zh not in browser.get(reverse("review:mine")).content.decode()
    assert browser.get(reverse("review:assignment", args=[second.pk])).status_code == 404
    answer = browser.post(reverse("review:autosave", args=[second.pk]), {"version": "0", "comments": "x"})
    assert answer.status_code == 404
    assert [need.url for need in browser.get("/").context["needs"]] == []


def test_case_16_no_letter_names_a_proposal_from_which_its_reader_was_recalled(
    world: World, second: Assignment
) -> None:
    late = world.now + dt.timedelta(days=1)
    conflict = Conflict.objects.create(proposal=second.proposal, expert=second.expert, kind="coauthor")
    assert domain.remind_due(now=late) == 0
    assert domain.remind(assignments=[second], user=world.officer, now=late) == 0
    assert not Letter.objects.filter(body__contains=second.proposal.title_zh).exists()
    conflict.delete()
    assert domain.remind_due(now=late) == 1


def test_case_20_a_submitted_review_is_not_edited(world: World, reviewed: Assignment, as_) -> None:
    as_(world.reviewer).post(reverse("review:autosave", args=[reviewed.pk]), {"version": "0", "comments": "改"})
    assert Review.objects.get(pk=reviewed.pk).comments == "绝密评语"
    with pytest.raises(YuantouError):
        domain.save_review(
            review=reviewed.review, values={"comments": "改"}, user=world.reviewer, now=world.now, version=0
        )


def test_case_22_nobody_reviews_for_another(world: World, second: Assignment, as_) -> None:
    for who in (world.reviewer, world.applicant, world.officer):
        for name in ("autosave", "submit", "accept", "refuse"):
            answer = as_(who).post(reverse(f"review:{name}", args=[second.pk]), {"version": "0", "comments": "x"})
            assert answer.status_code == 404
    assert Review.objects.get(pk=second.pk).comments == ""


def test_case_25_a_stale_tab_overwrites_nothing(world: World, second: Assignment, as_) -> None:
    browser, address = as_(world.stranger), reverse("review:autosave", args=[second.pk])
    assert browser.post(address, {"version": "0", "comments": "第一"}).status_code == 200
    assert browser.post(address, {"version": "0", "comments": "第二"}).status_code == 409
    assert Review.objects.get(pk=second.pk).comments == "第一"
    assert as_(None).post(address, {"version": "1", "comments": "第三"}).status_code == 401


def test_case_43_an_account_switched_off_is_out_at_the_next_click(world: World, second: Assignment, as_) -> None:
    browser, address = as_(world.stranger), reverse("review:assignment", args=[second.pk])
    assert browser.get(address).status_code == 200
    type(world.stranger).objects.filter(pk=world.stranger.pk).update(is_active=False)
    assert browser.get(address).status_code == 302
