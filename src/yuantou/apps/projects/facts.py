"""What opens the acts of a project and of what belongs to it; the words stand in the programme types."""

from yuantou.apps.audit.facade import history
from yuantou.apps.calls.facade import refuse_broken
from yuantou.apps.projects.agreement import missing_of
from yuantou.apps.projects.assess import conflicts_of
from yuantou.apps.projects.changes import moved_between
from yuantou.apps.projects.duties import frozen_tests, next_gate, room_of
from yuantou.apps.projects.judges import all_roles_judged, holders_of
from yuantou.apps.projects.models import Change, Gate, Instalment, Project, Report, Verdict
from yuantou.apps.review.models import Expert
from yuantou.apps.workflow.facade import Case, Lacking, knows, posts, provides, roles_of, takes
from yuantou.engines.workflow.expressions import truth
from yuantou.engines.workflow.project_plan import START
from yuantou.kernel.errors import NotAllowedError, Problem
from yuantou.kernel.local_text import LocalText

takes("project", "hand_agreement", "endorse", "return_agreement", "countersign", "reach_gate", "advance", "merge")
takes("project", "stop_with_honour", "hand_in", "close_achieved", "close_diligent", "terminate")
takes("report", "submit", "accept", "return")
takes("gate", "register", "answer", "judge")
takes("verdict", "give", "refuse")
takes("change", "approve_by_rule", "approve", "refuse")
takes("instalment", "release", "pay", "drop")
knows("role", "holder", "assessor")

posts("project", "diligence")
posts("gate", "tests", "results")
posts("verdict", "marks", "opinion")


def _refused(error: NotAllowedError) -> Lacking:
    return Lacking(error.message, error.remedy, error.problems, error.code)


def _each(code: str, texts: list[LocalText], remedy: LocalText) -> bool | Lacking:
    """What is lacking, thing by thing; nothing is."""
    return not texts or Lacking(problems=tuple(Problem(code, text, remedy) for text in texts))


# --- project ----------------------------------------------------------------------------------------------------------


@provides("agreement_complete", "project")
def _agreement_complete(case: Case) -> bool | Lacking:
    return _each("agreement.missing", missing_of(case.record), LocalText("请补充。", "Please add it."))


@provides("parts_agreed", "project")
def _parts_agreed(case: Case) -> bool | Lacking:
    waiting = case.record.parts.filter(member__isnull=False, agreed_at=None)
    names = list(waiting.values_list("name", flat=True))
    return not names or Lacking(
        LocalText(f"尚未确认分工与预算：{'、'.join(names)}。", f"Not consented to their share yet: {', '.join(names)}.")
    )


@provides("gate_reached", "project")
def _gate_reached(case: Case) -> bool:
    gate = next_gate(case.record)
    return gate is not None and gate.due_at <= case.now


@provides("tests_registered", "project")
def _tests_registered(case: Case) -> bool:
    gate = next_gate(case.record)
    return gate is not None and gate.is_now.registered


@provides("gate_judged", "project")
def _gate_judged(case: Case) -> bool:
    """Of the gate at which it stands, which the ledger tells: gates judged before it open nothing."""
    events = history("project", case.record.pk)
    reached = [event.data.get("gate") for event in events if event.act == "project.reach_gate"]
    return bool(reached) and bool(case.record.gates.filter(pk=reached[-1], state__means="judged").exists())


@provides("reports_complete", "project")
def _reports_complete(case: Case) -> bool | Lacking:
    left = case.record.reports.exclude(state__means="accepted").count()
    return not left or Lacking(LocalText(f"尚有 {left} 份报告未通过。", f"Reports not accepted yet: {left}."))


@provides("gates_passed", "project")
def _gates_passed(case: Case) -> bool | Lacking:
    left = case.record.gates.exclude(state__means="judged").count()
    return not left or Lacking(LocalText(f"尚有 {left} 个关口未通过。", f"Gates not passed yet: {left}."))


@provides("outcome_judged", "project")
def _outcome_judged(case: Case) -> bool | Lacking:
    project: Project = case.record
    return _heard(project, None, project.programme.project.evaluation.judges)


def _heard(project: Project, gate: Gate | None, wanted: int) -> bool | Lacking:
    """As many experts as wanted, and all who were asked and did not decline, gave their opinion."""
    verdicts = list(project.verdicts.filter(gate=gate))
    given, silent = sum(one.is_now.given for one in verdicts), sum(one.is_now.asked for one in verdicts)
    if given < wanted or silent:
        return Lacking(
            LocalText(
                f"专家意见须有 {wanted} 份，已出具 {given} 份，待出具 {silent} 份。",
                f"Opinions wanted: {wanted}; given: {given}; still to come: {silent}.",
            )
        )
    return all_roles_judged(project, gate) or Lacking(
        LocalText("通知指定的评判人尚未全部出具意见。", "Not everybody whom the call named to judge was heard.")
    )


@provides("kept_apart", "project", "gate")
def _kept_apart(case: Case) -> bool | Lacking:
    return _apart(case.record if isinstance(case.record, Project) else case.record.project)


def _apart(project: Project) -> bool | Lacking:
    """Everybody who poses, solves and judges is kept apart as they stand now."""
    try:
        refuse_broken(project.call, holders_of(project))
    except NotAllowedError as error:
        return _refused(error)
    return True


@provides("diligence_shown", "project")
def _diligence_shown(case: Case) -> bool | Lacking:
    ticked = set(case.given.get("diligence", ()))
    left = [item.name for item in case.record.programme.project.diligence if item.id not in ticked]
    return _each("diligence.not_met", left, LocalText("未勾选。", "Not ticked."))


# --- gate -------------------------------------------------------------------------------------------------------------


@provides("tests_written", "gate")
def _tests_written(case: Case) -> bool | Lacking:
    tests = case.given.get("tests", "")
    try:
        frozen = frozen_tests(case.record)
    except NotAllowedError as error:
        return _refused(error)
    if tests and frozen not in {"", tests}:
        return Lacking(
            LocalText(
                "测试已在通知发布时冻结，不接受其他文本。",
                "The tests were frozen when the call opened; no other text is taken.",
            )
        )
    return bool(tests)


@provides("registrar", "gate")
def _registrar(case: Case) -> bool | Lacking:
    gate: Gate = case.record
    name = gate.programme.roles[gate.plan.registrar]
    return gate.plan.registrar in roles_of(case.user, gate) or Lacking(
        LocalText(f"此关口的测试由{name.zh}登记。", f"The tests of this gate are registered by: {name.en}.")
    )


@provides("at_gate", "gate")
def _at_gate(case: Case) -> bool:
    gate: Gate = case.record
    return gate.project.is_now.at_gate and next_gate(gate.project) == gate


@provides("verdicts_given", "gate")
def _verdicts_given(case: Case) -> bool | Lacking:
    return _heard(case.record.project, case.record, case.record.plan.judges)


# --- report, opinion, change, instalment ------------------------------------------------------------------------------


@provides("report_complete", "report")
def _report_complete(case: Case) -> bool | Lacking:
    report: Report = case.record
    written, room = len(report.text), room_of(report)
    if written > room:
        return Lacking(
            LocalText(f"报告有 {written} 字，至多 {room} 字。", f"{written} characters are written; {room} at most.")
        )
    return written > 0


@provides("no_conflict", "verdict")
def _no_conflict(case: Case) -> bool:
    """Nothing came up since the expert was asked."""
    verdict: Verdict = case.record
    experts = Expert.objects.filter(person=verdict.person_id).prefetch_related("person__affiliations__organisation")
    kinds = conflicts_of(verdict.project, list(experts), now=case.now).values()
    return not any(found - {"unknown"} for found in kinds) and bool(_apart(verdict.project))


@provides("verdict_complete", "verdict")
def _verdict_complete(case: Case) -> bool | Lacking:
    template, marks = case.record.programme.project.evaluation, case.given.get("marks", {})
    grades = {grade.id for grade in template.grades}
    left = [question.name for question in template.questions if marks.get(question.id) not in grades]
    if not left:
        return bool(case.given.get("opinion"))
    return _each("verdict.unanswered", left, LocalText("请选择一项。", "Please choose an answer."))


@provides("within_rule", "change")
def _within_rule(case: Case) -> bool:
    change: Change = case.record
    earlier = change.project.changes.filter(plan_id=change.plan_id, state__means="approved")
    moved = moved_between(change.values.get("before", {}), change.values.get("lines", {}))
    measures = {
        "months": change.values.get("months", 0),
        "share": float(moved / change.project.amount) if change.project.amount else 0,
        "times": len(earlier),
        "extended": sum(int(one.values.get("months", 0)) for one in earlier),
    }
    return bool(change.plan.rule) and truth(change.plan.rule, {"change": measures}) is True


@provides("condition_met", "instalment")
def _condition_met(case: Case) -> bool:
    """The project has begun, or passed the gate that its part of the award waits for."""
    instalment: Instalment = case.record
    event, project = instalment.plan.after, instalment.project
    if event == START:
        return project.starts_at is not None
    return bool(project.gates.filter(plan_id=event, state__means="judged", outcome="advance").exists())
