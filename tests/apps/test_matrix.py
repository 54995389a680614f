"""The matrix of visibility: roles, states, fields and channels of every programme type, against the real pages."""

from collections import Counter

import pytest
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.matrix import BY_STATE, GRANTED_BY, STANDING, Planted, list_pages, record_pages
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.proposals import pdf
from yuantou.apps.proposals.rules import visible_proposals
from yuantou.apps.workflow.models import ProgrammeTypeVersion

pytestmark = pytest.mark.django_db
PERSONAL = {"home", "proposals:mine", "review:mine", "decisions:awards"}
TYPES = sorted(path.stem for path in PATHS)


@pytest.fixture
def planted(world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Planted:
    """A call full of words; a PDF is read as the data it is set from."""
    monkeypatch.setattr(pdf.typst, "compile", lambda _template, sys_inputs: sys_inputs["data"].encode())
    row = ProgrammeTypeVersion.objects.get(type_id=request.param)
    states, turn = [state.id for state in row.programme.machine("proposal").states], TYPES.index(request.param)
    chosen = {states[turn % len(states)], states[(turn + 3) % len(states)], "in_review", "awarded"}
    return Planted(world, row, sorted(chosen))


@pytest.mark.slow
@pytest.mark.parametrize("planted", TYPES, indirect=True)
def test_no_word_leaves_by_any_channel_unless_granted(planted: Planted) -> None:
    tally: Counter[str] = Counter()
    leaks = []
    people = [(role, planted.states[-1]) for role in STANDING] + [
        (role, state) for role, state in planted.users if role in BY_STATE
    ]
    for role, of in people:
        browser, every = planted.browser(role, of), planted.states
        lists = list_pages(planted).items()
        visits = [(channel, url, every) for channel, url in lists if of == every[-1] or channel in PERSONAL]
        for state in every if role in STANDING else [of]:
            visits += [(channel, url, [state]) for channel, url in record_pages(planted, state).items()]
        for channel, url, states in visits:
            answer = browser.get(url)
            assert answer.status_code in {200, 302, 403, 404}, (role, of, channel, answer.status_code)
            text = answer.content.decode("utf-8", "replace") + str(answer.headers)
            for state, name, fate in planted.cells(role, of, states, text):
                tally[fate] += 1
                if fate == "leak":
                    leaks.append((role, channel, state, name))
    assert leaks == [], Counter((role, channel, name) for role, channel, _state, name in leaks)
    assert tally["kept"] >= 10_000  # cells of this one type in which a denied word was looked for and not found


SEARCHED = {
    "office": ("proposals:institution", False),
    "conflicted_officer": ("proposals:formal_check", True),
    "applicant": ("proposals:mine", False),
    "public": ("decisions:awards", False),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", TYPES[:2], indirect=True)
def test_searching_for_a_denied_word_finds_nothing_and_counts_leave_it_out(planted: Planted) -> None:
    asked, first = 0, planted.states[0]
    for role, (page, of_call) in SEARCHED.items():
        address, browser = reverse(page, args=[planted.call.pk] if of_call else []), planted.browser(role, first)
        for state in planted.states:
            for name in sorted(set(GRANTED_BY) - planted.granted(role, first, state) - {"number"}):
                if (name, state) in planted.words:
                    text = browser.get(address, {"state": "", "q": planted.words[name, state]}).content.decode()
                    assert planted.words["number", state] not in text, (role, page, state, name)
                    asked += 1
    assert asked >= 60
    conflicted = planted.browser("conflicted_officer", first)
    assert conflicted.get(reverse("proposals:formal_check", args=[planted.call.pk])).context["total"] == 0
    assert conflicted.get(reverse("review:room", args=[planted.call.pk])).context["page"].paginator.count == 0
    assert conflicted.get(reverse("review:progress", args=[planted.call.pk])).context["counts"] == {}
    assert conflicted.get(reverse("decisions:room", args=[planted.call.pk])).status_code == 403


@pytest.mark.parametrize("planted", TYPES[:1], indirect=True)
def test_lists_obey_the_rule_of_records(planted: Planted) -> None:
    for role in ("officer", "conflicted_officer", "signatory", "office", "other_office", "stranger"):
        user = planted.users[role, planted.states[0]]
        for state in planted.states:
            granted = planted.granted(role, planted.states[0], state)
            for name in ("number", "title", "answer", "member", "receipt", "conflict", "ranking", "decision"):
                [column] = GRANTED_BY[name]
                listed = visible_proposals(user, column).filter(call=planted.call, state=state).exists()
                assert name in granted or not listed, (role, state, name)
                if role != "conflicted_officer":  # whose own proposals stay away even once they are public
                    assert listed is (name in granted), (role, state, name)
