"""From an open call to acceptance for review, through the pages, as each person sees them."""

import re

import pytest

from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from yuantou.apps.proposals.domain import seal_holds
from yuantou.apps.proposals.models import Member, Proposal
from yuantou.apps.workflow.models import Letter

pytestmark = pytest.mark.database


def test_from_open_call_to_review(live: World, as_) -> None:
    applicant, member, office, officer = (as_(u) for u in (live.applicant, live.member, live.office, live.officer))
    page = applicant.get(f"/calls/{live.call.pk}/").content.decode()
    assert f"/proposals/start/{live.call.pk}/" in page

    edit = applicant.post(f"/proposals/start/{live.call.pk}/")["Location"]
    proposal = Proposal.objects.get()
    assert edit == f"/proposals/{proposal.pk}/edit/"
    assert 'name="title_zh"' in applicant.get(edit).content.decode()

    saved = applicant.post(f"/proposals/{proposal.pk}/autosave/", {**ANSWERS, "version": 0})
    assert saved.status_code == 200
    assert saved.json()["version"] == 1
    applicant.post(f"/proposals/{proposal.pk}/invite/", {"email": live.member.email, "role": "theory"})
    assert 'href="#members"' in applicant.get(f"/proposals/{proposal.pk}/missing/").content.decode()
    assert member.get("/proposals/").content.decode().count("/proposals/invitation/") == 1
    member.post(f"/proposals/invitation/{Member.objects.get().pk}/", {"answer": "confirm"})

    review = applicant.get(f"/proposals/{proposal.pk}/submit/").content.decode()
    version = re.search(r'name="version" value="(\d+)"', review).group(1)  # type: ignore[union-attr]
    for _click in range(2):
        answer = applicant.post(f"/proposals/{proposal.pk}/submit/", {"version": version})
        assert answer["Location"] == f"/proposals/{proposal.pk}/receipt/"
    proposal.refresh_from_db()
    assert re.fullmatch(r"\d{4}-FE-000001", proposal.number or "")
    assert proposal.versions.count() == 1
    assert Letter.objects.filter(template="submitted").count() == 1
    receipt = applicant.get(f"/proposals/{proposal.pk}/receipt/").content.decode()
    assert proposal.content_hash in receipt
    assert seal_holds(proposal.versions.get())

    assert proposal.number in office.get("/institution/").content.decode()
    office.post("/institution/endorse/", {"proposal": proposal.pk})
    listed = officer.get(f"/calls/{live.call.pk}/check/").content.decode()
    assert proposal.number in listed
    officer.post(f"/calls/{live.call.pk}/check/accept/", {"proposal": proposal.pk})
    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    assert {letter.template for letter in Letter.objects.all()} == {
        "member_invitation",
        "submitted",
        "endorsed",
        "accepted",
    }
    for path in ("", "pdf/", "receipt/"):
        assert officer.get(f"/proposals/{proposal.pk}/{path}").status_code == 200
    assert applicant.get(f"/proposals/{proposal.pk}/").status_code == 200
    assert officer.get(f"/calls/{live.call.pk}/room/").status_code == 200
    for browser in (applicant, member, office, officer, as_(None)):
        assert browser.get("/").status_code == 200
