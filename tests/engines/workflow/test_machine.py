"""The state machine: a small one against answers written by hand, those of the types one violation at a time."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.workflow.test_loader import FREE, load
from tests.engines.workflow.test_simulate import PATHS
from yuantou.engines.workflow import Machine, Refusal, Transition, acts, decide, visible_fields
from yuantou.engines.workflow.model import State, StateKind
from yuantou.kernel.local_text import LocalText

PROGRAMME = load(FREE)
MACHINES = sorted(PROGRAMME.machines)

WORD = LocalText("词", "Word")
SMALL = Machine(
    "leave",
    "asked",
    tuple(State(name, WORD, StateKind.OPEN, name in {"granted", "denied"}) for name in ("asked", "granted", "denied")),
    (
        Transition("grant", ("asked",), "granted", ("head", "deputy"), WORD, ("staffed", "paid"), undo=10),
        Transition("deny", ("asked",), "denied", ("head",), WORD, needs_reason=True),
        Transition("appeal", ("denied",), "asked", ("asker",), WORD, ("in_time",), needs_reason=True),
    ),
)


@pytest.mark.parametrize(
    ("state", "wanted", "roles", "true", "reason", "answer"),
    [
        ("asked", "grant", "head", "staffed paid", "", "granted"),
        ("asked", "grant", "deputy", "staffed paid", "", "granted"),
        ("asked", "grant", "asker deputy public", "staffed paid more", "", "granted"),
        ("asked", "grant", "", "staffed paid", "", "role"),
        ("asked", "grant", "asker", "staffed paid", "", "role"),
        ("asked", "grant", "head", "", "", "guard"),
        ("asked", "grant", "head", "staffed", "", "guard"),
        ("asked", "grant", "head", "paid", "", "guard"),
        ("granted", "grant", "head", "staffed paid", "", "state"),
        ("denied", "grant", "head", "staffed paid", "", "state"),
        ("asked", "deny", "head", "", "Too busy", "denied"),
        ("asked", "deny", "head", "", "", "reason"),
        ("asked", "deny", "head", "", " \n\t ", "reason"),
        ("asked", "deny", "deputy", "", "Too busy", "role"),
        ("denied", "appeal", "asker", "in_time", "I insist", "asked"),
        ("denied", "appeal", "asker", "", "I insist", "guard"),
        ("asked", "appeal", "asker", "in_time", "I insist", "state"),
        ("asked", "burn", "head", "staffed paid", "Why not", "role"),  # what does not exist looks forbidden
        ("granted", "undo_grant_to_asked", "head", "undo_open", "", "asked"),
        ("granted", "undo_grant_to_asked", "head", "", "", "guard"),
        ("denied", "undo_deny_to_asked", "head", "undo_open", "", "role"),  # what cannot be undone has no way back
    ],
)
def test_a_small_machine_answers_as_written_by_hand(
    state: str, wanted: str, roles: str, true: str, reason: str, answer: str
) -> None:
    facts = dict.fromkeys(true.split(), True)
    said = decide(SMALL, state=state, transition=wanted, roles=set(roles.split()), facts=facts, reason=reason)
    assert (said.code if isinstance(said, Refusal) else said.target) == answer


@dataclass(frozen=True)
class Step:
    """A transition of a shipped type in a state that it may be taken from."""

    machine: Machine
    taken: Transition
    source: str

    def answer(self, **changed: object) -> str:
        """Ask with all that it takes, but for what is changed."""
        asked = {
            "state": self.source,
            "transition": self.taken.id,
            "roles": {self.taken.actors[0]},
            "facts": dict.fromkeys(self.taken.guards, True),
            "reason": "because",
        }
        said = decide(self.machine, **(asked | changed))  # type: ignore[arg-type]
        return said.code if isinstance(said, Refusal) else said.target


def steps(type_id: str) -> list[Step]:
    programme = load(next(path for path in PATHS if path.stem == type_id).read_text("utf-8"))
    found = [
        Step(machine, taken, source)
        for machine in programme.machines.values()
        for taken in machine.every_transition
        for source in taken.sources
    ]
    assert len(found) > 40
    return found


@pytest.mark.parametrize("type_id", [path.stem for path in PATHS])
def test_with_all_that_it_takes_each_actor_may_take_each_step(type_id: str) -> None:
    for step in steps(type_id):
        for actor in step.taken.actors:
            assert step.answer(roles={actor}) == step.taken.target, step


@pytest.mark.parametrize("type_id", [path.stem for path in PATHS])
def test_each_single_violation_is_refused_by_its_name(type_id: str) -> None:
    tried = dict.fromkeys(("role", "state", "guard", "reason"), 0)

    def refused(code: str, step: Step, **violation: object) -> None:
        assert step.answer(**violation) == code, (step, violation)
        tried[code] += 1

    for step in steps(type_id):
        others = {actor for one in step.machine.transitions for actor in one.actors} - set(step.taken.actors)
        refused("role", step, roles=others | {"public", "stranger"})
        for state in {state.id for state in step.machine.states} - set(step.taken.sources):
            refused("state", step, state=state)
        rest = dict.fromkeys(step.taken.guards, True)
        for guard in step.taken.guards:
            refused("guard", step, facts=rest | {guard: False})
            refused("guard", step, facts={name: True for name in rest if name != guard})
        if step.taken.needs_reason:
            refused("reason", step, reason=" ")
    assert min(tried.values()) > 5, tried


@given(st.sampled_from(MACHINES), st.lists(st.integers(0, 9), max_size=12))
def test_a_walk_over_available_transitions_ends_only_in_final_states(name: str, choices: list[int]) -> None:
    machine = PROGRAMME.machine(name)
    facts = {guard: True for transition in machine.transitions for guard in transition.guards}
    state = machine.initial
    for choice in choices:
        options = [act.transition for act in acts(machine, state=state, roles=PROGRAMME.roles, facts=facts)]
        if not options:
            assert machine.state(state).final
            return
        state = options[choice % len(options)].target


def test_nothing_is_visible_without_a_rule() -> None:
    fields = {"title", "answers", "reviews"}
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"stranger"}, fields=fields) == frozenset()
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"officer"}, fields=fields) == frozenset()
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"applicant"}, fields=fields) == {
        "title",
        "answers",
    }
