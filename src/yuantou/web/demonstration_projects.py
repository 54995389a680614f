"""Past calls of the demonstration: what was awarded runs on, stands at a gate, or is closed with honour."""

from datetime import datetime, timedelta
from typing import Any, Final

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.domain import draft_list, hash_of, run_publishing, sign_list
from yuantou.apps.decisions.domain import start_publishing as publish
from yuantou.apps.decisions.rankings import run_ranking, start_ranking
from yuantou.apps.jobs.models import Job, JobState
from yuantou.apps.projects import agreement, assess, closure, duties
from yuantou.apps.projects.calendar import follow_projects
from yuantou.apps.projects.models import Gate, Project
from yuantou.apps.projects.money import record_payment
from yuantou.apps.review.domain import finish_review
from yuantou.apps.review.models import Expert
from yuantou.demo.generate import demo_records
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import silent

YEAR: Final = timedelta(days=365)
GOALS: Final = LocalText(
    "给出可检验的判据，并以一个独立数据集验证。", "A criterion that can be tested, and a test on independent data."
)
TESTS: Final = LocalText(
    "测试一：在留出数据上误差低于 5%。\n测试二：独立小组重复一次，差异低于 1%。",
    "Test 1: an error below 5 % on held-out data.\nTest 2: one repetition by another group, within 1 %.",
)
RESULTS: Final = LocalText("测试一：3.8%。测试二：0.6%。", "Test 1: 3.8 %. Test 2: 0.6 %.")
TRIED: Final = LocalText(
    "试了两条路线。路线一的判据在小样本下不稳定，三次改进均无效；路线二得到一个较弱但可靠的界。原始数据与代码均已公开。",
    "Two routes were tried. The criterion of the first is unstable for small samples, and three repairs failed; the "
    "second gave a weaker bound that holds. Data and code are open.",
)
CAME_OUT: Final = LocalText(
    "预期的强判据不成立；给出了反例、一个可靠的弱界，以及他人可直接使用的测试数据集。",
    "The strong criterion that was hoped for does not hold. There are counterexamples, a weaker bound that does hold, "
    "and a set of test data that others can use.",
)
PASSED: Final = LocalText(
    "两项登记的测试均按登记的办法完成，结果可信。", "Both registered tests were done as registered; the results hold."
)
OPINION: Final = LocalText(
    "检验如实、记录完整；阴性结果对同行有价值。", "Honest tests, full records; the negative result is worth having."
)


def both(text: LocalText) -> str:
    """Return a text as a bilingual person writes it."""
    return f"{text.zh}\n{text.en}"


class PastCalls:
    """Two calls of earlier years, taken through the same verbs that people use."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.now = loader, loader.now

    def load(self) -> None:
        """A race whose runners stand at their first gate, and an exploration that ended without success."""
        records = list(demo_records("proposals"))
        self._race([self._again(record, "赛马", 24, 900_000) for record in records[20:23]])
        self._exploration([self._again(records[40], "", 12, 300_000), self._again(records[41], "", 36, 400_000)])

    @staticmethod
    def _again(record: dict[str, Any], mark: str, months: int, requested: int) -> dict[str, Any]:
        titles = {"title_zh": f"{mark}：{record['title_zh']}"} if mark else {}
        return {**record, **titles, "months": months, "requested": requested}

    def _race(self, records: list[dict[str, Any]]) -> None:
        zh, en = "“赛马制”项目（上一批次）", "Horse race (an earlier call)"
        call = self._decided(zh, en, records, 520, 1_800_000, "horse-race")
        for project in Project.objects.filter(call=call):
            self._signed(project, self.now - YEAR - timedelta(days=6))
            for gate in project.gates.all():
                tests, at = both(TESTS), self.now - timedelta(days=330)
                duties.register_tests(gate=gate, tests=tests, user=self._lead(project), now=at)
        follow_projects(now=self.now - timedelta(days=4))
        waiting = Project.objects.filter(call=call).order_by("-proposal__number").first()
        assert waiting is not None
        self.loader._rename(waiting.holder_id, "lead")
        first = Gate.objects.filter(project__call=call, plan_id="gate1").order_by("project__proposal__number").first()
        assert first is not None
        at = self.now - timedelta(days=2)
        duties.answer_gate(gate=first, results=both(RESULTS), user=self._lead(first.project), now=at)
        self._opinions(first.project, Gate.objects.get(pk=first.pk), 2, at)

    def _exploration(self, records: list[dict[str, Any]]) -> None:
        zh, en = "自由探索项目（往年）", "Free exploration (of an earlier year)"
        call = self._decided(zh, en, records, 700, 1_000_000, "free-exploration")
        started = self.now - timedelta(days=600)
        for project in Project.objects.filter(call=call):
            self._signed(project, started)
        ended = Project.objects.get(call=call, months=12)
        lead, at = self._lead(ended), self.now - timedelta(days=170)
        for row in ended.reports.all():
            saved = duties.save_report(report=row, text=both(TRIED), user=lead, version=row.version)
            duties.submit_report(report=saved, user=lead, now=at)
            duties.accept_reports(reports=[saved], user=self.loader.officer, now=at)
        closure.write_dossier(project=ended, tried=both(TRIED), outcome=both(CAME_OUT), user=lead)
        closure.hand_in(project=ended, user=lead, now=at)
        self._opinions(ended, None, ended.programme.project.evaluation.judges, at)
        checks = [item.id for item in ended.programme.project.diligence]
        closure.close_project(
            project=ended, action="close_diligent", reason=both(OPINION), user=self.loader.officer, now=at,
            diligence=checks,
        )  # fmt: skip

    # --- the stages ---------------------------------------------------------------------------------------------------

    def _decided(self, zh: str, en: str, records: list[dict[str, Any]], age: int, budget: int, type_id: str) -> Call:
        loader, closes = self.loader, self.now - timedelta(days=age)
        call, proposals = loader._accepted(zh, en, records, age, budget, type_id)
        for row in loader._assign(call, proposals, closes + timedelta(days=10)):
            loader._review(row, closes + timedelta(days=25))
        call.refresh_from_db()
        at = closes + timedelta(days=40)
        finish_review(call=call, user=loader.officer, now=at)
        ranking = start_ranking(call=call, user=loader.officer, now=at, seed=2026)
        self._work(ranking.job, run_ranking, at)
        ranking.refresh_from_db()
        made = draft_list(ranking=ranking, user=loader.officer, now=at)
        sign_list(decision_list=made, seen_hash=hash_of(made), user=loader.signatory, now=at)
        self._work(publish(decision_list=made, user=loader.officer, now=at), run_publishing, at)
        return call

    @staticmethod
    def _work(job: Job, run: Any, at: datetime) -> None:
        """Do the work of a job here and now; the worker then finds it done."""
        result = run(job, silent, now=at)
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, result=result, started_at=at, finished_at=at)

    def _lead(self, project: Project) -> User:
        return User.objects.get(person=project.holder_id)

    def _signed(self, project: Project, at: datetime) -> None:
        lead, plan = self._lead(project), project.programme.project
        values: dict[str, Any] = {"goals": both(GOALS), "pledge": True}
        values |= {f"line_{item.id}": "0" for item in plan.lines[1:]}
        values |= {f"line_{item.id}": str(project.amount) for item in plan.lines[:1]}
        agreement.save_agreement(project=project, values=values, user=lead, version=project.version)
        agreement.hand_agreement(project=project, user=lead, now=at)
        agreement.endorse_agreement(project=project, seen_hash=project.plan_hash, user=self.loader.office, now=at)
        agreement.countersign(project=project, seen_hash=project.plan_hash, user=self.loader.officer, now=at)
        for row in project.instalments.filter(state="released"):
            day, by = (at + timedelta(days=9)).date(), self.loader.officer
            record_payment(instalment=row, paid_on=day, reference=f"YL-{day:%Y}-{row.pk[:4]}", user=by, now=at)

    def _opinions(self, project: Project, gate: Gate | None, count: int, at: datetime) -> None:
        pool = list(Expert.objects.order_by("pk").prefetch_related("person__affiliations__organisation")[:40])
        kinds = assess.conflicts_of(project, pool, now=at)
        free = [expert for expert in pool if not kinds.get(expert.pk)][:count]
        officer, template = self.loader.officer, project.programme.project.evaluation
        project.refresh_from_db()
        for row in assess.appoint(project=project, gate=gate, experts=free, user=officer, now=at):
            grades = [template.grades[0 if gate or n else -1].id for n in range(len(template.questions))]
            marks = {question.id: grade for question, grade in zip(template.questions, grades, strict=True)}
            assess.give_verdict(
                verdict=row, marks=marks, opinion=both(PASSED if gate else OPINION), user=row.person.user, now=at
            )
