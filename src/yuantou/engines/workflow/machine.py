"""May this record change its state now? One pure answer for every record of every kind."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from yuantou.engines.workflow.facts import Lacking
from yuantou.engines.workflow.model import Machine, Transition
from yuantou.kernel.errors import Problem
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transition may not be taken.

    Parameters
    ----------
    code:
        ``role``, ``state``, ``guard`` or ``reason``.
    message, remedy, problems:
        What is said, what to do about it, and each single thing to mend.
    detail:
        The guard, state or transition concerned.
    error:
        A code of its own that the fact gives, for callers to tell it from others.
    """

    code: str
    message: LocalText
    detail: str = ""
    remedy: LocalText | None = None
    problems: tuple[Problem, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody may do now, or could if it were not for what is ``lacking``."""

    transition: Transition
    lacking: tuple[Refusal, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nothing stands against it but what is still to be posted."""
        return not self.lacking


def decide(
    machine: Machine,
    *,
    state: str,
    transition: str,
    roles: Collection[str],
    facts: Mapping[str, bool | Lacking],
    reason: str = "",
) -> Transition | Refusal:
    """Return the transition if it may be taken, else the first reason against it.

    Parameters
    ----------
    state, transition:
        Where the record is and what is wanted.
    roles:
        The roles of the actor with regard to this very record.
    facts:
        Guards by name; a missing one counts as false.
    reason:
        What the actor gave as reason, demanded where the transition says so.
    """
    wanted = machine.transition(transition)
    if wanted is None or not set(roles) & set(wanted.actors):
        # Unknown and forbidden look alike, so that nobody learns which actions exist.
        return Refusal("role", LocalText("您无权执行此操作。", "You may not do this."), transition)
    if state not in wanted.sources:
        now = machine.state(state).name
        return Refusal(
            "state",
            LocalText(f"当前状态为“{now.zh}”，不能执行此操作。", f"This cannot be done while the state is “{now.en}”."),
            state,
        )
    lacking = next(_lacking(machine, wanted.guards, facts), None)
    if lacking is not None and lacking.problems:
        # Whoever has a list of things to mend gets the whole of it.
        every = _lacking(machine, wanted.guards, facts)
        return replace(lacking, problems=tuple(problem for one in every for problem in one.problems))
    if lacking is not None:
        return lacking
    if wanted.needs_reason and not reason.strip():
        return Refusal("reason", LocalText("请写明理由。", "Please give a reason."), transition)
    return wanted


def acts(
    machine: Machine, *, state: str, roles: Collection[str], facts: Mapping[str, bool | Lacking]
) -> tuple[Act, ...]:
    """Return what these roles may do from a state, in the order of the kind, each with all that stands against it.

    A fact that judges what is posted does not stand against an act: the page shows it with its form. A reason is asked
    there too.
    """
    return tuple(
        Act(
            transition,
            tuple(_lacking(machine, (g for g in transition.guards if not machine.judges_posted(g)), facts)),
        )
        for transition in machine.transitions
        if state in transition.sources and set(roles) & set(transition.actors)
    )


def _lacking(
    machine: Machine, guards: "Collection[str] | Iterator[str]", facts: Mapping[str, bool | Lacking]
) -> Iterator[Refusal]:
    for guard in guards:
        answer = facts.get(guard, False)
        if answer:
            continue
        fact, own = machine.fact.get(guard), answer if isinstance(answer, Lacking) else Lacking()
        yield Refusal(
            "guard",
            own.message or (fact.message if fact else LocalText("条件未满足。", "A condition is not met.")),
            guard,
            own.remedy or (fact.remedy if fact else None),
            own.problems,
            own.code,
        )
