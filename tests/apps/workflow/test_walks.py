"""Random walks over real records of every type: only what the type grants ever happens, and all of it is proved."""

import datetime as dt
import random
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.apps.conftest import World
from tests.conftest import drawn
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.audit.facade import history, tree_head
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment, Expert
from yuantou.apps.workflow.facade import SYSTEM, change_state, publish_programme_types, roles_of
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import Transition
from yuantou.kernel.errors import NotAllowedError, StaleError

pytestmark = pytest.mark.django_db
STEPS = 60


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw the types that walk."""
    if "type_id" in metafunc.fixturenames:
        metafunc.parametrize("type_id", drawn(metafunc.config, [path.stem for path in PATHS], 2))


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
    plan = world.call.programme_type.programme.project
    final, first = plan.final.id, Gate(plan_id="first", due_at=world.now)
    first.project = project
    first.save()
    return {
        "project": project,
        "report": Report.objects.create(project=project, plan_id=final, number=1, due_at=world.now),
        "gate": first,
        "verdict": Verdict.objects.create(project=project, person=world.reviewer.person, due_at=world.now),
        "change": Change.objects.create(project=project, plan_id=plan.changes[0].id, reason="Ill", asked_at=world.now),
        "instalment": Instalment.objects.create(project=project, plan_id=plan.instalments[0].id, position=1, amount=1),
        "call": call,
        "proposal": proposal,
        "assignment": Assignment.objects.create(call=call, proposal=proposal, expert=expert, created_at=world.now),
        "decision_list": DecisionList.objects.create(
            call=call, ranking=ranking, rule="line", budget=1, created_at=world.now
        ),
    }


def kept(record: Any) -> tuple[Any, ...]:
    """All that a step may leave behind: state and version as stored, and the length of the ledger."""
    stored = type(record).objects.get(pk=record.pk)
    return stored.state, stored.version, tree_head()


def roles(who: Any, record: Any) -> set[str]:
    return {"system"} if who == SYSTEM else set(roles_of(who, record))


def test_whatever_is_tried_only_steps_of_the_type_by_their_actors_come_into_the_ledger(
    world: World, type_id: str, let_hold: Any
) -> None:
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    rng, total = random.Random(type_id), 0
    people = [world.officer, world.signatory, world.office, world.applicant, world.reviewer, world.stranger, SYSTEM]
    for kind, record in records(world).items():
        machine = record.programme.machine(kind)
        taken: list[tuple[set[str], dict[str, bool], str]] = []
        for turn in range(STEPS):
            live = [step for step in machine.transitions if record.state in step.sources]
            wanted = rng.choice(live) if live and rng.random() < 0.8 else rng.choice(machine.transitions)
            who, why = rng.choice(people), rng.choice(["", "because"])
            facts = {guard: rng.random() < 0.8 for guard in wanted.guards}
            let_hold(facts)
            asked = {"user": who, "now": world.now + dt.timedelta(seconds=turn), "reason": why}
            held = roles(who, record)
            if _try(kind, record, wanted, asked):
                taken.append((held, facts, why))
        events = history(kind, str(record.pk))
        assert len(events) == len(taken)
        states = [machine.initial, *[event.data["to"] for event in events]]
        assert [event.data["from"] for event in events] == states[:-1]
        assert type(record).objects.get(pk=record.pk).state == states[-1]
        for event, (held, facts, why) in zip(events, taken, strict=True):
            [step] = [one for one in machine.transitions if f"{kind}.{one.id}" == event.act]
            assert event.data["from"] in step.sources
            assert event.data["to"] == step.target
            assert held & set(step.actors)
            assert all(facts[guard] for guard in step.guards)
            assert why or not step.needs_reason
        total += len(taken)
    assert total > 10


def _try(kind: str, record: Any, step: Transition, asked: dict[str, Any]) -> bool:
    """Try a step: refused, it leaves nothing behind; taken, the same page cannot take it once more."""
    before = kept(record)
    state, version, _head = before
    try:
        with transaction.atomic():
            change_state(record, step.id, **asked)
    except NotAllowedError:
        assert kept(record) == before
        assert (record.state, record.version) == (state, version)
        return False
    assert (record.state, record.version) == (step.target, version + 1)
    after = kept(record)
    with pytest.raises((StaleError, NotAllowedError)), transaction.atomic():
        old = type(record).objects.get(pk=record.pk)
        old.state, old.version = state, version
        change_state(old, step.id, **asked)
    assert kept(record) == after
    return True


class UndoneError(Exception):
    """Takes back what was tried."""


def test_a_step_with_all_that_it_takes_happens_and_each_single_violation_is_refused(
    world: World, type_id: str, monkeypatch: pytest.MonkeyPatch, let_hold: Any
) -> None:
    """Roles and facts are given here as wanted; that people have those that they should is the matter of the matrix."""
    world.call.programme_type = ProgrammeTypeVersion.objects.get(type_id=type_id)
    given: set[str] = set()
    monkeypatch.setattr("yuantou.apps.workflow.domain.roles_of", lambda user, record: frozenset(given))
    tried = dict.fromkeys(("role", "state", "guard", "reason"), 0)

    def refused(code: str, record: Any, step: Transition, **violation: Any) -> None:
        before = kept(record)
        with pytest.raises(NotAllowedError) as error:
            _change(record, step, violation)
        assert error.value.code == f"not_allowed.{code}", (record, step, violation)
        assert kept(record) == before
        tried[code] += 1

    def _change(record: Any, step: Transition, violation: dict[str, Any]) -> None:
        asked = {"facts": dict.fromkeys(step.guards, True), "reason": "because"} | violation
        let_hold(asked["facts"])
        fresh = type(record).objects.get(pk=record.pk)
        change_state(fresh, step.id, user=world.stranger, now=world.now, reason=asked["reason"])

    for kind, record in records(world).items():
        machine = record.programme.machine(kind)
        for state in machine.states:
            type(record).objects.filter(pk=record.pk).update(state=state.id)
            for step in machine.transitions:
                given = {step.actors[0]}
                if state.id not in step.sources:
                    refused("state", record, step)
                    continue
                before = kept(record)
                with pytest.raises(UndoneError), transaction.atomic():
                    _change(record, step, {})
                    assert kept(record)[:2] == (step.target, before[1] + 1)
                    assert history(kind, str(record.pk))[-1].act == f"{kind}.{step.id}"
                    raise UndoneError
                for guard in step.guards:
                    rest = dict.fromkeys(step.guards, True)
                    refused("guard", record, step, facts=rest | {guard: False})
                if step.needs_reason:
                    refused("reason", record, step, reason=" ")
                given = {actor for one in machine.transitions for actor in one.actors} - set(step.actors)
                refused("role", record, step)
    assert min(tried.values()) > 5, tried


def test_a_proposal_keeps_the_version_it_began_under(world: World, tmp_path: Path) -> None:
    proposal, old = world.proposal(), world.programme
    text, changed = re.subn(r"^version = \d+$", f"version = {old.version + 1}", old.source, flags=re.MULTILINE)
    assert changed == 1
    text, changed = re.subn(r"^count = 3$", "count = 4", text, flags=re.MULTILINE)
    assert changed == 1
    for name, parent in old.parents.items():
        (tmp_path / f"_{name}.toml").write_text(parent, "utf-8")
    (tmp_path / f"{old.type_id}.toml").write_text(text, "utf-8")
    [new] = publish_programme_types(now=world.now, folder=tmp_path)
    assert (new.version, new.programme.review.count) == (old.version + 1, 4)
    stored = Proposal.objects.get(pk=proposal.pk)
    assert (stored.programme.source_hash, stored.programme.review.count) == (old.source_hash, 3)
    assert new.source_hash != old.source_hash
