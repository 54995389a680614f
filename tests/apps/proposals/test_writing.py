"""Writing: saved while typing, never overwritten, never judged before it is submitted."""

import datetime as dt
import struct
import zlib

import pytest

from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.enclosures import safe_name, sniff
from yuantou.apps.proposals.models import Attachment, Member, Proposal
from yuantou.apps.registry.models import Authorship, Work
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF"


def png(width: int = 1, *, extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, width, 8, 0, 0, 0, 0))
    body = chunk(b"tEXt", extra) if extra else b""
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def test_whatever_was_typed_is_saved_even_if_wrong(world: World, as_) -> None:
    proposal, applicant = world.proposal(), as_(world.applicant)
    answer = applicant.post(f"/proposals/{proposal.pk}/autosave/", {"requested": "viel", "title_zh": "", "version": 0})
    assert answer.json()["version"] == 1
    proposal.refresh_from_db()
    assert proposal.answers["requested"] == "viel"
    assert proposal.requested is None


def test_two_tabs_do_not_overwrite_each_other(world: World, as_) -> None:
    proposal, applicant = world.proposal(), as_(world.applicant)
    address = f"/proposals/{proposal.pk}/autosave/"
    applicant.post(address, {"question": "first tab", "version": 0})
    second = applicant.post(address, {"question": "second tab", "version": 0})
    assert second.status_code == 409
    [difference] = second.json()["differs"]
    assert (difference["mine"], difference["theirs"]) == ("second tab", "first tab")
    proposal.refresh_from_db()
    assert proposal.answers["question"] == "first tab"


def test_without_scripts_the_second_tab_gets_both_texts(world: World, as_) -> None:
    proposal, applicant = world.proposal(), as_(world.applicant)
    applicant.post(f"/proposals/{proposal.pk}/edit/", {"question": "first tab", "version": 0})
    page = applicant.post(f"/proposals/{proposal.pk}/edit/", {"question": "second tab", "version": 0})
    assert page.status_code == 409
    assert "first tab" in page.text
    assert "second tab" in page.text


def test_the_same_text_saved_twice_is_no_conflict(world: World) -> None:
    proposal = world.proposal()
    for _answer_was_lost in range(2):
        fresh = Proposal.objects.get(pk=proposal.pk)
        domain.save_answers(proposal=fresh, posted=ANSWERS, user=world.applicant, now=world.now, version=0)
    assert Proposal.objects.get(pk=proposal.pk).version == 1


def test_a_form_cannot_set_what_is_not_in_it(world: World, as_) -> None:
    proposal = world.proposal()
    posted = {
        "state": "awarded",
        "number": "X",
        "applicant": "other",
        "organisation": "inst",
        "version": 0,
        "months": "12",
    }
    as_(world.applicant).post(f"/proposals/{proposal.pk}/autosave/", posted)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.number, proposal.applicant_id) == ("draft", None, world.applicant.person_id)
    assert proposal.organisation == world.university
    assert set(proposal.answers) == {"months"}


def test_after_submission_nothing_is_saved(world: World, complete) -> None:
    proposal = complete()
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    fresh = Proposal.objects.get(pk=proposal.pk)
    with pytest.raises(NotAllowedError):
        domain.save_answers(proposal=fresh, posted={"months": "1"}, user=world.applicant, now=world.now, version=2)


def test_a_save_that_crosses_a_submission_is_stale(world: World, complete) -> None:
    proposal = complete()
    old = Proposal.objects.get(pk=proposal.pk)
    domain.submit_proposal(proposal=proposal, user=world.applicant, now=world.now)
    with pytest.raises(StaleError):
        domain.save_answers(proposal=old, posted={"months": "1"}, user=world.applicant, now=world.now, version=1)


def test_representative_works_are_filled_in_from_the_record(world: World) -> None:
    for year in (2019, 2024):
        work = Work.objects.create(title=f"Work of {year}", year=year)
        Authorship.objects.create(work=work, person=world.applicant.person, name="x", position=1)
    draft = domain.start_proposal(call=world.call, user=world.applicant, now=world.now)
    assert draft.answers["representative_works"].startswith("1. Work of 2024 (2024)")


def test_inviting_tells_nobody_whether_an_account_exists(world: World, as_) -> None:
    proposal, applicant = world.proposal(), as_(world.applicant)
    pages = []
    for email in (world.member.email, "nobody@example.org"):
        pages.append(applicant.post(f"/proposals/{proposal.pk}/invite/", {"email": email}, follow=True).text)
        assert "Member" not in pages[-1].split('id="members"')[1].split("</section>")[0].replace("member@", "")
    assert Letter.objects.count() == 2


def test_inviting_again_writes_no_second_letter(world: World) -> None:
    proposal = world.proposal()
    for _again in range(3):
        member = team.invite_member(
            proposal=proposal, email="a@example.org", role="", user=world.applicant, now=world.now
        )
        team.remove_member(member=member, user=world.applicant, now=world.now)
    assert Letter.objects.count() == 1


def test_an_invitation_is_answered_by_its_addressee_alone(world: World, as_) -> None:
    member = team.invite_member(
        proposal=world.proposal(), email=world.member.email, role="", user=world.applicant, now=world.now
    )
    for user in (world.stranger, world.applicant, world.officer):
        assert as_(user).post(f"/proposals/invitation/{member.pk}/", {"answer": "confirm"}).status_code == 404
        with pytest.raises(NotAllowedError):
            team.answer_invitation(member=member, user=user, confirm=True, now=world.now)
    for _double_click in range(2):
        as_(world.member).post(f"/proposals/invitation/{member.pk}/", {"answer": "confirm"})
    member.refresh_from_db()
    assert (member.state, member.person) == ("confirmed", world.member.person)


def test_the_applicant_is_not_invited_and_teams_have_an_end(world: World) -> None:
    proposal = world.proposal()
    with pytest.raises(InputError):
        team.invite_member(
            proposal=proposal, email="APPLICANT@example.org", role="", user=world.applicant, now=world.now
        )
    Member.objects.bulk_create(
        Member(proposal=proposal, email=f"m{n}@example.org", invited_at=world.now) for n in range(team.MAX_MEMBERS)
    )
    with pytest.raises(InputError):
        team.invite_member(proposal=proposal, email="one@example.org", role="", user=world.applicant, now=world.now)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"%PDF-1.4 cut short",
        b"%PDF-1.4\n<< /OpenAction << /S /JavaScript /JS (x) >> >>\n%%EOF",
        b"%PDF-1.4\n<< /EmbeddedFiles 1 0 R >>\n%%EOF",
        b"\x89PNG\r\n\x1a\n broken",
        png(100_000),
    ],
)
def test_files_are_known_by_their_bytes(content: bytes) -> None:
    with pytest.raises(InputError):
        sniff(content)


def test_pictures_lose_what_they_tell_in_secret(world: World) -> None:
    picture = png(extra=b"GPS\x0031.2,121.4") + b"PK\x03\x04 hidden archive"
    file = team.attach_file(
        proposal=world.proposal(), name="a.exe", content=picture, user=world.applicant, now=world.now
    )
    from yuantou.apps.files.facade import read

    stored = read(file.file_id)
    assert b"GPS" not in stored
    assert b"hidden" not in stored
    assert file.name == "a.png"


def test_the_same_file_is_attached_once(world: World) -> None:
    proposal = world.proposal()
    for _click in range(2):
        team.attach_file(proposal=proposal, name="a.pdf", content=PDF, user=world.applicant, now=world.now)
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd.pdf"), ("a\r\nb.pdf", "ab.pdf"), ("", "file.pdf"), ("方案.html", "方案.pdf")],
)
def test_file_names_are_harmless(given: str, kept: str) -> None:
    assert safe_name(given, "application/pdf") == kept


def test_the_list_of_mine_needs_the_same_queries_for_any_length(world: World, as_, django_assert_num_queries) -> None:
    counts = []
    for rows in (1, 3):
        for n in range(rows):
            world.proposal(saved_at=world.now + dt.timedelta(minutes=n))
        browser = as_(world.applicant)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get("/proposals/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 8
