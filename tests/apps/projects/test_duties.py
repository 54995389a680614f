"""Reports, gates, changes and the ends of a project: what the rules allow, and what they refuse."""

import datetime as dt
from collections.abc import Callable

import pytest

from tests.apps.projects.conftest import AMOUNT, Award
from yuantou.apps.accounts.models import RoleGrant
from yuantou.apps.audit.facade import history
from yuantou.apps.projects import assess, changes, closure, duties
from yuantou.apps.projects.models import Gate, Project, Report
from yuantou.apps.proposals.eligibility import _FACTS, Case
from yuantou.apps.registry.models import Affiliation, Authorship, Work
from yuantou.apps.review.models import Conflict, Expert
from yuantou.apps.workflow.models import Letter
from yuantou.kernel.errors import InputError, NotAllowedError, StaleError
from yuantou.kernel.hashing import content_hash

pytestmark = pytest.mark.django_db
Make = Callable[[str], Award]


def test_a_yearly_note_of_stable_support_is_one_page_and_only_filed(award: Make) -> None:
    one = award("stable-support")
    one.signed()
    note = one.project.reports.first()
    assert note is not None
    duties.save_report(report=note, text="x" * 1001, user=one.lead, version=0)
    with pytest.raises(NotAllowedError):
        duties.submit_report(report=Report.objects.get(pk=note.pk), user=one.lead, now=one.now)
    saved = duties.save_report(report=note, text="x" * 1000, user=one.lead, version=1)
    duties.submit_report(report=saved, user=one.lead, now=one.now)
    assert Report.objects.get(pk=note.pk).state == "accepted"
    with pytest.raises((NotAllowedError, StaleError)):
        duties.save_report(report=Report.objects.get(pk=note.pk), text="y", user=one.lead, version=None)


def test_a_returned_report_says_why(award: Make) -> None:
    one = award("market-application")
    one.signed()
    row = one.project.reports.first()
    assert row is not None
    saved = duties.save_report(report=row, text="Done", user=one.lead, version=0)
    duties.submit_report(report=saved, user=one.lead, now=one.now)
    duties.return_report(report=saved, reason="Which samples?", user=one.world.officer, now=one.now)
    assert "Which samples?" in Letter.objects.get(template="report_returned").body
    again = duties.save_report(report=saved, text="Two samples", user=one.lead, version=saved.version)
    duties.submit_report(report=again, user=one.lead, now=one.now)
    duties.accept_reports(reports=[again], user=one.world.officer, now=one.now)
    assert Report.objects.get(pk=row.pk).state == "accepted"


# --- gates ----------------------------------------------------------------------------------------------------------


def test_no_gate_is_reached_without_tests_registered_beforehand(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.project.gates.get()
    late = gate.due_at + dt.timedelta(days=1)
    with pytest.raises(NotAllowedError):
        duties.reach_gate(project=one.project, user=one.world.officer, now=late)
    duties.register_tests(gate=gate, tests="Gap above 1 meV", user=one.lead, now=one.now)
    with pytest.raises(NotAllowedError):
        duties.reach_gate(project=one.project, user=one.world.officer, now=one.now)
    with pytest.raises(NotAllowedError):
        duties.register_tests(gate=Gate.objects.get(pk=gate.pk), tests="Easier", user=one.lead, now=one.now)
    duties.reach_gate(project=one.project, user=one.world.officer, now=late)
    sealed = Gate.objects.get(pk=gate.pk)
    assert sealed.tests_hash == content_hash("Gap above 1 meV")
    assert [e.data["t"] for e in history("gate", gate.pk) if e.act == "gate.register"] == [sealed.tests_hash]


def test_nobody_writes_the_own_exam_of_a_challenge(award: Make) -> None:
    one = award("challenge")
    one.signed()
    gate = one.project.gates.get()
    with pytest.raises(NotAllowedError):
        duties.register_tests(gate=gate, tests="Anything goes", user=one.lead, now=one.now)
    with pytest.raises(NotAllowedError):  # nor does the officer, once the call has opened
        duties.register_tests(gate=gate, tests="Something easier", user=one.world.officer, now=one.now)
    frozen = duties.frozen_tests(gate)
    assert "The acceptance_metrics" in frozen
    duties.register_tests(gate=gate, tests=frozen, user=one.world.officer, now=one.now)


def test_the_tests_of_a_race_are_the_runners_own(award: Make) -> None:
    one = award("horse-race")
    one.signed()
    first = one.project.gates.first()
    assert first is not None
    with pytest.raises(NotAllowedError):
        duties.register_tests(gate=first, tests="Impossible", user=one.world.officer, now=one.now)


def test_a_gate_waits_for_its_experts_and_releases_the_next_instalment(award: Make) -> None:
    one = award("non-consensus")
    one.signed()
    assert [row.state for row in one.project.instalments.all()] == ["released", "planned"]
    gate = one.answered()
    judge = {"gate": gate, "outcome": "advance", "reason": "Passed", "user": one.world.officer, "now": one.now}
    with pytest.raises(NotAllowedError):
        duties.judge_gate(**judge)
    one.judged(gate, gate.plan.judges)
    duties.judge_gate(**{**judge, "gate": Gate.objects.get(pk=gate.pk)})
    assert [row.state for row in one.project.instalments.all()] == ["released", "released"]
    assert one.project.state == "active"


def test_whoever_is_asked_and_silent_holds_the_gate(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    one.judged(gate, 1)
    silent = one.expert("silent")
    [asked] = assess.appoint(project=one.project, gate=gate, experts=[silent], user=one.world.officer, now=one.now)
    judge = {"gate": gate, "outcome": "advance", "reason": "Passed", "user": one.world.officer, "now": one.now}
    with pytest.raises(NotAllowedError):
        duties.judge_gate(**judge)
    assess.refuse_verdict(verdict=asked, reason="No time", user=silent.person.user, now=one.now)
    duties.judge_gate(**judge)
    assert one.project.state == "active"


def test_the_losing_runner_merges_into_the_other_and_is_paid_no_more(award: Make) -> None:
    one = award("horse-race")
    one.signed()
    other = one.begin(one.world.user("rival", one.world.university), number="2026-XX-000002")
    gate = one.answered()
    one.judged(gate, gate.plan.judges)
    judge = {"gate": gate, "outcome": "merge", "reason": "Stronger together", "user": one.world.officer, "now": one.now}
    for nowhere in (None, one.project):
        with pytest.raises(NotAllowedError):
            duties.judge_gate(**judge, into=nowhere)
    duties.judge_gate(**judge, into=other)
    assert (one.project.state, one.project.merged_into_id) == ("merged", other.pk)
    assert {row.state for row in one.project.instalments.all()} == {"dropped"}


def test_a_type_without_merging_has_no_such_outcome(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    with pytest.raises(NotAllowedError):
        duties.judge_gate(gate=gate, outcome="merge", reason="x", user=one.world.officer, now=one.now)


def test_stopping_with_honour_needs_the_record_of_what_was_tried(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    one.judged(gate, 1, grade=2)
    stop = {"gate": gate, "outcome": "stop_with_honour", "reason": "Refuted", "user": one.world.officer, "now": one.now}
    with pytest.raises(NotAllowedError):
        duties.judge_gate(**stop)
    closure.write_dossier(project=one.project, tried="Two routes", outcome="Neither works", user=one.lead)
    duties.judge_gate(**{**stop, "gate": Gate.objects.get(pk=gate.pk)})
    assert one.project.state == "honourably_stopped"
    assert "体面终止" in Letter.objects.get(template="project_closed").body
    assert one.project.instalments.get(position=2).state == "dropped"


# --- experts ----------------------------------------------------------------------------------------------------------


def test_nobody_with_a_conflict_judges(award: Make) -> None:
    one = award("strategic")
    lead = one.lead.person
    assert lead is not None
    lead.name_zh, lead.name_en = "王晓明", "Xiaoming Wang"
    lead.save()
    one.signed()
    gate = one.answered()
    ask = {"project": one.project, "gate": gate, "user": one.world.officer, "now": one.now}
    colleague, coauthor, declared = (one.expert(name) for name in ("colleague", "coauthor", "declared"))
    Affiliation.objects.create(person=colleague.person, organisation=one.world.university)
    work = Work.objects.create(title="Together", year=one.now.year - 1)
    for position, person in enumerate((coauthor.person, lead), 1):
        Authorship.objects.create(work=work, person=person, name=person.name_en, position=position)
    Conflict.objects.create(proposal=one.project.proposal, expert=declared, kind="declared", source="declared")
    for expert in (colleague, coauthor, declared):
        with pytest.raises(NotAllowedError, match="conflict") as refused:
            assess.appoint(experts=[expert], **ask)
        assert refused.value.problems
    RoleGrant.objects.create(user=one.expert("clerk").person.user, role="signatory", organisation=one.world.agency)
    with pytest.raises(NotAllowedError):
        assess.appoint(experts=[Expert.objects.get(person__name_zh="clerk")], **ask)
    [row] = assess.appoint(experts=[one.expert("free")], **ask)
    Affiliation.objects.create(person=row.person, organisation=one.world.university)  # joined them meanwhile
    marks = {question.id: "met" for question in one.programme.project.evaluation.questions}
    with pytest.raises(NotAllowedError):
        assess.give_verdict(verdict=row, marks=marks, opinion="Fine", user=row.person.user, now=one.now)


def test_an_opinion_answers_every_question(award: Make) -> None:
    one = award("strategic")
    one.signed()
    gate = one.answered()
    free = one.expert("free")
    [row] = assess.appoint(project=one.project, gate=gate, experts=[free], user=one.world.officer, now=one.now)
    marks = {question.id: "met" for question in one.programme.project.evaluation.questions}
    for half in ({**marks, "need": "superb"}, {"need": "met"}):
        with pytest.raises(NotAllowedError):
            assess.give_verdict(verdict=row, marks=half, opinion="Fine", user=free.person.user, now=one.now)
    for somebody in (one.lead, one.world.officer, one.world.stranger):
        with pytest.raises(NotAllowedError):
            assess.give_verdict(verdict=row, marks=marks, opinion="Fine", user=somebody, now=one.now)
    assess.give_verdict(verdict=row, marks=marks, opinion="Fine", user=free.person.user, now=one.now)


# --- changes ----------------------------------------------------------------------------------------------------------


def ask(one: Award, kind: str, **values: object) -> str:
    row = changes.ask_change(
        project=one.project, kind=kind, values=values, reason="A broken furnace", user=one.lead, now=one.now
    )
    row.refresh_from_db()
    return row.state


def test_a_short_extension_is_granted_by_rule_and_a_long_one_by_the_officer(award: Make) -> None:
    one = award("market-application")
    one.signed()
    final = one.project.reports.get(plan_id="final").due_at
    assert ask(one, "extension", months="6") == "approved"
    assert one.project.months == 30
    assert one.project.reports.get(plan_id="final").due_at > final
    assert one.project.reports.filter(plan_id="yearly").count() == 2  # a year more of work, a report more
    assert ask(one, "extension", months="7") == "asked"  # thirteen months in all
    row = one.project.changes.get(state="asked")
    changes.decide_change(change=row, approve=True, reason="A furnace takes time", user=one.world.officer, now=one.now)
    assert one.project.months == 37
    assert Letter.objects.filter(template="change_decided").count() == 2


@pytest.mark.parametrize("months", ["0", "-1", "", "x", "61", "１２"])
def test_an_extension_is_a_number_of_months(award: Make, months: str) -> None:
    one = award("market-application")
    one.signed()
    with pytest.raises(InputError):
        ask(one, "extension", months=months)


def test_a_new_lead_works_at_the_institution_and_the_officer_decides(award: Make) -> None:
    one = award("market-application")
    one.signed()
    old = one.lead
    with pytest.raises(InputError):
        ask(one, "person", person=one.world.stranger.person_id)
    assert ask(one, "person", person=one.world.member.person_id) == "asked"
    row = one.project.changes.get()
    changes.decide_change(change=row, approve=True, reason="", user=one.world.officer, now=one.now)
    assert one.lead == one.world.member
    with pytest.raises(NotAllowedError):
        closure.write_dossier(project=one.project, tried="x", outcome="x", user=old)


def test_a_small_shift_of_budget_is_free(award: Make) -> None:
    one = award("market-application")
    one.signed()
    assert ask(one, "budget", line_equipment=str(AMOUNT - 100_000), line_labour="100000") == "approved"
    assert one.project.plan["lines"]["labour"] == "100000"
    assert ask(one, "budget", line_equipment="100000", line_labour=str(AMOUNT - 100_000)) == "asked"
    with pytest.raises(InputError):
        ask(one, "budget", line_equipment=str(AMOUNT + 1))


def test_a_lump_sum_has_nothing_to_shift(award: Make) -> None:
    assert "budget" not in {kind.id for kind in changes.kinds_of(award("horse-race").project)}


# --- ends ---------------------------------------------------------------------------------------------------------


def closing(one: Award) -> Project:
    one.signed()
    one.reported()
    closure.write_dossier(project=one.project, tried="Two routes", outcome="A weaker bound", user=one.lead)
    closure.hand_in(project=one.project, user=one.lead, now=one.now)
    return one.project


def test_failure_is_honourable_when_all_checks_of_diligence_are_met(award: Make) -> None:
    one = award("young-lump-sum")
    closing(one)
    end = {"action": "close_diligent", "reason": "Honest work", "user": one.world.officer, "now": one.now}
    every = [item.id for item in one.programme.project.diligence]
    with pytest.raises(NotAllowedError):
        closure.close_project(project=one.project, diligence=every, **end)  # nobody has judged yet
    one.judged(None, one.programme.project.evaluation.judges, grade=2)
    with pytest.raises(NotAllowedError):
        closure.close_project(project=one.project, diligence=every[:-1], **end)
    closure.close_project(project=one.project, diligence=every, **end)
    assert one.project.state == "diligent"
    assert one.project.diligence == every
    last = history("project", one.project.pk)[-1]
    assert last.data["dossier"] == content_hash("Two routes")


def test_closure_waits_for_every_report(award: Make) -> None:
    one = award("young-lump-sum")
    one.signed()
    with pytest.raises(NotAllowedError):
        closure.hand_in(project=one.project, user=one.lead, now=one.now)


def test_only_the_officer_ends_a_project_and_for_a_reason(award: Make) -> None:
    one = award("talent")
    one.signed()
    for user, reason in (
        (one.lead, "x"),
        (one.world.office, "x"),
        (one.world.signatory, "x"),
        (one.world.officer, " "),
    ):
        with pytest.raises(NotAllowedError):
            closure.close_project(project=one.project, action="terminate", reason=reason, user=user, now=one.now)
    by = one.world.officer
    closure.close_project(project=one.project, action="terminate", reason="Forged data", user=by, now=one.now)
    assert one.project.state == "terminated"
    assert {row.state for row in one.project.instalments.all()} == {"dropped"}
    assert one.project.due_at is None


def test_a_closed_project_no_longer_counts_against_its_lead(award: Make) -> None:
    one = award("talent")
    one.signed()
    draft = one.world.proposal(state="draft")
    case = Case(draft, 2026)
    assert _FACTS["applicant.running_projects"](case) == 1
    by = one.world.officer
    closure.close_project(project=one.project, action="terminate", reason="Forged data", user=by, now=one.now)
    assert _FACTS["applicant.running_projects"](case) == 0
