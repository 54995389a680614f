"""A hostile operator: staff of the platform, superuser of the database's administration pages."""

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.models import Entry
from yuantou.apps.review.models import Assignment

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(world: World) -> User:
    """An operator with every permission of the administration pages."""
    return User.objects.create_superuser("operator@example.org", "correct horse")


def look(browser, user: User, reason: str = "求助 42"):
    return browser.post(reverse("accounts:look_as"), {"email": user.email, "reason": reason})


def test_case_01_the_administration_pages_hold_no_review(
    world: World, operator: User, reviewed: Assignment, as_
) -> None:
    browser = as_(operator)
    index = browser.get("/admin/").content.decode()
    pages = {part.split('"')[0] for part in index.split('href="/admin/')[1:]}
    for page in sorted(pages):
        answer = browser.get(f"/admin/{page}", follow=True)
        for word in ("绝密评语", "机密意见", "秘密的问题", "拓扑超导"):
            assert word not in answer.content.decode(), page
    assert not {"review/review/", "review/assignment/", "review/conflict/"} & pages


def test_case_13_looking_as_somebody_is_recorded_announced_and_reads_no_review(
    world: World, operator: User, reviewed: Assignment, as_
) -> None:
    for person in (world.officer, world.reviewer, world.signatory):
        browser = as_(operator)
        assert look(browser, person).status_code == 302
        entry = Entry.objects.filter(act="account.seen_as").last()
        assert entry is not None
        assert (entry.actor, entry.key) == (operator.actor, str(person.pk))
        home = browser.get("/").content.decode()
        assert operator.email in home
        closed = [reverse(f"review:{name}", args=[reviewed.pk]) for name in ("read", "assignment")]
        closed += [reverse("review:proposal", args=[reviewed.proposal_id])]
        closed += [reverse(name, args=[world.call.pk]) for name in ("review:room", "decisions:room", "review:progress")]
        assert {browser.get(address).status_code for address in closed} == {404}
        assert reviewed.pk not in browser.get(reverse("review:mine")).content.decode()
        browser.post(reverse("accounts:leave"))
        assert Entry.objects.filter(act="account.seen_as_over").exists()
        assert operator.email not in browser.get(reverse("decisions:awards")).content.decode().split("<main")[1]


def test_case_13_looking_as_the_applicant_shows_the_proposal_but_no_comment_and_changes_nothing(
    world: World, operator: User, reviewed: Assignment, as_
) -> None:
    proposal = reviewed.proposal
    type(proposal).objects.filter(pk=proposal.pk).update(state="declined")
    browser = as_(operator)
    look(browser, world.applicant)
    assert browser.get(reverse("proposals:detail", args=[proposal.pk])).status_code == 200
    assert "绝密评语" not in browser.get(reverse("decisions:outcome", args=[proposal.pk])).content.decode()
    assert browser.post(reverse("proposals:start", args=[world.call.pk])).status_code == 403
    assert browser.post(reverse("accounts:language"), {"language": "en"}).status_code == 403


def test_case_13_who_may_look_as_whom(world: World, operator: User, as_) -> None:
    second = User.objects.create_superuser("second@example.org", "correct horse")
    assert look(as_(operator), second).status_code == 403
    assert look(as_(operator), world.applicant, reason=" ").status_code == 403
    assert look(as_(world.officer), world.applicant).status_code == 403
    assert not Entry.objects.filter(act="account.seen_as").exists()


def test_case_13_an_operator_dismissed_meanwhile_looks_as_nobody(world: World, operator: User, as_) -> None:
    browser = as_(operator)
    look(browser, world.applicant)
    User.objects.filter(pk=operator.pk).update(is_staff=False)
    assert browser.get("/").context["user"] == operator


def test_case_38_an_operator_sets_no_state_from_the_administration_pages(
    world: World, operator: User, reviewed: Assignment, as_
) -> None:
    answer = as_(operator).post(f"/admin/proposals/proposal/{reviewed.proposal_id}/change/", {"state": "awarded"})
    assert answer.status_code == 403
    reviewed.proposal.refresh_from_db()
    assert reviewed.proposal.state == "in_review"
