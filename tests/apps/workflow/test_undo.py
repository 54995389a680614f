"""Undoing in time: the same person, nothing happened since, and no letter leaves that is then untrue."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.audit.facade import history
from yuantou.apps.audit.models import Entry
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.history import lines_of
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import send_letters
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion, UndoWindow
from yuantou.apps.workflow.undo import open_window, undo
from yuantou.kernel.errors import NotAllowedError, YuantouError

Act = Callable[[World, Proposal, dt.datetime], Any]


def many(verb: Any, who: str, **more: str) -> Act:
    def act(world: World, proposal: Proposal, now: dt.datetime) -> Any:
        return verb(proposals=[proposal], user=getattr(world, who), now=now, **more)

    return act


ACTS: dict[str, tuple[str, Act]] = {
    "endorse": ("office", many(domain.endorse_proposals, "office")),
    "return": ("office", many(domain.return_proposals, "office", reason="The title lacks")),
    "accept": ("officer", many(domain.accept_proposals, "officer")),
    "reject": ("officer", many(domain.reject_proposals, "officer", reason="Outside the call")),
}


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("type_id", [path.stem for path in PATHS])
def test_every_type_goes_back_where_it_came_from(world: World, type_id: str, action: str) -> None:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    world.call.save()
    step = world.call.programme.machine("proposal").transition(action)
    assert step is not None
    assert step.undo == 10
    who, act = ACTS[action]
    proposal, user = world.proposal(state=step.sources[0]), getattr(world, who)
    act(world, proposal, world.now)
    assert Proposal.objects.get(pk=proposal.pk).state == step.target
    later = world.now + dt.timedelta(minutes=9)
    assert send_letters(now=later) == 0
    window = open_window(proposal.pk, user, now=later)
    assert window is not None
    undo(window=window, user=user, now=later)
    after = Proposal.objects.get(pk=proposal.pk)
    assert (after.state, after.version) == (step.sources[0], proposal.version + 1)
    first, second = history("proposal", proposal.pk)
    assert (second.act, second.data["undoes"]) == (f"proposal.undo_{action}_to_{step.sources[0]}", first.index)
    assert send_letters(now=world.now + dt.timedelta(days=1)) == 0
    assert {letter.state for letter in Letter.objects.all()} == {"dropped"}
    assert all(not line.reason for line in lines_of(after))
    with pytest.raises(NotAllowedError):
        undo(window=window, user=user, now=later)


def test_after_the_time_the_letter_leaves_and_nothing_is_undone(world: World) -> None:
    proposal = world.proposal(state="submitted")
    ACTS["reject"][1](world, proposal, world.now)
    window, end = UndoWindow.objects.get(), world.now + dt.timedelta(minutes=10)
    with pytest.raises(NotAllowedError):
        undo(window=window, user=world.officer, now=end)
    assert send_letters(now=end) == 1


def test_a_letter_that_has_left_by_a_fast_clock_cannot_be_made_untrue(world: World) -> None:
    ACTS["reject"][1](world, world.proposal(state="submitted"), world.now)
    send_letters(now=world.now + dt.timedelta(minutes=11))
    with pytest.raises(NotAllowedError):
        undo(window=UndoWindow.objects.get(), user=world.officer, now=world.now + dt.timedelta(minutes=1))


@pytest.mark.parametrize("who", ["signatory", "office", "applicant", "stranger"])
def test_nobody_else_undoes_it(world: World, who: str) -> None:
    proposal = world.proposal(state="submitted")
    ACTS["accept"][1](world, proposal, world.now)
    other, window = getattr(world, who), UndoWindow.objects.get()
    assert open_window(proposal.pk, other, now=world.now) is None
    with pytest.raises(NotAllowedError):
        undo(window=window, user=other, now=world.now)
    client = Client()
    client.force_login(other)
    assert client.post(reverse("workflow:undo", args=[window.pk])).status_code == 404


def test_what_happened_since_is_not_undone(world: World) -> None:
    proposal = world.proposal(state="institution_check")
    ACTS["endorse"][1](world, proposal, world.now)
    window = UndoWindow.objects.get()
    ACTS["reject"][1](world, Proposal.objects.get(pk=proposal.pk), world.now)
    assert open_window(proposal.pk, world.office, now=world.now) is None
    with pytest.raises(NotAllowedError):
        undo(window=window, user=world.office, now=world.now)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_and_undone_no_untrue_letter_leaves(world: World, seed: int) -> None:
    """A random walk: acts, undoings and deliveries at random instants; letters that left tell what still holds."""
    rng, now = random.Random(seed), world.now
    rows = [world.proposal(state="institution_check").pk for _ in range(3)]
    for _ in range(60):
        now += dt.timedelta(minutes=rng.choice([0, 1, 4, 9, 11]))
        choice, window = rng.random(), rng.choice([None, *UndoWindow.objects.all()])
        try:
            if choice < 0.4 and window is not None:
                undo(window=window, user=rng.choice([window.user, world.officer, world.office]), now=now)
            elif choice < 0.8:
                ACTS[rng.choice(sorted(ACTS))][1](world, Proposal.objects.get(pk=rng.choice(rows)), now)
            else:
                send_letters(now=now)
        except YuantouError:
            continue
    send_letters(now=now + dt.timedelta(hours=1))
    undone = {entry.data["undoes"] for entry in Entry.objects.all() if "undoes" in entry.data}
    assert undone == set(Letter.objects.filter(state="dropped").values_list("cause", flat=True))
    assert not set(Letter.objects.filter(state="sent").values_list("cause", flat=True)) & undone
    assert len(mail.outbox) == Letter.objects.filter(state="sent").count()
    assert Letter.objects.exclude(state__in=["sent", "dropped"]).count() == 0


def test_the_page_offers_the_time_left_and_undoes(world: World) -> None:
    from django.utils import timezone

    proposal, client = world.proposal(state="submitted"), Client()
    client.force_login(world.officer)
    page = reverse("proposals:detail", args=[proposal.pk])
    assert "data-deadline" not in client.get(page).content.decode()
    ACTS["reject"][1](world, proposal, timezone.now())
    button = reverse("workflow:undo", args=[UndoWindow.objects.get().pk])
    assert button in client.get(page).content.decode()
    assert client.post(button, {"back": page}).url == page  # type: ignore[attr-defined]
    assert button not in client.get(page).content.decode()
    assert client.post(button, {"back": "https://elsewhere.example/"}).status_code == 403
    assert Proposal.objects.get(pk=proposal.pk).state == "submitted"
