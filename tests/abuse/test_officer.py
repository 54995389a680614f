"""A hostile programme officer. Numbers are those of the catalogue of abuse (docs/explanation/access.md)."""

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant
from yuantou.apps.decisions import domain as decisions
from yuantou.apps.decisions.models import Decision, DecisionList, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review import hand, runs
from yuantou.apps.review.models import Assignment, Conflict, Expert
from yuantou.engines.workflow.pseudonym import pseudonym
from yuantou.kernel.errors import NotAllowedError

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(world: World, own: Proposal) -> Decision:
    """The officer's own proposal on a draft of decisions."""
    world.call.state = "ranked"
    world.call.save()
    job = Job.objects.create(kind="ranking", subject=world.call.pk, created_at=world.now)
    ranking = Ranking.objects.create(call=world.call, job=job, input_hash="0" * 64, created_at=world.now)
    drafted = DecisionList.objects.create(
        call=world.call, ranking=ranking, rule="line", budget=10**6, created_at=world.now
    )
    return Decision.objects.create(
        decision_list=drafted, proposal=own, position=1, by_rule="decline", outcome="decline"
    )


def test_case_02_search_and_counts_tell_a_conflicted_officer_nothing(world: World, own: Proposal, as_) -> None:
    browser = as_(world.officer)
    for page in ("proposals:formal_check", "review:room", "review:progress", "call_room"):
        for query in ({}, {"q": own.number}, {"q": "拓扑", "state": ""}, {"sort": "-amount", "state": ""}):
            text = browser.get(reverse(page, args=[world.call.pk]), query).content.decode()
            assert f"/proposals/{own.pk}" not in text
            assert own.title_en not in text
    assert browser.get(reverse("proposals:formal_check", args=[world.call.pk])).context["total"] == 0
    assert browser.get(reverse("call_room", args=[world.call.pk])).context["figures"]["accepted"] == 0


def test_case_10_names_of_reviewers_hold_for_one_call_alone() -> None:
    secret, other = b"site", b"another site"
    first = [pseudonym(secret, call="c1", person=f"expert{n}") for n in range(2000)]
    second = [pseudonym(secret, call="c2", person=f"expert{n}") for n in range(2000)]
    assert first == [pseudonym(secret, call="c1", person=f"expert{n}") for n in range(2000)]
    assert not any(a == b for a, b in zip(first, second, strict=True))
    assert len(set(first)) == 2000
    assert pseudonym(other, call="c1", person="expert0") != first[0]


def test_case_10_strictness_of_fewer_than_five_reviewers_is_withheld(world: World, listed: Decision, as_) -> None:
    room = reverse("decisions:room", args=[world.call.pk])
    for people, shown in ((4, 0), (5, 5)):
        rows = [{"reviewer_id": f"expert-{n}", "effect": n / 10, "sd": 0.1, "n": 3} for n in range(people)]
        Ranking.objects.update(summary={"strictness": rows})
        page = as_(world.signatory).get(room)
        assert len(page.context["strictness"]) == shown
        assert "expert-0" not in page.content.decode()


def test_case_11_a_conflicted_officer_neither_sees_nor_decides(world: World, listed: Decision, as_) -> None:
    browser = as_(world.officer)
    assert browser.get(reverse("decisions:room", args=[world.call.pk])).status_code == 403
    answer = browser.post(reverse("decisions:change", args=[listed.pk]), {"outcome": "fund", "reason": "好"})
    assert answer.status_code == 403
    for name in ("start", "draft", "replay"):
        assert browser.post(reverse(f"decisions:{name}", args=[world.call.pk])).status_code in {403, 404}
    with pytest.raises(NotAllowedError):
        decisions.change_decision(decision=listed, outcome="fund", reason="好", user=world.officer, now=world.now)
    listed.refresh_from_db()
    assert listed.outcome == "decline"
    colleague = world.user("colleague", world.agency)
    RoleGrant.objects.create(user=colleague, role="officer", organisation=world.agency)
    assert as_(colleague).get(reverse("decisions:room", args=[world.call.pk])).status_code == 200


def test_case_11_a_conflicted_signatory_does_not_sign(world: World, listed: Decision) -> None:
    Proposal.objects.update(applicant=world.signatory.person)
    drafted = DecisionList.objects.get()
    with pytest.raises(NotAllowedError):
        decisions.sign_list(
            decision_list=drafted, seen_hash=decisions.hash_of(drafted), user=world.signatory, now=world.now
        )


def test_case_15_no_way_round_a_conflict(world: World, reviewed: Assignment, own: Proposal, as_) -> None:
    expert = Expert.objects.create(person=world.stranger.person)
    Conflict.objects.create(proposal=reviewed.proposal, expert=expert, kind="coauthor")
    browser = as_(world.officer)
    address = reverse("review:assign", args=[reviewed.proposal_id])
    assert browser.post(address, {"expert": expert.pk, "reason": "急"}).status_code == 403
    assert (
        browser.post(reverse("review:assign", args=[own.pk]), {"expert": expert.pk, "reason": "x"}).status_code == 404
    )
    with pytest.raises(NotAllowedError):
        hand.assign_by_hand(proposal=own, expert=expert, reason="x", user=world.officer, now=world.now)
    with pytest.raises(NotAllowedError):
        runs.start_matching(call=world.call, user=world.officer, now=world.now, reviews=2, max_load=3, seed=1)
    assert not Assignment.objects.filter(expert=expert).exists()


def test_case_19_the_officer_cannot_lift_a_conflict_on_the_own_proposal(world: World, own: Proposal) -> None:
    expert = Expert.objects.create(person=world.stranger.person)
    found = Conflict.objects.create(proposal=own, expert=expert, kind="declared")
    with pytest.raises(NotAllowedError):
        hand.decide_conflict(conflict=found, status="dismissed", reason="朋友", user=world.officer, now=world.now)


def test_case_20_an_officer_writes_into_no_review(world: World, reviewed: Assignment, as_) -> None:
    browser = as_(world.officer)
    for name in ("autosave", "submit", "accept", "refuse"):
        answer = browser.post(reverse(f"review:{name}", args=[reviewed.pk]), {"comments": "改", "version": "0"})
        assert answer.status_code == 404
    reviewed.review.refresh_from_db()
    assert reviewed.review.comments == "绝密评语"


def test_case_23_a_list_changed_after_it_was_seen_is_not_signed(world: World, listed: Decision, as_) -> None:
    drafted = DecisionList.objects.get()
    seen = decisions.hash_of(drafted)
    Decision.objects.filter(pk=listed.pk).update(outcome="fund")
    answer = as_(world.signatory).post(reverse("decisions:sign", args=[drafted.pk]), {"hash": seen})
    assert answer.status_code == 409
    drafted.refresh_from_db()
    assert drafted.state == "draft"


def test_case_43_a_role_taken_away_is_gone_at_the_next_click(world: World, reviewed: Assignment, as_) -> None:
    browser, address = as_(world.officer), reverse("review:read", args=[reviewed.pk])
    assert browser.get(address).status_code == 200
    RoleGrant.objects.filter(user=world.officer).delete()
    assert browser.get(address).status_code == 404
