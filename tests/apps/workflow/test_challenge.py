"""Who poses a challenge never judges the own solver: refused at every step, by person and by house."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.conftest import World
from tests.apps.workflow.journey import Journey
from yuantou.apps.audit.facade import history
from yuantou.apps.calls import appointing
from yuantou.apps.calls import domain as calls
from yuantou.apps.calls.models import Appointment, Call
from yuantou.apps.projects import assess, duties
from yuantou.apps.projects.judges import named_for
from yuantou.apps.projects.models import Gate, Project
from yuantou.apps.proposals import domain as proposals
from yuantou.apps.registry.models import Affiliation, Organisation, Person
from yuantou.apps.review import domain as review
from yuantou.apps.review.models import Assignment, Expert
from yuantou.apps.review.phases import kept_apart
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.kernel.errors import NotAllowedError

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey(world: World, django_capture_on_commit_callbacks) -> Journey:
    row = ProgrammeTypeVersion.objects.get(type_id="challenge")
    return Journey(world, row, lambda: django_capture_on_commit_callbacks(execute=True))


def move(person: Person, organisation: Organisation) -> Affiliation:
    """A person joins another house, keeping the own."""
    return Affiliation.objects.create(person=person, organisation=organisation)


def held_by(call: Call, role: str) -> Appointment:
    return call.appointments.select_related("person__user").get(role=role)


def test_a_challenge_opens_only_with_terms_and_judges_of_different_houses(world: World, journey: Journey) -> None:
    call = calls.create_call(programme_type=journey.row, agency=world.agency, user=world.officer, now=world.now)
    missing = calls.missing_of(call, now=world.now)
    assert {"term_acceptance_metrics", "term_prize", "role_Poser", "role_Independent co-judge"} <= set(missing)
    one, other = world.user("one", world.institute), world.user("other", world.institute)
    given = {"call": call, "user": world.officer, "now": world.now}
    appointing.appoint(role="poser", person=one.person, **given)
    for person in (one.person, other.person):
        with pytest.raises(NotAllowedError) as refused:
            appointing.appoint(role="co_judge", person=person, **given)
        assert refused.value.code == "kept_apart"
    appointing.appoint(role="co_judge", person=world.user("third", world.agency).person, **given)
    with pytest.raises(NotAllowedError):
        appointing.appoint(role="poser", person=one.person, call=call, user=world.stranger, now=world.now)


def test_terms_are_frozen_under_a_hash_when_the_call_opens(world: World, journey: Journey) -> None:
    journey.open()
    call = Call.objects.get(pk=journey.call.pk)
    entry = next(event for event in history("call", call.pk) if event.act == "call.publish")
    assert entry.data["terms_hash"] == calls.hash_of_terms(call)
    with pytest.raises(NotAllowedError):
        calls.save_call(call=call, values={"terms": {"prize": "1"}}, user=world.officer, version=None)
    assert calls.terms_hold(call)
    page = Client(headers={"accept-language": "en"}).get(reverse("calls:detail", args=[call.pk])).content.decode()
    assert calls.hash_of_terms(call)[:12] in page
    Call.objects.filter(pk=call.pk).update(terms={**call.terms, "prize": "1"})  # by the owner of the database
    assert not calls.terms_hold(Call.objects.get(pk=call.pk))


def test_a_solver_of_the_posers_house_cannot_submit(world: World, journey: Journey) -> None:
    journey.open()
    poser = held_by(journey.call, "poser").person
    move(poser, world.university)
    draft = proposals.start_proposal(call=journey.call, user=world.applicant, now=world.now)
    broken = [found.label.en for found in proposals.obstacles(draft, world.now)]
    assert any("poser may not own" in text for text in broken)


def test_whoever_comes_too_near_after_submission_is_not_asked_and_cannot_accept(world: World, journey: Journey) -> None:
    journey.open()
    journey.submit(world.applicant)
    journey.review(until="grading")
    now = world.now + dt.timedelta(days=35)
    judge = held_by(journey.call, "co_judge").person
    assert review.ask_appointed(call=journey.call, user=world.officer, now=now) == 2
    review.release(call=journey.call, user=world.officer, now=now)
    row = Assignment.objects.get(role="co_judge")
    move(judge, world.university)
    with pytest.raises(NotAllowedError):
        review.accept_invitation(assignment=row, user=judge.user, now=now)
    poser = Expert.objects.get(person=held_by(journey.call, "poser").person)
    assert kept_apart(journey.sent[0], poser, "poser")
    assert not kept_apart(journey.sent[0], poser, "co_judge")


def test_a_gate_is_judged_by_poser_and_co_judge_on_the_frozen_metrics(world: World, journey: Journey) -> None:
    journey.open()
    for user in (world.applicant, world.member):
        journey.submit(user)
    journey.review()
    journey.decide()
    journey.agree()
    [gate] = journey.project.gates.all()
    with pytest.raises(NotAllowedError):
        duties.register_tests(gate=gate, tests="Easier ones", user=world.officer, now=world.now)
    frozen = duties.frozen_tests(gate)
    assert "Acceptance metrics" in frozen
    duties.register_tests(gate=gate, tests=frozen, user=world.officer, now=world.now)
    now = gate.due_at + dt.timedelta(minutes=5)
    duties.reach_gate(project=journey.project, user=world.officer, now=now)
    gate = Gate.objects.get(pk=gate.pk)
    duties.answer_gate(gate=gate, results="All met", user=journey.project.holder.user, now=now)
    anybody = list(Expert.objects.filter(active=True)[:2])
    with pytest.raises(NotAllowedError) as refused:
        assess.appoint(project=journey.project, gate=gate, experts=anybody, user=world.officer, now=now)
    assert refused.value.code == "assessor.not_named"
    named = list(named_for(journey.project, gate))
    rows = assess.appoint(project=journey.project, gate=gate, experts=named, user=world.officer, now=now)
    marks = {question.id: "met" for question in journey.programme.project.evaluation.questions}
    for row in rows:
        assess.give_verdict(verdict=row, marks=marks, opinion="Met.", user=row.person.user, now=now)
    gate = Gate.objects.get(pk=gate.pk)
    judged = {"gate": gate, "outcome": "advance", "reason": "Met.", "user": world.officer, "now": now}
    poser, judge = (held_by(journey.call, role).person for role in ("poser", "co_judge"))
    home = poser.affiliations.first()
    assert home is not None
    moved = move(judge, home.organisation)
    with pytest.raises(NotAllowedError):  # the co-judge is no longer of another house
        duties.judge_gate(**judged)
    moved.delete()
    duties.judge_gate(**judged)
    assert Project.objects.get(pk=journey.project.pk).state == "active"
