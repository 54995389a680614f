"""What the scores of a call really say: reviewer effects taken out, uncertainty kept, ranks with intervals."""

from yuantou.engines.calibration.agreement import (
    Agreement,
    Committees,
    agreement,
    compare_committees,
    duplicate_sample,
    expected_overlap,
    implied_reliability,
)
from yuantou.engines.calibration.calibrate import Calibration, CalibrationConfig, calibrate
from yuantou.engines.calibration.contradiction import contradictions
from yuantou.engines.calibration.reviews import overall_scores, remarks
from yuantou.engines.calibration.rule_change import Rule, RuleEffect, lottery_within, simulate_rule_change
from yuantou.engines.calibration.sensitivity import sensitivity_runs

__all__ = [
    "Agreement",
    "Calibration",
    "CalibrationConfig",
    "Committees",
    "Rule",
    "RuleEffect",
    "agreement",
    "calibrate",
    "compare_committees",
    "contradictions",
    "duplicate_sample",
    "expected_overlap",
    "implied_reliability",
    "lottery_within",
    "overall_scores",
    "remarks",
    "sensitivity_runs",
    "simulate_rule_change",
]
