"""What follows an award, as data: agreement, reports, gates, instalments, changes and the template of evaluation."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yuantou.engines.workflow.expressions import names, parse
from yuantou.engines.workflow.finding import Finding
from yuantou.kernel.local_text import LocalText

Table = Mapping[str, Any]

START: Final = "start"
"""What an instalment waits for that no gate has to open: the signature of the agreement."""

CHANGE_FACTS: Final[Mapping[str, LocalText]] = {
    "change.months": LocalText("申请延期的月数", "months of extension asked for"),
    "change.extended": LocalText("已延期的月数", "months of extension granted before"),
    "change.share": LocalText("调剂金额占总额的比例", "share of the budget that is shifted"),
    "change.times": LocalText("同类变更此前获准的次数", "earlier changes of this kind that were approved"),
}
"""Every fact that the rule of a change may ask for."""

FINAL: Final[Table] = {"id": "final", "max_pages": 8, "name": {"zh": "结题报告", "en": "Final report"}}
WHOLE: Final[tuple[Table, ...]] = (
    {"id": "whole", "share": 1, "after": START, "name": {"zh": "一次拨付", "en": "Paid at once"}},
)
"""What holds where a type says nothing of its own: one final report, the award paid at once."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something named that is asked, ticked or filled in: a budget line, a check of diligence, a grade."""

    id: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Report:
    """A report that falls due every so many months, with a limit on its length; ``filed`` needs nobody's approval."""

    id: str
    name: LocalText
    every_months: int
    max_pages: int
    filed: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage gate of a running project: tests registered beforehand, the experts who judge, the possible outcomes.

    ``registrar`` is who registers the tests: the project lead, or the officer where nobody may write the own exam.
    ``by`` names roles of the call that judge here, each at least once; ``frozen`` the terms of the call that are the
    tests, word for word.
    """

    id: str
    name: LocalText
    month: int
    tests: LocalText
    outcomes: tuple[str, ...]
    judges: int = 1
    registrar: str = "holder"
    by: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instalment:
    """A ``share`` (0 to 1) of the award, released once the agreement is signed (``start``) or a gate is passed."""

    id: str
    name: LocalText
    share: float
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change that may be asked for; where its ``rule`` holds nobody has to approve it."""

    id: str
    name: LocalText
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an evaluation."""

    id: str
    name: LocalText
    question: LocalText


@dataclass(frozen=True, slots=True)
class Agency:
    """One of several agencies that pay: its pot of the decision, and the field of the form with what it was asked."""

    id: str
    name: LocalText
    field: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The template by which experts without conflicts judge what came out: questions, and how many experts.

    ``fits`` names the types of research that it is made for.
    """

    id: str
    name: LocalText
    judges: int
    questions: tuple[Question, ...]
    grades: tuple[Item, ...]
    fits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What follows an award: its length in months, and everything that falls due until it is closed.

    ``closed_by`` names roles of the call that accept the result at closure, each at least once.
    """

    months: tuple[int, int]
    reports: tuple[Report, ...]
    final: Report
    closing_days: int
    notice_days: int
    gates: tuple[Gate, ...]
    instalments: tuple[Instalment, ...]
    changes: tuple[Change, ...]
    lines: tuple[Item, ...]
    parts: str
    agencies: tuple[Agency, ...]
    evaluation: Evaluation
    diligence: tuple[Item, ...]
    closed_by: tuple[str, ...] = ()

    def report(self, report_id: str) -> Report:
        """Return a report by its id, the final one included."""
        return next(report for report in (*self.reports, self.final) if report.id == report_id)

    def gate(self, gate_id: str) -> Gate:
        """Return a gate by its id."""
        return next(gate for gate in self.gates if gate.id == gate_id)

    def calendar(self, months: int) -> list[tuple[Report, int, int]]:
        """Return every report of a project of some months as report, number (1 = first) and month, in order.

        Those that come round fall due before the end; at the end there is the final one alone.
        """
        found = [
            (report, turn, turn * report.every_months)
            for report in self.reports
            for turn in range(1, months)
            if turn * report.every_months < months
        ]
        return [*sorted(found, key=lambda due: (due[2], due[0].id)), (self.final, 1, months)]


def read_project(t: Table, library: Table, *, itemised: bool) -> ProjectPlan:
    """Read the table ``project`` of a programme type.

    ``library`` holds templates of evaluation, grades and budget lines; a lump sum takes no lines from it.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing or wrong; the loader names the place.
    """
    shortest, longest = t["months"]
    lines = t.get("lines", library.get("lines", ()) if itemised else ())
    return ProjectPlan(
        months=(shortest, longest),
        reports=tuple(_report(item) for item in t.get("report", ())),
        final=_report({"every_months": 0, **t.get("final", FINAL)}),
        closing_days=int(t.get("closing_days", 60)),
        notice_days=int(t.get("notice_days", 30)),
        gates=tuple(_gate(item) for item in t.get("gate", ())),
        instalments=tuple(
            Instalment(i["id"], LocalText.from_mapping(i["name"]), float(i["share"]), i.get("after", START))
            for i in t.get("instalment", WHOLE)
        ),
        changes=tuple(_change(item) for item in t.get("change", ())),
        lines=_items(lines),
        parts=t.get("parts", ""),
        agencies=tuple(Agency(a["id"], LocalText.from_mapping(a["name"]), a["field"]) for a in t.get("agency", ())),
        evaluation=_evaluation(t["evaluation"], library),
        diligence=_items(t.get("diligence", ())),
        closed_by=tuple(t.get("closed_by", ())),
    )


def _items(rows: Any) -> tuple[Item, ...]:
    return tuple(Item(row["id"], LocalText.from_mapping(row["name"])) for row in rows)


def _report(t: Table) -> Report:
    return Report(
        t["id"],
        LocalText.from_mapping(t["name"]),
        int(t["every_months"]),
        int(t["max_pages"]),
        bool(t.get("filed", False)),
    )


def _gate(t: Table) -> Gate:
    return Gate(
        id=t["id"],
        name=LocalText.from_mapping(t["name"]),
        month=int(t["month"]),
        tests=LocalText.from_mapping(t["tests"]),
        outcomes=tuple(t["outcomes"]),
        judges=int(t.get("judges", 1)),
        registrar=t.get("registrar", "holder"),
        by=tuple(t.get("by", ())),
        frozen=tuple(t.get("frozen", ())),
    )


def _change(t: Table) -> Change:
    rule = t.get("rule", "")
    if rule:
        parse(rule)
    return Change(t["id"], LocalText.from_mapping(t["name"]), rule)


def _evaluation(name: str, library: Table) -> Evaluation:
    """Return a template of the library; one that is not there has no questions, which makes the type unsound."""
    t = library.get("evaluation", {}).get(name, {"name": name, "judges": 0, "question": ()})
    questions = tuple(
        Question(q["id"], LocalText.from_mapping(q["name"]), LocalText.from_mapping(q["question"]))
        for q in t["question"]
    )
    grades, fits = _items(library.get("grades", ())), tuple(t.get("fits", ()))
    return Evaluation(name, LocalText.from_mapping(t["name"]), int(t["judges"]), questions, grades, fits)


def project_findings(
    plan: ProjectPlan, *, research: str, outcomes: set[str], itemised: bool, pots: Collection[str]
) -> Iterator[Finding]:
    """Yield what makes a plan unsound: code, place, message and remedy, both in Chinese and English.

    ``research`` is the type of research, ``outcomes`` are the transitions of the machine of projects, ``pots`` who
    pays.
    """
    shortest, longest = plan.months
    if shortest > longest:
        yield (
            "months",
            "project.months",
            ("期限须先短后长。", "The shortest duration comes before the longest."),
            ("请改为 [最短, 最长]。", "Write [shortest, longest]."),
        )
    for gate in plan.gates:
        yield from _gate_findings(gate, shortest, outcomes)
    yield from _instalment_findings(plan)
    yield from _agreement_findings(plan, itemised=itemised, pots=pots)
    yield from _change_findings(plan)
    if not plan.evaluation.questions or plan.evaluation.judges < 1 or not plan.evaluation.grades:
        yield (
            "evaluation",
            "project.evaluation",
            (
                f"没有名为“{plan.evaluation.id}”的评价模板。",
                f"There is no template of evaluation “{plan.evaluation.id}”.",
            ),
            ("请使用 [library.evaluation] 中的模板，或添加一个。", "Use one of [library.evaluation], or add it there."),
        )
    elif research not in plan.evaluation.fits:
        yield (
            "evaluation_misfit",
            "project.evaluation",
            (
                f"评价模板“{plan.evaluation.name.zh}”不适用于此类研究（{research}）。",
                f"The template “{plan.evaluation.name.en}” does not fit this type of research ({research}).",
            ),
            ("请选用适合的模板，或在 fits 中写明。", "Choose one that fits, or say so under its fits."),
        )


def _gate_findings(gate: Gate, shortest: int, outcomes: set[str]) -> Iterator[Finding]:
    where = f"project.gate.{gate.id}"
    for outcome in gate.outcomes:
        if outcome not in outcomes:
            yield (
                "gate_outcome",
                where,
                (f"关口结果“{outcome}”没有对应的转换。", f"The outcome “{outcome}” is no transition of a project."),
                ("请使用项目状态机中的转换。", "Use a transition of the machine of projects."),
            )
    if gate.month > shortest:
        yield (
            "gate_month",
            where,
            ("关口晚于最短项目的结束。", "The gate lies after the end of the shortest project."),
            ("请提前该关口。", "Set it earlier."),
        )


def _instalment_findings(plan: ProjectPlan) -> Iterator[Finding]:
    total = sum(instalment.share for instalment in plan.instalments)
    if abs(total - 1) > 1e-9:
        yield (
            "instalments",
            "project.instalment",
            (f"各期拨款之和为 {total:g}，应为 1。", f"The instalments sum to {total:g}, not to 1."),
            ("请调整 share。", "Adjust their shares."),
        )
    for instalment in plan.instalments:
        if instalment.after not in {START, *(gate.id for gate in plan.gates)}:
            yield (
                "instalment_after",
                f"project.instalment.{instalment.id}",
                (f"没有名为“{instalment.after}”的关口。", f"There is no gate “{instalment.after}”."),
                ("请写 start 或某一关口。", "Name a gate, or start."),
            )


def _agreement_findings(plan: ProjectPlan, *, itemised: bool, pots: Collection[str]) -> Iterator[Finding]:
    if plan.lines and not itemised:
        yield (
            "lump_sum_with_lines",
            "project.lines",
            ("包干制不得有预算科目。", "A lump sum cannot have budget lines."),
            ("请删除 lines。", "Remove lines."),
        )
    if plan.parts == "agencies" and {agency.id for agency in plan.agencies} != set(pots):
        yield (
            "agencies",
            "project.agency",
            ("各出资机构须与 decision.pots 一致。", "The agencies must be those of decision.pots."),
            ("请逐一写明 agency。", "Name each of them as agency."),
        )


def _change_findings(plan: ProjectPlan) -> Iterator[Finding]:
    for change in plan.changes:
        for name in sorted(names(change.rule) - set(CHANGE_FACTS)) if change.rule else ():
            yield (
                "unknown_fact",
                f"project.change.{change.id}",
                (f"没有名为“{name}”的事实，规则永远不成立。", f"There is no fact “{name}”: the rule would never hold."),
                (f"可用：{'、'.join(CHANGE_FACTS)}。", f"There are: {', '.join(CHANGE_FACTS)}."),
            )
