"""What the pages of the directions room show, gathered in few queries."""

from collections import Counter
from typing import Any

from django.db.models import Count, QuerySet

from yuantou.apps.directions.models import Consultation, Mode, Orientation, Question
from yuantou.apps.language import page_language
from yuantou.apps.workflow.facade import FEWEST


def balance(questions: "QuerySet[Question]") -> list[dict[str, Any]]:
    """Return how what is registered spreads over orientations and modes, in percent."""
    rows = list(questions.filter(state__means="listed").values_list("orientation", "mode"))
    bars = []
    for place, choices in enumerate((Orientation.choices, Mode.choices)):
        counts = Counter(row[place] for row in rows)
        total = max(sum(counts.values()), 1)
        bars.append(
            {
                "parts": [
                    {"label": label, "count": counts[key], "percent": round(100 * counts[key] / total)}
                    for key, label in choices
                ],
                "total": len(rows),
            }
        )
    return bars


def tree(questions: "QuerySet[Question]") -> list[dict[str, Any]]:
    """Return directions with their questions; questions without a direction come last."""
    rows = list(questions.annotate(pieces=Count("evidence")).order_by("title_zh", "pk"))
    known = {row.pk for row in rows if row.kind == "direction"}
    below: dict[str | None, list[Question]] = {}
    for row in rows:
        if row.kind != "direction":
            below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found = [{"direction": row, "questions": below.get(row.pk, [])} for row in rows if row.kind == "direction"]
    return [*found, *([{"direction": None, "questions": below[None]}] if None in below else [])]


def votes_of(consultation: Consultation, questions: list[Question], *, mine: int | None) -> list[dict[str, Any]]:
    """Return each question with one's own vote and, once enough have voted, the distribution."""
    counts: dict[str, Counter[int]] = {}
    own: dict[str, int] = {}
    for vote in consultation.votes.all():
        counts.setdefault(vote.question_id, Counter())[vote.importance] += 1
        if vote.voter_id == mine:
            own[vote.question_id] = vote.importance
    rows = []
    for question in questions:
        given = counts.get(question.pk, Counter())
        total = given.total()
        enough = total >= FEWEST
        mean = sum(value * n for value, n in given.items()) / total if enough else None
        spread = [given[value] for value in range(1, 6)] if enough else []
        rows.append({"question": question, "own": own.get(question.pk), "total": total, "mean": mean, "spread": spread})
    return sorted(rows, key=lambda row: -(row["mean"] or 0))


def language() -> str:
    """Return the language of the page."""
    return "zh" if page_language().startswith("zh") else "en"
