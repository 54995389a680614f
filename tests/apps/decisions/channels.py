"""Pages of decisions in the matrix beyond the room: the pictures, what stands behind a number, the record of a list."""

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from tests.apps.matrix import Planted

READERS = {
    "decisions/chart_views.py": {"scores", "evidence"},  # behind `_ranking`; reviews through `reviews_behind`
    "decisions/templates/decisions/behind.html": {"raw_mean"},  # behind `_ranking`
}
ELSEWHERE = {"decisions:judge": "the same page as decisions:behind, by the name of a reviewer"}


def record_pages(planted: "Planted", state: str) -> dict[str, str]:
    """The reviews behind the number of a proposal."""
    return {"decisions:behind": reverse("decisions:behind", args=[planted.call.pk, planted.proposals[state].pk])}


def list_pages(planted: "Planted") -> dict[str, str]:
    """The pictures of the ranking, the audit of the process, the record of the list."""
    return {
        "decisions:pictures": reverse("decisions:pictures", args=[planted.call.pk]),
        "decisions:process": reverse("decisions:process", args=[planted.call.pk]),
        "decisions:record": reverse("decisions:record", args=[planted.list.pk]),
    }
