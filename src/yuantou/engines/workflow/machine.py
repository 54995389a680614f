"""May this record change its state now? One pure answer for every record of every programme type."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from yuantou.engines.workflow.model import UNDO_OPEN, Machine, Transition
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transition may not be taken: a stable code, a message, and the guard or role concerned."""

    code: str
    message: LocalText
    detail: str = ""


def decide(
    machine: Machine,
    *,
    state: str,
    transition: str,
    roles: Collection[str],
    facts: Mapping[str, bool],
    reason: str = "",
) -> Transition | Refusal:
    """Return the transition if it may be taken, else the first reason against it.

    Parameters
    ----------
    state, transition:
        Where the record is and what is wanted.
    roles:
        The roles of the actor with regard to this very record.
    facts:
        Guards by name; a missing one counts as false.
    reason:
        What the actor gave as reason, demanded where the transition says so.
    """
    wanted = machine.transition(transition)
    if wanted is None or not set(roles) & set(wanted.actors):
        # Unknown and forbidden look alike, so that nobody learns which actions exist.
        return Refusal("role", LocalText("您无权执行此操作。", "You may not do this."), transition)
    if state not in wanted.sources:
        now = machine.state(state).name
        return Refusal(
            "state",
            LocalText(f"当前状态为“{now.zh}”，不能执行此操作。", f"This cannot be done while the state is “{now.en}”."),
            state,
        )
    for guard in wanted.guards:
        if not facts.get(guard, False):
            return Refusal("guard", GUARDS.get(guard, LocalText("条件未满足。", "A condition is not met.")), guard)
    if wanted.needs_reason and not reason.strip():
        return Refusal("reason", LocalText("请写明理由。", "Please give a reason."), transition)
    return wanted


def available(
    machine: Machine, *, state: str, roles: Collection[str], facts: Mapping[str, bool]
) -> tuple[Transition, ...]:
    """Return the transitions that may be taken now, in the order of the programme type (a reason is asked later)."""
    return tuple(
        transition
        for transition in machine.transitions
        if isinstance(
            decide(machine, state=state, transition=transition.id, roles=roles, facts=facts, reason="-"), Transition
        )
    )


GUARDS: dict[str, LocalText] = {
    "call_open": LocalText("不在申报时间内。", "The call is not open for submissions."),
    "complete": LocalText("申请书尚未填写完整。", "The proposal is not complete."),
    "members_confirmed": LocalText("仍有参与者未确认。", "Some participants have not confirmed yet."),
    "call_complete": LocalText("通知信息不完整。", "The call is not complete."),
    "deadline_passed": LocalText("截止时间未到。", "The deadline has not passed yet."),
    "has_accepted_proposals": LocalText("尚无通过形式审查的申请。", "No proposal has passed the formal check yet."),
    "no_open_assignments": LocalText("仍有未完成的评审。", "Some reviews are not finished."),
    "phase_done": LocalText("本阶段尚未完成。", "This phase of review is not finished."),
    "phase_left": LocalText("没有下一阶段。", "There is no phase after this one."),
    "last_phase": LocalText("尚有后续评审阶段。", "Phases of review are still to come."),
    "mix_met": LocalText(
        "评审专家构成不符合本类型的要求；如仍须继续，请写明理由。",
        "The mix of reviewers is not what the type asks for; to go on all the same, give the reason.",
    ),
    "phase_cuts": LocalText("本阶段不淘汰申请。", "No proposal is left behind after this phase."),
    "kept_apart": LocalText("出题、答题与评判须分离。", "Who poses, solves and judges must be kept apart."),
    "response_open": LocalText("回应期限已过。", "The time for a response is over."),
    "response_written": LocalText("请先写下回应。", "Please write the response first."),
    "both_sides_spoke": LocalText("正反双方均须发言。", "Both sides must have spoken."),
    "review_complete": LocalText("评审意见不完整。", "The review is not complete."),
    "no_conflict": LocalText("存在利益冲突。", "There is a conflict of interest."),
    "gate_judged": LocalText("关口尚未评定。", "The gate has not been judged."),
    "reports_complete": LocalText("报告尚未交齐。", "Reports are missing."),
    "outcome_judged": LocalText("成果尚未评定。", "The outcome has not been judged."),
    "diligence_shown": LocalText("五项勤勉核查未全部通过。", "The five checks of diligence are not all met."),
    "agreement_complete": LocalText("任务书尚未填写完整。", "The agreement is not complete."),
    "parts_agreed": LocalText("尚有合作方未确认分工与预算。", "Some partners have not consented to their share yet."),
    "gate_reached": LocalText("关口时间未到。", "The gate has not been reached yet."),
    "tests_registered": LocalText("关口测试尚未登记。", "The tests of the gate have not been registered."),
    "tests_written": LocalText("请写明测试及通过标准。", "Please write the tests and what passes."),
    "registrar": LocalText("此关口的测试须由另一方登记。", "The tests of this gate are registered by the other side."),
    "at_gate": LocalText("项目未处于此关口。", "The project is not at this gate."),
    "results_written": LocalText("请写明测试结果。", "Please write the results."),
    "verdicts_given": LocalText("专家意见尚未出齐。", "The opinions of the experts are not complete."),
    "verdict_complete": LocalText("请回答每个问题并写明意见。", "Please answer every question and give your opinion."),
    "dossier_written": LocalText(
        "请先记录尝试过什么、得到了什么。", "Please record first what was tried and what came out."
    ),
    "gates_passed": LocalText("尚有关口未通过。", "Some gates have not been passed."),
    "report_complete": LocalText("报告为空或超过篇幅。", "The report is empty or too long."),
    "within_rule": LocalText("超出自动批准的范围。", "This is more than the rule approves by itself."),
    "condition_met": LocalText("拨款条件未满足。", "The condition of the instalment is not met."),
    "reply_written": LocalText("请先写明您的说明。", "Please write your answer first."),
    "clock_over": LocalText("期限未到。", "The time is not over yet."),
    "clock_runs": LocalText("期限已过。", "The time is over."),
    "respondent_named": LocalText("请先确定被调查人。", "Name the respondent first."),
    "committee_whole": LocalText("调查组人数不足。", "The committee has too few members."),
    "opinions_given": LocalText("委员意见尚未出齐。", "Some members have not given their opinion."),
    "second_person": LocalText("办案人员不得作出决定。", "Whoever ran the case cannot decide it."),
    "third_person": LocalText("复查须由他人决定。", "An appeal is decided by somebody else."),
    "measure_named": LocalText("请选择处理措施。", "Please choose a measure."),
    "has_instrument": LocalText("没有在运行的仪器。", "No instrument is in operation."),
    "nothing_booked": LocalText("仍有未完成的预约。", "Some bookings are still to come."),
    "purchase_settled": LocalText("大额仪器须先通过购置查重评议。", "The purchase check has not supported it yet."),
    "ground_or_saturated": LocalText(
        "已有同类仪器且未饱和，须另有成立的理由。", "Instruments of its kind have time left; another ground is needed."
    ),
    "verified_report": LocalText("尚无复核通过的试用报告。", "There is no verified report of use yet."),
    "not_author": LocalText("不能复核自己的报告。", "Nobody verifies a report of their own."),
    "hours_metered": LocalText("试用机时少于规定。", "It was used for too few hours."),
    "servable": LocalText("申请尚有未解决的问题。", "Something stands against scheduling this request."),
    "rules_kept": LocalText(
        "计划违反现行日历或规则，请先重新求解或调整。", "The plan breaks a rule of the register as it is now."
    ),
    "has_bookings": LocalText("计划中没有任何安排。", "The plan is empty."),
    "base_unchanged": LocalText(
        "被修补的计划已有变动，请重新生成修补方案。",
        "The plan it repairs has changed meanwhile; draft the repair anew.",
    ),
    "at_its_time": LocalText("未到签到时间，或已结束。", "It is not the time to check in."),
    "hours_split": LocalText("请填写机时。", "Please give the hours."),
    "begun": LocalText("开始未满两小时，不能记为爽约。", "It began less than two hours ago."),
    "sound": LocalText("类型尚有错误。", "The type has errors still."),
    "list_signed": LocalText("决定尚未签署。", "The decisions have not been signed."),
    UNDO_OPEN: LocalText(
        "不能再撤销：时限已过、此后又有变动，或不是您本人所为。",
        "This cannot be undone any more: time is up, something has changed since, or somebody else did it.",
    ),
}
