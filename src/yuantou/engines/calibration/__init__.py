"""What the scores of a call really say: reviewer effects taken out, uncertainty kept, ranks with intervals."""

from yuantou.engines.calibration.calibrate import Calibration, CalibrationConfig, calibrate
from yuantou.engines.calibration.reviews import overall_scores

__all__ = ["Calibration", "CalibrationConfig", "calibrate", "overall_scores"]
