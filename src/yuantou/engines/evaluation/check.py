"""Is a portfolio complete, and does a grade say why? Numbers of works are bounded and never scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuantou.engines.evaluation.template import Template
from yuantou.kernel.local_text import LocalText

CREDIT: Final = {
    "conceptualization": LocalText("概念提出", "Conceptualization"),
    "methodology": LocalText("方法设计", "Methodology"),
    "software": LocalText("软件", "Software"),
    "validation": LocalText("验证", "Validation"),
    "formal_analysis": LocalText("形式分析", "Formal analysis"),
    "investigation": LocalText("实验与调查", "Investigation"),
    "resources": LocalText("资源提供", "Resources"),
    "data_curation": LocalText("数据管理", "Data curation"),
    "writing_original_draft": LocalText("初稿写作", "Writing: original draft"),
    "writing_review_editing": LocalText("审阅修改", "Writing: review and editing"),
    "visualization": LocalText("可视化", "Visualization"),
    "supervision": LocalText("指导", "Supervision"),
    "project_administration": LocalText("项目管理", "Project administration"),
    "funding_acquisition": LocalText("经费获取", "Funding acquisition"),
}
"""The fourteen roles of contributors (ANSI/NISO Z39.104-2022, CRediT)."""

LEAST_STATEMENT: Final = 20
LEAST_REASON: Final = 15
"""Characters below which a text says nothing: a contribution, a reason for a grade."""


@dataclass(frozen=True, slots=True)
class Work:
    """One representative work: kind, own contribution in words and roles, evidence, and whether it is Chinese."""

    title: str
    kind: str
    contribution: str
    roles: tuple[str, ...]
    evidence: str
    home_venue: bool | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is handed in: the works and a statement of what they are about together."""

    statement: str
    works: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing (``advice`` false) or worth a thought (true): where, what, and the remedy."""

    where: str
    message: LocalText
    remedy: LocalText
    advice: bool = False


def lacks_of(portfolio: Portfolio, template: Template) -> tuple[Lack, ...]:
    """Return what a portfolio lacks under its template, in the order of the form.

    That a third of the papers stands in Chinese venues "in principle" (国科发监〔2020〕37号) is advice, never a bar.
    """
    found = []
    if len(portfolio.statement.strip()) < LEAST_STATEMENT:
        found.append(_lack("statement", "请写明这些工作共同回答的问题。", "Say what the works answer together."))
    if not 1 <= len(portfolio.works) <= template.most_works:
        found.append(
            _lack(
                "works",
                f"请列出 1 至 {template.most_works} 项代表作。",
                f"Give between 1 and {template.most_works} representative works.",
            )
        )
    for number, work in enumerate(portfolio.works, 1):
        found.extend(_of_work(number, work, template))
    papers = [work for work in portfolio.works if work.kind == "paper" and work.home_venue is not None]
    if len(papers) >= 3 and sum(work.home_venue is True for work in papers) * 3 < len(papers):
        found.append(
            Lack(
                "works",
                LocalText(
                    "代表作论文中在国内期刊发表的不足三分之一。",
                    "Fewer than a third of the papers stand in Chinese venues.",
                ),
                LocalText(
                    "原则性要求，可说明理由后提交。",
                    "A principle, not a bar: hand in all the same if there is a reason.",
                ),
                advice=True,
            )
        )
    return tuple(found)


def _of_work(number: int, work: Work, template: Template) -> list[Lack]:
    where = f"works.{number}"
    found = []
    if not work.title.strip():
        found.append(_lack(where, f"第 {number} 项没有名称。", f"Work {number} has no title."))
    if work.kind not in template.kinds:
        found.append(
            _lack(
                where,
                f"第 {number} 项的类型不在此类评价范围内。",
                f"Work {number} is of a kind that this category does not take.",
            )
        )
    if len(work.contribution.strip()) < LEAST_STATEMENT:
        found.append(
            _lack(
                where, f"请写明您对第 {number} 项的具体贡献。", f"Say what you yourself contributed to work {number}."
            )
        )
    if not work.roles or set(work.roles) - set(CREDIT):
        found.append(
            _lack(where, f"请为第 {number} 项选择贡献角色。", f"Choose roles of contribution for work {number}.")
        )
    if not work.evidence.strip():
        found.append(_lack(where, f"请给出第 {number} 项的证据。", f"Give the evidence for work {number}."))
    return found


def _lack(where: str, zh: str, en: str) -> Lack:
    return Lack(where, LocalText(zh, en), LocalText("请补充后再提交。", "Add it, then hand in."))


def reason_lacks(scores: dict[str, int], reasons: dict[str, str], criteria: Sequence[str]) -> tuple[Lack, ...]:
    """Return what an assessment lacks: every criterion a grade from 1 to 5, every grade its reason in words."""
    found = []
    for key in criteria:
        if scores.get(key) not in {1, 2, 3, 4, 5}:
            found.append(_lack(key, "请选择 1 至 5 的等级。", "Choose a grade from 1 to 5."))
        if len(reasons.get(key, "").strip()) < LEAST_REASON:
            found.append(
                _lack(
                    key,
                    "等级须有文字理由；只有分数不予接受。",
                    "A grade needs its reason in words; a bare score is not accepted.",
                )
            )
    return tuple(found)
