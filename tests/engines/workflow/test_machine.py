"""The state machine as random walks: nobody ever takes a step that the type does not grant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.workflow.test_loader import FREE, load
from yuantou.engines.workflow import Refusal, available, decide, visible_fields

PROGRAMME = load(FREE)
MACHINES = sorted(PROGRAMME.machines)


@given(st.sampled_from(MACHINES), st.data())
def test_decide_grants_exactly_what_the_type_says(name: str, data: st.DataObject) -> None:
    machine = PROGRAMME.machine(name)
    state = data.draw(st.sampled_from([state.id for state in machine.states]))
    wanted = data.draw(st.sampled_from([t.id for t in machine.transitions] + ["unknown"]))
    roles = data.draw(st.sets(st.sampled_from(sorted(PROGRAMME.roles))))
    facts = data.draw(st.dictionaries(st.sampled_from(["call_open", "complete", "members_confirmed"]), st.booleans()))
    answer = decide(machine, state=state, transition=wanted, roles=roles, facts=facts, reason="because")
    transition = machine.transition(wanted)
    granted = (
        transition is not None
        and state in transition.sources
        and bool(roles & set(transition.actors))
        and all(facts.get(guard, False) for guard in transition.guards)
    )
    assert isinstance(answer, Refusal) is not granted


@given(st.sampled_from(MACHINES), st.lists(st.integers(0, 9), max_size=12))
def test_a_walk_over_available_transitions_ends_only_in_final_states(name: str, choices: list[int]) -> None:
    machine = PROGRAMME.machine(name)
    facts = {guard: True for transition in machine.transitions for guard in transition.guards}
    state = machine.initial
    for choice in choices:
        options = available(machine, state=state, roles=PROGRAMME.roles, facts=facts)
        if not options:
            assert machine.state(state).final
            return
        state = options[choice % len(options)].target


@pytest.mark.parametrize("name", MACHINES)
def test_a_guard_that_nobody_worked_out_is_not_met(name: str) -> None:
    machine = PROGRAMME.machine(name)
    for step in machine.transitions:
        asked = {"state": step.sources[0], "transition": step.id, "roles": step.actors, "reason": "because"}
        for left_out in step.guards:
            facts = {guard: True for guard in step.guards if guard != left_out}
            answer = decide(machine, facts=facts, **asked)  # type: ignore[arg-type]
            assert isinstance(answer, Refusal)
            assert (answer.code, answer.detail) == ("guard", left_out)
        assert decide(machine, facts=dict.fromkeys(step.guards, True), **asked) == step  # type: ignore[arg-type]


def test_a_reason_is_demanded_where_the_type_says_so() -> None:
    machine = PROGRAMME.machine("proposal")
    answer = decide(
        machine, state="institution_check", transition="return", roles={"institution"}, facts={}, reason=" "
    )
    assert isinstance(answer, Refusal)
    assert answer.code == "reason"


def test_nothing_is_visible_without_a_rule() -> None:
    fields = {"title", "answers", "reviews"}
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"stranger"}, fields=fields) == frozenset()
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"officer"}, fields=fields) == frozenset()
    assert visible_fields(PROGRAMME, "proposal", state="draft", roles={"applicant"}, fields=fields) == {
        "title",
        "answers",
    }
