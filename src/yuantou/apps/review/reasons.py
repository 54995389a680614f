"""Why these reviewers and why not others, in numbers and words that a scientist can check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation, Authorship, Work
from yuantou.apps.review.models import STANDING, Assignment, Conflict, Expert, Load, MatchRun
from yuantou.apps.review.results import candidates_of

SHOWN = 12
THIN = 3
"""With fewer works than this the absence of a common paper says little."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at before somebody was proposed; ``sure`` tells whether there was enough to look at."""

    name: str
    found: str
    sure: bool = True


def explained(assignments: list[Assignment]) -> list[dict[str, Any]]:
    """Return for each reviewer the closest works, the shared terms with their share, the load, the checks."""
    keys = {pk for row in assignments for pk in row.explanation.get("works") or []}
    works = Work.objects.in_bulk(list(keys))
    people = [row.expert.person_id for row in assignments]
    written = _counts(Authorship.objects.filter(person__in=people).values_list("person", "work").distinct())
    homes = _counts(Affiliation.objects.filter(person__in=people).values_list("person", "organisation").distinct())
    loads = _loads(assignments)
    return [
        {
            "row": row,
            "works": [(works[pk], near) for pk, near in _paired(row, "works", "work_similarities") if pk in works],
            "terms": [(term, round(100 * (share or 0))) for term, share in _paired(row, "terms", "term_shares")],
            "load": loads.get(row.expert_id, 0),
            "limit": row.expert.max_load or row.proposal.call.max_load,
            "checks": _checks(row, written.get(row.expert.person_id, 0), homes.get(row.expert.person_id, 0)),
            "read": written.get(row.expert.person_id, 0),
        }
        for row in assignments
    ]


def _paired(row: Assignment, names: str, numbers: str) -> list[tuple[str, float | None]]:
    found = row.explanation.get(names) or []
    values = row.explanation.get(numbers) or [None] * len(found)
    return list(zip(found, values, strict=False))


def _counts(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, _other in pairs:
        found[key] = found.get(key, 0) + 1
    return found


def _loads(assignments: list[Assignment]) -> dict[str, int]:
    if not assignments:
        return {}
    experts = [row.expert_id for row in assignments]
    return dict(Load.objects.filter(call=assignments[0].call_id, expert__in=experts).values_list("expert", "live"))


def _checks(row: Assignment, works: int, homes: int) -> list[Check]:
    if row.source == "officer":
        return [Check(_("Conflicts"), _("none stood when the officer chose this expert"))]
    return [
        Check(_("Declared by anybody"), _("nothing that stands")),
        Check(
            _("Same person, present or past institution"),
            ngettext("%(n)d institution compared, none in common", "%(n)d institutions compared, none in common", homes)
            % {"n": homes},
            homes > 0,
        ),
        Check(
            _("Common papers of five years"),
            ngettext("authors of %(n)d work compared, none in common", "authors of %(n)d works compared, none", works)
            % {"n": works},
            works >= THIN,
        ),
    ]


def others(record: Proposal, run: MatchRun | None, assignments: list[Assignment]) -> list[dict[str, Any]]:
    """Return the best candidates who do not review a proposal, each with the reason why not."""
    barred = Conflict.objects.filter(STANDING, proposal=record).values_list("expert", flat=True)
    taken = {row.expert_id for row in assignments} | set(barred)
    found = [row for row in candidates_of(run, record.pk) if row["expert_id"] not in taken][:SHOWN]
    experts = Expert.objects.select_related("person").in_bulk([row["expert_id"] for row in found])
    loads = dict(Load.objects.filter(call=record.call, expert__in=experts).values_list("expert", "live"))
    live = [row for row in assignments if row.is_now.live]
    houses = _houses([*experts.values(), *(row.expert for row in live)])
    return [
        {
            **row,
            "expert": one,
            "load": loads.get(one.pk, 0),
            "limit": one.max_load or record.call.max_load,
            "why": _why(row, one, live, houses),
        }
        for row in found
        if (one := experts.get(row["expert_id"]))
    ]


def _houses(experts: list[Expert]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {one.person_id: set() for one in experts}
    rows = Affiliation.objects.filter(person__in=list(found), end=None).values_list("person", "organisation")
    for person, house in rows:
        found[person].add(house)
    return found


def _why(row: dict[str, Any], one: Expert, live: list[Assignment], houses: dict[str, set[str]]) -> str:
    """Say the first reason that holds; prices are those of the last run."""
    same = next((other for other in live if houses[one.person_id] & houses[other.expert.person_id]), None)
    if same:
        return _("%(name)s of the same institution reviews already; one of each is enough.") % {"name": same.expert}
    lowest = min((other.affinity or 0.0 for other in live), default=0.0)
    price, affinity = row.get("price") or 0.0, row["affinity"]
    numbers = {
        "price": f"{price:.3f}",
        "affinity": f"{affinity:.3f}",
        "left": f"{affinity - price:.3f}".replace("-", "−"),
        "lowest": f"{lowest:.3f}",
    }
    if price > 0:
        return (
            _(
                "Full: a place here is worth %(price)s to other proposals. %(affinity)s less that leaves %(left)s; the "
                "weakest reviewer chosen has %(lowest)s."
            )
            % numbers
        )
    if affinity <= lowest:
        return _("Those chosen fit better: %(affinity)s here, %(lowest)s at the least there.") % numbers
    return _("Fits, and has a free place: left out by a wish, a lock or a change since the run.")


def shortage_of(record: Proposal, run: MatchRun | None) -> dict[str, Any] | None:
    """Return what the last run proved of the reviewers that a proposal lacks."""
    rows = run.summary.get("shortage", []) if run else []
    return next((row for row in rows if row["proposal_id"] == record.pk), None)
