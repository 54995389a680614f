"""What other apps may use of directions."""

from dataclasses import dataclass

from yuantou.apps.accounts.facade import User
from yuantou.apps.directions.models import Kind
from yuantou.apps.directions.rules import visible_questions
from yuantou.kernel.local_text import LocalText

__all__ = ["Direction", "directions_for"]


@dataclass(frozen=True, slots=True)
class Direction:
    """A registered direction or key question, as a call may point to it."""

    id: str
    title: LocalText
    kind: str
    parent: str | None
    priority: bool


def directions_for(user: User | None) -> list[Direction]:
    """Return what is registered and visible to a user, directions before their questions (one query)."""
    rows = visible_questions(user).filter(state__means="listed").order_by("-kind", "title_zh", "pk")
    found = [Direction(q.pk, q.title, q.kind, q.parent_id, q.is_now.priority) for q in rows]
    return sorted(found, key=lambda row: row.kind != Kind.DIRECTION)
