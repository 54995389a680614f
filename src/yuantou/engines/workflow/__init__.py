"""Programme types as data, and the one function that says whether a record may change its state."""

from yuantou.engines.workflow.loader import load_programme_type
from yuantou.engines.workflow.machine import Refusal, available, decide
from yuantou.engines.workflow.model import (
    UNDO_OPEN,
    Criterion,
    Field,
    Machine,
    ProgrammeType,
    ReviewPlan,
    Section,
    State,
    StateKind,
    Transition,
    VisibilityRule,
)
from yuantou.engines.workflow.simulate import Step, Walk, simulate
from yuantou.engines.workflow.visibility import visible_fields

__all__ = [
    "UNDO_OPEN",
    "Criterion",
    "Field",
    "Machine",
    "ProgrammeType",
    "Refusal",
    "ReviewPlan",
    "Section",
    "State",
    "StateKind",
    "Step",
    "Transition",
    "VisibilityRule",
    "Walk",
    "available",
    "decide",
    "load_programme_type",
    "simulate",
    "visible_fields",
]
