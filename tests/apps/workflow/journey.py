"""Drives a call of any programme type through the verbs of the apps; nothing here knows one type from another."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from tests.apps.conftest import World
from yuantou.apps.accounts.models import User
from yuantou.apps.calls import appointing
from yuantou.apps.calls import domain as calls
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions import domain as decisions
from yuantou.apps.decisions import draws
from yuantou.apps.decisions.models import DecisionList, Draw
from yuantou.apps.decisions.rankings import start_ranking
from yuantou.apps.hearing import domain as hearing
from yuantou.apps.projects import agreement, assess, closure, duties
from yuantou.apps.projects.facade import follow_projects
from yuantou.apps.projects.judges import named_for, roles_at
from yuantou.apps.projects.models import Gate, Part, Project, Report
from yuantou.apps.proposals import domain as proposals
from yuantou.apps.proposals import signed, team
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.statements import seen_now, written_by_others
from yuantou.apps.registry.facade import save_career
from yuantou.apps.registry.models import Affiliation, Authorship, Organisation, Person, Work
from yuantou.apps.review import domain as review
from yuantou.apps.review.models import Assignment, Expert, Nomination, Review
from yuantou.apps.review.runs import start_matching, start_review
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.selection import verify_draw
from yuantou.engines.workflow import Field, ProgrammeType, ReviewPhase
from yuantou.engines.workflow.model import FieldType

COMMENT = "The question is important and clear; the approach fits, but alternatives should be said."
PLACES = [("内地大学", "Inland University", "CN"), ("海滨研究院", "Seaside Academy", "CN"), ("", "Fjord College", "SE")]


def middle_of(programme: ProgrammeType) -> int:
    """Return an amount between the limits of a type."""
    plan = programme.budget
    return int(plan.floor + (plan.ceiling or plan.floor + 1_000_000)) // 2


def answer(item: Field, programme: ProgrammeType) -> str:
    """Return what a sensible applicant types into a field of any type."""
    middle = middle_of(programme)
    if item.id == programme.budget.asked:
        return str(middle)
    if item.id == "budget_partners":
        return f"Partner {middle}"
    typed = {
        FieldType.MONEY: str(middle / 2),
        FieldType.INTEGER: str(int(item.low or 1)),
        FieldType.CHOICE: item.choices[0][0] if item.choices else "",
        FieldType.YES: "on",
        FieldType.DISCIPLINE: "A01",
        FieldType.KEYWORDS: "superconductivity; topology",
    }
    return typed.get(item.type, "Majorana zero modes in superconductors")


@dataclass
class Journey:
    """One call with two proposals and enough experts."""

    world: World
    row: ProgrammeTypeVersion
    jobs: Callable[[], AbstractContextManager[Any]]
    call: Call = field(init=False)
    sent: list[Proposal] = field(init=False, default_factory=list)

    @property
    def middle(self) -> int:
        """The amount that both proposals ask for: a budget of one and a half reaches for one."""
        return middle_of(self.programme)

    @property
    def programme(self) -> ProgrammeType:
        """The type that is driven."""
        return self.row.programme

    def open(self) -> None:
        """An officer makes and publishes the call."""
        world = self.world
        self.call = calls.create_call(programme_type=self.row, agency=world.agency, user=world.officer, now=world.now)
        titles = dict.fromkeys(("title_zh", "title_en", "guide_zh", "guide_en"), self.programme.name.zh)
        values = {
            **titles,
            "opens_at": world.now - dt.timedelta(hours=1),
            "closes_at": world.now + dt.timedelta(days=30),
            "budget": self.middle * 3 // 2,
            "reviews_wanted": self.programme.review.count,
        }
        values["terms"] = {term.id: "100" for term in self.programme.terms}
        self.call = calls.save_call(call=self.call, values=values, user=world.officer, version=None)
        self._name_people()
        calls.publish_call(call=self.call, user=world.officer, now=world.now)

    def _name_people(self) -> None:
        """Whoever the type wants named before the call opens: each of a house of their own."""
        for role in self.programme.appointed:
            home = Organisation.objects.create(name_en=f"House of the {role}")
            user = self.world.user(role, home)
            Expert.objects.create(person=user.person, active=False)
            appointing.appoint(
                call=self.call, role=role, person=user.person, user=self.world.officer, now=self.world.now
            )

    def submit(self, user: User) -> Proposal:
        """An applicant writes, finds partners who consent, and submits; the office endorses, the officer accepts."""
        world, now = self.world, self.world.now
        values = {"birth_date": dt.date(1994, 5, 6), "sex": "f", "independent_since": dt.date(2021, 1, 1)}
        save_career(person=user.person, values={**values, "leave_months": 0}, actor=user.actor, now=now)
        draft = proposals.start_proposal(call=self.call, user=user, now=now)
        posted = {key: answer(item, self.programme) for item in self.programme.fields for key in item.keys}
        draft = proposals.save_answers(proposal=draft, posted=posted, user=user, now=now, version=draft.version)
        self._partners(draft, user)
        self._statements(Proposal.objects.get(pk=draft.pk), user)
        draft = Proposal.objects.get(pk=draft.pk)
        assert [found.label.en for found in proposals.obstacles(draft, now)] == []
        proposals.submit_proposal(proposal=draft, user=user, now=now, version=draft.version)
        for verb, by in ((proposals.endorse_proposals, world.office), (proposals.accept_proposals, world.officer)):
            assert verb(proposals=[Proposal.objects.get(pk=draft.pk)], user=by, now=now).refused == {}
        self.sent.append(Proposal.objects.get(pk=draft.pk))
        return self.sent[-1]

    def _partners(self, draft: Proposal, user: User) -> None:
        for number, (zh, en, country) in enumerate(PLACES):
            home, _new = Organisation.objects.get_or_create(
                id=f"place{number}", defaults={"name_zh": zh, "name_en": en, "country": country}
            )
            partner = self.world.user(f"partner{number}of{user.pk}", home)
            member = team.invite_member(proposal=draft, email=partner.email, role="", user=user, now=self.world.now)
            team.answer_invitation(member=member, user=partner, confirm=True, now=self.world.now)

    def _statements(self, draft: Proposal, user: User) -> None:
        """Whoever the type wants to write and sign a part of the proposal does: from another house."""
        for _section, item in written_by_others(self.programme):
            writer = self.world.user(f"{item.writer}of{user.pk}", self.world.institute)
            asked = signed.ask_statement(
                proposal=draft, field=item.id, email=writer.email, user=user, now=self.world.now
            )
            seen = seen_now(draft, item.id)
            signed.sign_statement(statement=asked, text=COMMENT, seen_hash=seen, user=writer, now=self.world.now)

    def review(self, *, until: str = "") -> None:
        """After the deadline: matching, invitations, and reviews by every criterion of each phase, or up to a phase."""
        officer, now = self.world.officer, self.world.now + dt.timedelta(days=31)
        calls.close_call(call=self.call, user=officer, now=now)
        self._experts()
        for number, phase in enumerate(self.programme.phases):
            now += dt.timedelta(days=1)
            if number:
                review.next_phase(call=self.call, user=officer, now=now)
            self.call.refresh_from_db()
            if until and phase.id == until:
                return
            if phase.judged:
                self.judge(phase, now)
            self._hear(phase, now)
            self.call.refresh_from_db()
        review.finish_review(call=self.call, user=officer, now=now)

    def judge(self, phase: ReviewPhase, now: dt.datetime) -> None:
        """A phase in which sheets are written: by those named for the call, or by experts whom the matching finds."""
        officer = self.world.officer
        if set(phase.actors) & set(self.programme.appointed):
            if self.call.state == "closed":
                start_review(call=self.call, user=officer, now=now)
            review.ask_appointed(call=self.call, user=officer, now=now)
        else:
            with self.jobs():
                start_matching(call=self.call, user=officer, now=now, reviews=phase.count, max_load=9, seed=1)
        review.release(call=self.call, user=officer, now=now)
        rows = Assignment.objects.filter(call=self.call, phase=phase.id)
        assert rows.count() == len(self.sent) * phase.count
        for number, row in enumerate(rows):
            self._write(row, number, now)

    def _hear(self, phase: ReviewPhase, now: dt.datetime) -> None:
        """What applicants and experts say to one another in a phase."""
        for proposal in self.sent:
            for response in proposal.responses.filter(phase=phase.id):
                user = proposal.applicant.user
                kept = hearing.save_response(response=response, text="We agree.", user=user, now=now, version=0)
                hearing.give_response(response=kept, user=user, now=now)
            for debate in proposal.debates.filter(phase=phase.id):
                for row in Assignment.objects.filter(proposal=proposal, phase=phase.id):
                    hearing.speak(debate=debate, text=f"As {row.role}.", user=row.expert.person.user, now=now)
                hearing.close_debate(debate=debate, summary="Both are heard.", user=self.world.officer, now=now)

    def _experts(self) -> None:
        """A pool in which every mix can be found: some from abroad, some of users, some named by each agency."""
        pots = self.programme.decision.pots
        for number in range(2 * self.programme.review.count + 2):
            country = "SE" if number % 3 == 0 else "CN"
            home = Organisation.objects.create(name_en=f"Institute of Springs {number}", country=country)
            person = Person.objects.create(name_en=f"Expert Number{number}", email=f"e{number}@example.org")
            Affiliation.objects.create(person=person, organisation=home)
            work = Work.objects.create(title=f"Majorana zero modes in superconductors {number}", year=2024)
            Authorship.objects.create(work=work, person=person, name=person.name_en, position=1)
            expert = Expert.objects.create(person=person, user_side=number % 2 == 1)
            if len(pots) > 1:
                pot = pots[number % len(pots)]
                Nomination.objects.create(call=self.call, expert=expert, pot=pot, at=self.world.now)
            User.objects.create_user(person.email, "x", person=person)

    def _write(self, row: Assignment, number: int, now: dt.datetime) -> None:
        user, scale = row.expert.person.user, self.programme.review.scale
        review.accept_invitation(assignment=row, user=user, now=now)
        first = row.proposal_id == self.sent[0].pk
        grade = int(scale.high) - (0 if first else 2) - number % 2
        scores = {f"score_{c.id}": str(grade) for c in row.stage.criteria}
        sheet = Review.objects.get(assignment=row)
        values = {**scores, "familiarity": "2", "comments": COMMENT}
        review.save_review(review=sheet, values=values, user=user, now=now, version=0)
        review.submit_review(review=sheet, user=user, now=now)

    def decide(self) -> None:
        """Ranking, the list by the rule of the type, signature and publication."""
        officer, now = self.world.officer, self.world.now + dt.timedelta(days=60)
        with self.jobs():
            ranking = start_ranking(call=self.call, user=officer, now=now, seed=1)
        made = decisions.draft_list(ranking=ranking, user=officer, now=now)
        self._draw(made, now)
        digest = decisions.hash_of(made)
        decisions.sign_list(decision_list=made, seen_hash=digest, user=self.world.signatory, now=now)
        with self.jobs():
            decisions.start_publishing(decision_list=made, user=officer, now=now)

    def _draw(self, made: DecisionList, now: dt.datetime) -> None:
        """Where the rule draws: both parties commit, the entries are frozen, both reveal."""
        draw = Draw.objects.filter(decision_list=made).first()
        if draw is None:
            return
        parties = {"officer": self.world.officer, "signatory": self.world.signatory}
        for party, user in parties.items():
            draws.commit_secret(draw=draw, party=party, secret=party * 8, user=user, now=now)
        draws.freeze(draw=draw, user=self.world.officer, now=now)
        for party, user in parties.items():
            draws.reveal(draw=draw, party=party, secret=party * 8, user=user, now=now)
        draw.refresh_from_db()
        assert verify_draw(draw.document) == []

    def states(self) -> Iterator[str]:
        """Where the proposals are now."""
        return iter(Proposal.objects.filter(call=self.call).order_by("number").values_list("state", flat=True))

    # --- what follows the award ---------------------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """The project of the call that was awarded, as it is now."""
        return Project.objects.get(call=self.call)

    def agree(self) -> None:
        """The lead writes the agreement, partners consent, institution and agency sign."""
        world, now, project = self.world, self.world.now + dt.timedelta(days=70), self.project
        lead, plan = project.holder.user, self.programme.project
        parts = list(project.parts.all())
        rest = {part.position: project.amount if part.position == 1 else 0 for part in parts}
        values = {"goals": "What is to be reached", "pledge": True}
        values |= {f"line_{item.id}": "0" for item in plan.lines[1:]}
        values |= {f"line_{item.id}": str(project.amount) for item in plan.lines[:1]}
        values |= {f"task_{part.position}": "A work package" for part in parts}
        values |= {f"amount_{position}": str(amount) for position, amount in rest.items()}
        agreement.save_agreement(project=project, values=values, user=lead, version=project.version)
        for part in Part.objects.filter(project=project, member__isnull=False):
            agreement.consent(part=part, seen_hash=part.seal, user=part.member.person.user, now=now)
        agreement.hand_agreement(project=self.project, user=lead, now=now)
        agreement.endorse_agreement(project=self.project, seen_hash=self.project.plan_hash, user=world.office, now=now)
        agreement.countersign(project=self.project, seen_hash=self.project.plan_hash, user=world.officer, now=now)

    def carry_out(self) -> None:
        """Reports and gates, each on its day; the chore of the platform brings the project to its gates."""
        officer, lead = self.world.officer, self.project.holder.user
        for gate in self.project.gates.all():
            by = {"holder": lead, "officer": officer}[gate.plan.registrar]
            tests = duties.frozen_tests(gate) or "Gap above 1 meV"
            duties.register_tests(gate=gate, tests=tests, user=by, now=self.world.now)
        days = [*self.project.reports.all(), *self.project.gates.all()]
        for duty in sorted(days, key=lambda duty: duty.due_at):
            if isinstance(duty, Report):
                row = duties.save_report(report=duty, text="What was done", user=lead, version=duty.version)
                duties.submit_report(report=row, user=lead, now=duty.due_at)
                if not duty.plan.filed:
                    duties.accept_reports(reports=[row], user=officer, now=duty.due_at)
            else:
                self._pass(duty)

    def _pass(self, gate: Gate) -> None:
        officer, now = self.world.officer, gate.due_at + dt.timedelta(minutes=5)
        follow_projects(now=now)
        assert self.project.state == "at_gate"
        fresh = Gate.objects.get(pk=gate.pk)
        duties.answer_gate(gate=fresh, results="1.2 meV in two samples", user=self.project.holder.user, now=now)
        self._opinions(gate, gate.plan.judges, now)
        duties.judge_gate(gate=Gate.objects.get(pk=gate.pk), outcome="advance", reason="Passed.", user=officer, now=now)

    def _opinions(self, gate: Gate | None, count: int, now: dt.datetime) -> None:
        named = named_for(self.project, gate) if roles_at(self.project, gate) else Expert.objects.filter(active=True)
        experts = list(named.order_by("pk")[:count])
        for row in assess.appoint(project=self.project, gate=gate, experts=experts, user=self.world.officer, now=now):
            template = self.programme.project.evaluation
            marks = {question.id: template.grades[0].id for question in template.questions}
            assess.give_verdict(verdict=row, marks=marks, opinion=COMMENT, user=row.person.user, now=now)

    def close(self, action: str = "close_achieved") -> None:
        """Closure by experts without conflicts, after the template of the type."""
        officer, lead, now = self.world.officer, self.project.holder.user, self.project.ends_at
        closure.write_dossier(project=self.project, tried="Two routes; one failed.", outcome="A gap.", user=lead)
        closure.hand_in(project=self.project, user=lead, now=now)
        self._opinions(None, self.programme.project.evaluation.judges, now)
        ticked = [item.id for item in self.programme.project.diligence]
        closure.close_project(
            project=self.project, action=action, reason="As the experts say.", user=officer, now=now, diligence=ticked
        )
