"""The ledger as rows: exported, verified offline, and every way of tampering with the database found."""

import datetime as dt
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import F

from yuantou.apps.audit.facade import Act, append_many, export_ledger, sign_head, tree_head
from yuantou.apps.audit.models import Entry, TreeHead
from yuantou.engines.ledger.verifier import verify

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def acts(count: int, now: dt.datetime) -> list[Act]:
    return [
        Act(now + dt.timedelta(seconds=i), f"user:{i % 7}", "proposal.submit", "proposal", f"p{i}", {"n": i})
        for i in range(count)
    ]


@pytest.fixture
def ledger(now: dt.datetime, settings, tmp_path: Path) -> Callable[[], list[str]]:
    """Sixty entries with heads at 20, 40 and 60; returns a function that exports and verifies."""
    settings.LEDGER_KEY_FILE = tmp_path / "key"
    for _block in range(3):
        append_many(acts(20, now))
        sign_head(now=now)

    def check() -> list[str]:
        export_ledger(tmp_path / "export")
        return verify(tmp_path / "export")

    return check


def test_an_untouched_ledger_is_all_good(ledger: Callable[[], list[str]]) -> None:
    assert ledger() == []
    assert tree_head()[0] == 60


@pytest.mark.parametrize("seed", range(10))
def test_a_row_changed_in_the_database_is_located(ledger: Callable[[], list[str]], seed: int) -> None:
    rng = random.Random(seed)
    index = rng.randrange(60)
    change = rng.choice([{"actor": "user:999"}, {"act": "proposal.accept"}, {"key": "other"}, {"data": {"n": -1}}])
    Entry.objects.filter(index=index).update(**change)
    assert [finding for finding in ledger() if finding.startswith(f"entry {index}: changed")]


def test_a_removed_row_is_located(ledger: Callable[[], list[str]]) -> None:
    Entry.objects.filter(index=33).delete()
    assert ledger()[0].startswith("entry 33: the line belongs to place 34")


def test_a_database_rolled_back_to_an_earlier_state_contradicts_its_heads(ledger: Callable[[], list[str]]) -> None:
    Entry.objects.filter(index__gte=50).delete()
    assert any(finding.startswith("rollback") for finding in ledger())


def test_a_row_and_its_hash_rewritten_together_contradict_the_signed_root(
    ledger: Callable[[], list[str]], tmp_path: Path
) -> None:
    from yuantou.apps.audit.domain import leaf_content
    from yuantou.engines.ledger import leaf_hash

    entry = Entry.objects.get(index=25)
    forged = Act(entry.at, "user:999", entry.act, entry.kind, entry.key, entry.data)
    Entry.objects.filter(index=25).update(actor="user:999", leaf_hash=leaf_hash(leaf_content(25, forged)).hex())
    assert ledger() == ["head: the root at size 40 is not the one that was signed; entries up to it were rewritten"]


def test_two_rows_changing_places_are_located(ledger: Callable[[], list[str]]) -> None:
    Entry.objects.filter(index=5).update(index=1000)
    Entry.objects.filter(index=6).update(index=5)
    Entry.objects.filter(index=1000).update(index=F("index") - 994)
    assert {finding.split(":")[0] for finding in ledger()} == {"entry 5", "entry 6"}


def test_the_same_size_is_signed_once_and_the_key_is_private(
    ledger: Callable[[], list[str]], now: dt.datetime, tmp_path: Path
) -> None:
    sign_head(now=now + dt.timedelta(hours=1))
    assert TreeHead.objects.count() == 3
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    ledger()
    assert (tmp_path / "key").read_bytes().hex() not in json.dumps((tmp_path / "export" / "heads.json").read_text())
