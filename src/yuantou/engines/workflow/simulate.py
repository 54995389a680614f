"""Runs a programme type from call to closure by configuration alone, before anybody uses it."""

from collections import deque
from dataclasses import dataclass

from yuantou.engines.workflow.machine import Refusal, decide
from yuantou.engines.workflow.model import Machine, ProgrammeType, Transition
from yuantou.engines.workflow.register import Register
from yuantou.kernel.errors import YuantouError
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of a simulated run: who took it, from where to where, and the letter it sent."""

    record: str
    transition: str
    actor: str
    source: str
    target: str
    letter: str | None


@dataclass(frozen=True, slots=True)
class Walk:
    """The shortest way of a record to one final state."""

    record: str
    final: str
    steps: tuple[Step, ...]


def simulate(programme: ProgrammeType | Register) -> tuple[Walk, ...]:
    """Walk every record of a kind to each of its final states, every step through the one gate ``decide``.

    Raises
    ------
    YuantouError
        If a final state cannot be reached by the actors that the type names.

    Complexity: O(states × transitions) for each machine.
    """
    return tuple(
        _walk(machine, state.id) for machine in programme.machines.values() for state in machine.states if state.final
    )


def _walk(machine: Machine, final: str) -> Walk:
    route = _shortest(machine, final)
    if route is None:
        raise YuantouError(
            LocalText(f"“{final}”无法到达。", f"“{final}” of {machine.record} cannot be reached."),
            LocalText("请检查转换。", "Check the transitions."),
            code="programme_type.unreachable",
        )
    return Walk(machine.record, final, tuple(_take(machine, source, transition) for source, transition in route))


def _shortest(machine: Machine, final: str) -> list[tuple[str, Transition]] | None:
    queue: deque[str] = deque([machine.initial])
    came: dict[str, tuple[str, Transition]] = {}
    while queue and final not in came and final != machine.initial:
        here = queue.popleft()
        for transition in machine.transitions:
            if here in transition.sources and transition.target not in came and transition.target != machine.initial:
                came[transition.target] = (here, transition)
                queue.append(transition.target)
    if final not in came:
        return [] if final == machine.initial else None
    route, here = [], final
    while here != machine.initial:
        source, transition = came[here]
        route.append((source, transition))
        here = source
    return route[::-1]


def _take(machine: Machine, source: str, transition: Transition) -> Step:
    """Take a step as its first actor with every guard met."""
    actor, facts = transition.actors[0], dict.fromkeys(transition.guards, True)
    answer = decide(machine, state=source, transition=transition.id, roles={actor}, facts=facts, reason="simulated")
    if isinstance(answer, Refusal):
        raise YuantouError(answer.message, code=f"programme_type.{answer.code}")
    return Step(machine.record, transition.id, actor, source, transition.target, transition.letter)
