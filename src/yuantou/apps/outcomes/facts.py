"""What opens the acts of rounds, portfolios and assessments, and what letters about them say."""

from yuantou.apps.links import link_to
from yuantou.apps.outcomes.domain import lacks, template_of
from yuantou.apps.outcomes.models import Assessment, Portfolio, Round
from yuantou.apps.workflow.facade import (
    Case,
    Lacking,
    announces,
    corresponds,
    counted_in,
    knows,
    posts,
    provides,
    takes,
)
from yuantou.engines.evaluation import reason_lacks
from yuantou.kernel.errors import Problem
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText

ZONE = "Asia/Shanghai"
_KEPT = LocalText("已填写的内容均已保存。", "What you typed is saved.")

takes("round", "open", "assess", "conclude", others=True)
takes("portfolio", "submit", "take_back", "settle", others=True)
takes("assessment", "give", "decline", "recall")
takes("light_check", "note")
announces("portfolio", "assessor_asked")
knows("role", "manager", "candidate", "assessor")

posts("light_check", "text")


def _said(portfolio: Portfolio, language: str) -> dict[str, str]:
    row = portfolio.round
    title = LocalText(row.title_zh, row.title_en).in_language(language)
    return {"round": title, "due": f"{row.due_at:%Y-%m-%d}", "link": link_to("outcomes:portfolio", portfolio.pk)}


corresponds(Portfolio, says=_said, words=("round", "due", "link"))


@provides("complete", "round")
def _round_complete(case: Case) -> bool | Lacking:
    row: Round = case.record
    if not (row.title_zh.strip() and row.title_en.strip()):
        return Lacking(LocalText("请填写中英文名称。", "Give its title in Chinese and English."))
    past = LocalText("材料截止时间已过，无法开放。", "The time for handing in is over already.")
    return case.now < row.closes_at or Lacking(past)


@provides("deadline_passed", "round")
def _deadline_passed(case: Case) -> bool | Lacking:
    at = print_instant(case.record.closes_at, ZONE)
    early = LocalText(
        f"材料提交至 {at} 为止，此后方可评议。", f"Portfolios may be handed in until {at}, not assessed before."
    )
    return case.now >= case.record.closes_at or Lacking(early)


@provides("has_portfolios", "round")
def _has_portfolios(case: Case) -> bool:
    return bool(case.record.portfolios.filter(state__means="handed_in").exists())


@provides("enough_assessments", "round")
def _enough_assessments(case: Case) -> bool | Lacking:
    """Each portfolio has as many assessments as the round asks for, and nobody is still asked."""
    row: Round = case.record
    waiting = row.portfolios.filter(state__means="handed_in").prefetch_related("assessments")
    left = sum(not _judged(list(one.assessments.all()), row.judges) for one in waiting)
    return not left or Lacking(
        LocalText(
            f"还有 {left} 份材料评议未齐（每份至少 {row.judges} 份评议，且无待评议者）。",
            f"Portfolios still to be assessed: {left} (each by {row.judges} at least, with nobody still asked).",
        )
    )


def _judged(rows: list[Assessment], judges: int) -> bool:
    return not any(row.is_now.asked for row in rows) and sum(row.is_now.given for row in rows) >= judges


@provides("round_open", "portfolio")
def _round_open(case: Case) -> bool:
    row: Round = case.record.round
    return row.is_now.collecting and case.now < row.closes_at


@provides("complete", "portfolio")
def _portfolio_complete(case: Case) -> bool | Lacking:
    missing = [lack for lack in lacks(case.record) if not lack.advice]
    return not missing or Lacking(
        LocalText("材料尚不完整。", "The portfolio is not complete."),
        LocalText("请按提示补充。", "Add what is named below."),
        tuple(Problem("portfolio.lacks", lack.message, lack.remedy) for lack in missing),
    )


@provides("round_assessing", "assessment")
def _round_assessing(case: Case) -> bool:
    return bool(case.record.portfolio.round.is_now.assessing)


@provides("reasons_given", "assessment")
def _reasons_given(case: Case) -> bool | Lacking:
    """Every grade has its reason; what must not count is told in the same breath, so that it is mended once."""
    gaps = _gaps(case.record)
    told = (*gaps, *_banned(case.record))
    return not gaps or Lacking(LocalText("评议尚不能提交。", "The assessment cannot be given yet."), _KEPT, told)


@provides("no_banned_metric", "assessment")
def _no_banned_metric(case: Case) -> bool | Lacking:
    banned = _banned(case.record)
    return not banned or Lacking(remedy=_KEPT, problems=banned)


def _gaps(row: Assessment) -> tuple[Problem, ...]:
    names = _names(row)
    return tuple(
        Problem("assessment.lacks", _at(names[lack.where], lack.message), lack.remedy)
        for lack in reason_lacks(row.grades, row.reasons, list(names))
    )


def _banned(row: Assessment) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            "assessment.banned",
            _at(
                name,
                LocalText(
                    f"“{found.words}”：{found.clause.name.zh}（{found.clause.source}）",
                    f"“{found.words}”: {found.clause.name.en} ({found.clause.source})",
                ),
            ),
            found.clause.remedy,
        )
        for key, name in _names(row).items()
        for found in counted_in(row.reasons.get(key, ""))
    )


def _names(row: Assessment) -> dict[str, LocalText]:
    return {criterion.id: criterion.name for criterion in template_of(row.portfolio.round).criteria}


def _at(name: LocalText, message: LocalText) -> LocalText:
    return LocalText(f"{name.zh}：{message.zh}", f"{name.en}: {message.en}")
