"""What opens the steps of findings and cases, and what letters about them say.

What only judges a text or a column stands in the register.
"""

from typing import Any

from yuantou.apps.integrity.models import Case as CaseRecord
from yuantou.apps.integrity.models import Finding
from yuantou.apps.integrity.rules import COMMITTEE, MEASURES
from yuantou.apps.links import link_to
from yuantou.apps.workflow.facade import (
    SYSTEM,
    Case,
    Lacking,
    announces,
    corresponds,
    knows,
    posts,
    provides,
    takes,
)
from yuantou.kernel.local_text import LocalText

takes("finding", "answer", "lapse", "explain", "open_case")
takes("case", "accept", "notify", "reply", "lapse", "conclude", "plead", "waive", "sanction", "clear", "appeal")
takes("case", "enforce", "close", "uphold", "overturn", others=True)
announces("finding", "found")
announces("case", "reported")
knows("role", "integrity", "signatory", "committee", "author", "respondent", "reporter")

posts("finding", "text")
posts("case", "text", "measure")


def _said(record: Any, _language: str) -> dict[str, str]:
    due = f"{record.due_at:%Y-%m-%d}" if record.due_at else "—"
    if isinstance(record, Finding):
        title = record.proposal.title_zh or record.proposal.title_en
        return {"title": title, "due": due, "link": link_to("integrity:finding", record.pk)}
    return {"number": record.number, "due": due, "link": link_to("integrity:case", record.pk)}


corresponds(Finding, says=_said, words=("title", "due", "link"))
corresponds(CaseRecord, says=_said, words=("number", "due", "link"))


@provides("clock_over", "finding", "case")
def _clock_over(case: Case) -> bool:
    return case.record.due_at is not None and case.now > case.record.due_at


@provides("clock_runs", "case")
def _clock_runs(case: Case) -> bool | Lacking:
    due = case.record.due_at
    if due is None:
        return False
    ended = LocalText(f"期限已于 {due:%Y-%m-%d} 届满。", f"The time was over on {due:%Y-%m-%d}.")
    return case.now <= due or Lacking(ended)


@provides("committee_whole", "case")
def _committee_whole(case: Case) -> bool | Lacking:
    had = case.record.seats.count()
    return had >= COMMITTEE or Lacking(
        LocalText(
            f"调查组至少 {COMMITTEE} 人，现有 {had} 人。",
            f"A committee has at least {COMMITTEE} members; there are {had}.",
        )
    )


@provides("opinions_given", "case")
def _opinions_given(case: Case) -> bool | Lacking:
    seats = case.record.seats
    left = seats.filter(given_at=None).count()
    if left:
        return Lacking(LocalText(f"还有 {left} 位委员未提交意见。", f"Opinions still to be given: {left}."))
    return bool(seats.exists())


@provides("second_person", "case")
def _second_person(case: Case) -> bool:
    """Whoever wrote anything in a case had a part in it, and does not decide it."""
    return case.user != SYSTEM and not case.record.statements.filter(author=case.user.pk).exists()


@provides("third_person", "case")
def _third_person(case: Case) -> bool:
    return bool(_second_person(case)) and case.user.pk != case.record.decided_by_id


@provides("measure_named", "case")
def _measure_named(case: Case) -> bool:
    return case.given.get("measure") in MEASURES
