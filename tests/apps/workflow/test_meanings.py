"""A kind may call its states what it likes, as long as it says what they mean."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.proposals.conftest import complete as complete  # noqa: PLC0414  a fixture
from tests.apps.workflow.test_facts import Retype
from tests.apps.workflow.test_facts import retype as retype  # noqa: PLC0414  a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.apps.workflow.states import StateField, meanings_of, shipped_meanings
from yuantou.kernel.errors import InputError
from yuantou.web.needs import needs_of

pytestmark = pytest.mark.django_db
HEAD = '[machine.proposal]\ninitial = "{}"\nstate = [\n  {{ id = "{}"'
OWN = (
    ('"institution_check"', '"house_check"'),
    (HEAD.format("draft", "draft"), HEAD.format("sketch", "sketch")),
    ('id = "submit", from = ["draft", "returned"]', 'id = "submit", from = ["sketch", "returned"]'),
    ('id = "withdraw", from = ["draft",', 'id = "withdraw", from = ["sketch",'),
)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_states_under_other_names_open_the_same_pages_lists_and_needs(
    world: World, retype: Retype, complete: Callable[..., Proposal]
) -> None:
    retype(*OWN)
    draft = complete()
    assert draft.state == "sketch", "a record begins where its kind says"
    assert draft.is_now.editable
    assert reverse("proposals:edit", args=[draft.pk]) in browser(world.applicant).get("/proposals/").content.decode()
    domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    handed = Proposal.objects.get(pk=draft.pk)
    assert handed.state == "house_check"
    assert list(Proposal.objects.filter(state__means="with_institution")) == [handed]
    assert handed.number
    assert handed.number in browser(world.office).get(reverse("proposals:institution")).content.decode()
    office = User.objects.get(pk=world.office.pk)
    assert [need.count for need in needs_of(office, world.now) if need.url == reverse("proposals:institution")] == [1]


def test_a_state_keeps_its_meaning_in_every_kind(world: World, retype: Retype) -> None:
    for change, code in (
        (('is = ["with_institution", "live"]', 'is = ["live"]'), "other_meaning"),
        (('is = ["with_institution", "live"]', 'is = ["with_institution", "live", "splendid"]'), "unknown_meaning"),
    ):
        with pytest.raises(InputError) as refused:
            retype(change)
        assert code in {problem.code.partition(".")[2] for problem in refused.value.problems}
        assert all(problem.remedy for problem in refused.value.problems)


def test_a_kind_that_gives_a_meaning_to_no_state_is_refused(world: World, retype: Retype) -> None:
    with pytest.raises(InputError) as refused:
        retype(('"institution_check"', '"house_check"'), ('is = ["with_institution", "live"]', 'is = ["live"]'))
    assert "lacks_meaning" in {problem.code.partition(".")[2] for problem in refused.value.problems}


def test_types_of_before_states_said_what_they_mean_have_the_meanings_of_today(world: World) -> None:
    row: ProgrammeTypeVersion = world.programme
    plain = {name: "\n".join(_without_meaning(text)) for name, text in row.parents.items()}
    old = ProgrammeTypeVersion(source=row.source, parents=plain, source_hash="0" * 64)
    machine = old.programme.machine("proposal")
    assert {state.id: state.tags for state in machine.states} == shipped_meanings()["proposal"]


def _without_meaning(text: str) -> list[str]:
    import re

    return [re.sub(r", is = \[[^\]]*\]", "", line) for line in text.splitlines()]


def test_code_that_asks_for_a_meaning_nobody_declared_fails_at_once(world: World) -> None:
    draft = world.proposal()
    with pytest.raises(AttributeError, match="splendid"):
        _ = draft.is_now.splendid
    with pytest.raises(KeyError, match="splendid"):
        Proposal.objects.filter(state__means="splendid")
    assert isinstance(Proposal._meta.get_field("state"), StateField)
    assert set(meanings_of("proposal")) >= {"draft", "awarded"}
