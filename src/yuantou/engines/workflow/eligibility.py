"""Eligibility and quota rules (限项) of a programme type, held against the facts of a proposal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from yuantou.engines.workflow.expressions import UnknownFactError, holds, names
from yuantou.engines.workflow.model import ProgrammeType, Rule
from yuantou.kernel.local_text import LocalText

FACTS: Final[Mapping[str, LocalText]] = {
    "applicant.age": LocalText("申请人年龄（申请当年1月1日）", "age on 1 January of the year of application"),
    "applicant.sex": LocalText("申请人性别", "sex"),
    "applicant.leave_years": LocalText("育儿、疾病等休假年数", "years of leave"),
    "applicant.career_years": LocalText("获得独立岗位以来的年数", "years since the first independent post"),
    "applicant.earlier_awards_of_type": LocalText("此前获同类资助次数", "earlier awards of this kind"),
    "applicant.other_proposals_in_call": LocalText("本批次其他在审申请数", "other proposals in this call"),
    "applicant.live_proposals": LocalText("在审申请数（含参与）", "proposals under way, own and joined"),
    "applicant.running_projects": LocalText("在研项目数（含参与）", "running projects, own and joined"),
    "institution.proposals_in_call": LocalText("本单位本批次其他申请数", "other proposals of the institution"),
    "partner_organisations": LocalText("已确认的参与单位", "institutions that have consented"),
    "applicant_countries": LocalText("申请各方所在国家", "countries of those who apply"),
    "stable_agreements": LocalText("在研稳定支持项目数", "running stable agreements"),
    "requested": LocalText("申请金额", "amount requested"),
    "call.year": LocalText("申请年度", "year of the call"),
}
"""Every fact that a rule may ask for, beside ``answers.<field>`` (a number of the form) and ``amounts.<field>`` (the
amounts at the ends of the lines of a text)."""

FORM_FACTS: Final = ("answers", "amounts")


class Verdict(StrEnum):
    """What became of a rule: it is met, it is not, or a fact that it needs is not on record."""

    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule with its verdict; ``lacking`` names the facts that are not on record."""

    rule: Rule
    verdict: Verdict
    lacking: tuple[str, ...] = ()

    @property
    def remedy(self) -> LocalText:
        """What the applicant can do."""
        if self.verdict is Verdict.UNKNOWN:
            zh = "、".join(fact_name(name).zh for name in self.lacking)
            en = ", ".join(fact_name(name).en for name in self.lacking)
            return LocalText(f"档案中缺少：{zh}。请在个人资料中补充。", f"Not on record: {en}. Add it to your profile.")
        return self.rule.remedy or LocalText("如有疑问，请联系项目主管。", "Ask the programme officer if in doubt.")


def fact_name(name: str) -> LocalText:
    """Return what a fact is called in both languages."""
    return FACTS.get(name, LocalText(name, name))


def rules_at(programme: ProgrammeType, *, when: str, on: date) -> tuple[Rule, ...]:
    """Return the rules of a moment that are in force on a day."""
    return tuple(rule for rule in programme.rules if rule.when == when and rule.since <= on.isoformat())


def needed(rules: tuple[Rule, ...]) -> set[str]:
    """Return the facts that rules ask for, so that nobody gathers what no rule needs."""
    return {name for rule in rules for name in names(rule.expression)}


def check(rule: Rule, facts: Mapping[str, Any]) -> Checked:
    """Hold a rule against facts (dotted names); a fact that is missing or ``None`` never counts as met."""
    asked = names(rule.expression)
    lacking = tuple(sorted(name for name in asked if facts.get(name) is None))
    if lacking and not _holds(rule.expression, facts):
        return Checked(rule, Verdict.UNKNOWN, lacking)
    return Checked(rule, Verdict.MET if _holds(rule.expression, facts) else Verdict.BROKEN)


def _holds(expression: str, facts: Mapping[str, Any]) -> bool:
    try:
        return holds(expression, _nested(facts))
    except UnknownFactError:
        return False


def _nested(facts: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in facts.items():
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = value
    return tree
