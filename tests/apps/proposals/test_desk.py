"""The research office and the officer's formal check: many at once, each with its reason, none twice."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.apps.conftest import World
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.checks import failing, results, with_checks
from yuantou.apps.proposals.facade import accepted_count, counts_by_state, proposals_for_matching, send_to_review
from yuantou.apps.proposals.models import Member, Proposal, ProposalVersion, Remark
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.database


def submitted(world: World, n: int = 1, **extra: object) -> Proposal:
    row = {"state": "submitted", "number": f"2026-FE-{n:06d}", "submitted_at": world.now, "content_hash": f"{n:064d}"}
    proposal = world.proposal(**{**row, **extra})
    ProposalVersion.objects.create(
        proposal=proposal, number=1, answers={}, content_hash=f"{n:064d}", submitted_at=world.now
    )
    return proposal


def failed(world: World, proposal: Proposal) -> set[str]:
    row = with_checks(Proposal.objects.filter(pk=proposal.pk), world.call).get()
    names = {check.id for check, passed in results(row) if not passed}
    assert Proposal.objects.filter(failing(world.call), pk=proposal.pk).exists() is bool(names)
    return names


def test_a_sound_proposal_passes_every_check(world: World) -> None:
    assert failed(world, submitted(world)) == set()


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"submitted_at": dt.datetime(2026, 3, 12, 9, 5, 1, tzinfo=dt.UTC)}, "late"),
        ({"submitted_at": None}, "late"),
        ({"requested": 49_999}, "amount"),
        ({"requested": 3_000_001}, "amount"),
        ({"requested": None}, "amount"),
        ({"content_hash": "f" * 64}, "unsealed"),
        ({"discipline_id": None}, "discipline"),
    ],
)
def test_each_check_finds_its_fault(world: World, change: dict[str, object], check: str) -> None:
    assert failed(world, submitted(world, **change)) == {check}


def test_a_discipline_the_call_does_not_name_is_found(world: World) -> None:
    proposal = submitted(world)
    from yuantou.apps.registry.models import Discipline

    world.call.disciplines.set([Discipline.objects.create(code="B01", name_en="Chemistry")])
    assert failed(world, proposal) == {"discipline"}


def test_participants_and_duplicates_are_found(world: World) -> None:
    first = submitted(world)
    Member.objects.create(proposal=first, email="m@example.org", invited_at=world.now)
    assert failed(world, first) == {"members"}
    second = submitted(world, 2)
    assert failed(world, second) == {"duplicate"}
    Proposal.objects.filter(pk=first.pk).update(state="withdrawn")
    assert failed(world, second) == set()


def test_the_limits_themselves_are_allowed(world: World) -> None:
    last = world.call.last_instant
    assert failed(world, submitted(world, requested=50_000, submitted_at=last)) == set()


def test_many_are_accepted_at_once_and_only_once(world: World, as_) -> None:
    ids = [submitted(world, n).pk for n in range(1, 6)]
    officer = as_(world.officer)
    for _double_click in range(2):
        officer.post(f"/calls/{world.call.pk}/check/accept/", {"proposal": ids})
    assert counts_by_state(world.call.pk) == {"accepted": 5}
    assert Letter.objects.filter(template="accepted").count() == 5
    assert accepted_count(world.call.pk) == 5


def test_rejecting_needs_a_reason_that_reaches_the_applicant(world: World, as_) -> None:
    proposal, officer = submitted(world), as_(world.officer)
    officer.post(f"/calls/{world.call.pk}/check/reject/", {"proposal": proposal.pk, "reason": " "})
    assert counts_by_state(world.call.pk) == {"submitted": 1}
    officer.post(f"/calls/{world.call.pk}/check/reject/", {"proposal": proposal.pk, "reason": "超出资助范围"})
    assert "超出资助范围" in Letter.objects.get().body
    assert Remark.objects.get().act == "proposal.reject"
    assert "超出资助范围" in as_(world.applicant).get(f"/proposals/{proposal.pk}/").text


def test_one_that_changed_meanwhile_does_not_stop_the_others(world: World) -> None:
    rows = [submitted(world, n) for n in range(1, 4)]
    Proposal.objects.filter(pk=rows[1].pk).update(version=5)
    result = domain.accept_proposals(proposals=rows, user=world.officer, now=world.now)
    assert (len(result.done), list(result.refused)) == (2, [rows[1].pk])


def test_the_office_returns_with_a_reason_the_applicant_reads(world: World, as_) -> None:
    proposal = world.proposal(state="institution_check", number="2026-FE-000001")
    as_(world.office).post("/institution/return/", {"proposal": proposal.pk, "reason": "请补充预算说明"})
    proposal.refresh_from_db()
    assert proposal.state == "returned"
    assert "请补充预算说明" in as_(world.applicant).get(f"/proposals/{proposal.pk}/edit/").text
    assert "请补充预算说明" in Letter.objects.get().body


@pytest.mark.parametrize(
    "query", ["", "?state=", "?result=fail", "?result=pass", "?sort=-amount", "?q=拓扑&discipline=A01"]
)
def test_the_check_list_needs_the_same_queries_for_any_length(world: World, as_, query: str) -> None:
    counts = []
    for rows in (1, 3):
        for n in range(rows):
            submitted(world, 10 * rows + n)
        officer = as_(world.officer)
        with CaptureQueriesContext(connection) as captured:
            assert officer.get(f"/calls/{world.call.pk}/check/{query}").status_code == 200
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 1  # an empty page skips the rows
    assert counts[1] <= 15


def test_the_institution_list_needs_the_same_queries_for_any_length(world: World, as_) -> None:
    counts = []
    for rows in (1, 3):
        for n in range(rows):
            world.proposal(state="institution_check", number=f"2026-FE-{10 * rows + n:06d}")
        office = as_(world.office)
        with CaptureQueriesContext(connection) as captured:
            assert office.get("/institution/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_what_matching_is_given(world: World, django_assert_num_queries) -> None:
    answers = {"abstract_zh": "甲", "abstract_en": "b", "keywords_zh": ["拓扑", "超导"], "keywords_en": ["topology"]}
    first = world.proposal(state="accepted", number="2026-FE-000001", answers=answers)
    world.proposal(state="submitted", number="2026-FE-000002")
    Member.objects.create(
        proposal=first, email="m@example.org", person=world.member.person, state="confirmed", invited_at=world.now
    )
    Member.objects.create(
        proposal=first, email="s@example.org", person=world.stranger.person, state="refused", invited_at=world.now
    )
    with django_assert_num_queries(3):
        [row] = proposals_for_matching(world.call.pk)
    assert row.keywords == ["拓扑", "超导", "topology"]
    assert row.abstract == "甲\nb"
    assert set(row.participants) == {*world.applicant.person.all_names, *world.member.person.all_names}  # type: ignore[union-attr]
    assert (row.organisation, row.demand, row.requested) == ("云泽大学", 3, 500_000)


def test_accepted_proposals_go_to_review_together(world: World) -> None:
    for n in (1, 2):
        submitted(world, n, state="accepted")
    assert send_to_review(call=world.call, now=world.now) == 2
    assert counts_by_state(world.call.pk) == {"in_review": 2}
