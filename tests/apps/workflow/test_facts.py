"""What a kind says of its facts is what happens: guards open and close acts, and pages say why."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.proposals.conftest import complete as complete  # noqa: PLC0414  a fixture
from tests.engines.workflow.test_loader import TYPES
from yuantou.apps.proposals import domain, team
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.domain import change_state, publish_programme_types
from yuantou.apps.workflow.facade import acts_of, facts_of
from yuantou.apps.workflow.letters import is_written
from yuantou.apps.workflow.models import Letter
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import load_programme_type, load_register
from yuantou.kernel.errors import NotAllowedError

REGISTERS = sorted((Path(str(files("yuantou"))) / "registers").glob("*.toml"))
PARENTS = {path.stem.lstrip("_"): path.read_text("utf-8") for path in TYPES.glob("_*.toml")}
Retype = Callable[..., None]


def shipped() -> Iterator[tuple[str, Any]]:
    """Every shipped kind with what it declares itself or inherits."""
    for path in sorted(TYPES.glob("[!_]*.toml")):
        text = path.read_text("utf-8")
        yield path.stem, load_programme_type(text, name=path.name, parents=PARENTS, known=vocabulary())
    for path in REGISTERS:
        yield path.stem, load_register(path.read_text("utf-8"), name=path.name, known=vocabulary())


def test_code_answers_every_guard_of_every_shipped_kind_and_nothing_that_none_asks_for() -> None:
    asked, declared, facts = set(), set(), set()
    for kind, bundle in shipped():
        for record, machine in bundle.machines.items():
            guards = {guard for step in machine.transitions for guard in step.guards}
            closure = guards | {other for guard in guards for other in machine.fact[guard].asks}
            asked |= {(record, fact) for fact in closure if not machine.fact[fact].when}
            family = kind if kind in {path.stem for path in REGISTERS} else "types"
            facts |= {(family, fact) for fact in closure}
            declared |= {(family, fact.id) for fact in machine.facts}
    own = {("type_draft", "sound"), ("*", "undo_open")}
    provided = {(space[5:], name) for space, name in vocabulary().words if space.startswith("fact:")}
    assert provided - own == asked
    assert declared == facts  # no fact is declared that no step asks for


@pytest.fixture
def retype(world: World, tmp_path: Path) -> Retype:
    """Publish a next version of the call's type with changes of its text, and let the call be of it."""

    def publish(*changes: tuple[str, str], more: str = "") -> None:
        old = world.programme
        texts = {**old.parents, "": old.source + more}
        for before, after in changes:
            name = next(name for name, text in texts.items() if before in text)
            texts[name] = texts[name].replace(before, after)
        texts[""] = re.sub(r"(?m)^version = \d+$", f"version = {old.version + 1}", texts[""])
        for name, text in texts.items():
            (tmp_path / (f"_{name}.toml" if name else f"{old.type_id}.toml")).write_text(text, "utf-8")
        [world.call.programme_type] = publish_programme_types(now=world.now, folder=tmp_path)
        world.call.save()

    return publish


SUBMIT = 'guards = ["call_open", "complete", "members_confirmed"]'


def page(world: World, proposal: Proposal, language: str) -> str:
    browser = Client(HTTP_ACCEPT_LANGUAGE=language)
    browser.force_login(world.applicant, backend="django.contrib.auth.backends.ModelBackend")
    return browser.get(reverse("proposals:detail", args=[proposal.pk])).content.decode()


def waiting(world: World, complete: Callable[..., Proposal]) -> Proposal:
    """A proposal that is whole but for a participant who has not answered."""
    draft = complete()
    team.invite_member(proposal=draft, email="member@example.org", role="", user=world.applicant, now=world.now)
    return Proposal.objects.get(pk=draft.pk)


@pytest.mark.django_db
def test_a_guard_taken_away_opens_the_act(world: World, complete, retype: Retype) -> None:
    draft = waiting(world, complete)
    with pytest.raises(NotAllowedError) as refused:
        domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    assert [problem.message.en for problem in refused.value.problems] == [
        "Participant member@example.org: Has not confirmed yet."
    ]
    assert "仍有参与者未确认" in page(world, draft, "zh-hans")
    assert "Some participants have not confirmed yet" in page(world, draft, "en")
    retype((SUBMIT, 'guards = ["call_open", "complete"]'))
    assert "have not confirmed yet" not in page(world, draft, "en")
    domain.submit_proposal(proposal=Proposal.objects.get(pk=draft.pk), user=world.applicant, now=world.now)
    assert Proposal.objects.get(pk=draft.pk).state == "institution_check"


@pytest.mark.django_db
def test_a_fact_that_is_data_closes_the_act_it_is_added_to_and_the_page_says_why(
    world: World, complete, retype: Retype
) -> None:
    retype(
        (SUBMIT, 'guards = ["call_open", "complete", "modest"]'),
        more='\n[fact.modest]\nmessage = { zh = "数额过大。", en = "That is a lot." }\n'
        'remedy = { zh = "请减少。", en = "Ask for less." }\nwhen = "record.requested <= 1000"\n',
    )
    draft = complete()
    assert "That is a lot. Ask for less." in page(world, draft, "en")
    assert "数额过大。 请减少。" in page(world, draft, "zh-hans")
    with pytest.raises(NotAllowedError) as refused:
        domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    assert (refused.value.message.en, refused.value.remedy.en) == ("That is a lot.", "Ask for less.")
    assert Proposal.objects.get(pk=draft.pk).state == "draft"


@pytest.mark.django_db
def test_an_act_that_judges_what_is_posted_is_shown_open_and_may_be_refused(
    world: World, complete, retype: Retype
) -> None:
    retype(
        (
            'actors = ["applicant"], name = { zh = "撤回"',
            'actors = ["applicant"], guards = ["sure"], name = { zh = "撤回"',
        ),
        more='\n[fact.sure]\nmessage = { zh = "请先确认。", en = "Please be sure." }\n'
        'given = true\nwhen = "fact.call_open"\n',
    )
    draft = complete()
    after = world.call.last_instant + dt.timedelta(days=1)
    [act] = [act for act in acts_of(world.applicant, draft, now=after) if act.transition.id == "withdraw"]
    assert act.is_open
    with pytest.raises(NotAllowedError, match="Please be sure"):
        domain.withdraw_proposal(proposal=draft, user=world.applicant, now=after)
    domain.withdraw_proposal(proposal=draft, user=world.applicant, now=world.now)


@pytest.mark.django_db
def test_no_caller_says_what_holds_or_posts_what_nobody_declared(world: World) -> None:
    draft = world.proposal()
    with pytest.raises(NotAllowedError):
        change_state(draft, "submit", user=world.applicant, now=world.now)
    with pytest.raises(ValueError, match="complete"):
        facts_of(draft, user=world.applicant, now=world.now, given={"complete": True})


@pytest.mark.django_db
def test_a_type_published_before_facts_were_declared_still_works_and_says_why(world: World, complete) -> None:
    row = world.programme
    row.parents = {**row.parents, "standard": row.parents["standard"].replace('extends = "facts"\n', "")}
    row.save()
    draft = waiting(world, complete)
    assert "fact" not in tomllib.loads(row.parents["standard"])
    assert "Some participants have not confirmed yet" in page(world, draft, "en")


@pytest.mark.django_db
def test_a_call_that_is_not_complete_says_what_it_lacks_and_cannot_be_published(world: World) -> None:
    call = world.call
    call.state, call.budget = "draft", None
    call.save()
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(world.officer, backend="django.contrib.auth.backends.ModelBackend")
    room = browser.get(reverse("call_room", args=[call.pk])).content.decode()
    assert "Before you can publish" in room
    assert reverse("calls:publish", args=[call.pk]) not in room
    answer = browser.post(reverse("calls:publish", args=[call.pk]), follow=True)
    assert "The call is not complete." in answer.content.decode()
    call.refresh_from_db()
    assert call.state == "draft"


def test_the_vocabulary_shipped_for_the_command_line_is_that_of_the_running_product() -> None:
    from yuantou.web.vocabulary import FILE, text

    assert FILE.read_text("utf-8") == text(), "make vocabulary"


def test_rules_that_draw_are_those_of_the_engine() -> None:
    from yuantou.apps.decisions.facts import BY_LOT
    from yuantou.engines.selection import LOTTERIES

    assert {*BY_LOT, "line"} == set(LOTTERIES)


@pytest.mark.django_db
def test_the_letter_of_a_step_is_what_the_kind_says_to_whom_it_says(world: World, complete, retype: Retype) -> None:
    retype(
        ('[letter.endorsed]\nto = ["applicant"]', '[letter.endorsed]\nto = ["applicant", "institution"]'),
        ("Endorsed by your institution: {title}", "Passed on: {title}"),
    )
    draft = complete()
    domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    domain.endorse_proposals(proposals=Proposal.objects.all(), user=world.office, now=world.now)
    sent = Letter.objects.filter(template="endorsed")
    assert {letter.address for letter in sent} == {world.applicant.email, world.office.email}
    assert {letter.subject.partition(":")[0] for letter in sent if letter.recipient.language == "en"} <= {"Passed on"}
    assert all(letter.waits_until for letter in sent)  # as long as the step can be undone


@pytest.mark.django_db
def test_a_letter_that_moves_to_another_step_is_written_there_alone(world: World, complete, retype: Retype) -> None:
    retype(
        ('actors = ["institution"], letter = "endorsed", undo', 'actors = ["institution"], undo'),
        (
            'actors = ["applicant"], name = { zh = "撤回"',
            'actors = ["applicant"], letter = "endorsed", name = { zh = "撤回"',
        ),
    )
    draft = complete()
    domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    domain.endorse_proposals(proposals=Proposal.objects.all(), user=world.office, now=world.now)
    assert set(Letter.objects.values_list("template", flat=True)) == {"submitted"}
    domain.withdraw_proposal(proposal=Proposal.objects.get(), user=world.applicant, now=world.now)
    assert set(Letter.objects.values_list("template", flat=True)) == {"submitted", "endorsed"}


def letters() -> list[tuple[str, str, str]]:
    """Every step of a shipped kind that names a letter: kind, record, letter."""
    found = []
    for kind, bundle in shipped():
        for record, machine in bundle.machines.items():
            found += [(kind, record, step.letter) for step in machine.transitions if step.letter]
    return found


def test_every_letter_that_a_step_names_is_written_by_the_step() -> None:
    """No record whose steps name letters is without a way to write them, so ``change_state`` sends each of them."""
    assert {record for _kind, record, _letter in letters() if not is_written(record)} == set()
