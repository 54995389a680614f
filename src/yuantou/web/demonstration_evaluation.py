"""Evaluation in the demonstration: one round concluded, with intervals and reasons, and one that takes portfolios."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Count

from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.outcomes import assess, domain
from yuantou.apps.outcomes.conflicts import conflicts_of
from yuantou.apps.outcomes.models import Assessment, Portfolio, Round
from yuantou.apps.registry.models import Affiliation, Organisation
from yuantou.kernel.local_text import LocalText

DAY: Final = timedelta(days=1)
QUESTIONS: Final = (
    LocalText("弱耦合条件下，判据何时成立？", "When does the criterion hold under weak coupling?"),
    LocalText(
        "噪声存在时，多少数据足以区分两个机制？", "How much data separates two mechanisms in the presence of noise?"
    ),
    LocalText("这一反应在常温下为何不发生？", "Why does this reaction not happen at room temperature?"),
)
WORKS: Final = (
    (
        "paper",
        LocalText("一个可检验的判据", "A criterion that can be tested"),
        LocalText(
            "提出判据并给出证明的关键一步；反例由合作者给出。",
            "Proposed the criterion and proved its key step; the counterexample is a coauthor's.",
        ),
    ),
    (
        "data",
        LocalText("留出测试数据集", "A held-out test set"),
        LocalText(
            "设计采样方案，完成全部标注核对，数据与脚本公开。",
            "Designed the sampling and checked every label; data and scripts are open.",
        ),
    ),
    (
        "negative",
        LocalText("一条走不通的路线", "A route that fails"),
        LocalText(
            "独立完成三次重复，确认原假设不成立，并公开记录。",
            "Repeated it three times alone, found that the assumption does not hold, and published the records.",
        ),
    ),
)
EVIDENCE: Final = LocalText(
    "见所附原文第 3、4 节及公开的数据记录。", "Sections 3 and 4 of the work, and the open records of the data."
)
REASONS: Final = {
    "originality": LocalText(
        "第 3 节的想法此前没有；最接近的工作只处理了对称情形。",
        "The idea of section 3 was not there before; the closest work treats the symmetric case only.",
    ),
    "rigour": LocalText(
        "数据和脚本齐备，我重复了图 2，差异在误差之内。",
        "Data and scripts are at hand; I repeated figure 2 within the errors.",
    ),
    "openness": LocalText(
        "五年围绕同一问题，失败的路线也有记录。", "Five years on one question; the route that failed is on record too."
    ),
    "advance": LocalText(
        "后续两组研究以此判据为起点，说明见证据。", "Two later groups start from this criterion, as the evidence says."
    ),
}
GRADES: Final = ((5, 4, 4, 4), (4, 4, 3, 4), (3, 4, 5, 3))
JUDGES: Final = 3


def both(text: LocalText) -> str:
    """Return a text as a bilingual person writes it."""
    return f"{text.zh} {text.en}"


def _largest_house() -> Organisation | None:
    """Return the institution with the most accounts, so that there are candidates."""
    stays = Affiliation.objects.filter(end__isnull=True, person__user__isnull=False)
    counted = stays.values("organisation").annotate(n=Count("pk")).order_by("-n", "organisation")
    return Organisation.objects.filter(pk=counted[0]["organisation"]).first() if counted else None


class Evaluations:
    """Rounds of one university, taken through the verbs that people use."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.now = loader, loader.now

    def load(self) -> None:
        """A concluded round with three candidates, and an open one."""
        house = _largest_house()
        grant = RoleGrant.objects.filter(role="institution", organisation=house).select_related("user").first()
        if house is None or grant is None:
            return
        self.office, self.house = grant.user, house
        title = LocalText("基础研究五年期代表作评价（演示）", "Basic research, five-year evaluation (demonstration)")
        concluded = self._assessed("basic", title, self.now - 120 * DAY, take=len(QUESTIONS), finish=True)
        domain.move_round(record=concluded, action="conclude", user=self.office, now=self.now - 60 * DAY)
        title = LocalText("基础研究代表作评价，评议中（演示）", "Basic research, in assessment (demonstration)")
        self._assessed("basic", title, self.now - 35 * DAY, take=1, finish=False)
        self._round(
            "applied",
            3,
            LocalText("应用研究代表作评价（演示）", "Applied research, representative works (demonstration)"),
            self.now,
        )

    def _round(self, category: str, cycle: int, title: LocalText, at: Any) -> Round:
        made = domain.create_round(
            organisation=self.house, user=self.office, now=at, title_zh=title.zh, title_en=title.en, category=category,
            cycle=cycle, closes_at=at + 30 * DAY, due_at=at + 60 * DAY, judges=JUDGES, hide_venues=True,
            wording_trial=category == "basic",
        )  # fmt: skip
        domain.move_round(record=made, action="open", user=self.office, now=at)
        return made

    def _assessed(self, category: str, title: LocalText, at: Any, *, take: int, finish: bool) -> Round:
        """Hand in so many portfolios and ask assessors; they have judged if it is to be finished."""
        record = self._round(category, 5, title, at)
        handed = [self._portfolio(record, user, number, at) for number, user in enumerate(self._candidates()[:take])]
        at += 31 * DAY
        domain.move_round(record=record, action="assess", user=self.office, now=at)
        judges = self._judges([portfolio.candidate for portfolio in handed], at)
        for number, portfolio in enumerate(Portfolio.objects.filter(round=record)):
            for turn, judge in enumerate(judges):
                row = assess.ask_assessor(portfolio=portfolio, email=judge.email, user=self.office, now=at)
                if finish:
                    self._judge(row, judge, GRADES[number], turn, at)
        return record

    def _candidates(self) -> list[User]:
        here = User.objects.filter(
            person__affiliations__organisation=self.house, person__affiliations__end__isnull=True
        )
        rows = here.filter(grants__isnull=True, person__expert__isnull=True).distinct().order_by("person_id")
        return list(rows[: len(QUESTIONS)])

    def _judges(self, candidates: list[Any], at: Any) -> list[User]:
        """Experts of the pool without a conflict with any candidate; the demonstration reviewer first."""
        pool = User.objects.filter(person__expert__isnull=False, grants__isnull=True).order_by("person_id")
        first = list(pool.filter(email__startswith="reviewer@"))
        found: list[User] = []
        for user in [*first, *pool[:200]]:
            if user not in found and not any(conflicts_of(user, person, at) for person in candidates):
                found.append(user)
            if len(found) == JUDGES:
                break
        return found

    def _portfolio(self, record: Round, user: User, number: int, at: Any) -> Portfolio:
        begun = domain.begin_portfolio(record=record, user=user, now=at + DAY)
        works = [
            {
                "kind": kind, "title": both(title), "year": at.year - 1, "contribution": both(own),
                "evidence": both(EVIDENCE), "roles": ["conceptualization", "investigation"], "home_venue": True,
                "venue": "演示期刊 Demonstration Journal" if kind == "paper" else "",
            }
            for kind, title, own in WORKS[number:] + WORKS[:number]
        ]  # fmt: skip
        saved = domain.save_portfolio(
            portfolio=begun, statement=both(QUESTIONS[number]), works=works, user=user, now=at + 2 * DAY, version=None
        )
        domain.move_portfolio(portfolio=saved, action="submit", user=user, now=at + 3 * DAY)
        return saved

    def _judge(self, row: Assessment, judge: User, grades: tuple[int, ...], turn: int, at: Any) -> None:
        shift = (turn == 1) - (turn == 2)  # one judge is mild, one is strict
        given = {key: min(5, max(1, grade + shift)) for key, grade in zip(REASONS, grades, strict=True)}
        reasons = {key: both(text) for key, text in REASONS.items()}
        row = assess.save_assessment(row=row, grades=given, reasons=reasons, user=judge, now=at + 9 * DAY, version=None)
        assess.give_assessment(row=row, user=judge, now=at + 10 * DAY)
