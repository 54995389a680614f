"""Programme types as data, and the one function that says whether a record may change its state."""

from yuantou.engines.workflow.expressions import truth
from yuantou.engines.workflow.facts import Fact, Lacking
from yuantou.engines.workflow.loader import load_programme_type
from yuantou.engines.workflow.machine import Act, Refusal, acts, decide
from yuantou.engines.workflow.model import (
    UNDO_OPEN,
    Criterion,
    Field,
    Machine,
    PhaseKind,
    ProgrammeType,
    ReviewPhase,
    ReviewPlan,
    Section,
    State,
    StateKind,
    Transition,
    VisibilityRule,
)
from yuantou.engines.workflow.phases import Holder, Unmet, broken, unmet
from yuantou.engines.workflow.register import Register, load_register
from yuantou.engines.workflow.simulate import Step, Walk, simulate
from yuantou.engines.workflow.visibility import base_of, in_phase, states_granted, visible_answers, visible_fields
from yuantou.engines.workflow.vocabulary import Vocabulary

__all__ = [
    "UNDO_OPEN",
    "Act",
    "Criterion",
    "Fact",
    "Field",
    "Holder",
    "Lacking",
    "Machine",
    "PhaseKind",
    "ProgrammeType",
    "Refusal",
    "Register",
    "ReviewPhase",
    "ReviewPlan",
    "Section",
    "State",
    "StateKind",
    "Step",
    "Transition",
    "Unmet",
    "VisibilityRule",
    "Vocabulary",
    "Walk",
    "acts",
    "base_of",
    "broken",
    "decide",
    "in_phase",
    "load_programme_type",
    "load_register",
    "simulate",
    "states_granted",
    "truth",
    "unmet",
    "visible_answers",
    "visible_fields",
]
