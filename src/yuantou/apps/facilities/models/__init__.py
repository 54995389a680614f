"""Records of shared facilities."""

from yuantou.apps.facilities.models.register import (
    Closure,
    Configuration,
    Equipment,
    Facility,
    Instrument,
    Kept,
    Staff,
    Technique,
)
from yuantou.apps.facilities.models.support import Feed, IndicatorReport, Purchase, Substitute, UseReport
from yuantou.apps.facilities.models.time import Booking, Product, TimeRequest, UsageEvent, YearPlan

__all__ = [
    "Booking",
    "Closure",
    "Configuration",
    "Equipment",
    "Facility",
    "Feed",
    "IndicatorReport",
    "Instrument",
    "Kept",
    "Product",
    "Purchase",
    "Staff",
    "Substitute",
    "Technique",
    "TimeRequest",
    "UsageEvent",
    "UseReport",
    "YearPlan",
]
