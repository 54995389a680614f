"""What the site may use of outcomes."""

from dataclasses import dataclass
from typing import Any

from yuantou.apps.outcomes.models import Assessment, LightCheck

__all__ = ["Waiting", "waiting_for"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person in evaluations: assessments asked for, pages due."""

    assessments: int
    pages: int


def waiting_for(user: Any) -> Waiting:
    """Count what waits for an account (two queries)."""
    if user.seen_by:
        return Waiting(0, 0)
    asked = Assessment.objects.filter(
        assessor=user, state__means="asked", portfolio__round__state__means="assessing"
    ).count()
    pages = (
        LightCheck.objects.filter(portfolio__candidate=user.person_id, state__means="due").count()
        if user.person_id
        else 0
    )
    return Waiting(asked, pages)
