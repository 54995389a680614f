"""Every programme type runs a whole call through the apps by configuration alone, and so does a thirteenth file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.workflow.journey import Journey
from tests.conftest import drawn
from tests.engines.workflow.test_simulate import PATHS, THIRTEENTH
from yuantou.apps.audit.facade import export_ledger, history
from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import publish_programme_types
from yuantou.apps.workflow.models import Letter, ProgrammeTypeVersion
from yuantou.engines.ledger.verifier import verify
from yuantou.engines.workflow.model import BudgetRegime

pytestmark = pytest.mark.django_db


@pytest.fixture
def drive(world: World, django_capture_on_commit_callbacks) -> Callable[[ProgrammeTypeVersion], Journey]:
    """Take a call of a type from its draft to the closure of the project that it awards."""

    def run(row: ProgrammeTypeVersion) -> Journey:
        journey = Journey(world, row, lambda: django_capture_on_commit_callbacks(execute=True))
        journey.open()
        for user in (world.applicant, world.member):
            journey.submit(user)
        journey.review()
        journey.decide()
        journey.agree()
        journey.carry_out()
        journey.close()
        return journey

    return run


def closed(journey: Journey, folder: Path) -> None:
    """Everything that holds at the end of any call."""
    call = Call.objects.get(pk=journey.call.pk)
    assert call.state == "decided"
    assert sorted(journey.states()) == ["awarded", "declined"]  # by a draw, either may be the one
    for proposal in Proposal.objects.filter(call=call):
        acts = [event.act for event in history("proposal", proposal.pk)]
        steps = [act for act in acts if act.startswith("proposal.") and act != "proposal.draft"]
        assert steps[:2] == ["proposal.start", "proposal.submit"]
        assert steps[-1] in {"proposal.award", "proposal.decline"}
        assert proposal.programme.source_hash == journey.row.source_hash
    letters = set(Letter.objects.filter(kind="proposal").values_list("template", flat=True))
    assert {"submitted", "endorsed", "accepted", "awarded", "declined"} <= letters
    project = journey.project
    assert project.state == "achieved"
    assert set(project.instalments.values_list("state", flat=True)) == {"released"}
    months = [due[2] for due in journey.programme.project.calendar(project.months)]
    assert project.reports.filter(state="accepted").count() == len(months)
    assert project.gates.filter(state="judged").count() == len(journey.programme.project.gates)
    assert [event.act for event in history("project", project.pk)][-2:] == ["project.hand_in", "project.close_achieved"]
    won = Proposal.objects.get(call=call, state="awarded")
    assert Client().get(reverse("decisions:award", args=[won.pk])).status_code == 200
    export_ledger(folder)
    assert verify(folder) == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw the types that run their course; one runs on every database."""
    if "type_id" in metafunc.fixturenames:
        others = [path.stem for path in PATHS if path.stem != "consortium"]
        always = pytest.param("consortium", marks=pytest.mark.database)
        metafunc.parametrize("type_id", [always, *drawn(metafunc.config, others, 4)])


def test_a_type_runs_from_call_to_closure(world: World, drive, tmp_path: Path, type_id: str) -> None:
    journey = drive(ProgrammeTypeVersion.objects.get(type_id=type_id))
    closed(journey, tmp_path)
    if journey.programme.budget.regime is BudgetRegime.LUMP_SUM:
        assert not [key for key in journey.sent[0].answers if key.startswith("budget_")]
    awards = Client().get(reverse("decisions:awards"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert ("shifts" in awards) == (journey.programme.budget.currency == "shift")


@pytest.mark.database
def test_a_thirteenth_type_is_one_file_and_runs_from_call_to_closure(world: World, drive, tmp_path: Path) -> None:
    folder = tmp_path / "types"
    folder.mkdir()
    for shared in ("_standard.toml", "_facts.toml"):
        (folder / shared).write_text((PATHS[0].parent / shared).read_text("utf-8"), "utf-8")
    (folder / "seed-grants.toml").write_text(THIRTEENTH, "utf-8")
    [row] = publish_programme_types(now=world.now, folder=folder)
    journey = drive(row)
    closed(journey, tmp_path / "export")
    assert journey.sent[0].number.startswith("2026-SG-")
