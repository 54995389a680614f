"""A receipt proves itself offline, and only to those who may hold it."""

import copy
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.audit.test_ledger import acts
from tests.apps.conftest import World
from tests.apps.proposals.conftest import ANSWERS
from yuantou.apps.audit.domain import audit_path
from yuantou.apps.audit.facade import append_many, heads_document, receipt_of, sign_head, tree_head
from yuantou.apps.audit.models import Entry, Subtree
from yuantou.apps.proposals import domain
from yuantou.apps.proposals.models import Proposal
from yuantou.engines.ledger import verifier, verify_inclusion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_key(settings, tmp_path: Path) -> None:
    settings.LEDGER_KEY_FILE = tmp_path / "key"


@pytest.fixture
def submitted(world: World) -> Proposal:
    draft = world.proposal()
    draft = domain.save_answers(proposal=draft, posted=ANSWERS, user=world.applicant, now=world.now, version=0)
    domain.submit_proposal(proposal=draft, user=world.applicant, now=world.now)
    return Proposal.objects.get(pk=draft.pk)


def as_(user: object) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_a_downloaded_receipt_is_verified_without_site_or_package(
    world: World, submitted: Proposal, tmp_path: Path
) -> None:
    page = as_(world.applicant).get(reverse("proposals:receipt", args=[submitted.pk])).text
    address = reverse("proposals:receipt_json", args=[submitted.pk])
    assert address in page
    answer = as_(world.applicant).get(address)
    assert submitted.content_hash in json.loads(answer.content)["entry"]
    file = tmp_path / "receipt.json"
    file.write_bytes(answer.content)
    command = [sys.executable, "-I", "-S", verifier.__file__, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:8]) == (0, "all good")


@pytest.mark.parametrize("who", ["member", "reviewer", "stranger", "signatory"])
def test_a_receipt_is_for_those_who_see_it(world: World, submitted: Proposal, who: str) -> None:
    assert as_(getattr(world, who)).get(reverse("proposals:receipt_json", args=[submitted.pk])).status_code == 404


FORGERIES: dict[str, Callable[[dict], None]] = {
    "another hash": lambda r: r.update(entry=r["entry"].replace("proposal.submit", "proposal.accept")),
    "another place": lambda r: r.update(entry=r["entry"].replace('"index":7', '"index":8')),
    "another path": lambda r: r["path"].reverse(),
    "a shorter path": lambda r: r["path"].pop(),
    "another root": lambda r: r["head"].update(root="0" * 64),
    "another time": lambda r: r["head"].update(at="2020-01-01T00:00:00Z"),
    "another key": lambda r: r.update(public_key="1" * 64),
}


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
def test_a_forged_receipt_is_found_out(db: None, now: dt.datetime, forgery: str) -> None:
    append_many(acts(40, now))
    receipt = receipt_of(7, now=now)
    assert verifier.verify_receipt(receipt) == []
    forged = copy.deepcopy(receipt)
    FORGERIES[forgery](forged)
    assert verifier.verify_receipt(forged)


def test_the_first_entry_after_a_signed_head_rests_on_a_head_of_its_own(db: None, now: dt.datetime) -> None:
    append_many(acts(7, now))
    sign_head(now=now)
    append_many(acts(1, now))
    receipt = receipt_of(7, now=now)
    assert receipt["head"]["size"] == 8, "the head of seven entries says nothing of the eighth"
    assert verifier.verify_receipt(receipt) == []
    assert receipt_of(6, now=now)["head"]["size"] == 7


def test_a_receipt_contradicts_a_ledger_that_was_rewritten(db: None, now: dt.datetime) -> None:
    append_many(acts(10, now))
    receipt = receipt_of(3, now=now)
    witness = heads_document()
    witness["heads"][0]["root"] = "0" * 64
    assert verifier.verify_receipt(receipt, witness) == ["witness: another root was signed for size 10"]


def test_proofs_read_few_rows_of_a_long_ledger(db: None, now: dt.datetime, django_assert_max_num_queries) -> None:
    append_many(acts(3000, now))
    assert Subtree.objects.count() == 3000 // 256
    size, root = tree_head()
    for index in (0, 255, 256, 1700, 2999):
        with django_assert_max_num_queries(20):
            path = [bytes.fromhex(node) for node in audit_path(index, size)]
        leaf = bytes.fromhex(Entry.objects.get(index=index).leaf_hash)
        assert verify_inclusion(leaf, index, size, path, bytes.fromhex(root))
        assert len(path) <= 12


def test_one_entry_at_a_time_keeps_the_same_subtrees(db: None, now: dt.datetime) -> None:
    append_many(acts(250, now))
    for act in acts(20, now):
        append_many([act])
    assert list(Subtree.objects.values_list("level", "position")) == [(8, 0)]
    assert verifier.verify_receipt(receipt_of(262, now=now)) == []


def test_a_signed_head_is_a_sheet_to_keep(db: None, now: dt.datetime) -> None:
    append_many(acts(5, now))
    head = sign_head(now=now)
    page = Client(headers={"accept-language": "en"}).get(reverse("audit:head", args=[5])).text
    assert head.root in page
    assert head.signature in page
    assert Client().get(reverse("audit:head", args=[4])).status_code == 404
    listed = Client().get(reverse("audit:heads")).content.decode()
    assert reverse("audit:head", args=[5]) in listed
