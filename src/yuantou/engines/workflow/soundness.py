"""Is a programme type sound? Every finding names the place and the remedy."""

from collections.abc import Collection, Container, Iterator
from itertools import chain

from yuantou.engines.workflow.eligibility import FACTS, FORM_FACTS
from yuantou.engines.workflow.expressions import names
from yuantou.engines.workflow.facts import in_circles, unanswered
from yuantou.engines.workflow.finding import Finding, as_problem
from yuantou.engines.workflow.form_soundness import form_findings
from yuantou.engines.workflow.model import BudgetRegime, Machine, PhaseKind, ProgrammeType
from yuantou.engines.workflow.phase_soundness import criteria_findings, phase_findings
from yuantou.engines.workflow.project_plan import project_findings
from yuantou.engines.workflow.references import call_findings, held_roles, shared_findings
from yuantou.engines.workflow.vocabulary import Vocabulary
from yuantou.kernel.errors import Place, Problem

UNDOABLE = {"proposal": {"endorse", "return", "accept", "reject"}, "report": {"accept", "return"}}
"""The transitions whose effects stay within the record and its letter, so that a type may let them be undone."""
LONGEST_UNDO = 24 * 60


def problems_of(programme: ProgrammeType, *, file: str, known: Vocabulary | None = None) -> tuple[Problem, ...]:
    """Return everything that makes a programme type unsound; empty if it may be used.

    ``known`` is what code can answer; without it only what the type itself says is judged.
    """
    findings = [
        *chain.from_iterable(
            machine_findings(programme.roles, programme.letters, machine) for machine in programme.machines.values()
        ),
        *fact_findings(programme.machines.values(), known, {key for f in programme.fields for key in f.keys}),
        *shared_findings(programme, "call", known, held=held_roles(programme)),
        *call_findings(programme, known),
        *form_findings(programme),
        *criteria_findings(programme.review.criteria, programme, "review"),
        *phase_findings(programme),
        *_visibility(programme),
        *_budget(programme),
        *_judges(programme),
        *_rules(programme),
        *_follow_up(programme),
        *_appointed(programme),
    ]
    return tuple(as_problem("programme_type", finding, Place(file, None, finding[1])) for finding in findings)


def machine_findings(roles: Container[str], letters: Container[str], machine: Machine) -> Iterator[Finding]:
    """Yield what makes one machine unsound, given the roles and letters that exist."""
    known = {state.id for state in machine.states}
    base = f"machine.{machine.record}"
    if machine.initial not in known:
        yield (
            "unknown_state",
            f"{base}.initial",
            (f"初始状态“{machine.initial}”不存在。", f"The initial state “{machine.initial}” does not exist."),
            ("请使用已定义的状态。", "Use a state that is defined."),
        )
        return
    for transition in machine.transitions:
        where = f"{base}.transition.{transition.id}"
        for state in (*transition.sources, transition.target):
            if state not in known:
                yield (
                    "unknown_state",
                    where,
                    (f"状态“{state}”不存在。", f"The state “{state}” does not exist."),
                    ("请使用已定义的状态。", "Use a state that is defined."),
                )
        missing = {actor for actor in transition.actors if actor not in roles}
        if missing or not transition.actors:
            yield (
                "nobody_may",
                where,
                (
                    f"没有可执行此操作的角色（{'、'.join(sorted(missing))}）。",
                    f"Nobody may take this transition ({', '.join(sorted(missing)) or 'no actor'}).",
                ),
                ("请填写已定义的角色。", "Name roles that are defined."),
            )
        if transition.letter and transition.letter not in letters:
            yield (
                "unknown_letter",
                where,
                (f"通知模板“{transition.letter}”不存在。", f"The letter “{transition.letter}” does not exist."),
                ("请添加该模板。", "Add this letter."),
            )
        if transition.undo and transition.id not in UNDOABLE.get(machine.record, ()):
            yield (
                "undo_reaches_further",
                where,
                ("此操作的后果不止于本记录，不能撤销。", "Its effects reach beyond the record: it cannot be undone."),
                ("请删除 undo。", "Remove undo."),
            )
        if not 0 <= transition.undo <= LONGEST_UNDO:
            yield (
                "undo_minutes",
                where,
                ("撤销时限须为 0 至 1440 分钟。", "The time for undoing is from 0 to 1440 minutes."),
                ("请改为其间的数。", "Give a number between."),
            )
    yield from _reachability(machine, base)


def fact_findings(
    machines: Collection[Machine], known: Vocabulary | None, answers: Collection[str] = frozenset()
) -> Iterator[Finding]:
    """Yield each guard that nothing can answer: not declared, not provided, or asking for what there is not."""
    for machine in machines:
        for transition in machine.every_transition:
            for fact_id, name in unanswered(machine.fact, transition.guards, machine.record, known, answers):
                asked = name or fact_id
                yield (
                    "unknown_fact",
                    f"fact.{fact_id}" if name else f"machine.{machine.record}.transition.{transition.id}",
                    (
                        f"没有名为“{asked}”的事实，此操作永远不能执行。",
                        f"Nothing answers “{asked}”: the step could never be taken.",
                    ),
                    ("请在 [fact] 中声明，或改用已有的事实。", "Declare it under [fact], or use a fact there is."),
                )
    for fact_id in sorted({fact_id for machine in machines for fact_id in in_circles(machine.fact)}):
        yield (
            "fact_in_circles",
            f"fact.{fact_id}",
            (f"事实“{fact_id}”最终依赖自身。", f"The fact “{fact_id}” asks for itself in the end."),
            ("请断开循环。", "Break the circle."),
        )


def _reachability(machine: Machine, base: str) -> Iterator[Finding]:
    reached, frontier = {machine.initial}, [machine.initial]
    while frontier:
        here = frontier.pop()
        for transition in machine.transitions:
            if here in transition.sources and transition.target not in reached:
                reached.add(transition.target)
                frontier.append(transition.target)
    leaving = {source for transition in machine.transitions for source in transition.sources}
    for state in machine.states:
        if state.id not in reached:
            yield (
                "unreachable",
                f"{base}.state.{state.id}",
                ("此状态无法到达。", "This state can never be reached."),
                ("请添加通向它的转换或删除该状态。", "Add a transition to it, or remove the state."),
            )
        elif not state.final and state.id not in leaving:
            yield (
                "dead_end",
                f"{base}.state.{state.id}",
                ("此状态没有出口且不是终态。", "This state has no way out and is not final."),
                ("请添加转换，或标为 final = true。", "Add a transition, or mark it final = true."),
            )


def _visibility(programme: ProgrammeType) -> Iterator[Finding]:
    hidden = {"double": ("applicant", "members", "organisation"), "single": ()}.get(programme.review.blind, ())
    for rule in programme.visibility:
        shown = rule.fields & {*hidden, "*"}
        if rule.record == "proposal" and "reviewer" in rule.roles and shown and hidden:
            yield (
                "blind_shows_name",
                f"visibility.proposal.reviewer.{min(shown)}",
                ("双盲评审不得向评审人显示姓名或单位。", "A double-blind review may not show names to reviewers."),
                ("请从评审人的可见字段中删除。", "Remove these fields from what reviewers see."),
            )
        if rule.record == "review" and "applicant" in rule.roles and rule.fields & {"reviewer", "*"}:
            yield (
                "blind_shows_name",
                "visibility.review.applicant.reviewer",
                ("申请人不得看到评审人身份。", "Applicants may not see who reviewed."),
                ("请删除 reviewer 字段。", "Remove the field reviewer."),
            )


def _budget(programme: ProgrammeType) -> Iterator[Finding]:
    if programme.budget.asked not in {field.id for field in programme.fields if field.required}:
        yield (
            "nothing_asked",
            "budget.asked",
            (f"表单没有必填字段“{programme.budget.asked}”。", f"The form has no required “{programme.budget.asked}”."),
            ("请添加该字段，或以 asked 指定申请数额的字段。", "Add it, or name the field of the amount with asked."),
        )
    whole = programme.budget.negative_list and programme.budget.pledge is not None
    if programme.budget.regime is BudgetRegime.LUMP_SUM and not whole:
        yield (
            "lump_sum_without_pledge",
            "budget",
            ("包干制须有负面清单和承诺。", "A lump sum needs a negative list and a pledge."),
            ("请补充 negative_list 与 pledge。", "Add negative_list and pledge."),
        )


ASKING = frozenset({"applicant", "holder", "member", "solver"})
"""Roles that ask for money: whoever judges may not hold one of them."""


def _judges(programme: ProgrammeType) -> Iterator[Finding]:
    judging = [phase for phase in programme.review.phases if phase.kind is not PhaseKind.RESPONSE]
    judges = {actor for phase in judging for actor in phase.actors} | {
        actor for gate in programme.project.gates for actor in gate.by
    }
    for role in sorted(judges & ASKING):
        yield (
            "judges_itself",
            f"review.phase.{role}",
            (f"角色“{role}”评审自己的申请。", f"The role “{role}” would judge its own proposal."),
            ("请改由其他角色评审。", "Let another role judge."),
        )
    for role in sorted(judges - set(programme.roles)):
        yield (
            "nobody_may",
            f"review.phase.{role}",
            (f"角色“{role}”未定义。", f"The role “{role}” is not defined."),
            ("请填写已定义的角色。", "Name a role that is defined."),
        )
    parted = {frozenset(separation.roles) for separation in programme.separations}
    if "poser" in judges and frozenset({"poser", "solver"}) not in parted:
        yield (
            "judges_itself",
            "separation",
            ("出题人评判时，须与答题人分离。", "A poser who judges must be kept apart from the solver."),
            ("请添加 poser 与 solver 的 [[separation]]。", "Add a [[separation]] of poser and solver."),
        )


def _rules(programme: ProgrammeType) -> Iterator[Finding]:
    known = set(FACTS) | {f"{kind}.{key}" for kind in FORM_FACTS for field in programme.fields for key in field.keys}
    for rule in programme.rules:
        for name in sorted(names(rule.expression) - known):
            yield (
                "unknown_fact",
                f"rule.{rule.id}",
                (
                    f"没有名为“{name}”的事实，规则永远不成立。",
                    f"There is no fact “{name}”: nobody could meet the rule.",
                ),
                ("请使用参考文档所列的事实或表单字段。", "Use a fact of the reference, or a field of the form."),
            )


def _follow_up(programme: ProgrammeType) -> Iterator[Finding]:
    machine = programme.machines.get("project")
    yield from project_findings(
        programme.project,
        research=programme.research_type,
        outcomes={transition.id for transition in machine.transitions} if machine else set(),
        itemised=programme.budget.regime is BudgetRegime.ITEMISED,
        pots=programme.decision.pots,
    )


def _appointed(programme: ProgrammeType) -> Iterator[Finding]:
    """Roles that are named before opening exist; a gate is judged by such roles and asks for terms that exist."""
    terms = {term.id for term in programme.terms}
    for role in sorted(set(programme.appointed) - set(programme.roles)):
        yield (
            "nobody_may",
            f"appointed.{role}",
            (f"角色“{role}”未定义。", f"The role “{role}” is not defined."),
            ("请填写已定义的角色。", "Name a role that is defined."),
        )
    if set(programme.project.closed_by) - set(programme.appointed):
        yield (
            "gate_by",
            "project.closed_by",
            ("验收人未在通知中指定。", "Who accepts the result is not named by the call."),
            ("请在 appointed 中列出。", "List the role under appointed."),
        )
    for gate in programme.project.gates:
        if set(gate.by) - set(programme.appointed) or set(gate.frozen) - terms:
            yield (
                "gate_by",
                f"project.gate.{gate.id}",
                (
                    "关口的评判人或冻结指标未在通知中规定。",
                    "Its judges or its frozen terms are not laid down by the call.",
                ),
                ("请在 appointed 与 frozen 中列出。", "List them under appointed and frozen."),
            )
