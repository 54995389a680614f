"""The matrix of visibility: roles, states, fields and channels of programme types, against the real pages.

With `--deep` every rule that any type has in any state is tried: types that grant the same in a state are tried there
once. Without, two types and some of their states are drawn by the seed of the run.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from django.core import mail
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.matrix import (
    BY_STATE,
    SHOWN_TO_NOBODY,
    Planted,
    channels,
    chosen_rules,
    list_pages,
    record_pages,
    standing,
    words,
)
from yuantou.apps.accounts.models import User
from yuantou.apps.decisions import domain as decisions
from yuantou.apps.decisions.models import Decision
from yuantou.apps.proposals import pdf, team
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.rules import visible_proposals
from yuantou.apps.workflow.facade import send_letters, write_letter
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion

pytestmark = pytest.mark.django_db
OF_NO_RECORD = {"policy:coverage"}
PERSONAL = {"home", "proposals:mine", "review:mine", "decisions:awards"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw types and states; what asks for the first type alone is marked so."""
    if "planted" in metafunc.fixturenames:
        rules = sorted(chosen_rules(metafunc.config).items())
        rules = rules[:1] if metafunc.definition.get_closest_marker("one_type") else rules
        names = [f"{one}: {' '.join(states)}" for one, states in rules]
        metafunc.parametrize("planted", rules, ids=names, indirect=True)


@pytest.fixture
def planted(world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Planted:
    """A call full of words; a PDF is read as the data it is set from."""
    monkeypatch.setattr(pdf.typst, "compile", lambda _template, sys_inputs: sys_inputs["data"].encode())
    type_id, states = request.param
    return Planted(world, ProgrammeTypeVersion.objects.get(type_id=type_id), states)


def visits(planted: Planted, role: str, of: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield every channel that somebody may try: its name, address, and the states whose words are looked for."""
    every = planted.states
    for channel, url in list_pages(planted).items():
        if channel in OF_NO_RECORD and role not in {"public", "officer"}:
            continue  # the same page for everybody
        if of == every[-1] or channel in PERSONAL:
            yield channel, url, every
    for state in every if role in standing() else [of]:
        for channel, url in record_pages(planted, state).items():
            yield channel, url, [state]


@pytest.mark.parametrize("group", ["standing", "of one proposal"])
def test_no_word_leaves_by_any_channel_unless_granted_and_what_is_granted_is_shown(
    planted: Planted, group: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tally: Counter[str] = Counter()
    names: set[str] = set()
    leaks, silent = [], defaultdict(set)
    shown = set()
    people = [(role, planted.states[-1]) for role in standing()]
    if group != "standing":
        people = [(role, state) for role, state in planted.users if role in BY_STATE]
    for role, of in people:
        browser = planted.browser(role, of)
        for channel, url, states in visits(planted, role, of):
            answer = browser.get(url)
            assert answer.status_code in {200, 302, 403, 404}, (role, of, channel, answer.status_code)
            text = answer.content.decode("utf-8", "replace") + str(answer.headers)
            names.add(channel)
            for state, name, fate in planted.cells(role, of, states, text):
                tally[fate] += 1
                if fate == "leak":
                    leaks.append((role, channel, state, name))
                elif fate == "shown":
                    shown.add((role, of, state, name))
                elif fate == "silent":
                    silent[role, name].add((role, of, state, name))
    assert leaks == [], Counter((role, channel, name) for role, channel, _state, name in leaks)
    never = {who: cells - shown for who, cells in silent.items() if who not in SHOWN_TO_NOBODY and cells - shown}
    assert never == {}, {who: sorted(state for *_, state, _name in cells) for who, cells in never.items()}
    logged = "\n".join(f"{row.getMessage()} {row.args} {row.exc_text}" for row in caplog.records)
    found = [key for key, word in planted.words.items() if word in logged]
    assert found == [], "the log holds words of a record"
    assert tally["kept"] >= 2_000 * len(planted.states)  # a denied word was looked for and not found
    print(f"{planted.row.type_id}, {group}: {sum(tally.values()):,} cells, {len(names)} channels, {dict(tally)}")
    print(" ".join(sorted(names)))


def send_every_letter(planted: Planted) -> None:
    """Let the apps write to everybody they write to about each proposal, as it is now."""
    now = planted.world.now
    for state, proposal in planted.proposals.items():
        for way in proposal.programme.machine("proposal").transitions:
            if way.target == state and way.letter and way.letter not in {"awarded", "declined"}:  # below, as decisions
                why = planted.words["history", state]
                write_letter(way.letter, proposal, now=now, once=way.id, says={"reason": why})
        team._write_to_member(proposal.members.get(state="confirmed"), planted.users["applicant", state], now)
        for role, template in (("invitee", "invitation"), ("reviewer", "reminder"), ("reviewer", "review_received")):
            if state in {"accepted", "in_review"} and (role, state) in planted.assignments:
                write_letter(template, planted.assignments[role, state], now=now, once=template)
    for made in planted.list.decisions.filter(proposal__state__in=["awarded", "declined"]):
        Proposal.objects.filter(pk=made.proposal_id).update(state="in_review")
        decisions._publish_one(Decision.objects.get(pk=made.pk), now)
    for app in channels():
        if hasattr(app, "send_letters"):
            app.send_letters(planted)


def test_no_letter_tells_its_reader_what_no_page_would(planted: Planted) -> None:
    send_every_letter(planted)
    places = {user: key for key, user in planted.users.items() if user is not None}
    of_proposal = {row.pk: state for state, row in planted.proposals.items()}
    of_proposal |= {row.pk: state for (_role, state), row in planted.assignments.items()}
    tally: Counter[str] = Counter()
    letters = list(Letter.objects.select_related("recipient"))
    for letter in letters:
        role, of = places[letter.recipient or User.objects.get(email=letter.address)]
        state = of_proposal[letter.key]
        text = f"{letter.subject} {letter.body}"
        assert planted.words["title", state] in text, letter.template
        for where, name, fate in planted.cells(role, of, planted.states, text):
            tally[fate] += 1
            assert fate != "leak", (letter.template, role, where, name)
    assert send_letters(now=planted.world.now) == len(letters) == len(mail.outbox)
    for sent in mail.outbox:
        assert len(sent.to) == 1
        assert not sent.cc
        assert not sent.bcc
        assert not sent.attachments
    assert tally["kept"] >= 10 * len(letters)
    print(f"{planted.row.type_id}: mail, {len(letters)} letters, {sum(tally.values()):,} cells, {dict(tally)}")


SEARCHED = {
    "office": ("proposals:institution", False),
    "conflicted_officer": ("proposals:formal_check", True),
    "applicant": ("proposals:mine", False),
    "public": ("decisions:awards", False),
}


@pytest.mark.one_type
def test_searching_for_a_denied_word_finds_nothing_and_counts_leave_it_out(planted: Planted) -> None:
    asked, first = 0, planted.states[0]
    for role, (page, of_call) in SEARCHED.items():
        address, browser = reverse(page, args=[planted.call.pk] if of_call else []), planted.browser(role, first)
        for state in planted.states:
            for name in sorted(set(words()) - planted.granted(role, first, state) - {"number"}):
                if (name, state) in planted.words:
                    text = browser.get(address, {"state": "", "q": planted.words[name, state]}).content.decode()
                    assert planted.words["number", state] not in text, (role, page, state, name)
                    asked += 1
    assert asked >= 8 * len(planted.states)
    conflicted = planted.browser("conflicted_officer", first)
    assert conflicted.get(reverse("proposals:formal_check", args=[planted.call.pk])).context["total"] == 0
    assert conflicted.get(reverse("review:room", args=[planted.call.pk])).context["page"].paginator.count == 0
    assert conflicted.get(reverse("review:progress", args=[planted.call.pk])).context["asked"] == 0
    assert conflicted.get(reverse("decisions:room", args=[planted.call.pk])).status_code == 403


@pytest.mark.one_type
def test_lists_obey_the_rule_of_records(planted: Planted) -> None:
    for role in ("officer", "conflicted_officer", "signatory", "office", "other_office", "stranger"):
        user = planted.users[role, planted.states[0]]
        for state in planted.states:
            granted = planted.granted(role, planted.states[0], state)
            for name in ("number", "title", "answer", "member", "receipt", "conflict", "ranking", "decision"):
                [column] = words()[name]
                listed = visible_proposals(user, column).filter(call=planted.call, state=state).exists()
                assert name in granted or not listed, (role, state, name)
                if role != "conflicted_officer":  # whose own proposals stay away even once they are public
                    assert listed is (name in granted), (role, state, name)
