"""Instants as people read them."""

from datetime import datetime
from zoneinfo import ZoneInfo


def print_instant(instant: datetime, zone: str) -> str:
    """Print an instant in full: date, time, zone and offset.

    >>> from datetime import UTC
    >>> print_instant(datetime(2026, 3, 20, 8, 0, tzinfo=UTC), "Asia/Shanghai")
    '2026-03-20 16:00:00 Asia/Shanghai (UTC+08:00)'
    """
    local = instant.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {zone} (UTC{offset[:3]}:{offset[3:5]})"
