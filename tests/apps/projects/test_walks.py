"""Random walks of projects of every type through the verbs of the app: whatever people try, the promises hold."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.apps.projects.conftest import AMOUNT, Award
from tests.conftest import drawn
from tests.engines.workflow.test_simulate import PATHS
from yuantou.apps.audit.facade import history
from yuantou.apps.projects import agreement, assess, changes, closure, duties, money
from yuantou.apps.projects.calendar import follow_projects
from yuantou.apps.projects.models import Project
from yuantou.apps.workflow.facade import tagged
from yuantou.engines.workflow.project_plan import START
from yuantou.kernel.errors import YuantouError

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]
TRIES = 70


USEFUL = {
    "awarded": ["write", "hand"],
    "office_signing": ["endorse"],
    "agency_signing": ["countersign"],
    "active": ["wait", "register", "report", "dossier", "close", "change", "pay"],
    "at_gate": ["gate", "gate", "dossier", "pay"],
    "closing": ["close"],
}
"""What one would usually do in a state."""


class Crowd:
    """Everybody tries everything, mostly whose turn it is."""

    def __init__(self, one: Award, rng: random.Random) -> None:
        self.one, self.rng, self.now = one, rng, one.now
        world = one.world
        self.people = [world.officer, world.office, world.stranger, world.signatory]
        self.experts = [one.expert(f"expert{n}") for n in range(4)]

    def somebody(self, usual: Any) -> Any:
        """The one whose turn it is, or anybody."""
        return usual if self.rng.random() < 0.85 else self.rng.choice([*self.people, self.one.lead])

    def try_one(self) -> None:
        """Take one try at one verb; what is refused leaves nothing behind."""
        project, before = self.one.project, self.one.project.version
        every = [name.removeprefix("do_") for name in dir(self) if name.startswith("do_")]
        name = self.rng.choice(USEFUL.get(project.state, every) if self.rng.random() < 0.8 else every)
        verb = getattr(self, f"do_{name}")
        try:
            with transaction.atomic():
                verb(project)
        except YuantouError:
            assert self.one.project.version == before

    def do_write(self, project: Project) -> None:
        if project.state == "awarded":
            self.one.written()

    def do_hand(self, project: Project) -> None:
        agreement.hand_agreement(project=project, user=self.somebody(self.one.lead), now=self.now)

    def do_endorse(self, project: Project) -> None:
        user = self.somebody(self.one.world.office)
        agreement.endorse_agreement(project=project, seen_hash=project.plan_hash, user=user, now=self.now)

    def do_countersign(self, project: Project) -> None:
        user = self.somebody(self.one.world.officer)
        agreement.countersign(project=project, seen_hash=project.plan_hash, user=user, now=self.now)

    def do_wait(self, _project: Project) -> None:
        self.now += dt.timedelta(days=self.rng.choice([30, 200, 400]))
        follow_projects(now=self.now)

    def do_report(self, project: Project) -> None:
        for row in project.reports.exclude(state="accepted"):
            duties.save_report(report=row, text="Done", user=self.somebody(self.one.lead), version=None)
            duties.submit_report(report=row, user=self.one.lead, now=self.now)
            if not row.plan.filed:
                duties.accept_reports(reports=[row], user=self.somebody(self.one.world.officer), now=self.now)

    def do_register(self, project: Project) -> None:
        for gate in project.gates.filter(state="planned"):
            usual = {"holder": self.one.lead, "officer": self.one.world.officer}[gate.plan.registrar]
            tests = duties.frozen_tests(gate) or "A test"
            duties.register_tests(gate=gate, tests=tests, user=self.somebody(usual), now=self.now)

    def do_gate(self, project: Project) -> None:
        gate = duties.next_gate(project)
        if gate is None:
            return
        if gate.state == "registered":
            duties.answer_gate(gate=gate, results="A result", user=self.somebody(self.one.lead), now=self.now)
        self._opinions(project, gate)
        outcome = self.rng.choices([*gate.plan.outcomes], [8] + [1] * (len(gate.plan.outcomes) - 1))[0]
        user = self.somebody(self.one.world.officer)
        duties.judge_gate(gate=gate, outcome=outcome, reason="As they say", user=user, now=self.now)

    def do_dossier(self, project: Project) -> None:
        closure.write_dossier(project=project, tried="Much", outcome="Little", user=self.somebody(self.one.lead))

    def do_close(self, project: Project) -> None:
        if project.state == "active" and self.rng.random() < 0.9:
            closure.hand_in(project=project, user=self.somebody(self.one.lead), now=self.now)
        if self.rng.random() < 0.8:
            self._opinions(self.one.project, None)
        checks = [item.id for item in project.programme.project.diligence][self.rng.randrange(2) :]
        closure.close_project(
            project=self.one.project, action=self.rng.choices(closure.ENDS, [6, 6, 2, 1])[0], reason="x", now=self.now,
            diligence=checks,
            user=self.somebody(self.one.world.officer),
        )  # fmt: skip

    def do_change(self, project: Project) -> None:
        by = self.somebody(self.one.lead)
        months = self.rng.choice(["3", "20"])
        changes.ask_change(
            project=project, kind="extension", values={"months": months}, reason="Ill", user=by, now=self.now
        )

    def do_pay(self, project: Project) -> None:
        for row in project.instalments.all():
            by = self.somebody(self.one.world.officer)
            money.record_payment(instalment=row, paid_on=self.now.date(), reference="A", user=by, now=self.now)

    def _opinions(self, project: Project, gate: Any) -> None:
        by = self.somebody(self.one.world.officer)
        for row in assess.appoint(project=project, gate=gate, experts=self.experts[:3], user=by, now=self.now):
            marks = {question.id: "met" for question in project.programme.project.evaluation.questions}
            if row.state == "invited":
                assess.give_verdict(verdict=row, marks=marks, opinion="Fine", user=row.person.user, now=self.now)


def promises(project: Project) -> None:
    """What holds at every moment of every project."""
    machine, plan = project.programme.machine("project"), project.programme.project
    events = [event for event in history("project", project.pk) if "to" in event.data]
    path = [machine.initial, *[event.data["to"] for event in events]]
    assert path[-1] == project.state
    assert [event.data["from"] for event in events] == path[:-1]
    assert not set(path[:-1]) & set(tagged("project", "ended"))  # no end is ever left
    assert sum(row.amount for row in project.instalments.all()) == AMOUNT
    passed = set(project.gates.filter(outcome="advance").values_list("plan_id", flat=True))
    for row in project.instalments.filter(state__in=["released", "paid"]):
        assert row.plan.after in passed or (row.plan.after == START and project.starts_at), row.plan.after
    for gate in project.gates.exclude(state="planned"):
        assert gate.registered_at is not None
        assert gate.state == "registered" or (gate.tests_hash and gate.results_hash)
    for gate in project.gates.filter(state="judged"):
        assert gate.verdicts.filter(state="given").count() >= gate.plan.judges
    open_days = [row.due_at for row in project.reports.filter(state__in=["due", "returned"])]
    open_days += [row.due_at for row in project.gates.filter(state__in=["planned", "registered"])]
    if project.state in {"active", "at_gate"}:
        assert project.due_at == min(open_days, default=None)
    if project.state in {"achieved", "diligent"}:
        assert not project.reports.exclude(state="accepted").exists()
        assert project.verdicts.filter(gate=None, state="given").count() >= plan.evaluation.judges
        assert project.state == "achieved" or len(project.diligence) == len(plan.diligence)
    if project.state in {"diligent", "honourably_stopped"}:
        assert project.tried
    if project.closed_at:
        assert project.due_at is None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw the types that walk."""
    metafunc.parametrize("type_id", drawn(metafunc.config, [path.stem for path in PATHS], 2))


def test_whatever_people_try_the_promises_of_a_project_hold(award: Make, type_id: str) -> None:
    one = award(type_id)
    crowd = Crowd(one, random.Random(type_id))
    for _turn in range(TRIES):
        crowd.try_one()
        promises(one.project)
