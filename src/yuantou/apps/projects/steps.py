"""What every verb on a project shares: taking a step, and dates in the zone of the call."""

import calendar
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yuantou.apps.accounts.facade import User
from yuantou.apps.workflow.facade import change_state, kind_of, means, roles_of
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText


def take(record: Any, action: str, *, user: Any, now: datetime, **how: Any) -> None:
    """Take a step of a project or of something in it."""
    change_state(record, action, user=user, now=now, **how)


def only(user: User, record: Any, role: str, *, when: tuple[str, ...] = ()) -> None:
    """Let only a role pass, and only in states that have one of some meanings.

    Raises
    ------
    NotAllowedError
        Otherwise.
    """
    if role not in roles_of(user, record):
        raise NotAllowedError(LocalText("您无权执行此操作。", "You may not do this."), code="not_allowed.role")
    if when and not means(kind_of(record), record.state, *when):
        name = record.now_in.name
        raise NotAllowedError(
            LocalText(f"当前状态为“{name.zh}”，不能修改。", f"It cannot be changed while the state is “{name.en}”."),
            code="not_allowed.state",
        )


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
