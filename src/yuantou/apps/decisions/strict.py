"""How strict reviewers were, under names that hold for one call alone."""

from typing import Any, Final

from django.conf import settings

from yuantou.apps.decisions.models import Ranking
from yuantou.apps.workflow.facade import enough
from yuantou.engines.workflow.pseudonym import pseudonym

MOST: Final = 200


def strictness_of(ranking: Ranking, *, all_of_them: bool = False) -> list[dict[str, Any]]:
    """Return ``name``, ``effect``, ``sd`` and ``n`` of reviewers, mildest last; too few would tell who is who.

    ``all_of_them`` is for explaining single reviews to those who read them anyway.
    """
    rows = sorted(ranking.summary.get("strictness", []), key=lambda row: row["effect"])
    if all_of_them:
        return [row | {"name": _name(ranking, row)} for row in rows]
    if not enough(len(rows)):
        return []
    shown = rows if len(rows) <= MOST else rows[: MOST // 2] + rows[-MOST // 2 :]
    return [row | {"name": _name(ranking, row)} for row in shown]


def _name(ranking: Ranking, row: dict[str, Any]) -> str:
    if ranking.frozen_id:  # frozen under those names already
        return str(row["reviewer_id"])
    return pseudonym(settings.SECRET_KEY.encode(), call=ranking.call_id, person=row["reviewer_id"])
