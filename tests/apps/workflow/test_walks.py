"""Random walks over real records of every type: only what the type grants ever happens, and all of it is proved."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import transaction

from tests.apps.conftest import World
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.audit.facade import history
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Expert
from yuantou.apps.workflow.facade import SYSTEM, change_state, roles_of
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import Machine, Transition
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = [pytest.mark.django_db, pytest.mark.deep]
STEPS = 60


def records(world: World) -> dict[str, Any]:
    """One fresh record for each machine that has a table."""
    call = Call.objects.create(programme_type=world.call.programme_type, agency=world.agency, created_at=world.now)
    proposal = world.proposal(call=call)
    expert = Expert.objects.create(person=world.reviewer.person)
    job = Job.objects.create(kind="ranking", subject=call.pk, owner=world.officer, created_at=world.now)
    ranking = Ranking.objects.create(call=call, job=job, created_at=world.now)
    assessed = world.proposal(call=call)
    project = Project.objects.create(
        proposal=assessed,
        call=call,
        holder=world.applicant.person,
        organisation=world.university,
        amount=1,
        months=12,
        created_at=world.now,
        state=world.call.programme_type.programme.machine("project").initial,
    )
    final, first = world.call.programme_type.programme.project.final.id, Gate(plan_id="first", due_at=world.now)
    first.project = project
    first.save()
    return {
        "project": project,
        "report": Report.objects.create(project=project, plan_id=final, number=1, due_at=world.now),
        "gate": first,
        "verdict": Verdict.objects.create(project=project, person=world.reviewer.person, due_at=world.now),
        "change": Change.objects.create(project=project, plan_id="person", reason="Ill", asked_at=world.now),
        "instalment": Instalment.objects.create(project=project, plan_id="whole", position=1, amount=1),
        "call": call,
        "proposal": proposal,
        "assignment": Assignment.objects.create(call=call, proposal=proposal, expert=expert, created_at=world.now),
        "decision_list": DecisionList.objects.create(
            call=call, ranking=ranking, rule="line", budget=1, created_at=world.now
        ),
    }


def expected(machine: Machine, state: str, action: str, roles: set[str], facts: dict[str, bool], why: str) -> bool:
    """Say from the text of the type alone whether a step is granted."""
    step = machine.transition(action)
    return (
        step is not None
        and state in step.sources
        and bool(roles & set(step.actors))
        and all(facts.get(guard) for guard in step.guards)
        and (bool(why.strip()) or not step.needs_reason)
    )


@pytest.mark.parametrize("type_id", [path.stem for path in PATHS])
def test_a_walk_takes_exactly_the_steps_that_the_type_grants(world: World, type_id: str) -> None:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    rng = random.Random(type_id)
    people = [world.officer, world.signatory, world.office, world.applicant, world.reviewer, world.stranger, SYSTEM]
    for kind, record in records(world).items():
        machine, taken = record.programme.machine(kind), 0
        for step in range(STEPS):
            live = [t for t in machine.transitions if record.state in t.sources]
            wanted = rng.choice(live) if live and rng.random() < 0.8 else rng.choice(machine.transitions)
            who, why = rng.choice(people), rng.choice(["", "because"])
            facts = {guard: rng.random() < 0.8 for guard in wanted.guards}
            taken += _try(machine, kind, record, wanted, who, facts, why, world.now + dt.timedelta(seconds=step))
        events = history(kind, str(record.pk))
        assert len(events) == taken
        states = [machine.initial, *[event.data["to"] for event in events]]
        assert [event.data["from"] for event in events] == states[:-1]
        assert type(record).objects.get(pk=record.pk).state == states[-1]


def _try(
    machine: Machine, kind: str, record: Any, step: Transition, who: Any, facts: dict[str, bool], why: str, now: Any
) -> int:
    """Try a step; it happens if and only if the type grants it, and leaves nothing behind if not."""
    before, version = record.state, record.version
    roles = {"system"} if who == SYSTEM else set(roles_of(who, record))
    granted = expected(machine, before, step.id, roles, facts, why)
    try:
        with transaction.atomic():
            change_state(record, step.id, machine=kind, user=who, now=now, facts=facts, reason=why)
    except NotAllowedError:
        assert not granted
        assert (record.state, record.version) == (before, version)
        return 0
    assert granted
    assert (record.state, record.version) == (step.target, version + 1)
    with pytest.raises((StaleError, NotAllowedError)), transaction.atomic():  # the same step from an old page
        old = type(record).objects.get(pk=record.pk)
        old.state, old.version = before, version
        change_state(old, step.id, machine=kind, user=who, now=now, facts=facts, reason=why)
    return 1


@pytest.mark.parametrize("type_id", [path.stem for path in PATHS])
def test_no_final_state_is_ever_left(world: World, type_id: str) -> None:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    for kind, record in records(world).items():
        machine = record.programme.machine(kind)
        leaving = {source for step in machine.transitions for source in step.sources}
        for state in machine.states:
            if state.final and state.id not in leaving:
                type(record).objects.filter(pk=record.pk).update(state=state.id)
                record.refresh_from_db()
                for step in machine.transitions:
                    facts = dict.fromkeys(step.guards, True)
                    with pytest.raises(NotAllowedError):
                        change_state(record, step.id, machine=kind, user=SYSTEM, now=world.now, facts=facts, reason="x")


def test_a_proposal_keeps_the_version_it_began_under(world: World) -> None:
    proposal = world.proposal()
    before = proposal.programme.source_hash
    old = world.programme
    text = old.source.replace("version = 1", "version = 99").replace("count = 3", "count = 4")
    ProgrammeTypeVersion.objects.create(
        type_id=old.type_id, version=99, source=text, parents=old.parents, source_hash="x", created_at=world.now
    )
    assert Proposal.objects.get(pk=proposal.pk).programme.source_hash == before
