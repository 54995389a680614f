"""Applicants answer reviews, experts debate for and against; who judges next reads it, and nobody changes it after."""

import datetime as dt
import html
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.agreement import agree
from tests.apps.conftest import World
from tests.apps.workflow.journey import COMMENT, Journey
from tests.apps.workflow.test_facts import Retype
from tests.apps.workflow.test_facts import retype as retype  # noqa: PLC0414  a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.hearing import domain
from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.review import domain as review
from yuantou.apps.review.models import Assignment
from yuantou.apps.workflow.facade import SYSTEM, change_state, see
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey(world: World, django_capture_on_commit_callbacks) -> Callable[[str, str], Journey]:
    def reach(type_id: str, phase: str) -> Journey:
        row = ProgrammeTypeVersion.objects.get(type_id=type_id)
        made = Journey(world, row, lambda: django_capture_on_commit_callbacks(execute=True))
        made.open()
        made.submit(world.applicant)
        made.review(until=phase)
        return made

    return reach


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_an_applicant_reads_the_comments_and_answers_once(world: World, journey) -> None:
    made = journey("strategic", "response")
    [proposal] = made.sent
    response = Response.objects.get(proposal=proposal)
    now, page = response.due_at - dt.timedelta(days=1), reverse("hearing:response", args=[response.pk])
    assert Letter.objects.filter(template="response_asked", recipient=world.applicant).count() == 1
    shown = browser(world.applicant).get(page).content.decode()
    assert COMMENT in shown
    for reviewer in Assignment.objects.filter(proposal=proposal).select_related("expert__person"):
        assert str(reviewer.expert) not in shown
    for other in (world.officer, world.reviewer, world.stranger, world.member):
        assert browser(other).get(page).status_code == 404
    kept = domain.save_response(
        response=response, text="Figure 2 is measured.", user=world.applicant, now=now, version=0
    )
    with pytest.raises(StaleError):
        domain.save_response(response=response, text="Other tab", user=world.applicant, now=now, version=0)
    assert getattr(see(world.officer, proposal), "response", None) is None
    domain.give_response(response=kept, user=world.applicant, now=now)
    with pytest.raises(NotAllowedError):
        domain.save_response(response=kept, text="Later", user=world.applicant, now=now, version=kept.version)
    assert see(world.officer, proposal).response.text == "Figure 2 is measured."
    assert [event.act for event in history("response", response.pk)][-1] == "response.give"
    assert history("response", response.pk)[-1].data["hash"] == Response.objects.get(pk=response.pk).content_hash


def test_a_call_waits_for_responses_until_their_time_is_over(world: World, journey) -> None:
    made = journey("non-consensus", "response")
    response = Response.objects.get(proposal=made.sent[0])
    with pytest.raises(NotAllowedError):
        review.next_phase(call=made.call, user=world.officer, now=response.due_at - dt.timedelta(hours=1))
    late = response.due_at + dt.timedelta(minutes=1)
    with pytest.raises(NotAllowedError):
        domain.save_response(response=response, text="Too late", user=world.applicant, now=late, version=0)
    assert domain.lapse_responses(now=late) == 1
    assert review.next_phase(call=made.call, user=world.officer, now=late).id == "committee"


@pytest.fixture
def debated(world: World, journey) -> tuple[Journey, Debate, dict[str, User]]:
    """A non-consensus proposal under debate, its experts having accepted, one of each side by name."""
    made = journey("non-consensus", "debate")
    now = world.now + dt.timedelta(days=32)
    made.judge(made.programme.phases[0], now)
    rows = Assignment.objects.filter(proposal=made.sent[0]).select_related("expert__person__user")
    sides = {row.role: row.expert.person.user for row in rows}
    assert sorted(row.role for row in rows) == ["con_expert", "con_expert", "pro_expert", "pro_expert"]
    return made, Debate.objects.get(proposal=made.sent[0]), sides


def test_both_sides_speak_before_a_debate_is_closed_and_the_record_is_chained(world: World, debated) -> None:
    made, debate, sides = debated
    now = world.now + dt.timedelta(days=40)
    first = domain.speak(debate=debate, text="If true, it changes the field.", user=sides["pro_expert"], now=now)
    with pytest.raises(NotAllowedError):
        domain.close_debate(debate=debate, summary="Enough", user=world.officer, now=now)
    with pytest.raises(NotAllowedError):
        review.next_phase(call=made.call, user=world.officer, now=now)
    second = domain.speak(debate=debate, text="The test is weak.", user=sides["con_expert"], now=now, replies_to=1)
    assert (second.number, second.replies_to, second.role) == (2, 1, "con_expert")
    assert first.content_hash != second.content_hash
    for outsider in (world.applicant, world.officer, world.stranger):
        with pytest.raises(NotAllowedError):
            domain.speak(debate=debate, text="Me too", user=outsider, now=now)
    domain.close_debate(debate=debate, summary="The test decides.", user=world.officer, now=now)
    with pytest.raises(NotAllowedError):
        domain.speak(debate=Debate.objects.get(pk=debate.pk), text="One more", user=sides["pro_expert"], now=now)
    acts = [event.act for event in history("debate", debate.pk)]
    assert acts == ["debate.open", "debate.speak", "debate.speak", "debate.close"]


def test_who_may_read_a_debate(world: World, debated) -> None:
    _made, debate, sides = debated
    domain.speak(debate=debate, text="An argument of substance.", user=sides["pro_expert"], now=world.now)
    page = reverse("hearing:debate", args=[debate.pk])
    for reader in (world.officer, *sides.values()):
        assert "An argument of substance." in browser(reader).get(page).content.decode()
    for other in (world.applicant, world.member, world.stranger, world.office, world.signatory):
        assert browser(other).get(page).status_code == 404
    answer = browser(sides["con_expert"]).post(page, {"text": "A counter-argument.", "reply": "1"})
    assert answer.status_code == 302
    assert debate.statements.count() == 2


def test_the_committee_reads_debate_and_response(world: World, debated) -> None:
    made, debate, sides = debated
    now = world.now + dt.timedelta(days=40)
    for role, user in sides.items():
        domain.speak(debate=debate, text=f"Heard as {role}.", user=user, now=now)
    domain.close_debate(debate=debate, summary="Open still.", user=world.officer, now=now)
    review.next_phase(call=made.call, user=world.officer, now=now)
    response = Response.objects.get(proposal=made.sent[0])
    kept = domain.save_response(response=response, text="The test is strict.", user=world.applicant, now=now, version=0)
    domain.give_response(response=kept, user=world.applicant, now=now)
    review.next_phase(call=made.call, user=world.officer, now=now)
    made.call.refresh_from_db()
    made.judge(made.programme.phase("committee"), now)
    row = Assignment.objects.filter(proposal=made.sent[0], phase="committee").select_related("expert__person").first()
    assert row is not None
    reader = row.expert.person.user
    seen = see(reader, made.sent[0])
    assert seen.response.text == "The test is strict."
    assert "Heard as con_expert." in browser(reader).get(reverse("hearing:debate", args=[debate.pk])).content.decode()


def test_the_officer_sees_where_the_phases_stand(world: World, debated) -> None:
    made, _debate, _sides = debated
    shown = browser(world.officer).get(reverse("hearing:phases", args=[made.call.pk])).content.decode()
    assert "Go on to: Response" in shown
    assert browser(world.stranger).get(reverse("hearing:phases", args=[made.call.pk])).status_code == 404


@pytest.mark.parametrize(
    ("language", "silent"), [("zh-hans", "尚未发言：反方专家。"), ("en", "Not heard yet: Expert against.")]
)
def test_the_page_of_a_debate_names_the_side_that_is_to_speak(
    world: World, debated, language: str, silent: str
) -> None:
    _made, debate, sides = debated
    officer = browser(world.officer)
    officer.cookies["django_language"] = language
    page, address = (reverse(f"hearing:{name}", args=[debate.pk]) for name in ("debate", "close"))
    domain.speak(debate=debate, text="If true, it changes the field.", user=sides["pro_expert"], now=world.now)
    shown = officer.get(page).content.decode()
    assert silent in shown
    assert address not in shown
    refused = officer.post(address, {"summary": "Enough"})
    assert refused.status_code == 403
    assert silent in refused.content.decode()
    domain.speak(debate=debate, text="The test is weak.", user=sides["con_expert"], now=world.now)
    assert address in officer.get(page).content.decode()
    assert officer.post(address, {"summary": "The test decides."}).status_code == 302


def test_a_response_is_given_in_its_time_and_lapses_after_it(world: World, journey) -> None:
    made = journey("strategic", "response")
    response = Response.objects.get(proposal=made.sent[0])
    page, applicant = reverse("hearing:response", args=[response.pk]), browser(world.applicant)
    with pytest.raises(NotAllowedError):  # its day has not come, whoever says so
        change_state(response, "lapse", user=SYSTEM, now=response.due_at)
    with pytest.raises(NotAllowedError):
        domain.give_response(response=response, user=world.applicant, now=world.now)
    shown = applicant.get(page).content.decode()
    assert 'value="give"' in shown
    assert 'value="waive"' in shown
    Response.objects.filter(pk=response.pk).update(due_at=world.now - dt.timedelta(days=1))
    for language, words in (("zh-hans", "回应期限已过："), ("en", "The time for a response is over since 2026-03-01")):
        applicant.cookies["django_language"] = language
        shown = applicant.get(page).content.decode()
        assert words in shown
        assert 'value="give"' not in shown
        refused = applicant.post(page, {"action": "waive"})
        assert refused.status_code == 403
        assert words in html.unescape(refused.content.decode())
    response.refresh_from_db()
    with pytest.raises(NotAllowedError):
        domain.waive_response(response=response, user=world.applicant, now=world.now)
    assert domain.lapse_responses(now=world.now) == 1


def test_a_step_of_a_response_writes_what_its_kind_says_to_both_roles_it_names(world: World, retype: Retype) -> None:
    waived = 'guards = ["response_open"]'
    words = '{ zh = "不回应：{title}", en = "No response: {title}" }'
    retype(
        (waived, f'{waived}, letter = "waived"'),
        more=f'\n[letter.waived]\nto = ["applicant", "member"]\nsubject = {words}\nbody = {words}\n',
    )
    User.objects.filter(pk=world.member.pk).update(language="en")
    proposal = world.proposal(state="in_review", number="2026-XX-000001")
    proposal.members.create(
        person=world.member.person, email=world.member.email, state="confirmed", invited_at=world.now
    )
    response = Response.objects.create(proposal=proposal, phase="response", due_at=world.now + dt.timedelta(days=1))
    domain.waive_response(response=response, user=world.applicant, now=world.now)
    assert dict(Letter.objects.filter(template="waived").values_list("address", "subject")) == {
        world.applicant.email: f"不回应：{proposal.title_zh}",
        world.member.email: f"No response: {proposal.title_en}",
    }


def test_roles_in_a_debate_read_the_same_for_one_and_for_lists(debated) -> None:
    tried = agree(list(User.objects.order_by("pk")))
    assert {"pro_expert", "con_expert", "applicant", "officer"} <= tried["Debate"]
