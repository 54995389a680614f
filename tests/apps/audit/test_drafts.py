"""Every saved version of a draft is in the ledger, and autosaves make few entries."""

import datetime as dt

import pytest

from tests.apps.conftest import World
from yuantou.apps.audit.drafts import MOST, is_kept, keep_draft, seal_drafts
from yuantou.apps.audit.facade import history
from yuantou.apps.audit.models import Draft, Entry
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import change_state
from yuantou.kernel.hashing import content_hash

pytestmark = pytest.mark.database

MINUTE = dt.timedelta(minutes=1)


def save(world: World, text: str, minute: float) -> None:
    keep_draft(kind="proposal", key="p1", content=text, actor="a", now=world.now + minute * MINUTE)


def test_one_entry_at_once_then_one_in_ten_minutes_and_no_version_is_lost(world: World) -> None:
    for number in range(61):
        save(world, f"text {number}", number / 2)
    entries = list(Entry.objects.filter(act="proposal.draft"))
    assert [entry.at for entry in entries] == [world.now + n * MINUTE for n in (0, 10, 20, 30)]
    kept = [digest for entry in entries for digest in entry.data["saved"]]
    assert len(kept) == 61
    assert all(is_kept(kind="proposal", key="p1", content=f"text {n}", saved=kept) for n in range(61))
    assert not is_kept(kind="proposal", key="p1", content="never saved", saved=kept)


def test_what_was_left_is_entered_when_time_is_up(world: World) -> None:
    for minute in (0, 1, 2):
        save(world, f"{minute}", minute)
    assert seal_drafts(now=world.now + 9 * MINUTE) == 0
    assert seal_drafts(now=world.now + 10 * MINUTE) == 1
    assert seal_drafts(now=world.now + 60 * MINUTE) == 0
    assert [len(event.data["saved"]) for event in history("proposal", "p1")] == [1, 2]


def test_an_entry_never_grows_beyond_a_bound(world: World) -> None:
    for number in range(2 * MOST + 1):
        save(world, str(number), 0.01)
    assert [len(event.data["saved"]) for event in history("proposal", "p1")] == [1, MOST, MOST]


def test_drafts_stand_before_the_step_that_hands_them_in(world: World) -> None:
    draft = world.proposal()
    for number, title in enumerate(("One", "Two", "Three")):
        posted = {"title_en": title}
        row = Proposal.objects.get(pk=draft.pk)
        domain.save_answers(proposal=row, posted=posted, user=world.applicant, now=world.now, version=number)
    row = Proposal.objects.get(pk=draft.pk)
    change_state(row, "withdraw", user=world.applicant, now=world.now)
    events = history("proposal", draft.pk)
    assert [event.act for event in events] == ["proposal.draft", "proposal.draft", "proposal.withdraw"]
    assert [len(event.data["saved"]) for event in events[:2]] == [1, 2]


def test_a_short_draft_cannot_be_guessed_from_its_hash(world: World) -> None:
    save(world, "3", 0)
    [saved] = Entry.objects.get().data["saved"]
    assert saved != content_hash("3")
    assert Draft.objects.get().salt not in str(Entry.objects.get().data)
