"""Failure that was diligent carries no penalty, and an outsider can check its dossier offline."""

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.projects.conftest import Award
from tests.apps.projects.test_duties import Make, closing
from yuantou.apps.projects import closure
from yuantou.apps.proposals.eligibility import _FACTS, Case
from yuantou.engines.ledger import verifier

pytestmark = pytest.mark.django_db
TYPES = ("young-lump-sum", "free-exploration", "talent")


def close(one: Award, action: str) -> None:
    closing(one)
    one.judged(None, one.programme.project.evaluation.judges, grade=2)
    every = [item.id for item in one.programme.project.diligence]
    closure.close_project(
        project=one.project, action=action, reason="Honest work", user=one.world.officer, now=one.now, diligence=every
    )


def facts_of(one: Award) -> dict[str, object]:
    """Everything that any rule on a later proposal of the same person can ask for."""
    draft = one.world.proposal(state="draft")
    found = {name: fact(Case(draft, 2030)) for name, fact in _FACTS.items()}
    draft.delete()
    return found


@pytest.mark.parametrize("type_id", TYPES)
def test_no_rule_on_a_later_proposal_can_tell_diligent_failure_from_success(award: Make, type_id: str) -> None:
    one = award(type_id)
    closing(one)
    one.judged(None, one.programme.project.evaluation.judges, grade=2)
    project, every = one.project, [item.id for item in one.programme.project.diligence]
    before = {"version": project.version, "state": project.state}
    end = {"reason": "Honest work", "user": one.world.officer, "now": one.now, "diligence": every}
    closure.close_project(project=one.project, action="close_achieved", **end)
    achieved = facts_of(one)
    type(project).objects.filter(pk=project.pk).update(**before, closed_at=None)
    closure.close_project(project=one.project, action="close_diligent", **end)
    assert one.project.state == "diligent"
    assert facts_of(one) == achieved


def test_an_outsider_verifies_the_dossier_offline(
    award: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = award("young-lump-sum")
    close(one, "close_diligent")
    client = Client()
    client.force_login(one.lead)
    answer = client.get(reverse("outcomes:dossier", args=[one.project.pk]))
    assert answer.status_code == 200
    file = tmp_path / "dossier.json"
    file.write_bytes(answer.content)
    assert verifier.main([str(file)]) == 0
    dossier = json.loads(answer.content)
    assert all(check["met"] for check in dossier["checks"])
    acts = [json.loads(receipt["entry"])["act"] for receipt in dossier["receipts"]]
    assert acts[-1] == "project.close_diligent"
    assert any(act.startswith("verdict.") for act in acts)
    last = json.loads(dossier["receipts"][-1]["entry"])
    assert last["data"]["dossier"] == dossier["texts"][0]["hash"]

    dossier["receipts"][0]["entry"] = dossier["receipts"][0]["entry"].replace("project", "projekt", 1)
    file.write_text(json.dumps(dossier), "utf-8")
    assert verifier.main([str(file)]) == 1
    assert "does not stand in the ledger" in capsys.readouterr().out


def test_a_dossier_is_for_those_who_may_read_what_was_tried(award: Make) -> None:
    one = award("young-lump-sum")
    address = reverse("outcomes:dossier", args=[one.project.pk])
    client = Client()
    client.force_login(one.lead)
    assert client.get(address).status_code == 404  # nothing is closed yet
    close(one, "close_diligent")
    client.force_login(one.world.stranger)
    assert client.get(address).status_code == 404
