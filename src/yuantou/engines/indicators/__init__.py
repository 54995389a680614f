"""Indicators that cannot lie: declared, computed for permitted units only, refused with a reason otherwise."""

from yuantou.engines.indicators.checks import Outcome, run_checks
from yuantou.engines.indicators.compute import compute, implied_whole, needed, total
from yuantou.engines.indicators.model import (
    Figure,
    Indicator,
    Kind,
    Level,
    Observation,
    RefusedError,
    Registry,
    Series,
    Vintage,
)
from yuantou.engines.indicators.pack import Check, Pack, load_pack, read_observations
from yuantou.engines.indicators.rules import Clause, Finding, RulePack, check_field, check_text, load_rules

__all__ = [
    "Check",
    "Clause",
    "Figure",
    "Finding",
    "Indicator",
    "Kind",
    "Level",
    "Observation",
    "Outcome",
    "Pack",
    "RefusedError",
    "Registry",
    "RulePack",
    "Series",
    "Vintage",
    "check_field",
    "check_text",
    "compute",
    "implied_whole",
    "load_pack",
    "load_rules",
    "needed",
    "read_observations",
    "run_checks",
    "total",
]
