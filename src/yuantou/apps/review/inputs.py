"""The records of a call as the tables that the engines read."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.facade import proposals_for_matching
from yuantou.apps.registry.models import Authorship
from yuantou.apps.review.models import STANDING, Assignment, Conflict, ConflictStatus, Expert
from yuantou.pipelines.steps import DISMISSED, PAIR
from yuantou.pipelines.tables import SCHEMAS, CallInput

STATED = {"declared", "officer"}
"""Sources of conflicts that no computation replaces."""


def call_tables(call: Call, *, now: datetime) -> CallInput:
    """Return proposals in review, active experts with their works, and what people said about conflicts."""
    experts = active_experts()
    people, works = expert_tables(experts, now)
    return CallInput(
        proposals=proposal_table(call),
        experts=people,
        works=works,
        conflicts=_frame("conflicts", _conflicts(call)),
    )


def proposal_table(call: Call, *, only: Collection[str] = ()) -> pl.DataFrame:
    """Return the table ``proposals``; how many reviews each wants is a parameter of the run, not of the record."""
    rows = proposals_for_matching(call.pk, only=only)
    return _frame("proposals", [{**vars_of(row), "demand": None} for row in rows])


def active_experts() -> list[Expert]:
    """Return the pool, with what its table needs."""
    rows = Expert.objects.filter(active=True).select_related("person__career")
    return list(rows.prefetch_related("person__affiliations__organisation", "disciplines"))


def people_table(experts: list[Expert], now: datetime) -> pl.DataFrame:
    """Return the table ``experts``, their affiliations prefetched."""
    return _frame("experts", [_expert(expert, now) for expert in experts])


def barred_pairs(call: Call) -> pl.DataFrame:
    """Return the pairs that nobody may choose: in conflict, declined, taken off."""
    rows = Conflict.objects.filter(STANDING, proposal__call=call)
    pairs = pl.DataFrame(
        list(rows.values_list("proposal_id", "expert_id").distinct()),
        schema=dict.fromkeys(PAIR, pl.String),
        orient="row",
    )
    return pl.concat([pairs, lost_pairs(call)]).unique(maintain_order=True)


def expert_tables(experts: list[Expert], now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the tables ``experts`` and ``works`` for some experts, their affiliations prefetched."""
    works = _works({expert.person_id: expert.pk for expert in experts})
    return people_table(experts, now), _frame("works", works)


def vars_of(row: Any) -> dict[str, Any]:
    """Return a slotted dataclass as a dictionary."""
    return {name: getattr(row, name) for name in row.__slots__}


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMAS[name])


def _expert(expert: Expert, now: datetime) -> dict[str, Any]:
    stays = list(expert.person.affiliations.all())
    present = [stay for stay in stays if stay.end is None or stay.end >= now.date()]
    home = (present or stays)[0].organisation if stays else None
    names = [stay.organisation.name_zh or stay.organisation.name_en for stay in [*present, *stays]]
    return {
        "expert_id": expert.pk,
        "name": expert.person.name_zh or expert.person.name_en,
        "orcid": expert.person.orcid,
        "organisation": names[0] if names else None,
        "organisations": list(dict.fromkeys(names[1:])),
        "topics": expert.topics,
        "max_load": expert.max_load,
        "fields": [discipline.pk for discipline in expert.disciplines.all()] or None,
        "seniority": _years_independent(expert, now),
        "region": (home.city or None) if home else None,
        "country": home.country if home else None,
    }


def _years_independent(expert: Expert, now: datetime) -> int | None:
    """Return whole years since the first independent post; only rules read it, nobody is shown it."""
    career = getattr(expert.person, "career", None)
    since = career.independent_since if career else None
    return None if since is None else int((now.date() - since).days // 365.25)


def _works(experts: dict[str, str]) -> list[dict[str, Any]]:
    authorships = list(
        Authorship.objects.filter(work__authorships__person__in=experts).select_related("work").distinct()
    )
    authors: dict[str, list[str]] = {}
    for authorship in sorted(authorships, key=lambda a: (a.work_id, a.position)):
        authors.setdefault(authorship.work_id, []).append(authorship.name)
    return [
        {
            "work_id": a.work_id,
            "expert_id": experts[a.person_id],
            "title": a.work.title,
            "abstract": a.work.abstract,
            "year": a.work.year,
            "authors": authors[a.work_id],
        }
        for a in authorships
        if a.person_id in experts
    ]


def _conflicts(call: Call) -> list[dict[str, Any]]:
    rows = Conflict.objects.filter(proposal__call=call)
    said: Iterable[Conflict] = [row for row in rows if row.source in STATED or row.status != ConflictStatus.POTENTIAL]
    return [
        {
            "proposal_id": row.proposal_id,
            "expert_id": row.expert_id,
            "kind": f"{DISMISSED}:{row.kind}" if row.status == ConflictStatus.DISMISSED else row.kind,
            "evidence": row.evidence,
        }
        for row in said
    ]


def kept_pairs(call: Call) -> pl.DataFrame:
    """Return the pairs that a new run leaves alone: asked already, chosen by hand, or locked."""
    asked = Q(state__means=["asked", "active"]) | Q(state__means="planned") & (Q(source="officer") | Q(locked=True))
    return _pairs(Assignment.objects.filter(asked, call=call, phase=call.phase))


def live_pairs(call: Call) -> pl.DataFrame:
    """Return all pairs that stand."""
    return _pairs(Assignment.objects.filter(call=call, phase=call.phase, state__means="live"))


def lost_pairs(call: Call) -> pl.DataFrame:
    """Return the pairs that declined or were taken off: nobody is asked twice."""
    return _pairs(Assignment.objects.filter(call=call, state__means=["refused", "cancelled"]))


def _pairs(rows: "QuerySet[Assignment]") -> pl.DataFrame:
    pairs = rows.order_by("proposal", "expert").values_list("proposal_id", "expert_id").distinct()
    return pl.DataFrame(list(pairs), schema=dict.fromkeys(PAIR, pl.String), orient="row")
