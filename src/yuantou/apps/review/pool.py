"""The health of the pool: who was asked, who accepted, who was late; and familiarity as the reviewers state it."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Assignment, Decline
from yuantou.apps.workflow.facade import enough
from yuantou.engines.workflow.pseudonym import pseudonym

SUBMITTED = Q(state__means="finished")
DECLINED = Q(state__means="refused")
FAMILIAR = {0: 1.0, 1: 2.25, 2: 3.75, 3: 5.0}
"""Four grades on the scale of published ratings: 1.0 to 5.0 in steps of 0.25."""


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of a group of assignments; none where fewer than ``FEWEST`` experts stand behind them."""

    name: str
    experts: int
    asked: int
    accepted: int
    declined: int
    late: int
    submitted: int

    @property
    def shown(self) -> bool:
        """Whether enough people stand behind the figures to print them."""
        return enough(self.experts)


def counts(now: datetime) -> dict[str, Count]:
    """Return what is counted of assignments: late is what came after it was due, or has not come yet."""
    late = SUBMITTED & Q(review__submitted_at__gt=F("due_at")) | Q(state__means=["asked", "working"], due_at__lt=now)
    return {
        "experts": Count("expert", distinct=True),
        "asked": Count("pk"),
        "accepted": Count("pk", filter=Q(state__means="active")),
        "declined": Count("pk", filter=DECLINED),
        "late": Count("pk", filter=late),
        "submitted": Count("pk", filter=SUBMITTED),
    }


def asked_in(call: Call, without: Collection[str]) -> Any:
    """Return the assignments of a call that went out, some proposals left out."""
    return Assignment.objects.filter(call=call, invited_at__isnull=False).exclude(proposal__in=without).order_by()


def health_of(call: Call, *, now: datetime, without: Collection[str] = ()) -> Health:
    """Return the figures of a whole call."""
    return Health("", **asked_in(call, without).aggregate(**counts(now)))


def by_discipline(call: Call, *, now: datetime, language: str, without: Collection[str] = ()) -> list[Health]:
    """Return the figures of each discipline, most asked first."""
    rows = asked_in(call, without).values(name=F(f"proposal__discipline__name_{language}"))
    found = rows.annotate(**counts(now)).order_by("-asked", "name")
    return [Health(**{**row, "name": row["name"] or ""}) for row in found]


def decline_reasons(call: Call, *, without: Collection[str] = ()) -> list[tuple[str, int]]:
    """Return why experts declined and how often, as long as enough of them did."""
    declined = asked_in(call, without).filter(DECLINED)
    rows = list(declined.values_list("decline").annotate(n=Count("pk")).order_by("-n", "decline"))
    if not enough(sum(n for _, n in rows)):
        return []
    return [(str(dict(Decline.choices).get(reason, Decline.OTHER.label)), n) for reason, n in rows]


def records_of(experts: Iterable[str], *, now: datetime, call: Call) -> dict[str, dict[str, Any]]:
    """Return what each expert was asked and did for the agency of a call."""
    rows = Assignment.objects.filter(expert__in=list(experts), call__agency=call.agency_id, invited_at__isnull=False)
    found: list[dict[str, Any]] = [dict(row) for row in rows.order_by().values("expert").annotate(**counts(now))]
    return {row["expert"]: row for row in found}


def familiarity_table(call: Call, *, secret: bytes, without: Collection[str] = ()) -> str:
    """Return what reviewers said of their familiarity, in the format of published ratings (CSV).

    Columns ``expert_id`` (a name of this call alone), ``paper_id``, ``expertise`` from 1.0 to 5.0; the form of a review
    goes before the answer to an invitation. Nothing while fewer than ``FEWEST`` experts have rated.
    """
    rows = list(_ratings(call, without))
    if not enough(len({expert for expert, _, _ in rows})):
        rows = []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["expert_id", "paper_id", "expertise"])
    names = ((pseudonym(secret, call=call.pk, person=expert), paper, FAMILIAR[grade]) for expert, paper, grade in rows)
    writer.writerows(sorted(names))
    return text.getvalue()


def _ratings(call: Call, without: Collection[str]) -> Iterator[tuple[str, str, int]]:
    rows = asked_in(call, without).values_list("expert_id", "proposal_id", "familiarity", "review__familiarity")
    for expert, paper, answered, reviewed in rows:
        grade = answered if reviewed is None else reviewed
        if grade in FAMILIAR:
            yield expert, paper, grade
