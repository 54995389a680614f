"""Who should review what: expertise from works, conflicts of interest, assignment with proof."""

from yuantou.engines.matching.absence import Absence, explain_absence
from yuantou.engines.matching.arrivals import add_arrivals
from yuantou.engines.matching.assignment import AssignConfig, Assignment, assign
from yuantou.engines.matching.candidates import Candidates
from yuantou.engines.matching.checker import verify_assignment
from yuantou.engines.matching.conflicts import UNKNOWN, ConflictConfig, find_conflicts
from yuantou.engines.matching.cycles import break_cycles, cycles
from yuantou.engines.matching.expertise import ExpertiseConfig, score_candidates
from yuantou.engines.matching.explanation import PairExplanation, explain_pair
from yuantou.engines.matching.instances import Instance, make_instance
from yuantou.engines.matching.names import organisation_groups
from yuantou.engines.matching.panels import PanelAssignment, assign_panels, verify_panels
from yuantou.engines.matching.randomise import DrawnAssignment, draw_assignment
from yuantou.engines.matching.repair import repair
from yuantou.engines.matching.rules import Rule, apart, cover, spread
from yuantou.engines.matching.shortage import Cause, Shortage

__all__ = [
    "UNKNOWN",
    "Absence",
    "AssignConfig",
    "Assignment",
    "Candidates",
    "Cause",
    "ConflictConfig",
    "DrawnAssignment",
    "ExpertiseConfig",
    "Instance",
    "PairExplanation",
    "PanelAssignment",
    "Rule",
    "Shortage",
    "add_arrivals",
    "apart",
    "assign",
    "assign_panels",
    "break_cycles",
    "cover",
    "cycles",
    "draw_assignment",
    "explain_absence",
    "explain_pair",
    "find_conflicts",
    "make_instance",
    "organisation_groups",
    "repair",
    "score_candidates",
    "spread",
    "verify_assignment",
    "verify_panels",
]
