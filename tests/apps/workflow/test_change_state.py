"""Every change of state passes one gate: roles, guards, reasons, versions, ledger."""

from typing import Any

import pytest
from django.db import transaction

from tests.apps.conftest import World
from yuantou.apps.audit.facade import history, tree_head
from yuantou.apps.audit.models import Entry
from yuantou.apps.workflow.facade import change_state, see
from yuantou.engines.ledger import subtree_root
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = pytest.mark.database

READY = {"call_open": True, "complete": True, "members_confirmed": True}


def test_submission_is_recorded_in_the_ledger(world: World, let_hold: Any) -> None:
    proposal = world.proposal()
    let_hold(READY)
    change_state(proposal, "submit", user=world.applicant, now=world.now)
    proposal.refresh_from_db()
    assert proposal.state == "institution_check"
    assert [event.act for event in history("proposal", proposal.pk)] == ["proposal.submit"]
    leaves = [bytes.fromhex(leaf) for leaf in Entry.objects.values_list("leaf_hash", flat=True)]
    assert tree_head() == (len(leaves), subtree_root(leaves).hex())


@pytest.mark.parametrize("role", ["stranger", "office", "officer", "member"])
def test_nobody_but_the_applicant_submits(world: World, role: str, let_hold: Any) -> None:
    proposal = world.proposal()
    let_hold(READY)
    with pytest.raises(NotAllowedError):
        change_state(proposal, "submit", user=getattr(world, role), now=world.now)
    assert tree_head()[0] == 0


@pytest.mark.parametrize("missing", sorted(READY))
def test_a_guard_that_is_unknown_counts_as_false(world: World, missing: str, let_hold: Any) -> None:
    let_hold({name: value for name, value in READY.items() if name != missing})
    with pytest.raises(NotAllowedError):
        change_state(world.proposal(), "submit", user=world.applicant, now=world.now)


def test_the_second_of_two_simultaneous_changes_is_refused(world: World) -> None:
    proposal = world.proposal(state="institution_check")
    twin = type(proposal).objects.get(pk=proposal.pk)
    change_state(proposal, "endorse", user=world.office, now=world.now)
    with pytest.raises(StaleError):
        change_state(twin, "return", user=world.office, now=world.now, reason="too late")
    assert len(history("proposal", proposal.pk)) == 1


def test_returning_needs_a_reason_and_the_ledger_keeps_only_its_hash(world: World) -> None:
    proposal = world.proposal(state="institution_check")
    with pytest.raises(NotAllowedError):
        change_state(proposal, "return", user=world.office, now=world.now)
    change_state(proposal, "return", user=world.office, now=world.now, reason="缺少附件")
    assert "缺少附件" not in str(Entry.objects.get().data)


def test_a_rolled_back_change_leaves_no_entry(world: World) -> None:
    proposal = world.proposal(state="institution_check")
    with pytest.raises(RuntimeError), transaction.atomic():
        change_state(proposal, "endorse", user=world.office, now=world.now)
        raise RuntimeError
    assert tree_head()[0] == 0
    proposal.refresh_from_db()
    assert proposal.state == "institution_check"


def test_seeing_is_denied_unless_granted(world: World) -> None:
    proposal = world.proposal()
    with pytest.raises(NotAllowedError):
        see(world.officer, proposal)
    seen = see(world.applicant, proposal)
    assert seen.title
    with pytest.raises(AttributeError):
        seen.reviews  # noqa: B018
