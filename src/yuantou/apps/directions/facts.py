"""What opens the acts of questions and consultations; the words and what is written by hand stand in the register."""

from yuantou.apps.directions.models import Question
from yuantou.apps.workflow.facade import Case, Lacking, knows, posts, provides, takes
from yuantou.kernel.local_text import LocalText

PIECES = 3
"""Pieces of evidence that a priority rests on, at least."""

takes("question", "merge", "prioritise", others=True)
takes("consultation", "open", "close", "publish")
knows("role", "officer", "contributor", "scientist", "member")

posts("question", "target")


@provides("both_languages", "question")
def _both_languages(case: Case) -> bool:
    q: Question = case.record
    texts = (q.title_zh, q.title_en, q.statement_zh, q.statement_en, q.why_now_zh, q.why_now_en)
    return all(text.strip() for text in texts)


@provides("three_evidence", "question")
def _three_evidence(case: Case) -> bool | Lacking:
    had = case.record.evidence.count()
    return had >= PIECES or Lacking(
        LocalText(
            f"定为优先须有至少 {PIECES} 项证据，现有 {had} 项。",
            f"A priority needs at least {PIECES} pieces of evidence; there are {had}.",
        )
    )


@provides("target", "question")
def _target(case: Case) -> bool:
    target: Question | None = case.given.get("target")
    return target is not None and target.pk != case.record.pk and target.is_now.listed


@provides("has_questions", "consultation")
def _has_questions(case: Case) -> bool:
    return bool(case.record.questions.exists())


@provides("all_answered", "consultation")
def _all_answered(case: Case) -> bool | Lacking:
    left = case.record.comments.filter(answer="").count()
    return not left or Lacking(LocalText(f"还有 {left} 条意见未答复。", f"{left} comments have no answer yet."))
