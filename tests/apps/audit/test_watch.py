"""The watch over writes finds what no static reading could, and lets pass what the ledger holds."""

import types
from collections.abc import Callable

import pytest
from django.db import transaction

from tests.apps.conftest import World
from tests.watch import APPS, watching
from yuantou.apps.audit.facade import append
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _watched() -> None:
    """Here strays are written on purpose."""


def of_an_app(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function as if it stood in a module of an app."""
    code = function.__code__.replace(co_filename=APPS + "proposals/stray.py")
    return types.FunctionType(code, {**globals()}, closure=function.__closure__)


@pytest.fixture
def stray() -> Callable[[Proposal], None]:
    """A verb that writes without an entry."""

    @of_an_app
    def verb(proposal: Proposal) -> None:
        Proposal.objects.filter(pk=proposal.pk).update(title_en="changed unseen")

    return verb


def test_a_write_without_an_entry_is_found(world: World, stray: Callable[[Proposal], None]) -> None:
    proposal = world.proposal()
    with watching() as watch:
        stray(proposal)
        with transaction.atomic():
            stray(proposal)
    assert len(watch.found) == 2
    assert all("stray" in line and "proposals_proposal" in line for line in watch.found)


def test_an_entry_of_another_transaction_or_one_rolled_back_does_not_count(
    world: World, stray: Callable[[Proposal], None]
) -> None:
    proposal = world.proposal()
    with watching() as watch:
        with transaction.atomic():
            append(at=world.now, actor="user:1", act="x", kind="proposal", key=proposal.pk)
        with transaction.atomic():
            stray(proposal)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                append(at=world.now, actor="user:1", act="x", kind="proposal", key=proposal.pk)
                raise ZeroDivisionError
    assert len(watch.found) == 1


def test_what_is_entered_or_rolled_back_passes(world: World, stray: Callable[[Proposal], None]) -> None:
    proposal = world.proposal()
    with watching() as watch:
        with transaction.atomic():
            stray(proposal)
            with transaction.atomic():
                append(at=world.now, actor="user:1", act="x", kind="proposal", key=proposal.pk)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            stray(proposal)
            raise ZeroDivisionError
        domain.start_proposal(call=world.call, user=world.member, now=world.now)
    assert watch.found == []
