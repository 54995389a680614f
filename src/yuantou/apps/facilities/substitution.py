"""Purchases are checked against what there is; domestic substitutes are tried in real use and verified."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Sum

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.facilities.acts import note, step, wrong
from yuantou.apps.facilities.models import Facility, Instrument, Purchase, Substitute, UsageEvent, UseReport
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import not_yours, only

SATURATED: Final = 1200
"""Mean effective hours a year from which instruments of a kind count as saturated (查重评议 2019)."""


@transaction.atomic
def ask_purchase(
    *, organisation: Organisation, facility: Facility | None, values: Mapping[str, Any], user: User, now: datetime
) -> Purchase:
    """Ask to buy an instrument; the check of what there is comes at once."""
    allowed = has_role(user, Role.INSTITUTION, organisation.pk)
    if facility is not None and not allowed:
        only(user, facility, "manager")
    elif not allowed:
        raise not_yours()
    purchase = Purchase.objects.create(organisation=organisation, facility=facility, created_at=now, **values)
    check_purchase(purchase=purchase, user=user, now=now)
    return purchase


def check_purchase(*, purchase: Purchase, user: User, now: datetime) -> None:
    """Look up instruments of the same technique here and elsewhere, and how much they were used in a year."""
    step(purchase, "check", user=user, now=now, changes={"found": same_kind(purchase, now)})


def same_kind(purchase: Purchase, now: datetime) -> dict[str, Any]:
    """Return the instruments in operation with the technique, their effective hours in the last year, and the mean."""
    rows = Instrument.objects.filter(techniques=purchase.technique_id, state__means="working").select_related(
        "facility"
    )
    hours = effective_hours([row.pk for row in rows], now - timedelta(days=365), now)
    table: list[dict[str, Any]] = [
        {
            "instrument": row.pk,
            "name": {"zh": row.name_zh, "en": row.name_en},
            "here": row.facility.organisation_id == purchase.organisation_id,
            "hours": float(hours.get(row.pk, Decimal(0))),
        }
        for row in rows
    ]
    here = [row["hours"] for row in table if row["here"]]
    counted = here or [row["hours"] for row in table]
    mean = sum(counted) / len(counted) if counted else 0.0
    return {"rows": table, "mean": round(mean, 1), "saturated": bool(counted) and mean >= SATURATED, "limit": SATURATED}


def effective_hours(instruments: list[str], since: datetime, until: datetime) -> dict[str, Decimal]:
    """Return effective hours by instrument between two instants (one query)."""
    rows = UsageEvent.objects.filter(
        instrument__in=instruments, kind="use", corrected_by=None, starts_at__gte=since, starts_at__lt=until
    )
    summed = rows.values("instrument").annotate(hours=Sum(F("prepare") + F("measure") + F("post"))).order_by()
    return {row["instrument"]: row["hours"] for row in summed}


def decide_purchase(*, purchase: Purchase, action: str, reason: str, user: User, now: datetime) -> None:
    """Support or refuse a purchase: supported if none is here, those here are saturated, or another ground is given."""
    step(purchase, action, user=user, now=now, reason=reason)


@transaction.atomic
def propose_substitute(*, instrument: Instrument, values: Mapping[str, Any], user: User, now: datetime) -> Substitute:
    """Name a domestic candidate for an instrument."""
    only(user, instrument, "manager", "scientist")
    row = Substitute.objects.create(instrument=instrument, created_at=now, **values)
    note("substitute.propose", row, user=user, now=now, data={"instrument": instrument.pk})
    return row


@transaction.atomic
def report_use(
    *, substitute: Substitute, hours: Decimal, task: str, measured: list[dict[str, Any]], user: User, now: datetime
) -> UseReport:
    """Report what a candidate did in real use, measured against the instrument."""
    only(user, substitute, "manager", "scientist")
    if not substitute.is_now.testing or not measured:
        raise wrong(
            "measured", "请在试用期间提交，并至少比对一项。", "Report during the test, with at least one comparison.",
            "先开始试用，再填写比对。", "Begin the test, then compare.",
        )  # fmt: skip
    row = UseReport.objects.create(
        substitute=substitute, author=user, hours=hours, task=task, measured=measured, created_at=now
    )
    note("use_report.submit", row, user=user, now=now, data={"hours": str(hours), "within": row.within})
    return row


def read_measured(text: str) -> list[dict[str, Any]]:
    """Read lines ``quantity; reference; substitute; tolerance in per cent``.

    Raises
    ------
    InputError
        Naming the line that cannot be read.
    """
    rows = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        parts = [part.strip() for part in line.replace("；", ";").split(";")]
        try:
            name, reference, measured, tolerance = parts[0], *(Decimal(part.rstrip("%")) for part in parts[1:4])
        except (ValueError, InvalidOperation, IndexError) as error:
            raise wrong(
                "measured", f"第 {number} 行应为“量；参照值；替代值；允差（%）”。",
                f"Line {number} should be: quantity; reference; substitute; tolerance (%).",
                "请更正该行。", "Correct the line.",
            ) from error  # fmt: skip
        off = abs(measured - reference) / abs(reference) * 100 if reference else abs(measured - reference) * 100
        rows.append(
            {
                "quantity": name,
                "reference": str(reference),
                "substitute": str(measured),
                "tolerance": str(tolerance),
                "off": f"{off:.2f}",
                "within": off <= tolerance,
            }
        )
    return rows


def judge_report(*, report: UseReport, action: str, reason: str, user: User, now: datetime) -> None:
    """Confirm a report, or not: by somebody else than its author, and with enough hours."""
    step(report, action, user=user, now=now, reason=reason)


def move_substitute(*, substitute: Substitute, action: str, reason: str, user: User, now: datetime) -> None:
    """Begin the test, accept a candidate as a substitute (with a confirmed report within tolerance), or reject it."""
    step(substitute, action, user=user, now=now, reason=reason)


def shares_of_origin(instruments: list[Instrument], now: datetime) -> list[dict[str, Any]]:
    """Return the share of each origin in value and in effective hours of the last year."""
    hours = effective_hours([row.pk for row in instruments], now - timedelta(days=365), now)
    value = sum((row.value for row in instruments), Decimal(0))
    whole = sum(hours.values(), Decimal(0))
    found = []
    for origin in ("domestic", "joint", "imported"):
        own = [row for row in instruments if row.origin == origin]
        worth, used = (
            sum((r.value for r in own), Decimal(0)),
            sum((hours.get(r.pk, Decimal(0)) for r in own), Decimal(0)),
        )
        found.append(
            {
                "origin": origin,
                "count": len(own),
                "value": worth,
                "by_value": float(worth / value) if value else 0.0,
                "hours": used,
                "by_hours": float(used / whole) if whole else 0.0,
            }
        )
    return found
