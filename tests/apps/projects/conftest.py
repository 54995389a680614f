"""An award of any type, and the verbs that carry it as far as a test needs it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.test import Client

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import Act, append_many
from yuantou.apps.calls.facade import hash_of_terms
from yuantou.apps.decisions.models import Decision, DecisionList, Ranking
from yuantou.apps.jobs.models import Job
from yuantou.apps.projects import agreement, assess, duties
from yuantou.apps.projects.calendar import follow_projects
from yuantou.apps.projects.models import Gate, Project, Report, Verdict
from yuantou.apps.registry.models import Organisation
from yuantou.apps.review.models import Expert
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import ProgrammeType

AMOUNT = 600_000


@dataclass
class Award:
    """One award and its project."""

    world: World
    row: ProgrammeTypeVersion
    project_id: str = field(init=False)
    now: dt.datetime = field(init=False)
    experts: list[Expert] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.world.now
        self.world.call.programme_type = self.row
        self.world.call.terms = {term.id: f"The {term.id}" for term in self.programme.terms}
        self.world.call.save()
        if self.programme.terms:  # the call of the world began open; what it froze then is in the ledger
            data = {"terms_hash": hash_of_terms(self.world.call)}
            append_many([Act(self.now, self.world.officer.pk, "call.publish", "call", self.world.call.pk, data)])
        self.project_id = self.begin(self.world.applicant, number="2026-XX-000001").pk

    def begin(self, user: User, *, number: str) -> Project:
        """Award a proposal of somebody."""
        world, call = self.world, self.world.call
        answers = {"months": self.programme.project.months[0], "abstract_zh": "摘要", "public_summary_zh": "科普"}
        answers |= {agency.field: AMOUNT // 2 for agency in self.programme.project.agencies}
        proposal = world.proposal(applicant=user.person, state="awarded", number=number, answers=answers)
        job = Job.objects.create(kind="ranking", subject=call.pk, owner=world.officer, created_at=self.now)
        ranking = Ranking.objects.create(call=call, job=job, created_at=self.now)
        made = DecisionList.objects.create(
            call=call, ranking=ranking, rule="line", budget=AMOUNT, state="published", created_at=self.now
        )
        award = Decision.objects.create(
            decision_list=made, proposal=proposal, position=1, by_rule="fund", outcome="fund", amount=AMOUNT
        )
        return agreement.begin_project(award, now=self.now)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return Project.objects.get(pk=self.project_id)

    @property
    def programme(self) -> ProgrammeType:
        """Its type."""
        return self.row.programme

    @property
    def lead(self) -> User:
        """Who leads it now."""
        return User.objects.get(person=self.project.holder_id)

    def written(self) -> None:
        """The agreement is complete, and partners have consented."""
        project = self.project
        values: dict[str, object] = {"goals": "A gap of 1 meV", "pledge": True}
        values |= {f"line_{item.id}": "0" for item in self.programme.project.lines[1:]}
        values |= {f"line_{item.id}": str(AMOUNT) for item in self.programme.project.lines[:1]}
        values |= {f"task_{part.position}": "A work package" for part in project.parts.all()}
        agreement.save_agreement(project=project, values=values, user=self.lead, version=project.version)
        for part in self.project.parts.filter(member__isnull=False):
            agreement.consent(part=part, seen_hash=part.seal, user=part.member.person.user, now=self.now)

    def signed(self) -> None:
        """The agreement is signed by all: the project runs."""
        self.written()
        agreement.hand_agreement(project=self.project, user=self.lead, now=self.now)
        agreement.endorse_agreement(
            project=self.project, seen_hash=self.project.plan_hash, user=self.world.office, now=self.now
        )
        agreement.countersign(
            project=self.project, seen_hash=self.project.plan_hash, user=self.world.officer, now=self.now
        )

    def at_gate(self) -> Gate:
        """The first gate is reached, its tests registered beforehand."""
        gate = self.project.gates.first()
        assert gate is not None
        by = {"holder": self.lead, "officer": self.world.officer}[gate.plan.registrar]
        tests = duties.frozen_tests(gate) or "Gap above 1 meV"
        duties.register_tests(gate=gate, tests=tests, user=by, now=self.now)
        self.now = gate.due_at + dt.timedelta(minutes=1)
        follow_projects(now=self.now)
        return Gate.objects.get(pk=gate.pk)

    def answered(self) -> Gate:
        """The results of the first gate are in."""
        gate = self.at_gate()
        duties.answer_gate(gate=gate, results="1.2 meV", user=self.lead, now=self.now)
        return Gate.objects.get(pk=gate.pk)

    def expert(self, name: str) -> Expert:
        """An expert of another house."""
        home, _new = Organisation.objects.get_or_create(id="elsewhere", defaults={"name_en": "Elsewhere College"})
        user = self.world.user(name, home)
        return Expert.objects.create(person=user.person)

    def judged(self, gate: Gate | None, count: int, grade: int = 0) -> list[Verdict]:
        """As many experts as asked for give their opinion."""
        experts = [self.expert(f"judge{n}{'c' if gate is None else gate.plan_id}") for n in range(count)]
        asked = assess.appoint(project=self.project, gate=gate, experts=experts, user=self.world.officer, now=self.now)
        template = self.programme.project.evaluation
        for row in asked:
            marks = {question.id: template.grades[grade].id for question in template.questions}
            assess.give_verdict(verdict=row, marks=marks, opinion="Well done.", user=row.person.user, now=self.now)
        return asked

    def reported(self) -> None:
        """Every report is submitted and accepted."""
        for row in Report.objects.filter(project=self.project).exclude(state="accepted"):
            saved = duties.save_report(report=row, text="What was done", user=self.lead, version=row.version)
            duties.submit_report(report=saved, user=self.lead, now=self.now)
            if not row.plan.filed:
                duties.accept_reports(reports=[saved], user=self.world.officer, now=self.now)

    def browser(self, user: User) -> Client:
        """The browser of somebody."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client


@pytest.fixture
def award(world: World) -> Callable[[str], Award]:
    """Make an award of a type by its id."""

    def make(type_id: str) -> Award:
        return Award(world, ProgrammeTypeVersion.objects.get(type_id=type_id))

    return make
