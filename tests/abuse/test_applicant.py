"""A hostile applicant, signed in or not."""

import contextlib
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Expert, Review
from yuantou.apps.workflow.facade import send_letters
from yuantou.kernel.errors import NotAllowedError, YuantouError
from yuantou.kernel.identifiers import new_id

pytestmark = pytest.mark.django_db
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*")


def decided(row: Assignment) -> Proposal:
    Proposal.objects.filter(pk=row.proposal_id).update(state="declined")
    return Proposal.objects.get(pk=row.proposal_id)


def test_case_01_and_09_comments_come_without_person_id_order_or_time(world: World, reviewed: Assignment, as_) -> None:
    from yuantou.apps.review.facade import comments_for_applicant

    proposal = decided(reviewed)
    for n in range(3):
        expert = Expert.objects.create(person=world.user(f"expert{n}", world.institute).person)
        row = Assignment.objects.create(
            call=world.call, proposal=proposal, expert=expert, state="submitted", created_at=world.now
        )
        Review.objects.create(assignment=row, comments=f"意见{n}", submitted_at=world.now)
    assert {vars_of for comment in comments_for_applicant(proposal) for vars_of in comment.__slots__} == {
        "scores",
        "comments",
    }
    text = as_(world.applicant).get(reverse("proposals:detail", args=[proposal.pk])).content.decode()
    for row in Assignment.objects.all():
        for trace in (row.pk, row.expert_id, row.expert.person.name_zh, row.expert.person.email, row.expert.person_id):
            assert str(trace) not in text


def work(ask: Callable[[str], object], name: str) -> tuple[list[str], Counter[str]]:
    """The work of an answer, which its time follows: the statements, and the calls of our functions and the database's.

    Time itself says something else on a busy machine than on an idle one.
    """
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and ("/yuantou/" in frame.f_code.co_filename or "/django/db/" in frame.f_code.co_filename):
            calls[f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}"] += 1

    with CaptureQueriesContext(connection) as captured:
        sys.setprofile(count)
        try:
            ask(name)
        finally:
            sys.setprofile(None)
    return [INSTANT.sub("now", query["sql"].replace(name, "?")) for query in captured], calls


def tells(ask: Callable[[str], object], *names: str) -> bool:
    """Tell whether the work of an answer depends on the name; the first answers fill what is kept in memory."""
    for name in names:
        ask(name)
    first, *others = [work(ask, name) for name in names]
    assert first[0]
    assert first[1]
    return any(other != first for other in others)


def test_case_04_the_work_of_a_search_does_not_tell_who_is_on_the_panel(
    world: World, reviewed: Assignment, as_
) -> None:
    browser, on, off = as_(world.applicant), world.reviewer.person.name_zh, world.stranger.person.name_zh
    assert len(on) == len(off) == len("notthere")
    assert not tells(lambda name: browser.get(reverse("proposals:mine"), {"q": name}), on, off, "notthere")


def test_case_04_one_statement_or_one_call_more_would_be_found(world: World) -> None:
    def asks_more(name: str) -> None:
        for _more in range(1 + (name == "on")):
            Proposal.objects.filter(title_zh=name).exists()

    def calls_more(name: str) -> None:
        Proposal.objects.filter(title_zh=name).exists()
        if name == "on":
            new_id()

    assert tells(asks_more, "on", "off")
    assert tells(calls_more, "on", "off")
    assert not tells(calls_more, "in", "off")


def test_case_05_what_is_hidden_answers_like_what_does_not_exist(world: World, reviewed: Assignment, as_) -> None:
    browser = as_(world.stranger)
    for name in ("proposals:detail", "proposals:pdf", "review:proposal", "decisions:outcome", "decisions:award"):
        hidden = browser.get(reverse(name, args=[reviewed.proposal_id]))
        absent = browser.get(reverse(name, args=["zzzzzzzzzzzz"]))
        assert (hidden.status_code, absent.status_code) == (404, 404), name
        heads = [
            {
                key: value
                for key, value in answer.headers.items()
                if key not in {"Content-Security-Policy", "Set-Cookie"}
            }
            for answer in (hidden, absent)
        ]
        assert heads[0].keys() == heads[1].keys()


def test_case_06_letters_to_applicants_name_no_reviewer(world: World, reviewed: Assignment, let_hold) -> None:
    person = world.reviewer.person
    person.name_zh, person.name_en = "甄明", "Zhen Ming"
    person.save()
    let_hold({"phase_cuts": True, "phase_done": True})
    domain.decline_early(proposal=reviewed.proposal, reason="问题尚不清楚", user=world.officer, now=world.now)
    assert send_letters(now=world.now + dt.timedelta(hours=1)) == 1
    [letter] = mail.outbox
    assert (letter.to, letter.cc, letter.bcc) == ([world.applicant.email], [], [])
    assert "问题尚不清楚" in letter.body
    for trace in ("甄明", "Zhen", person.email, "绝密评语", "机密意见"):
        assert trace not in letter.subject + letter.body


def test_case_08_history_of_the_own_proposal_is_silent_about_review(world: World, reviewed: Assignment, as_) -> None:
    from yuantou.apps.audit.facade import append

    pk = reviewed.proposal_id
    append(at=world.now, actor="user:9", act="assignment.invite", kind="proposal", key=pk, data={"expert": "expert"})
    for address in (reverse("proposals:detail", args=[pk]), reverse("workflow:ledger", args=["proposal", pk])):
        text = as_(world.applicant).get(address).content.decode()
        assert "assignment" not in text
        assert "user:" not in text
        assert '"expert"' not in text


def test_case_27_the_clock_of_the_server_decides(world: World) -> None:
    draft = world.proposal()
    last = world.call.last_instant
    assert last is not None
    with pytest.raises(NotAllowedError):
        domain.submit_proposal(proposal=draft, user=world.applicant, now=last + dt.timedelta(microseconds=1))
    assert Proposal.objects.get().state == "draft"


def test_case_38_nobody_posts_a_state_a_score_or_an_owner(world: World, as_) -> None:
    draft = world.proposal()
    posted = {"state": "awarded", "applicant": world.stranger.person.pk, "number": "1", "call": "x", "version": "0"}
    as_(world.applicant).post(reverse("proposals:autosave", args=[draft.pk]), {**posted, "question": "新"})
    saved = Proposal.objects.get()
    assert (saved.state, saved.applicant, saved.number) == ("draft", world.applicant.person, None)
    assert not {"state", "applicant", "number", "call"} & set(saved.answers)


def test_case_38_parts_of_pages_ask_what_the_pages_ask(world: World, reviewed: Assignment, as_) -> None:
    for who in (world.stranger, world.member, None):
        for name in ("missing", "edit", "pdf", "receipt"):
            address = reverse(f"proposals:{name}", args=[reviewed.proposal_id])
            answer = as_(who).get(address, headers={"hx-request": "true"})
            assert answer.status_code in {302, 404}


def test_case_39_other_peoples_files_jobs_drafts_and_invitations_do_not_exist(world: World, as_) -> None:
    from yuantou.apps.jobs.models import Job

    draft = world.proposal()
    member = team.invite_member(proposal=draft, email="new@example.org", role="", user=world.applicant, now=world.now)
    job = Job.objects.create(kind="matching", subject=world.call.pk, owner=world.officer, created_at=world.now)
    browser = as_(world.stranger)
    assert browser.get(reverse("jobs:part", args=[job.pk])).status_code == 404
    assert browser.post(reverse("jobs:cancel", args=[job.pk])).status_code == 404
    assert browser.get(reverse("proposals:invitation", args=[member.pk])).status_code == 404
    assert browser.get(reverse("proposals:edit", args=[draft.pk])).status_code == 404


def test_case_41_an_invitation_is_answered_by_its_addressee_and_counts_once(world: World) -> None:
    draft = world.proposal()
    member = team.invite_member(proposal=draft, email=world.member.email, role="", user=world.applicant, now=world.now)
    with pytest.raises(YuantouError):
        team.answer_invitation(member=member, user=world.stranger, confirm=True, now=world.now)
    for _click in range(2):
        with contextlib.suppress(YuantouError):
            team.answer_invitation(member=member, user=world.member, confirm=True, now=world.now)
    assert [row.state for row in draft.members.all()] == ["confirmed"]


def test_case_42_an_invitation_does_not_tell_who_has_an_account(world: World, as_) -> None:
    draft, browser = world.proposal(), as_(world.applicant)
    answers = [
        browser.post(reverse("proposals:invite", args=[draft.pk]), {"email": email, "role": ""})
        for email in (world.member.email, "nobody@example.org")
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
