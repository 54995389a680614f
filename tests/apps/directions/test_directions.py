"""The directions room: what is priority, what is merged, who sees what, every comment answered, all in the ledger."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.directions import domain
from yuantou.apps.directions.facade import directions_for
from yuantou.apps.directions.models import Consultation, Question
from yuantou.apps.directions.rules import visible_questions
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXT = {
    "kind": "question",
    "parent": None,
    "title_zh": "高温超导的配对机理",
    "title_en": "Pairing mechanism of high-temperature superconductors",
    "statement_zh": "是什么使电子配对？",
    "statement_en": "What makes the electrons pair?",
    "why_now_zh": "新材料刚刚出现。",
    "why_now_en": "New materials have just appeared.",
    "orientation": "frontier",
    "mode": "free",
    "review_on": dt.date(2027, 1, 1),
}


CEILING = {"register": 12, "question": 22, "consultation": 22}


class Room:
    def __init__(self, world: World) -> None:
        self.world, self.now = world, world.now

    def drafted(self, user: User | None = None, **values: object) -> Question:
        who = user or self.world.applicant
        return domain.draft_question(agency=self.world.agency, values={**TEXT, **values}, user=who, now=self.now)

    def step(self, question: Question, action: str, user: User | None = None, **more: object) -> None:
        question.refresh_from_db()
        who = user or self.world.officer
        domain.take_step(question=question, action=action, user=who, now=self.now, **more)  # type: ignore[arg-type]

    def registered(self, **values: object) -> Question:
        question = self.drafted(**values)
        self.step(question, "propose", self.world.applicant)
        question.refresh_from_db()
        officer = self.world.officer
        domain.set_owner(question=question, owner=officer, review_on=question.review_on, user=officer, now=self.now)
        self.step(question, "register")
        question.refresh_from_db()
        return question

    def prove(self, question: Question, count: int) -> None:
        for number in range(count):
            domain.add_evidence(
                question=question,
                kind="works",
                text=f"显示{number}",
                source=f"doi:{number}",
                user=self.world.officer,
                now=self.now,
            )


@pytest.fixture
def room(world: World) -> Room:
    return Room(world)


def client_of(user: User | None, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user)
    return client


def test_nothing_is_a_priority_without_three_pieces_of_evidence(room: Room) -> None:
    question = room.registered()
    room.prove(question, 2)
    with pytest.raises(NotAllowedError, match="at least 3"):
        room.step(question, "prioritise", reason="urgent")
    with pytest.raises(NotAllowedError, match="once"):
        room.prove(question, 1)
    domain.add_evidence(
        question=question, kind="need", text="需求", source="letter", user=room.world.officer, now=room.now
    )
    with pytest.raises(NotAllowedError):
        room.step(question, "prioritise")
    room.step(question, "prioritise", reason="three pieces")
    question.refresh_from_db()
    assert question.state == "priority"
    assert "evidence" in history("question", question.pk)[-1].data


def test_what_lacks_a_language_an_owner_or_a_date_is_not_registered(room: Room) -> None:
    half = room.drafted(statement_en="")
    with pytest.raises(NotAllowedError):
        room.step(half, "propose", room.world.applicant)
    whole = room.drafted()
    room.step(whole, "propose", room.world.applicant)
    with pytest.raises(NotAllowedError):
        room.step(whole, "register")
    with pytest.raises(NotAllowedError):
        room.step(whole, "register", room.world.applicant)


def test_near_duplicates_are_found_and_merging_keeps_evidence_and_wording(room: Room) -> None:
    kept = room.registered()
    other = room.registered(title_zh="高温超导体的电子配对机理", title_en="The pairing mechanism in superconductors")
    far = room.registered(title_zh="深海生命的起源", title_en="Origin of deep sea life")
    assert [row.pk for row, _share in domain.near_duplicates(other, [kept, far, other])] == [kept.pk]
    room.prove(other, 2)
    domain.add_evidence(
        question=kept, kind="works", text="同一来源", source="doi:0", user=room.world.officer, now=room.now
    )
    room.step(other, "merge", target=kept, reason="the same question")
    other.refresh_from_db()
    assert (other.state, other.merged_into) == ("merged", kept)
    assert sorted(kept.evidence.values_list("source", flat=True)) == ["doi:0", "doi:1"]
    assert kept.rivals.get().text_zh == TEXT["statement_zh"]
    with pytest.raises(NotAllowedError):
        room.prove(other, 1)


def test_a_draft_is_seen_by_its_author_and_officers_alone(room: Room) -> None:
    draft, world = room.drafted(), room.world
    for user, sees in ((world.applicant, True), (world.officer, True), (world.stranger, False), (None, False)):
        answer = client_of(user).get(reverse("directions:question", args=[draft.pk]))
        assert (answer.status_code == 200) is sees
        assert (draft in visible_questions(user)) is sees
    shown = room.registered()
    assert client_of(None).get(reverse("directions:question", args=[shown.pk])).status_code == 200
    assert [row.id for row in directions_for(None)] == [shown.pk]


def test_an_outdated_save_changes_nothing(room: Room) -> None:
    draft = room.drafted()
    save = {"question": draft, "values": {"title_zh": "新题"}, "user": room.world.applicant, "now": room.now}
    domain.save_question(version=0, **save)  # type: ignore[arg-type]
    with pytest.raises(StaleError):
        domain.save_question(version=0, **save)  # type: ignore[arg-type]
    with pytest.raises(NotAllowedError):
        domain.save_question(version=1, **{**save, "user": room.world.stranger})  # type: ignore[arg-type]


def consulted(room: Room) -> tuple[Consultation, Question]:
    question, world = room.registered(), room.world
    made = domain.plan_consultation(
        agency=world.agency, title_zh="征求意见", title_en="Round", closes_on=None, user=world.officer, now=room.now
    )
    emails = [world.reviewer.email]
    domain.fill_consultation(consultation=made, questions=[question], emails=emails, user=world.officer, now=room.now)
    domain.move_consultation(consultation=made, action="open", user=world.officer, now=room.now)
    return made, question


def test_a_round_is_published_only_when_every_comment_has_its_answer(room: Room) -> None:
    made, question = consulted(room)
    world, now = room.world, room.now
    said = domain.comment(consultation=made, question=question, text="应加上压力条件。", user=world.stranger, now=now)
    domain.move_consultation(consultation=made, action="close", user=world.officer, now=now)
    with pytest.raises(NotAllowedError, match="no answer"):
        domain.move_consultation(consultation=made, action="publish", user=world.officer, now=now)
    with pytest.raises(NotAllowedError):
        domain.comment(consultation=made, question=None, text="晚了", user=world.stranger, now=now)
    with pytest.raises(NotAllowedError):
        domain.answer(comment=said, text="好", taken_up=True, user=world.stranger, now=now)
    public = reverse("directions:consultation", args=[made.pk])
    assert client_of(None).get(public).status_code == 404
    domain.answer(comment=said, text="已加上。", taken_up=True, user=world.officer, now=now)
    domain.move_consultation(consultation=made, action="publish", user=world.officer, now=now)
    page = client_of(None, "zh-hans").get(public).content.decode()
    assert "应加上压力条件。" in page
    assert "已加上。" in page
    acts = [event.act for event in history("consultation", made.pk)]
    assert acts[-3:] == ["consultation.close", "consultation.answer", "consultation.publish"]


def test_invited_scientists_vote_and_fewer_than_five_votes_are_not_shown(room: Room) -> None:
    made, question = consulted(room)
    world, now = room.world, room.now
    domain.vote(consultation=made, question=question, importance=5, user=world.reviewer, now=now)
    domain.vote(consultation=made, question=question, importance=4, user=world.reviewer, now=now)
    assert made.votes.get().importance == 4
    for user, grade in ((world.stranger, 3), (world.reviewer, 6)):
        with pytest.raises(NotAllowedError):
            domain.vote(consultation=made, question=question, importance=grade, user=user, now=now)
    domain.move_consultation(consultation=made, action="close", user=world.officer, now=now)
    domain.move_consultation(consultation=made, action="publish", user=world.officer, now=now)
    page = client_of(None).get(reverse("directions:consultation", args=[made.pk])).content.decode()
    assert "fewer than five" in page
    assert "mean 4" not in page


def test_an_unknown_address_invites_nobody(room: Room) -> None:
    made = domain.plan_consultation(
        agency=room.world.agency, title_zh="征", title_en="R", closes_on=None, user=room.world.officer, now=room.now
    )
    emails = [room.world.reviewer.email, "nobody@example.org"]
    with pytest.raises(NotAllowedError, match=r"nobody@example\.org"):
        domain.fill_consultation(consultation=made, questions=[], emails=emails, user=room.world.officer, now=room.now)
    assert not made.invited.exists()


def test_the_whole_way_in_the_browser(room: Room) -> None:
    world = room.world
    world.officer.refresh_from_db()
    room.registered(title_zh="已有方向", kind="direction")
    client = client_of(world.applicant)
    assert world.agency.name_en in client.get(reverse("directions:write", args=[world.agency.pk])).content.decode()
    sent = {name: value or "" for name, value in TEXT.items()}
    answer = client.post(reverse("directions:write", args=[world.agency.pk]), sent)
    question = Question.objects.get(title_zh=TEXT["title_zh"])
    assert answer.url == reverse("directions:question", args=[question.pk])
    page = client.get(answer.url).content.decode()
    assert "3 more pieces are needed" in page
    assert client.post(reverse("directions:act", args=[question.pk, "propose"]), {"version": "0"}).status_code == 302
    officer = client_of(world.officer)
    assert officer.post(reverse("directions:act", args=[question.pk, "own"])).status_code == 302
    assert officer.post(reverse("directions:act", args=[question.pk, "register"]), {"version": "1"}).status_code == 302
    listed = client_of(None, "zh-hans").get(reverse("directions:register")).content.decode()
    assert TEXT["title_zh"] in listed
    assert "已列入内容的布局" in listed
    assert officer.get(reverse("directions:plan", args=[world.agency.pk])).status_code == 200
    assert client.get(reverse("directions:plan", args=[world.agency.pk])).status_code == 404


@pytest.mark.parametrize("count", [2, 9])
def test_pages_take_a_constant_number_of_queries(room: Room, count: int, django_assert_max_num_queries) -> None:
    world, now = room.world, room.now
    parent = room.registered(kind="direction", title_zh="方向", title_en="Direction")
    questions = [room.registered(parent=parent, title_zh=f"第{n}问", title_en=f"Question {n}") for n in range(count)]
    made = domain.plan_consultation(
        agency=world.agency, title_zh="征", title_en="R", closes_on=None, user=world.officer, now=now
    )
    emails = [world.reviewer.email]
    domain.fill_consultation(consultation=made, questions=questions, emails=emails, user=world.officer, now=now)
    domain.move_consultation(consultation=made, action="open", user=world.officer, now=now)
    for question in questions:
        room.prove(question, 1)
        domain.comment(consultation=made, question=question, text="意见", user=world.reviewer, now=now)
        domain.vote(consultation=made, question=question, importance=4, user=world.reviewer, now=now)
    client = client_of(world.officer)
    client.get(reverse("directions:register"))
    with django_assert_max_num_queries(CEILING["register"]):
        assert client.get(reverse("directions:register")).status_code == 200
    with django_assert_max_num_queries(CEILING["question"]):
        assert client.get(reverse("directions:question", args=[questions[0].pk])).status_code == 200
    with django_assert_max_num_queries(CEILING["consultation"]):
        assert client.get(reverse("directions:consultation", args=[made.pk])).status_code == 200
