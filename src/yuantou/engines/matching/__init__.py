"""Who should review what: expertise from works, conflicts of interest, assignment with proof."""

from yuantou.engines.matching.assignment import AssignConfig, Assignment, Shortage, assign
from yuantou.engines.matching.checker import verify_assignment
from yuantou.engines.matching.conflicts import ConflictConfig, find_conflicts
from yuantou.engines.matching.expertise import (
    Candidates,
    ExpertiseConfig,
    PairExplanation,
    explain_pair,
    score_candidates,
)

__all__ = [
    "AssignConfig",
    "Assignment",
    "Candidates",
    "ConflictConfig",
    "ExpertiseConfig",
    "PairExplanation",
    "Shortage",
    "assign",
    "explain_pair",
    "find_conflicts",
    "score_candidates",
    "verify_assignment",
]
