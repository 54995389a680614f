"""What every verb on a project shares: taking a step, and dates in the zone of the call."""

import calendar
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yuantou.apps.workflow.facade import change_state


def take(record: Any, action: str, *, user: Any, now: datetime, **how: Any) -> None:
    """Take a step of a project or of something in it."""
    change_state(record, action, user=user, now=now, **how)


def months_after(start: datetime, months: int, zone: str, days: int = 0) -> datetime:
    """Return the last minute of the day some months (and days) later; a month that is too short ends on its last day.

    >>> months_after(datetime(2026, 1, 31, tzinfo=ZoneInfo("UTC")), 1, "UTC").isoformat()
    '2026-02-28T23:59:00+00:00'
    """
    local = start.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    last = local.replace(year=year, month=month + 1, day=day) + timedelta(days=days)
    return datetime.combine(last, time(23, 59), ZoneInfo(zone))
