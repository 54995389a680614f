"""Who may open what: everybody else is told that it does not exist."""

import pytest

from tests.apps.conftest import World
from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.facade import append
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.proposals.rules import visible_proposals
from yuantou.apps.workflow.facade import see, visible_as
from yuantou.kernel.errors import NotAllowedError

PAGES = ("", "edit/", "missing/", "submit/", "receipt/", "withdraw/", "pdf/")
EVERYBODY = ("applicant", "member", "office", "officer", "signatory", "reviewer", "stranger")

SEEN = {
    "draft": {"applicant"},
    "returned": {"applicant", "office"},
    "institution_check": {"applicant", "office", "officer"},
    "submitted": {"applicant", "office", "officer"},
    "accepted": {"applicant", "office", "officer", "signatory"},
    "withdrawn": {"applicant", "officer"},
}


@pytest.mark.parametrize("state", sorted(SEEN))
@pytest.mark.parametrize("who", EVERYBODY)
def test_the_page_and_the_list_agree_about_who_sees_a_proposal(world: World, as_, state: str, who: str) -> None:
    proposal, user = world.proposal(state=state, number="2026-FE-000009"), getattr(world, who)
    expected = who in SEEN[state]
    assert (as_(user).get(f"/proposals/{proposal.pk}/").status_code == 200) is expected
    assert visible_proposals(user).filter(pk=proposal.pk).exists() is expected


@pytest.mark.parametrize("who", ["member", "office", "officer", "signatory", "reviewer", "stranger"])
def test_the_pages_of_the_applicant_exist_for_the_applicant_alone(world: World, as_, who: str) -> None:
    proposal = world.proposal()
    for page in PAGES:
        assert as_(getattr(world, who)).get(f"/proposals/{proposal.pk}/{page}").status_code == 404
    for act in ("autosave", "edit", "submit", "withdraw", "invite", "attach"):
        assert as_(getattr(world, who)).post(f"/proposals/{proposal.pk}/{act}/").status_code == 404


def test_visitors_are_asked_to_sign_in_and_scripts_are_told_401(world: World, as_) -> None:
    proposal = world.proposal()
    assert as_(None).get(f"/proposals/{proposal.pk}/edit/").status_code == 302
    assert as_(None).get(f"/proposals/{proposal.pk}/").status_code == 404
    assert as_(None).post(f"/proposals/{proposal.pk}/autosave/", {"title_zh": "x"}).status_code == 401


def test_an_officer_who_applies_sees_nothing_of_it_as_officer(world: World, as_) -> None:
    own = world.proposal(applicant=world.officer.person, state="submitted", number="2026-FE-000001")
    seen = see(world.officer, own)
    assert "officer" not in seen.roles
    listed = as_(world.officer).get(f"/calls/{world.call.pk}/check/").content.decode()
    assert "2026-FE-000001" not in listed
    as_(world.officer).post(f"/calls/{world.call.pk}/check/accept/", {"proposal": own.pk})
    own.refresh_from_db()
    assert own.state == "submitted"


def test_who_declined_to_take_part_sees_nothing_and_keeps_no_other_role(world: World) -> None:
    proposal = world.proposal(state="submitted", number="2026-FE-000001")
    Member.objects.create(
        proposal=proposal,
        email=world.officer.email,
        state=MemberState.REFUSED,
        invited_at=world.now,
    )
    with pytest.raises(NotAllowedError):
        see(world.officer, Proposal.objects.get(pk=proposal.pk))
    assert not visible_proposals(world.officer).filter(pk=proposal.pk).exists()


def test_the_institution_does_not_read_what_is_hidden_from_it(world: World, as_, complete) -> None:
    proposal = complete()
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    page = f"/proposals/{proposal.pk}/"
    assert "请回避某某" not in as_(world.office).get(page).content.decode()
    assert "请回避某某" in as_(world.officer).get(page).content.decode()


def test_the_history_of_the_applicant_names_nothing_of_later_stages(world: World, as_, complete) -> None:
    proposal = complete()
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    append(
        at=world.now, actor="user:77", act="conflict.confirm", kind="proposal", key=proposal.pk, data={"expert": "x77"}
    )
    text = as_(world.applicant).get(f"/proposals/{proposal.pk}/").content.decode()
    assert "conflict" not in text
    assert "x77" not in text
    assert "user:" not in text


def test_the_research_office_of_another_institution_acts_on_nothing(world: World, as_, complete) -> None:
    proposal = complete()
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    other = world.user("other", world.institute)
    RoleGrant.objects.create(user=other, role="institution", organisation=world.institute)
    as_(other).post("/institution/endorse/", {"proposal": proposal.pk})
    proposal.refresh_from_db()
    assert proposal.state == "institution_check"
    assert proposal.number not in as_(other).get("/institution/?state=").content.decode()


def test_an_officer_of_another_agency_does_not_enter(world: World, as_) -> None:
    other = world.user("other", world.institute)
    RoleGrant.objects.create(user=other, role="officer", organisation=world.institute)
    proposal = world.proposal(state="submitted", number="2026-FE-000001")
    assert as_(other).get(f"/calls/{world.call.pk}/check/").status_code == 404
    assert as_(other).post(f"/calls/{world.call.pk}/check/accept/", {"proposal": proposal.pk}).status_code == 404
    assert as_(other).get(f"/proposals/{proposal.pk}/").status_code == 404


def test_files_are_downloads_for_those_who_see_them(world: World, as_, complete) -> None:
    proposal = complete()
    pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF"
    file = team.attach_file(proposal=proposal, name="方案.pdf", content=pdf, user=world.applicant, now=world.now)
    address = f"/proposals/{proposal.pk}/files/{file.pk}/"
    answer = as_(world.applicant).get(address)
    assert answer.content == pdf
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    for who in (world.member, world.office, world.officer, world.stranger):
        assert as_(who).get(address).status_code == 404


def test_a_confirmed_participant_reads_but_does_not_write(world: World, as_, complete) -> None:
    proposal = complete()
    member = team.invite_member(
        proposal=proposal, email=world.member.email, role="", user=world.applicant, now=world.now
    )
    team.answer_invitation(member=member, user=world.member, confirm=True, now=world.now)
    assert as_(world.member).get(f"/proposals/{proposal.pk}/").status_code == 200
    assert as_(world.member).post(f"/proposals/{proposal.pk}/autosave/", {"title_zh": "x"}).status_code == 404


def test_operators_see_that_a_proposal_exists_but_not_what_it_says(world: World, as_) -> None:
    from yuantou.apps.accounts.models import User

    proposal = world.proposal(state="submitted", number="2026-FE-000001", answers={"question": "秘密"})
    operator = as_(User.objects.create_superuser("operator@example.org", "correct horse"))
    for page in ("", f"{proposal.pk}/change/"):
        text = operator.get(f"/admin/proposals/proposal/{page}").text
        assert "2026-FE-000001" in text
        assert "秘密" not in text
        assert "拓扑超导" not in text
    assert operator.get(f"/proposals/{proposal.pk}/").status_code == 404


def test_desks_keep_the_ranks_of_roles_apart_and_hold_back_what_was_judged(world: World) -> None:
    """What is one's own is left out of a desk, and is all there is in one's own list, whichever is asked first."""
    RoleGrant.objects.create(user=world.applicant, role="officer", organisation=world.agency)
    proposal = world.proposal(state="in_review")
    for first, second in (("officer", "applicant"), ("applicant", "officer")):
        user = User.objects.get(pk=world.applicant.pk)
        found = {role: list(visible_as(Proposal, user, role)) for role in (first, second)}
        assert found == {"officer": [], "applicant": [proposal]}
    Proposal.objects.update(state="awarded")
    looked_through = User.objects.get(pk=world.applicant.pk)
    assert list(visible_as(Proposal, looked_through, "applicant", "comments")) == [proposal]
    looked_through.seen_by = world.stranger
    assert not visible_as(Proposal, looked_through, "applicant", "comments").exists()
