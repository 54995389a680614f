"""Requests for time: taken in from awards, filled in by their leads, reviewed for feasibility and safety."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from yuantou.apps.accounts.facade import User
from yuantou.apps.decisions.models import Decision, Outcome, RankedProposal
from yuantou.apps.facilities.acts import note, problem, step
from yuantou.apps.facilities.models import Facility, Instrument, Product, TimeRequest
from yuantou.apps.proposals.models import MemberState, Proposal
from yuantou.apps.registry.models import Person
from yuantou.apps.workflow.facade import only, stale
from yuantou.kernel.errors import Problem
from yuantou.kernel.hashing import content_hash

UNIT = "facility_time"
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")


def awards_waiting(facility: Facility) -> "list[Decision]":
    """Return awards of time, published by the facility's own institution, that no request was made of."""
    rows = Decision.objects.filter(
        outcome=Outcome.FUND,
        decision_list__state__means="published",
        proposal__call__agency=facility.organisation_id,
        proposal__time_request=None,
    ).select_related("proposal__call__programme_type", "proposal__applicant", "decision_list")
    return [row for row in rows if row.proposal.programme.research_type == UNIT]


@transaction.atomic
def take_in(*, facility: Facility, user: User, now: datetime) -> list[TimeRequest]:
    """Make a request for time of every award waiting; what the form says is read as far as it can be."""
    only(user, facility, "manager")
    return [_take_one(facility, award, user, now) for award in awards_waiting(facility)]


def _take_one(facility: Facility, award: Decision, user: User, now: datetime) -> TimeRequest:
    proposal = award.proposal
    shifts = max(1, int(award.amount or Decimal(1)))
    window = days_in(str(proposal.answers.get("window", "")))
    fewest = _whole(proposal.answers.get("shifts_min")) or shifts
    request = TimeRequest.objects.create(
        facility=facility,
        proposal=proposal,
        lead=proposal.applicant,
        organisation=proposal.organisation,
        shifts_min=min(fewest, shifts),
        shifts=shifts,
        shifts_max=shifts,
        window_start=window[0] if window else None,
        window_end=window[-1] if len(window) > 1 else None,
        ways=_ways_in(facility, str(proposal.answers.get("instrument", ""))),
        merit=_merit(award, proposal),
        hazards=str(proposal.answers.get("samples", "")),
        created_at=now,
    )
    joined = proposal.members.filter(state=MemberState.CONFIRMED, person__isnull=False)
    request.team.set(Person.objects.filter(pk__in=joined.values("person")))
    note("time_request.take_in", request, user=user, now=now, data={"proposal": proposal.pk, "shifts": shifts})
    return request


def days_in(text: str) -> list[date]:
    """Return the days named in a text, in order; what is no day is left out.

    >>> days_in("2026-03-01 至 2026年6月30日")
    [datetime.date(2026, 3, 1), datetime.date(2026, 6, 30)]
    """
    found = []
    for year, month, day in _DAY.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def _ways_in(facility: Facility, text: str) -> list[dict[str, str]]:
    low = text.lower()
    rows = facility.instruments.filter(state__means="working")
    named = [row for row in rows if any(n and n.lower() in low for n in (row.code, row.name_zh, row.name_en))]
    return [{"instrument": row.pk, "configuration": ""} for row in named]


def _whole(value: Any) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _merit(award: Decision, proposal: Proposal) -> float:
    row = RankedProposal.objects.filter(ranking=award.decision_list.ranking_id, proposal=proposal).first()
    return round(row.mean, 4) if row else 1.0


@transaction.atomic
def save_request(
    *, request: TimeRequest, values: Mapping[str, Any], user: User, now: datetime, version: int | None = None
) -> None:
    """Fill in window, durations, ways, equipment, hazards; contact, partner and merit are the facility's to set.

    Raises
    ------
    NotAllowedError
        Once the request is under review.
    StaleError
        If somebody else saved it since ``version``.
    """
    only(user, request, "experimenter", "manager")
    own = {"shifts_min", "shifts_max", "window_start", "window_end", "ways", "needs", "hazards"}
    theirs = {"contact", "partner"}
    allowed = own if request.is_now.to_be_written else set()
    roles = {"experimenter"} if request.lead_id == user.person_id else {"manager"}
    allowed = allowed | (theirs if "manager" in roles else set())
    columns = {key: value for key, value in values.items() if key in allowed}
    seen = request.version if version is None else version
    if not TimeRequest.objects.filter(pk=request.pk, version=seen, state=request.state).update(
        version=seen + 1, **columns
    ):
        raise stale()
    request.refresh_from_db()
    plain = {key: str(value) for key, value in columns.items()}
    note("time_request.save", request, user=user, now=now, data={"values": content_hash(plain)})


def problems_of(request: TimeRequest) -> list[Problem]:
    """Return what stands against scheduling a request, each with its remedy."""
    name = request.proposal.number or request.pk
    found = []
    start, end = request.window_start, request.window_end
    if start and end and end <= start:
        found.append(
            problem(
                "window.order", name, "时间窗在开始之前就结束了。", "The window ends before it starts.",
                "请更正时间窗。", "Correct the window.",
            )
        )  # fmt: skip
    if not 1 <= request.shifts_min <= request.shifts <= request.shifts_max:
        found.append(
            problem(
                "duration.order", name, "班次须满足：最少 ≤ 批准 ≤ 最多。",
                "Shifts must be: fewest ≤ allocated ≤ most.", "请更正班次。", "Correct the shifts.",
            )
        )  # fmt: skip
    if not request.ways:
        found.append(
            problem(
                "ways.none", name, "没有指明任何仪器。", "No instrument is named.",
                "请至少选择一台仪器。", "Choose at least one instrument.",
            )
        )  # fmt: skip
    return [*found, *_unknown_ways(request, name), *_unknown_needs(request, name)]


def _unknown_ways(request: TimeRequest, name: str) -> list[Problem]:
    rows = {row.pk: row for row in request.facility.instruments.prefetch_related("configurations")}
    found = []
    for way in request.ways:
        instrument = rows.get(way["instrument"])
        if instrument is None or not instrument.is_now.working:
            found.append(
                problem(
                    "instrument.closed", name, "所选仪器不在运行。", "The instrument is not in operation.",
                    "请另选仪器。", "Choose another.",
                )
            )  # fmt: skip
        elif way["configuration"] and way["configuration"] not in {c.code for c in instrument.configurations.all()}:
            code = way["configuration"]
            found.append(
                problem(
                    "configuration.unknown", name, f"{instrument.code} 没有配置 {code}。",
                    f"{instrument.code} has no configuration {code}.", "请另选配置。", "Choose another.",
                )
            )  # fmt: skip
    return found


def _unknown_needs(request: TimeRequest, name: str) -> list[Problem]:
    known = set(request.facility.equipment.values_list("code", flat=True))
    return [
        problem(
            "resource.unknown", name, f"本设施没有设备 {code}。", f"The facility has no equipment {code}.",
            "请登记该设备或改选。", "Register it or choose another.",
        )
        for code in request.needs
        if code not in known
    ]  # fmt: skip


def submit_request(*, request: TimeRequest, user: User, now: datetime, version: int | None = None) -> None:
    """Hand a request in for technical review, once nothing stands against scheduling it."""
    step(request, "submit", user=user, now=now, version=version)


@transaction.atomic
def review_request(*, request: TimeRequest, action: str, reason: str, user: User, now: datetime) -> None:
    """Judge feasibility or safety, send back, withdraw: the step says which roles may."""
    notes = [*request.notes, {"act": action, "text": reason, "at": now.isoformat()}] if reason else request.notes
    step(request, action, user=user, now=now, reason=reason, changes={"notes": notes})


@transaction.atomic
def add_product(*, request: TimeRequest, kind: str, identifier: str, title: str, user: User, now: datetime) -> Product:
    """Link a data set or paper to the time it came from."""
    only(user, request, "experimenter", "team", "manager", "scientist")
    doi = identifier.strip().removeprefix("https://doi.org/")
    product, made = Product.objects.get_or_create(
        request=request, identifier=doi, defaults={"kind": kind, "title": title.strip(), "added_at": now}
    )
    if made:
        note("time_request.product", request, user=user, now=now, data={"kind": kind, "doi": doi})
    return product


def people_of(request: TimeRequest) -> list[Person]:
    """Return lead and team, each once."""
    return list(Person.objects.filter(Q(pk=request.lead_id) | Q(pk__in=request.team.values("pk"))).distinct())


def instruments_of(request: TimeRequest) -> list[Instrument]:
    """Return the instruments that a request names, in its order."""
    rows = Instrument.objects.in_bulk([way["instrument"] for way in request.ways])
    return [rows[way["instrument"]] for way in request.ways if way["instrument"] in rows]
