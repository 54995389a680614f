"""A panel meets: conflicts leave the room, votes are secret, the list changes with a reason, minutes are signed."""

import html
import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.apps.agreement import agree
from tests.apps.conftest import World
from tests.apps.decisions.test_what_if import ranked  # noqa: F401 a fixture
from tests.apps.workflow.test_facts import Retype
from tests.apps.workflow.test_facts import retype as retype  # noqa: PLC0414  a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.decisions.models import Decision, Ranking
from yuantou.apps.meetings.domain import close_item, close_meeting, open_meeting, result_of, take_item
from yuantou.apps.meetings.models import AgendaItem, Mark, Meeting
from yuantou.apps.proposals.rules import visible_proposals
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash

pytestmark = pytest.mark.django_db


class Room:
    """A meeting with five members; the first belongs to the institution of proposals N0 to N2."""

    def __init__(self, world: World) -> None:
        self.world = world
        elsewhere = Organisation.objects.create(id="far", name_zh="远山大学", name_en="Far Hills University")
        homes = [world.university, elsewhere, elsewhere, elsewhere, elsewhere]
        self.members = [world.user(f"panel{i}", home) for i, home in enumerate(homes)]
        Ranking.objects.update(parameters={"seed": 1})
        world.call.state = "ranked"
        world.call.save()
        assert self.post(world.officer, "decisions:draft", world.call.pk).status_code == 302
        self.post(world.officer, "meetings:plan", world.call.pk, starts_at="2026-06-01T09:00", quorum="3")
        self.meeting = Meeting.objects.get()
        self.do("seat", emails=" ".join(member.email for member in self.members))
        self.do("agenda", proposal=[row.proposal_id for row in self.decisions()[2:5]])
        self.items = list(self.meeting.items.all())

    def decisions(self) -> list[Decision]:
        return list(Decision.objects.order_by("position"))

    def browser(self, user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    def post(self, user: User, name: str, *key: object, **fields: object):
        return self.browser(user).post(reverse(name, args=key), fields)

    def read(self, name: str, key: object, verb: str = "", language: str = "en") -> str:
        """What an officer reads on a page, or after a button there was refused."""
        browser = self.browser(self.world.officer)
        browser.cookies["django_language"] = language
        address = reverse(f"meetings:{name}", args=[key, *([verb] if verb else [])])
        answer = browser.post(address) if verb else browser.get(address)
        assert answer.status_code == (403 if verb else 200)
        return html.unescape(answer.content.decode())

    def get(self, user: User, name: str, *key: object):
        return self.browser(user).get(reverse(name, args=key))

    def do(self, verb: str, user: User | None = None, **fields: object) -> int:
        who = user or self.world.officer
        return self.post(who, "meetings:act", self.meeting.pk, verb, **fields).status_code

    def on(self, item: AgendaItem, verb: str, user: User | None = None, **fields: object) -> int:
        return self.post(user or self.world.officer, "meetings:act_on_item", item.pk, verb, **fields).status_code

    def begin(self) -> None:
        self.do("presence", seat=[seat.pk for seat in self.meeting.seats.all()])
        assert self.do("open") == 302

    def vote(self, item: AgendaItem, choices: str) -> list[int]:
        """Let the last members vote: f for, d against, a abstain."""
        words = {"f": "fund", "d": "decline", "a": "abstain"}
        voters = self.members[-len(choices) :]
        return [self.on(item, "vote", v, choice=words[c]) for v, c in zip(voters, choices, strict=True)]


@pytest.fixture
def room(ranked: World) -> Room:  # noqa: F811
    return Room(ranked)


@pytest.mark.database
def test_from_plan_to_signed_minutes(room: Room) -> None:
    room.begin()
    first, second, third = room.items
    before = {d.proposal_id: d.outcome for d in room.decisions()}
    assert before[first.proposal_id] == "fund"
    room.on(first, "take")
    assert room.vote(first, "dddf") == [200] * 4
    assert room.on(first, "close") == 403, "a departure from the list needs a reason"
    assert room.on(first, "close", reason="The plan repeats known work.") == 302
    after = {d.proposal_id: d for d in room.decisions()}
    assert after[first.proposal_id].outcome == "decline"
    assert after[first.proposal_id].override_reason == "The plan repeats known work."
    room.on(second, "take")
    room.vote(second, "fffa")
    assert room.on(second, "close", reason="Bold and feasible.") == 302
    assert {d.proposal_id: d.outcome for d in room.decisions()}[second.proposal_id] == "fund"
    assert room.do("close") == 403, "an item is not settled"
    room.on(third, "take")
    assert room.on(third, "close") == 302, "without a vote the list stays"
    assert room.do("close") == 302
    meeting = Meeting.objects.get()
    assert content_hash(meeting.minutes) == meeting.minutes_hash
    assert [item["tally"] for item in meeting.minutes["items"]] == [
        {"decline": 3, "fund": 1},
        {"fund": 3, "abstain": 1},
        {},
    ]
    assert room.do("sign", room.members[1], seen="0" * 64) == 409
    assert room.do("sign", room.members[1], seen=meeting.minutes_hash) == 302
    assert room.do("sign", room.members[1], seen=meeting.minutes_hash) == 403, "once"
    assert room.do("sign", room.world.stranger, seen=meeting.minutes_hash) == 404
    [signed] = [entry for entry in history("meeting", meeting.pk) if entry.act == "meeting.sign"]
    assert signed.data["list"] == meeting.minutes["list_hash"]
    pdf = room.get(room.world.officer, "meetings:minutes", meeting.pk)
    assert pdf.content.startswith(b"%PDF")
    assert room.get(room.members[0], "meetings:minutes", meeting.pk).status_code == 404


def test_a_list_changed_after_the_meeting_is_not_signed(room: Room) -> None:
    room.begin()
    for item in room.items:
        room.on(item, "take")
        room.on(item, "close")
    room.do("close")
    changed = next(d for d in room.decisions() if d.outcome == "fund")
    room.post(room.world.officer, "decisions:change", changed.pk, outcome="decline", reason="An afterthought.")
    meeting = Meeting.objects.get()
    assert room.do("sign", room.members[1], seen=meeting.minutes_hash) == 409


def test_whoever_is_in_conflict_sees_nothing_of_the_item_before_during_and_after(room: Room) -> None:
    room.begin()
    item = room.items[0]
    member, title = room.members[0], "Topological superconductivity"
    other = room.members[1]
    assert item.absences.get().kind == "institution"
    for step in (lambda: None, lambda: room.on(item, "take"), lambda: room.on(item, "close")):
        step()
        assert room.get(member, "meetings:item", item.pk).status_code == 404
        assert room.on(item, "vote", member, choice="fund") == 404
        assert not visible_proposals(member).filter(pk=item.proposal_id).exists()
        assert room.get(other, "meetings:item", item.pk).status_code == 200
    page = room.get(member, "meetings:meeting", room.meeting.pk).content.decode()
    assert "nothing of it is shown to you" in page
    assert f">{title}<" in room.get(other, "meetings:meeting", room.meeting.pk).content.decode()
    absence = item.absences.get()
    assert absence.left_at is not None
    assert absence.back_at is not None
    [left] = [e for e in history("meeting", room.meeting.pk) if e.act == "meeting.leave"]
    assert left.data["seats"] == [absence.seat_id]


def test_a_declared_conflict_locks_at_once(room: Room) -> None:
    room.begin()
    item, member = room.items[0], room.members[1]
    room.on(item, "take")
    assert room.on(item, "declare", member, reason="We share a grant.") == 302
    assert room.get(member, "meetings:item", item.pk).status_code == 404
    assert room.on(item, "vote", member, choice="fund") == 404
    told = json.dumps([entry.data for entry in history("meeting", room.meeting.pk)])
    assert "share a grant" not in told


def test_nothing_kept_links_a_vote_to_a_voter(room: Room) -> None:
    room.begin()
    item = room.items[0]
    room.on(item, "take")
    codes = []
    for voter, choice in zip(room.members[1:], ("fund", "decline", "fund", "fund"), strict=True):
        page = room.post(voter, "meetings:act_on_item", item.pk, "vote", choice=choice).content.decode()
        codes.append((re.search(r"<code>([0-9a-f]{16})</code>", page)[1], choice))  # type: ignore[index]
    item.refresh_from_db()
    assert item.box == sorted([list(pair) for pair in codes])
    shown = room.get(room.world.officer, "meetings:item", item.pk).content.decode()
    assert not any(code in shown for code, _choice in codes), "no result before the vote is closed"
    room.on(item, "close")
    entries = history("meeting", room.meeting.pk) + history("agenda_item", str(item.pk))
    told = json.dumps([[entry.actor, entry.data] for entry in entries if entry.act == "meeting.vote"])
    assert not any(choice in told for choice in ("fund", "decline", "abstain"))
    [closed] = [e for e in entries if e.act == "agenda_item.close"]
    assert closed.data["ballots"] == [content_hash(f"{code}:{choice}") for code, choice in sorted(codes)]
    assert {field.name for field in Mark._meta.fields} == {"id", "item", "seat"}
    shown = room.get(room.members[1], "meetings:item", item.pk).content.decode()
    assert all(code in shown for code, _choice in codes)


@pytest.mark.database
def test_one_vote_each_and_only_from_the_room(room: Room) -> None:
    room.begin()
    item = room.items[0]
    assert room.on(item, "vote", room.members[1], choice="fund") == 403, "not open yet"
    room.on(item, "take")
    assert room.on(item, "vote", room.members[1], choice="perhaps") == 403
    assert room.on(item, "vote", room.members[1], choice="fund") == 200
    assert room.on(item, "vote", room.members[1], choice="decline") == 403
    assert room.on(item, "vote", room.world.officer, choice="fund") == 403
    assert room.on(item, "vote", room.world.stranger, choice="fund") == 404
    seats = [seat.pk for seat in room.meeting.seats.exclude(user=room.members[2])]
    room.do("presence", seat=seats)
    assert room.on(item, "vote", room.members[2], choice="fund") == 403, "not in the room"
    assert item.marks.count() == 1


def test_without_a_quorum_nothing_begins_and_nothing_is_counted(room: Room) -> None:
    two = [seat.pk for seat in room.meeting.seats.all()][:2]
    room.do("presence", seat=two)
    assert room.do("open") == 403
    room.begin()
    item = room.items[0]
    room.on(item, "take")
    assert room.on(room.items[1], "take") == 403, "one at a time"
    room.vote(item, "dd")
    assert room.on(item, "close", reason="So it is.") == 403
    item.refresh_from_db()
    assert item.state == "open"
    room.on(item, "vote", room.members[1], choice="abstain")
    assert room.on(item, "close", reason="So it is.") == 302


def test_who_must_leave_the_room_does_not_count_for_the_quorum_of_an_item(room: Room) -> None:
    seats = {seat.user_id: seat.pk for seat in room.meeting.seats.all()}
    room.do("presence", seat=[seats[member.pk] for member in room.members[:3]])
    assert room.do("open") == 302, "three are there, and the quorum is three"
    item = room.items[0]
    assert item.absences.get().seat_id == seats[room.members[0].pk]
    assert room.on(item, "take") == 403, "two would be left to judge it"
    item.refresh_from_db()
    assert item.state == "waiting"
    room.do("presence", seat=[seats[member.pk] for member in room.members[:4]])
    assert room.on(item, "take") == 302


def test_a_vote_beyond_the_budget_leaves_the_item_open(room: Room) -> None:
    room.begin()
    last = room.items[2]
    room.on(last, "take")
    room.vote(last, "ffff")
    assert room.on(last, "close", reason="We want it too.") == 403
    last.refresh_from_db()
    assert last.state == "open"
    assert last.outcome == ""


def test_members_are_told_and_applicants_are_refused_a_seat(room: Room) -> None:
    assert Letter.objects.filter(template="panel_invitation").count() == 5
    room.do("seat", emails=room.members[0].email)
    assert Letter.objects.filter(template="panel_invitation").count() == 5
    assert room.do("seat", emails=room.world.applicant.email) == 403
    assert room.do("seat", emails="nobody@example.org") in {400, 422}
    assert room.meeting.seats.count() == 5


def test_only_officers_run_it_and_strangers_see_nothing(room: Room) -> None:
    for verb in ("seat", "agenda", "presence", "open"):
        assert room.do(verb, room.members[1], emails=room.members[2].email) == 403
        assert room.do(verb, room.world.stranger) == 404
    assert room.get(room.world.stranger, "meetings:meeting", room.meeting.pk).status_code == 404
    assert room.get(room.world.applicant, "meetings:meeting", room.meeting.pk).status_code == 404
    assert room.get(room.world.applicant, "meetings:plan", room.world.call.pk).status_code == 404


@pytest.mark.parametrize(
    ("votes", "before", "after"),
    [
        ({"fund": 3, "decline": 1}, "decline", "fund"),
        ({"fund": 1, "decline": 3, "abstain": 9}, "fund", "decline"),
        ({"fund": 2, "decline": 2}, "fund", "fund"),
        ({"abstain": 5}, "decline", "decline"),
        ({}, "fund", "fund"),
    ],
)
def test_more_votes_decide_and_a_tie_changes_nothing(votes: dict[str, int], before: str, after: str) -> None:
    assert result_of(votes, before) == after


def test_the_page_asks_the_database_as_often_for_one_item_as_for_three(room: Room) -> None:
    browser, address = room.browser(room.members[1]), reverse("meetings:meeting", args=[room.meeting.pk])
    counts = []
    for _turn in range(2):
        browser.get(address)
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        counts.append(len(asked))
        room.meeting.items.exclude(position=1).delete()
    assert counts[0] == counts[1]
    assert counts[0] < 40


@pytest.mark.parametrize(
    ("language", "few", "unsettled", "unopened", "uncounted"),
    [
        (
            *("zh-hans", "可参加的在场委员 2 人，法定人数 3 人。", "尚有 3 项议题未议决。"),
            *("会议未在进行。", "已投 2 票，不足法定人数 3。"),
        ),
        (
            *(
                "en",
                "Members in the room who may take part: 2; the quorum is 3.",
                "Items of the agenda not settled yet: 3.",
            ),
            *("The meeting is not open.", "2 voted; the quorum is 3."),
        ),
    ],
)
def test_each_page_says_what_keeps_an_act_closed(
    room: Room, language: str, few: str, unsettled: str, unopened: str, uncounted: str
) -> None:
    meeting, item, officer = room.meeting, room.items[0], room.world.officer
    begin = {name: reverse("meetings:act", args=[meeting.pk, name]) for name in ("open", "close")}
    on_item = {name: reverse("meetings:act_on_item", args=[item.pk, name]) for name in ("take", "close")}
    room.do("presence", seat=[seat.pk for seat in meeting.seats.all()][:2])
    shown = room.read("meeting", meeting.pk, language=language)
    assert few in shown
    assert begin["open"] not in shown
    assert few in room.read("act", meeting.pk, "open", language)
    assert unopened in room.read("item", item.pk, language=language)
    assert unopened in room.read("act_on_item", item.pk, "take", language)
    with pytest.raises(NotAllowedError):
        open_meeting(meeting=meeting, user=officer, now=room.world.now)
    room.do("presence", seat=[seat.pk for seat in meeting.seats.all()])
    assert begin["open"] in room.read("meeting", meeting.pk)
    room.begin()
    meeting.refresh_from_db()
    assert unsettled in room.read("meeting", meeting.pk, language=language)
    assert unsettled in room.read("act", meeting.pk, "close", language)
    with pytest.raises(NotAllowedError):
        close_meeting(meeting=meeting, user=officer, now=room.world.now)
    assert on_item["take"] in room.read("item", item.pk)
    room.on(item, "take")
    with pytest.raises(NotAllowedError):
        take_item(item=AgendaItem.objects.get(pk=room.items[1].pk), user=officer, now=room.world.now)
    assert on_item["close"] in room.read("item", item.pk)
    room.vote(item, "dd")
    shown = room.read("item", item.pk, language=language)
    assert uncounted in shown
    assert on_item["close"] not in shown
    assert uncounted in room.read("act_on_item", item.pk, "close", language)
    with pytest.raises(NotAllowedError) as error:
        close_item(item=item, reason="So it is.", user=officer, now=room.world.now)
    assert error.value.code == "meeting.order"


def test_a_step_of_a_meeting_writes_what_its_kind_says_to_both_roles_it_names(
    ranked: World,  # noqa: F811
    retype: Retype,
) -> None:
    opened = 'guards = ["quorum", "agenda"]'
    words = '{ zh = "开会：{call}，{time}", en = "In session: {call}, {time}" }'
    retype(
        (opened, f'{opened}, letter = "begun"'),
        more=f'\n[letter.begun]\nto = ["panel", "officer"]\nsubject = {words}\nbody = {words}\n',
    )
    room = Room(ranked)
    User.objects.filter(pk=room.members[0].pk).update(language="en")
    room.begin()
    letters = dict(Letter.objects.filter(template="begun").values_list("address", "subject"))
    assert letters.keys() == {user.email for user in (*room.members, ranked.officer)}
    call, time = ranked.call, "2026-06-01 09:00:00 Asia/Shanghai (UTC+08:00)"
    assert letters[room.members[0].email] == f"In session: {call.title_en}, {time}"
    assert letters[ranked.officer.email] == f"开会：{call.title_zh}，{time}"


def test_roles_in_a_meeting_read_the_same_for_one_item_for_lists_and_for_letters(room: Room) -> None:
    room.begin()
    tried = agree(list(User.objects.order_by("pk")))
    assert {"officer", "panel"} <= tried["Meeting"]
    assert "panel" in tried["AgendaItem"] & tried["Proposal"]
