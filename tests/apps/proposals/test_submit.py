"""Submitting: one instant, one seal, one number, one letter; and nothing lost when it cannot be."""

import datetime as dt

import pytest

from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from yuantou.apps.audit.facade import history
from yuantou.apps.audit.models import Entry
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = pytest.mark.database


def test_the_last_instant_still_counts_and_the_next_does_not(world: World, complete) -> None:
    first, second = complete(), complete()
    last = world.call.last_instant
    with pytest.raises(NotAllowedError) as refused:
        domain.submit_proposal(proposal=second, user=world.applicant, now=last + dt.timedelta(microseconds=1))
    assert domain.submit_proposal(proposal=first, user=world.applicant, now=last).submitted_at == last
    assert "2026-03-12 17:00:00 Asia/Shanghai (UTC+08:00)" in refused.value.message.en
    assert "2026-03-12 17:05:00" in refused.value.message.zh
    second.refresh_from_db()
    assert (second.state, second.answers["question"]) == ("draft", "问题")


def test_before_the_call_opens_nothing_is_taken(world: World, complete) -> None:
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now - dt.timedelta(days=2))


def test_an_incomplete_proposal_says_what_is_missing(world: World) -> None:
    with pytest.raises(NotAllowedError) as refused:
        domain.submit_proposal(proposal=world.proposal(), user=world.applicant, now=world.now)
    assert any("Abstract (English)" in problem.message.en for problem in refused.value.problems)
    assert not Entry.objects.exists()


def test_an_amount_beyond_the_ceiling_is_named(world: World, complete) -> None:
    proposal = complete()
    domain.save_answers(
        proposal=proposal, posted={"requested": "9000万"}, user=world.applicant, now=world.now, version=proposal.version
    )
    assert [finding.key for finding in domain.missing_of(proposal)] == ["requested"]


def test_submitting_twice_is_submitting_once(world: World, complete) -> None:
    proposal = complete()
    stale_copy = Proposal.objects.get(pk=proposal.pk)
    once = domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    again = domain.submit_proposal(
        proposal=stale_copy, user=world.applicant, now=world.now + dt.timedelta(seconds=1), version=stale_copy.version
    )
    assert once == again
    assert [event.act for event in history("proposal", proposal.pk)] == ["proposal.draft", "proposal.submit"]
    assert Letter.objects.count() == 1


def test_nobody_submits_what_they_have_not_seen(world: World, complete) -> None:
    with pytest.raises(StaleError):
        domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now, version=0)


@pytest.mark.parametrize("who", ["member", "office", "officer", "signatory", "stranger"])
def test_nobody_submits_for_somebody_else(world: World, complete, who: str) -> None:
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=complete(), user=getattr(world, who), now=world.now)


def test_numbers_follow_one_another(world: World, complete) -> None:
    numbers = []
    for _round in range(3):
        proposal = complete()
        domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
        sent = Proposal.objects.get(pk=proposal.pk)
        numbers.append(sent.number)
        domain.withdraw_proposal(proposal=sent, user=world.applicant, now=world.now)  # one at a time in a call
    assert numbers == ["2026-FE-000001", "2026-FE-000002", "2026-FE-000003"]


def test_the_seal_covers_answers_people_and_files(world: World, complete) -> None:
    receipt = domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now)
    assert domain.seal_holds(receipt)
    receipt.answers["requested"] = "500001"
    assert not domain.seal_holds(receipt)
    receipt.refresh_from_db()
    receipt.sealed["members"] = [["somebody", "else"]]
    assert not domain.seal_holds(receipt)


def test_the_ledger_holds_hash_and_number_but_no_text(world: World, complete) -> None:
    receipt = domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now)
    entry = Entry.objects.get(index=receipt.ledger_index)
    assert entry.data["content_hash"] == receipt.content_hash
    assert "拓扑" not in str(entry.data)


def test_a_returned_proposal_keeps_its_number_and_gets_a_new_edition(world: World, complete) -> None:
    proposal = complete()
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    sent = Proposal.objects.get(pk=proposal.pk)
    domain.return_proposals(proposals=[sent], reason="预算不合理", user=world.office, now=world.now)
    back = Proposal.objects.get(pk=proposal.pk)
    back = domain.save_answers(
        proposal=back, posted={"months": "24"}, user=world.applicant, now=world.now, version=back.version
    )
    receipt = domain.submit_proposal(proposal=back, user=world.applicant, now=world.now, version=back.version)
    assert (receipt.number, Proposal.objects.get(pk=proposal.pk).number) == (2, "2026-FE-000001")
    assert proposal.versions.count() == 2


def test_waiting_for_a_participant_blocks_and_a_refusal_does_not(world: World, complete) -> None:
    proposal = complete()
    member = team.invite_member(
        proposal=proposal, email=world.member.email, role="", user=world.applicant, now=world.now
    )
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    team.answer_invitation(member=member, user=world.member, confirm=False, now=world.now)
    domain.submit_proposal(proposal=Proposal.objects.get(pk=proposal.pk), user=world.applicant, now=world.now)


def test_a_person_has_one_draft_in_a_call(world: World) -> None:
    first = domain.start_proposal(call=world.call, user=world.applicant, now=world.now)
    assert domain.start_proposal(call=world.call, user=world.applicant, now=world.now) == first
    assert first.organisation == world.university
    assert [event.act for event in history("proposal", first.pk)] == ["proposal.start"]


def test_a_closed_call_takes_no_new_proposal(world: World) -> None:
    with pytest.raises(NotAllowedError):
        domain.start_proposal(call=world.call, user=world.applicant, now=world.now + dt.timedelta(days=11))


def test_withdrawing_is_final(world: World, complete) -> None:
    proposal = complete()
    domain.withdraw_proposal(proposal=proposal, user=world.applicant, now=world.now)
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)


def test_the_deadline_between_form_and_button(live: World, as_) -> None:
    """The page was opened in time; the button is pressed too late: exact times, and the draft is kept."""
    applicant = as_(live.applicant)
    applicant.post(f"/proposals/start/{live.call.pk}/")
    proposal = Proposal.objects.get()
    applicant.post(f"/proposals/{proposal.pk}/edit/", {**ANSWERS, "version": 0})
    assert "Submit now" in applicant.get(f"/proposals/{proposal.pk}/submit/", headers={"accept-language": "en"}).text
    past = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    Call.objects.update(opens_at=past, closes_at=past + dt.timedelta(hours=1))
    answer = applicant.post(f"/proposals/{proposal.pk}/submit/", {"version": 1}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "The deadline has passed: 2026-01-01 09:00:00 Asia/Shanghai (UTC+08:00)" in answer.text
    proposal.refresh_from_db()
    assert (proposal.state, proposal.title_zh) == ("draft", ANSWERS["title_zh"])
