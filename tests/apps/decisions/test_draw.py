"""A draw in the browser: two parties commit, entries are frozen, both reveal; anybody can verify it."""

import dataclasses
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.apps.conftest import World
from tests.apps.decisions.test_what_if import ranked  # noqa: F401 a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import history
from yuantou.apps.decisions.models import Decision, DecisionList, Draw
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.selection import verify_draw
from yuantou.pipelines.decision import entries_within

SECRETS = {"officer": "o" * 40, "signatory": "s" * 40}


@pytest.fixture
def drafted(ranked: World, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: F811
    """The list of a call whose programme type draws by P(within the line)."""
    plain = ProgrammeTypeVersion.programme.func

    def drawing(row: ProgrammeTypeVersion) -> object:
        programme = plain(row)
        return dataclasses.replace(programme, decision=dataclasses.replace(programme.decision, rule="smooth"))

    monkeypatch.setattr(ProgrammeTypeVersion, "programme", property(drawing))
    ranked.call.state = "ranked"
    ranked.call.save()
    assert post(ranked.officer, "draft", ranked.call.pk) == 302
    return ranked


def browser(user: User | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if user:
        client.force_login(user)
    return client


def post(user: User, name: str, key: str, **fields: str) -> int:
    return browser(user).post(reverse(f"decisions:{name}", args=[key]), fields).status_code


def the_list() -> DecisionList:
    return DecisionList.objects.exclude(state="discarded").get()


def both(world: World, name: str) -> None:
    for party, secret in SECRETS.items():
        assert post(getattr(world, party), name, the_list().pk, party=party, secret=secret) == 302


def hold(world: World) -> dict[str, object]:
    both(world, "commit")
    assert post(world.officer, "freeze", the_list().pk) == 302
    both(world, "reveal")
    return Draw.objects.get().document


def test_from_draft_to_a_verified_draw(drafted: World) -> None:
    before = the_list()
    assert before.decisions.filter(outcome="draw").exists()
    assert sum(before.decisions.values_list("chance", flat=True)) == pytest.approx(3)
    assert post(drafted.signatory, "sign", before.pk, hash=before.content_hash) == 403
    document = hold(drafted)
    assert verify_draw(document) == []
    after = the_list()
    funded = after.decisions.filter(outcome="fund")
    assert sorted(row.proposal_id for row in funded) == document["awarded"]
    assert funded.count() == 3
    assert sum(row.amount for row in funded) <= after.budget
    assert after.content_hash != before.content_hash
    acts = [entry.act for entry in history("decision_list", after.pk)]
    assert acts[-6:] == ["draw.commit", "draw.commit", "draw.freeze", "draw.reveal", "draw.reveal", "draw.hold"]
    assert post(drafted.signatory, "sign", after.pk, hash=after.content_hash) == 302
    assert the_list().state == "signed"


@pytest.mark.database
def test_the_ledger_never_holds_a_secret(drafted: World) -> None:
    hold(drafted)
    told = json.dumps([entry.data for entry in history("decision_list", the_list().pk)])
    assert not [secret for secret in SECRETS.values() if secret in told]


def test_the_room_shows_rule_chances_and_the_next_step(drafted: World) -> None:
    room = reverse("decisions:room", args=[drafted.call.pk])
    text = browser(drafted.officer).get(room).content.decode()
    assert "Chance = P(within the line)" in text
    assert "one grade of one reviewer moves the own chance" in text
    assert "Secret of the officer" in text
    assert "Secret of the signatory" not in text
    hold(drafted)
    text = browser(drafted.signatory).get(room).content.decode()
    assert "Document for verifying offline" in text
    assert post(drafted.officer, "verify", the_list().pk) == 302


def test_nothing_out_of_turn(drafted: World) -> None:
    key = the_list().pk
    assert post(drafted.officer, "freeze", key) == 403  # nobody has committed
    assert post(drafted.officer, "commit", key, party="signatory", secret="x" * 40) == 403  # not this party
    assert post(drafted.officer, "reveal", key, party="officer", secret="o" * 40) == 403  # nothing is frozen
    assert post(drafted.officer, "commit", key, party="officer", secret="short") >= 400
    both(drafted, "commit")
    assert post(drafted.officer, "freeze", key) == 302
    assert post(drafted.officer, "commit", key, party="officer", secret="y" * 40) == 403  # too late
    assert post(drafted.officer, "reveal", key, party="officer", secret="y" * 40) == 403  # not what was promised
    waiting = Decision.objects.filter(outcome="draw").first()
    assert waiting is not None
    assert post(drafted.officer, "change", waiting.pk, outcome="fund", reason="liked") == 403


def test_no_second_draw_once_a_secret_is_out(drafted: World) -> None:
    both(drafted, "commit")
    post(drafted.officer, "freeze", the_list().pk)
    post(drafted.officer, "reveal", the_list().pk, party="officer", secret=SECRETS["officer"])
    assert post(drafted.officer, "draft", drafted.call.pk) == 403
    assert DecisionList.objects.count() == 1


def test_a_lost_secret_is_replaced_by_a_pulse_named_before_it_existed(drafted: World) -> None:
    both(drafted, "commit")
    post(drafted.officer, "freeze", the_list().pk)
    post(drafted.officer, "reveal", the_list().pk, party="officer", secret=SECRETS["officer"])
    key, soon = the_list().pk, timezone.now() + timedelta(hours=1)
    told = {"reason": "The signatory's notebook burnt.", "beacon": "drand quicknet", "pulse": "12345"}
    past = timezone.now() - timedelta(hours=1)
    assert post(drafted.officer, "lost", key, **told, due_at=past.isoformat()) == 403, "it could be known"
    assert post(drafted.signatory, "lost", key, **told, due_at=soon.isoformat()) == 403
    assert post(drafted.officer, "lost", key, **told | {"reason": " "}, due_at=soon.isoformat()) == 403
    assert post(drafted.officer, "lost", key, **told, due_at=soon.isoformat()) == 302
    assert post(drafted.officer, "lost", key, **told, due_at=soon.isoformat()) == 403, "once"
    assert post(drafted.signatory, "reveal", key, party="signatory", secret=SECRETS["signatory"]) == 403
    assert post(drafted.officer, "pulse", key, party="officer", value="ab" * 32) == 403, "not published yet"
    row = Draw.objects.get()
    row.fallback["due_at"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    row.frozen_at = timezone.now() - timedelta(hours=2)
    row.save()
    assert post(drafted.officer, "pulse", key, party="officer", value="ab" * 32) == 302
    assert post(drafted.signatory, "pulse", key, party="signatory", value="cd" * 32) == 403, "the two differ"
    assert not Draw.objects.get().held
    assert post(drafted.signatory, "pulse", key, party="signatory", value="AB" * 32) == 302
    document = Draw.objects.get().document
    assert verify_draw(document) == []
    assert document["source"]["kind"] == "beacon"
    assert not the_list().decisions.filter(outcome="draw").exists()
    acts = [entry.act for entry in history("decision_list", key)]
    assert acts[-4:] == ["draw.lost", "draw.pulse", "draw.pulse", "draw.hold"]


def test_one_person_with_both_roles_is_one_party(drafted: World) -> None:
    from yuantou.apps.accounts.models import RoleGrant

    RoleGrant.objects.create(user=drafted.officer, role="signatory", organisation=drafted.agency)
    assert post(drafted.officer, "commit", the_list().pk, party="officer", secret="o" * 40) == 302
    assert post(drafted.officer, "commit", the_list().pk, party="signatory", secret="o" * 40) == 403


def test_the_document_is_for_everybody_once_published_and_for_few_before(drafted: World) -> None:
    address = reverse("decisions:document", args=[the_list().pk])
    assert browser(drafted.officer).get(address).status_code == 404  # not held yet
    hold(drafted)
    assert browser(None).get(address).status_code == 404
    assert browser(drafted.applicant).get(address).status_code in {403, 404}
    assert verify_draw(json.loads(browser(drafted.officer).get(address).content)) == []
    DecisionList.objects.update(state="published")
    assert verify_draw(json.loads(browser(None).get(address).content)) == []


@pytest.mark.parametrize("rule", ["swiss", "smooth", "linear", "bounded", "merit"])
def test_whoever_is_drawn_the_money_suffices(drafted: World, rule: str) -> None:
    from yuantou.apps.decisions.what_if import table_of
    from yuantou.apps.proposals.models import Proposal

    for number, amount in enumerate((100_000, 300_000, 200_000, 450_000, 700_000, 50_000)):
        Proposal.objects.filter(number=f"N{number}").update(requested=amount)
    table = table_of(drafted.call.rankings.get())
    frozen = entries_within(table, 1_000_000, rule)
    dear = dict(zip(table["proposal_id"], table["requested"], strict=True))
    units = frozen["entries"]
    sure = sum(dear[key] for key in units if units[key] == frozen["unit"])
    open_ = sorted((dear[key] for key in units if 0 < units[key] < frozen["unit"]), reverse=True)
    left = frozen["places"] - sum(value == frozen["unit"] for value in units.values())
    assert sure + sum(open_[:left]) <= 1_000_000
    assert frozen["places"] >= 1
