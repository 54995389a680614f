"""Stretches of days with an open end where the end is not known."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included; ``None`` is open.

    >>> Period(date(2020, 1, 1), None).overlaps(Period(None, date(2020, 1, 1)))
    True
    """

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise ValueError("a period ends on or after the day it starts")

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two periods share a day."""
        return (self.end or date.max) >= (other.start or date.min) and (other.end or date.max) >= (
            self.start or date.min
        )

    def __contains__(self, day: date) -> bool:
        return (self.start or date.min) <= day <= (self.end or date.max)
