"""Reports and stage gates: writing, registering tests beforehand, handing in, reading, judging."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import keep_draft
from yuantou.apps.calls.facade import terms_hold
from yuantou.apps.projects.closure import end
from yuantou.apps.projects.models import Gate, Project, Report
from yuantou.apps.projects.money import release_after
from yuantou.apps.projects.steps import take
from yuantou.apps.workflow.facade import SYSTEM, only, stale
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

PAGE = 1000
"""Characters of a page."""


def room_of(report: Report) -> int:
    """Return how many characters a report may have."""
    return report.plan.max_pages * PAGE


# --- reports ------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_report(*, report: Report, text: str, user: User, version: int | None) -> Report:
    """Save a report as far as it is written.

    Raises
    ------
    StaleError
        If it was changed elsewhere.
    """
    only(user, report, "holder", when=("writable",))
    if version is not None and version != report.version:
        raise stale()
    report.text, report.version = text.strip(), report.version + 1
    report.save(update_fields=["text", "version"])
    keep_draft(kind="report", key=report.pk, content=report.text, actor=user.actor)
    return report


@transaction.atomic
def submit_report(*, report: Report, user: User, now: datetime) -> None:
    """Submit a report; one that is only filed is accepted at once."""
    if not report.project.is_now.running:
        only(user, report.project, "holder", when=("running",))
    digest = content_hash(report.text)
    changes, data = {"submitted_at": now, "content_hash": digest}, {"content": digest}
    take(report, "submit", user=user, now=now, changes=changes, data=data)
    if report.plan.filed:
        take(report, "accept", user=SYSTEM, now=now)


@transaction.atomic
def accept_reports(*, reports: Iterable[Report], user: User, now: datetime) -> None:
    """Accept reports that were read."""
    for report in reports:
        take(report, "accept", user=user, now=now)


@transaction.atomic
def return_report(*, report: Report, reason: str, user: User, now: datetime) -> None:
    """Return a report for a reason that its writer is told."""
    take(report, "return", user=user, now=now, reason=reason, changes={"remark": reason.strip()})


# --- gates --------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_tests(*, gate: Gate, tests: str, user: User, now: datetime) -> None:
    """Register the tests of a gate and what passes them, under their hash; they never change afterwards.

    Where the type says that they are terms frozen when the call opened, no other text is taken.
    """
    tests = tests.strip().replace("\r\n", "\n")
    digest = content_hash(tests)
    changes = {"tests": tests, "tests_hash": digest, "registered_at": now}
    take(gate, "register", user=user, now=now, given={"tests": tests}, changes=changes, data={"t": digest})


def frozen_tests(gate: Gate) -> str:
    """Return the tests of a gate that were frozen when its call opened; empty where they are written later.

    Raises
    ------
    NotAllowedError
        If the terms are not those whose hash the ledger holds since publication.
    """
    call, plan = gate.project.call, gate.plan
    if not plan.frozen:
        return ""
    if not terms_hold(call):
        raise NotAllowedError(
            LocalText("冻结条款与发布时的哈希不符。", "The frozen terms are not those that were published."),
            LocalText("请核查账本。", "Please look into the ledger."),
            code="terms.changed",
        )
    terms = [term for term in call.programme.terms if term.id in plan.frozen]
    return "\n\n".join(f"{term.label.zh} {term.label.en}\n{str(call.terms[term.id]).strip()}" for term in terms)


def next_gate(project: Project) -> Gate | None:
    """Return the gate that comes next, or at which the project stands."""
    return project.gates.exclude(state__means="judged").order_by("due_at").first()


@transaction.atomic
def reach_gate(*, project: Project, user: User | str, now: datetime) -> None:
    """Bring a project to its next gate: its day has come and its tests were registered beforehand."""
    gate = next_gate(project)
    take(project, "reach_gate", user=user, now=now, data={"gate": gate.pk} if gate else {})


@transaction.atomic
def answer_gate(*, gate: Gate, results: str, user: User, now: datetime) -> None:
    """Hand in what the registered tests gave."""
    results = results.strip()
    said, digest = {"results": results}, content_hash(results)
    changes = {**said, "results_hash": digest}
    take(gate, "answer", user=user, now=now, given=said, changes=changes, data={"results": digest})


@transaction.atomic
def judge_gate(
    *, gate: Gate, outcome: str, reason: str, user: User, now: datetime, into: Project | None = None
) -> None:
    """Judge a gate: the project advances, merges into another that runs in the same call, or stops with honour.

    Raises
    ------
    NotAllowedError
        If the type has no such outcome at this gate, or there is nothing to merge into.
    """
    project = gate.project
    if outcome not in gate.plan.outcomes:
        raise NotAllowedError(LocalText("此关口没有这一结果。", "This gate has no such outcome."), code="gate.outcome")
    if outcome == "merge":
        _mergeable(project, into)
    changes = {"outcome": outcome, "reason": reason.strip(), "judged_at": now}
    says = {"what": gate.plan.name, "outcome": outcome_name(project.programme, outcome)}
    take(gate, "judge", user=user, now=now, reason=reason, changes=changes, data={"outcome": outcome}, says=says)
    if outcome == "advance":
        take(project, outcome, user=user, now=now, reason=reason, says=says)
        release_after(project, gate.plan_id, now=now)
        return
    merged = {"merged_into": into} if outcome == "merge" else {}
    end(project, outcome, user=user, now=now, reason=reason, changes=merged, says=says)


def _mergeable(project: Project, into: Project | None) -> None:
    if into is None or into.pk == project.pk or into.call_id != project.call_id or into.closed_at is not None:
        raise NotAllowedError(
            LocalText("请选择同一批次中在研的另一项目。", "Choose another running project of the same call."),
            code="gate.merge",
        )


def outcome_name(programme: ProgrammeType, outcome: str) -> LocalText:
    """Return the name of an outcome as the type has it."""
    step = programme.machine("project").transition(outcome)
    return step.name if step else LocalText(outcome, outcome)
