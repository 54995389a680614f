"""The roadmap: facilities by class and stage, capacity against demand by class and by field."""

from collections import Counter
from typing import Any

from django.db.models import F, Sum

from yuantou.apps.facilities.book import pack_of, terms
from yuantou.apps.facilities.models import Booking, Facility, TimeRequest, YearPlan
from yuantou.apps.facilities.tables_of_year import open_times
from yuantou.apps.workflow.facade import tagged
from yuantou.kernel.local_text import LocalText


def roadmap() -> dict[str, list[dict[str, Any]]]:
    """Return a row for each class in use and each field: how many, at which stages, shifts open and asked for."""
    rows = list(Facility.objects.select_related("discipline").prefetch_related("instruments"))
    open_slots, placed = _capacity()
    asked = dict(
        TimeRequest.objects.exclude(state__means=["withdrawn", "unfeasible", "unsafe"])
        .values_list("facility")
        .annotate(Sum("shifts"))
        .order_by()
    )
    figures = (open_slots, asked, placed)
    by_class = [
        {"name": name, "pack": pack_of(kind), **_sums([f for f in rows if f.kind == kind], *figures)}
        for kind, name in terms("class").items()
        if any(f.kind == kind for f in rows)
    ]
    fields = {f.discipline_id: f.discipline for f in rows}
    by_field = [
        {"name": field, **_sums([f for f in rows if f.discipline_id == key], *figures)}
        for key, field in sorted(fields.items(), key=lambda item: item[0] or "~")
    ]
    return {"classes": by_class, "fields": by_field}


def _capacity() -> tuple[dict[str, int], dict[str, int]]:
    """Return open and placed shifts of the published plans, by facility."""
    open_slots: dict[str, int] = {}
    plans = YearPlan.objects.filter(state__means="published").select_related("facility")
    for plan in plans:
        instruments = plan.facility.instruments.filter(state__means="working").prefetch_related("closures")
        slots = sum(stop - start for row in instruments for start, stop in open_times(plan, row))
        open_slots[plan.facility_id] = open_slots.get(plan.facility_id, 0) + slots
    live = Booking.objects.filter(plan__state__means="published").exclude(
        state__means=["planned", "cancelled", "moved", "lost"]
    )
    placed = dict(live.values_list("plan__facility").annotate(shifts=Sum(F("stop") - F("start"))).order_by())
    return open_slots, placed


def _sums(
    rows: list[Facility], open_slots: dict[str, int], asked: dict[str, int], placed: dict[str, int]
) -> dict[str, Any]:
    keys = [row.pk for row in rows]
    stages = Counter(row.state for row in rows)
    names = Facility().programme.machine("facility")
    capacity, demand = (sum(table.get(key, 0) for key in keys) for table in (open_slots, asked))
    stage_names: list[tuple[LocalText, int]] = [
        (state.name, stages[state.id]) for state in names.states if stages[state.id]
    ]
    return {
        "count": len(rows),
        "running": sum(stages[state] for state in tagged("facility", "built")),
        "coming": sum(stages[state] for state in tagged("facility", "coming")),
        "stages": stage_names,
        "capacity": capacity,
        "demand": demand,
        "placed": sum(placed.get(key, 0) for key in keys),
        "lacking": max(0, demand - capacity) if capacity else 0,
        "pressure": demand / capacity if capacity else None,
    }
