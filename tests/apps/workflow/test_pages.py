"""Kinds of call as pages, and the ledger for the public and for those who may see a record's history."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import sign_head
from yuantou.apps.audit.models import Entry
from yuantou.apps.workflow.facade import change_state
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.apps.workflow.templatetags.workflow_graph import columns
from yuantou.engines.ledger import verify_inclusion


def as_(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_every_kind_of_call_is_a_page_in_both_languages(world: World) -> None:
    for language in ("en", "zh-hans"):
        client = Client(headers={"accept-language": language})
        assert client.get(reverse("workflow:types")).status_code == 200
        for row in ProgrammeTypeVersion.objects.all():
            page = client.get(reverse("workflow:type", args=[row.type_id, row.version])).text
            assert page.count('<svg class="graph"') >= 4
    source = Client().get(reverse("workflow:source", args=[row.type_id, row.version]))
    assert source.content.decode() == row.source


def test_a_graph_goes_forward_along_the_longest_way(world: World) -> None:
    machine = world.programme.programme.machine("proposal")
    found = columns(machine)
    assert found["draft"] == 0
    assert found["submitted"] < found["accepted"] < found["in_review"] < found["awarded"]
    assert set(found) == {state.id for state in machine.states}


def test_the_ledger_of_a_record_is_for_those_who_see_its_history(world: World) -> None:
    proposal = world.proposal()
    change_state(proposal, "withdraw", user=world.applicant, now=world.now)
    address = reverse("workflow:ledger", args=["proposal", proposal.pk])
    page = as_(world.applicant).get(address).text
    assert "Withdraw" in page
    assert "unchanged" in page
    assert f"user:{world.applicant.pk}" not in page
    for other in (world.member, world.reviewer, world.stranger, world.office):
        assert as_(other).get(address).status_code == 404
    assert as_(world.applicant).get(reverse("workflow:ledger", args=["review", "x"])).status_code == 404
    assert as_(world.applicant).get(reverse("workflow:ledger", args=["nothing", "x"])).status_code == 404


def test_a_row_changed_behind_our_back_is_seen(world: World) -> None:
    proposal = world.proposal()
    change_state(proposal, "withdraw", user=world.applicant, now=world.now)
    Entry.objects.filter(key=proposal.pk).update(data={"from": "draft", "to": "awarded"})
    page = as_(world.applicant).get(reverse("workflow:ledger", args=["proposal", proposal.pk])).text
    assert re.search(r'<span\s+class="pill alarm"\s*>changed</span>', page)


@pytest.mark.parametrize("count", [1, 3])
def test_anybody_can_prove_an_entry_with_hashes_alone(world: World, count: int) -> None:
    for _ in range(count):
        proposal = world.proposal()
        change_state(proposal, "withdraw", user=world.applicant, now=world.now)
    sign_head(now=world.now)
    page = Client(headers={"accept-language": "en"}).get(reverse("audit:heads")).text
    assert proposal.pk not in page
    assert Client().get(reverse("audit:heads_json")).json()["heads"]
    proof = Client().get(reverse("audit:proof", args=[0])).json()
    assert set(proof) == {"index", "size", "root", "leaf", "path"}
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert verify_inclusion(bytes.fromhex(proof["leaf"]), 0, proof["size"], path, bytes.fromhex(proof["root"]))
    assert Client().get(reverse("audit:proof", args=[10**9])).status_code == 404
