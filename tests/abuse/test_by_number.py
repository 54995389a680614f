"""Every case of abuse that this platform answers for has a test of its number; those it does not answer are named."""

import csv
import datetime as dt
import io
import re
import zlib
from pathlib import Path

import polars as pl
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.proposals.conftest import complete
from yuantou.apps.audit.models import Entry
from yuantou.apps.files.facade import read
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.enclosures import PDF, PNG, without_metadata
from yuantou.apps.proposals.models import Proposal, ProposalVersion
from yuantou.apps.review.models import Assignment
from yuantou.engines.matching.cycles import cycles
from yuantou.kernel.errors import NotAllowedError

__all__ = ["complete"]
pytestmark = pytest.mark.django_db
CASES = {*range(1, 23), *range(25, 30), 31, *range(38, 45)}
OPEN: dict[int, str] = {}
"""Cases without an answer yet; the list may only shrink."""


def test_every_case_has_a_test_of_its_number_or_is_named_as_open() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = {int(n) for name in re.findall(r"def test_case_(\d\d(?:_and_\d\d)*)_", tests) for n in name.split("_and_")}
    assert named >= CASES - set(OPEN)
    assert not named & set(OPEN)


@pytest.mark.parametrize("asked", ["sort=-score", "sort=reviewer", "q=reviewer:1", "sort=raw_mean", "outcome=decline"])
def test_case_03_no_order_filter_or_export_reads_a_column_that_is_not_shown(
    world: World, reviewed: Assignment, as_, asked: str
) -> None:
    for who in (None, world.applicant, world.stranger):
        for page in ("decisions:awards", "decisions:awards_csv"):
            plain, probed = (as_(who).get(reverse(page), query) for query in ({}, dict([asked.split("=")])))
            assert probed.status_code == 200
            assert reviewed.proposal.number not in probed.content.decode()
            if page.endswith("csv"):
                heads = [next(csv.reader(io.StringIO(answer.content.decode()))) for answer in (plain, probed)]
                assert heads[0] == heads[1]


def test_case_07_a_file_keeps_no_trace_of_its_maker() -> None:
    xmp = b"<?xpacket begin='' ?><x:xmpmeta><dc:creator>Zhang San</dc:creator></x:xmpmeta><?xpacket end='w'?>"
    info = b"<< /Author (Zhang \\(San\\) (Lab)) /Creator <5A68616E67> /CreationDate (D:2026) /Title (Kept) >>"
    made = (
        b"%PDF-1.5\n1 0 obj\n" + info + b"\nendobj\n" + xmp + b"\ntrailer << /Size 2 /Info 1 0 R /Root 2 0 R >>\n%%EOF"
    )
    clean = without_metadata(made, PDF)
    assert len(clean) == len(made)  # every offset still holds
    for trace in (b"Zhang", b"San", b"5A68", b"D:2026", b"/Info"):
        assert trace not in clean
    assert b"/Title (Kept)" in clean
    assert b"/Root 2 0 R" in clean

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13))
    picture = head + chunk(b"tEXt", b"Author\0Zhang") + chunk(b"eXIf", b"GPS") + chunk(b"IEND", b"") + b"after"
    assert without_metadata(picture, PNG) == head + chunk(b"IEND", b"")


def test_case_07_the_name_of_a_file_is_granted_like_the_file(world: World, reviewed: Assignment, as_) -> None:
    type(world.call).objects.filter(pk=world.call.pk).update(state="published")
    draft = world.proposal()
    pdf = b"%PDF-1.4\n<< /Author (Zhang San) >>\n%%EOF"
    team.attach_file(proposal=draft, name="Zhang San.pdf", content=pdf, user=world.applicant, now=world.now)
    row = draft.attachments.get()
    for who in (world.stranger, world.reviewer, None):
        answer = as_(who).get(reverse("proposals:attachment", args=[draft.pk, row.file_id]))
        assert answer.status_code in {302, 404}
        assert "Zhang" not in str(answer.headers) + answer.content.decode()
    assert b"Zhang" not in read(row.file_id)


def test_case_17_experts_without_works_are_not_free_of_conflict_but_unknown() -> None:
    from tests.engines.matching.test_conflicts import test_what_cannot_be_checked_is_said_to_be_unknown

    test_what_cannot_be_checked_is_said_to_be_unknown()


def test_case_18_two_applicants_who_would_review_each_other_are_found() -> None:
    pairs = pl.DataFrame({"proposal_id": ["p0", "p1", "p2"], "expert_id": ["e1", "e0", "e9"]})
    found = cycles(pairs, {"p0": "e0", "p1": "e1", "p2": "e2"})
    assert len(found) == 1
    assert {proposal for proposal, _expert in found[0]} == {"p0", "p1"}


def test_case_18_no_reviewer_can_be_counted_on_when_half_is_drawn() -> None:
    from tests.engines.matching.test_life_after import test_every_pair_is_drawn_half_of_the_time

    test_every_pair_is_drawn_half_of_the_time()


def test_case_21_neither_answers_nor_what_was_sealed_beside_them_change_unseen(world: World, complete) -> None:
    receipt = domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now)
    assert domain.seal_holds(receipt)
    assert receipt.content_hash in str([entry.data for entry in Entry.objects.filter(act="proposal.submit")])
    for changed in ({"answers": {**receipt.answers, "question": "乙"}}, {"sealed": {**receipt.sealed, "members": []}}):
        kept = {name: getattr(receipt, name) for name in changed}
        ProposalVersion.objects.update(**changed)
        holds = domain.seal_holds(ProposalVersion.objects.get())
        assert holds is (changed == kept)
        ProposalVersion.objects.update(**kept)


def test_case_21_a_new_version_of_the_type_leaves_submitted_proposals_where_they_are(world: World, complete) -> None:
    domain.submit_proposal(proposal=complete(), user=world.applicant, now=world.now)
    before = Proposal.objects.get().programme
    world.programme.pk, world.programme.version = None, world.programme.version + 1
    world.programme.save(force_insert=True)
    assert Proposal.objects.get().programme == before


def test_case_28_in_the_last_microsecond_none_is_lost_and_none_is_doubled(world: World, complete) -> None:
    last = world.call.last_instant
    assert last is not None
    people = [world.user(f"late{n}", world.university) for n in range(6)]
    drafts = [complete() for _ in people]
    for draft, user in zip(drafts, people, strict=True):
        Proposal.objects.filter(pk=draft.pk).update(applicant=user.person)
        domain.submit_proposal(proposal=draft, user=user, now=last)
    numbers = list(Proposal.objects.exclude(number=None).values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers) == len(drafts)
    assert Entry.objects.filter(act="proposal.submit").count() == len(drafts)
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=complete(), user=world.applicant, now=last + dt.timedelta(microseconds=1))
    assert Proposal.objects.exclude(number=None).count() == len(drafts)


def test_case_29_two_clicks_and_two_tabs_submit_once(world: World, complete) -> None:
    draft = complete()
    tabs = [Proposal.objects.get(pk=draft.pk) for _ in range(3)]
    receipts = {domain.submit_proposal(proposal=tab, user=world.applicant, now=world.now).pk for tab in tabs}
    assert len(receipts) == 1
    assert Entry.objects.filter(act="proposal.submit").count() == 1


def test_case_31_the_second_of_two_drafts_meets_the_quota_at_its_submission(world: World, complete) -> None:
    first, second = complete(), complete()
    assert domain.obstacles(first, world.now) == domain.obstacles(second, world.now) == []  # both offices see a place
    domain.submit_proposal(proposal=first, user=world.applicant, now=world.now)
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=second, user=world.applicant, now=world.now)
    assert Proposal.objects.exclude(number=None).count() == 1


def test_case_40_signing_in_makes_a_new_session_and_signing_out_ends_every_tab(world: World) -> None:
    browser = Client()
    browser.get("/")
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    fixed = session.session_key
    assert browser.login(username=world.applicant.email, password="correct horse")
    assert browser.session.session_key != fixed
    tab = Client()
    tab.cookies = browser.cookies.copy()
    assert SESSION_KEY in tab.session
    browser.logout()
    assert tab.get(reverse("proposals:mine")).status_code == 302


def test_case_44_no_token_opens_anything_and_a_foreign_page_posts_nothing(world: World, reviewed: Assignment) -> None:
    bearer = {"Authorization": "Bearer anything", "X-Api-Key": "anything"}
    for name in ("proposals:mine", "review:mine"):
        assert Client().get(reverse(name), headers=bearer).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.applicant, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(reverse("proposals:start", args=[world.call.pk])).status_code == 403
