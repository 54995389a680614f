"""What a programme type says: forms, machines, review, decision, budget and visibility. Plain frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from yuantou.engines.workflow.facts import Fact
from yuantou.engines.workflow.form import FIELD_BUDGET, Condition
from yuantou.engines.workflow.project_plan import ProjectPlan
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale


class StateKind(StrEnum):
    """How a state looks and counts in every list: being worked on, waiting for somebody, settled, or wrong."""

    OPEN = "open"
    WAITING = "waiting"
    SETTLED = "settled"
    ALARM = "alarm"


class FieldType(StrEnum):
    """Types of form fields; each has one widget, one validation and one JSON form."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    KEYWORDS = "keywords"
    MONEY = "money"
    INTEGER = "integer"
    CHOICE = "choice"
    YES = "yes"
    DISCIPLINE = "discipline"


class BudgetRegime(StrEnum):
    """Itemised budgets have lines; a lump sum (包干制) cannot have any."""

    ITEMISED = "itemised"
    LUMP_SUM = "lump_sum"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``bilingual`` text has a Chinese and an English side; ``max_length`` counts characters.

    What ``identifies`` the people behind a proposal is held back from every double-blind phase of review. ``when`` says
    that it is asked only beside certain answers, ``writer`` that somebody else writes and signs it (the role whose name
    it is), ``prefill`` what a draft begins with.
    """

    id: str
    type: FieldType
    label: LocalText
    help: LocalText | None = None
    required: bool = False
    bilingual: bool = False
    max_length: int | None = None
    choices: tuple[tuple[str, LocalText], ...] = ()
    low: float | None = None
    high: float | None = None
    hidden_from: frozenset[str] = frozenset()
    identifies: bool = False
    when: Condition | None = None
    writer: str = ""
    prefill: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names under which the answers are stored: ``id``, or ``id_zh`` and ``id_en``."""
        return (f"{self.id}_zh", f"{self.id}_en") if self.bilingual else (self.id,)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form with a heading of its own."""

    id: str
    title: LocalText
    fields: tuple[Field, ...]
    help: LocalText | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a record; ``tags`` are what it means to code, which never asks for a state by its id."""

    id: str
    name: LocalText
    kind: StateKind
    final: bool = False
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from states to a state: who may take it, under which guards, and which letter it sends.

    ``guards`` are names of facts; a fact that is not known counts as false (default deny). Who took it may undo it for
    ``undo`` minutes; until then its letter waits.
    """

    id: str
    sources: tuple[str, ...]
    target: str
    actors: tuple[str, ...]
    name: LocalText
    guards: tuple[str, ...] = ()
    needs_reason: bool = False
    letter: str | None = None
    undo: int = 0

    @property
    def ways_back(self) -> "tuple[Transition, ...]":
        """The transitions that undo this one: one to each state it may have come from."""
        name = LocalText(f"撤销“{self.name.zh}”", f"Undo: {self.name.en}")
        return tuple(
            Transition(f"undo_{self.id}_to_{source}", (self.target,), source, self.actors, name, (UNDO_OPEN,))
            for source in self.sources
            if self.undo
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in both languages, and the roles it goes to (``named``: to whom the act names).

    A step sends the letters it names; ``on`` is what sends one that hangs on no step, such as ``project.opened``.
    """

    to: tuple[str, ...]
    subject: LocalText
    body: LocalText
    on: str = ""


NEXT_PHASE: Final = "next_phase"
"""The transition of a call from one phase of review to the next."""

UNDO_OPEN: Final = "undo_open"
"""The guard of every way back: it is the same person, the time has not passed, and nothing has happened since."""

_UNDO: Final = Fact(
    UNDO_OPEN,
    LocalText(
        "不能再撤销：时限已过、此后又有变动，或不是您本人所为。",
        "This cannot be undone any more: time is up, something has changed since, or somebody else did it.",
    ),
    given=True,
)


@dataclass(frozen=True)
class Machine:
    """The states and transitions of one kind of record, and the facts that its kind declares."""

    record: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    facts: tuple[Fact, ...] = ()

    @cached_property
    def _states(self) -> dict[str, State]:
        return {state.id: state for state in self.states}

    @cached_property
    def _transitions(self) -> dict[str, Transition]:
        return {way.id: way for taken in self.transitions for way in (taken, *taken.ways_back)}

    @property
    def every_transition(self) -> tuple[Transition, ...]:
        """The transitions of the type and the ways back that follow from them."""
        return tuple(self._transitions.values())

    @cached_property
    def fact(self) -> dict[str, Fact]:
        """The facts by id; that of the ways back is always there."""
        return {fact.id: fact for fact in (_UNDO, *self.facts)}

    def judges_posted(self, fact_id: str) -> bool:
        """Whether a fact, or one that it asks for, can be answered only once something is posted."""
        waiting, done = [fact_id], set()
        while waiting:
            fact = self.fact.get(waiting.pop())
            if fact is None or fact.id in done:
                continue
            if fact.needs_given:
                return True
            done.add(fact.id)
            waiting += fact.asks
        return False

    def state(self, state_id: str) -> State:
        """Return a state; raises KeyError for an unknown one."""
        return self._states[state_id]

    def transition(self, transition_id: str) -> Transition | None:
        """Return a transition, or nothing."""
        return self._transitions.get(transition_id)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A review criterion: the question, its weight, and what each grade means (anchors from low to high)."""

    id: str
    name: LocalText
    question: LocalText
    weight: float
    anchors: tuple[LocalText, ...]


class PhaseKind(StrEnum):
    """What happens in a phase: sheets are written, experts for and against debate, applicants answer, a panel meets."""

    REVIEW = "review"
    DEBATE = "debate"
    RESPONSE = "response"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Share:
    """A demand on the mix of reviewers: between ``low`` and ``high`` (0 to 1) of them have a trait."""

    trait: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class ReviewPhase:
    """One phase of review: who judges (``actors``), how many, on which criteria, and what stays hidden in it.

    Parameters
    ----------
    blind:
        ``open`` (both sides are named to one another), ``single`` (applicants do not learn who judges) or ``double``
        (those who judge do not learn who applies, either).
    shows:
        The sections of the form that are read in this phase; none means all.
    hears:
        What of the phases before is read in this one: ``comments``, ``response``, ``debate``.
    ranks:
        Whether its grades enter the ranking; only grades on the criteria of the type can.
    cuts:
        Whether proposals may be left behind once it is done.
    """

    id: str
    name: LocalText
    actors: tuple[str, ...]
    count: int
    blind: str
    kind: PhaseKind = PhaseKind.REVIEW
    days: int = 0
    criteria: tuple[Criterion, ...] = ()
    mix: tuple[Share, ...] = ()
    shows: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    ranks: bool = True
    cuts: bool = False

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each criterion by id; they sum to one."""
        return {criterion.id: criterion.weight for criterion in self.criteria}

    @property
    def judged(self) -> bool:
        """Whether experts are asked for sheets in it, one for each proposal."""
        return self.kind in {PhaseKind.REVIEW, PhaseKind.DEBATE}


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """How many reviews, on which scale and criteria, and what is hidden (``single``, ``double`` blind, ``open``).

    ``identity_proofs`` independent proofs of who an expert is are needed before an invitation leaves.
    """

    count: int
    max_load: int
    days: int
    blind: str
    scale: Scale
    criteria: tuple[Criterion, ...]
    conflict_years: int = 5
    identity_proofs: int = 0
    phases: tuple[ReviewPhase, ...] = ()
    mix: tuple[Share, ...] = ()

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each criterion by id; they sum to one."""
        return {criterion.id: criterion.weight for criterion in self.criteria}


@dataclass(frozen=True, slots=True)
class DecisionPlan:
    """The rule that turns a ranking into decisions; ``parallel`` awards for one target, ``pots`` of money."""

    rule: str
    pots: tuple[str, ...] = ("one",)
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """The budget regime and what may be asked for; a lump sum has a negative list and a pledge.

    ``asked`` is the field of the form that holds the amount, in ``currency``: money, or another unit such as ``shift``.
    """

    regime: BudgetRegime
    currency: str = "CNY"
    asked: str = "requested"
    floor: float = 0
    ceiling: float | None = None
    negative_list: tuple[LocalText, ...] = ()
    pledge: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An eligibility or quota rule (限项): an expression over facts that must hold at a moment (``submit``, …).

    ``since`` dates the rule; ``message`` tells the applicant what is asked, ``remedy`` what to do about it.
    """

    id: str
    when: str
    expression: str
    message: LocalText
    since: str = ""
    remedy: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Separation:
    """Two roles that one person, or one organisation, may never hold on the same record."""

    roles: tuple[str, str]
    scope: str
    message: LocalText


@dataclass(frozen=True, slots=True)
class VisibilityRule:
    """Grants ``fields`` of a record to ``roles`` while it is in ``states`` (``*`` = all). Nothing else is granted."""

    record: str
    roles: frozenset[str]
    states: frozenset[str]
    fields: frozenset[str]


@dataclass(frozen=True)
class ProgrammeType:
    """A kind of call, complete: everything that differs between kinds stands here and nowhere in the code.

    ``terms`` are written by the agency before a call opens, and frozen under a hash when it does; ``appointed`` are the
    roles that a call gives to named people, at least one each, before it opens.
    """

    id: str
    version: int
    name: LocalText
    summary: LocalText
    research_type: str
    clauses: tuple[str, ...]
    roles: dict[str, LocalText]
    form: tuple[Section, ...]
    machines: dict[str, Machine]
    review: ReviewPlan
    decision: DecisionPlan
    budget: BudgetPlan
    visibility: tuple[VisibilityRule, ...]
    letters: dict[str, Letter]
    project: ProjectPlan
    rules: tuple[Rule, ...] = ()
    separations: tuple[Separation, ...] = ()
    terms: tuple[Field, ...] = ()
    appointed: tuple[str, ...] = ()
    field_budget: int = FIELD_BUDGET
    source_hash: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields of the form in order."""
        return tuple(field for section in self.form for field in section.fields)

    def asked(self, answers: Mapping[str, Any]) -> tuple[Field, ...]:
        """Return the fields that are asked beside the answers given so far."""
        return tuple(field for field in self.fields if field.when is None or field.when.met(answers))

    @property
    def phases(self) -> tuple[ReviewPhase, ...]:
        """The phases that a call goes through in order, a panel's meeting aside.

        One without a name where the type has none, or is of a day when calls had no way to a next phase.
        """
        plan, goes_on = self.review, self.machines["call"].transition(NEXT_PHASE)
        written = tuple(phase for phase in plan.phases if phase.kind is not PhaseKind.PANEL)
        if written and goes_on:
            return written
        whole = ReviewPhase("", LocalText("评审", "Review"), ("reviewer",), plan.count, plan.blind)
        return (replace(whole, days=plan.days, criteria=plan.criteria, mix=plan.mix if goes_on else ()),)

    def phase(self, phase_id: str) -> ReviewPhase:
        """Return a phase; the first one for a name that is empty or unknown."""
        return next((phase for phase in self.phases if phase.id == phase_id), self.phases[0])

    def phase_after(self, phase_id: str) -> ReviewPhase | None:
        """Return the phase after one; nothing after the last."""
        following = self.phases[self.phases.index(self.phase(phase_id)) + 1 :]
        return following[0] if following else None

    def phases_until(self, phase_id: str) -> tuple[ReviewPhase, ...]:
        """Return the phases up to one, itself among them."""
        return self.phases[: self.phases.index(self.phase(phase_id)) + 1]

    def machine(self, record: str) -> Machine:
        """Return the machine of a kind of record (``call``, ``proposal``, ``assignment``, ``decision_list``)."""
        return self.machines[record]
