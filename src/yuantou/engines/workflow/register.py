"""The workflow of records that belong to no call: directions, facilities, evaluation rounds, cases.

A register says what a programme type says of its records (roles, machines, visibility, letters) and nothing else.
The same code decides, shows and proves; see ``docs/explanation/programme-types.md``.
"""

import tomllib
from dataclasses import dataclass
from functools import partial

from yuantou.engines.workflow.facts import Vocabulary, read_facts
from yuantou.engines.workflow.loader import read_grant, read_machine
from yuantou.engines.workflow.model import Machine, VisibilityRule
from yuantou.engines.workflow.soundness import fact_findings, machine_findings
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True)
class Register:
    """Roles, machines, grants and letters of the records of one part of the platform."""

    id: str
    roles: dict[str, LocalText]
    machines: dict[str, Machine]
    visibility: tuple[VisibilityRule, ...]
    letters: dict[str, tuple[LocalText, LocalText]]

    def machine(self, record: str) -> Machine:
        """Return the machine of a kind of record; raises KeyError for an unknown one."""
        return self.machines[record]


def load_register(source: str, *, name: str = "register", known: Vocabulary | None = None) -> Register:
    """Read a register: ``id``, ``[roles]``, ``[fact.X]``, ``[machine.X]``, ``[[visibility]]``, ``[letter.X]``.

    ``known`` is what code can answer; with it, a register that asks for more is unsound.

    Raises
    ------
    InputError
        If a key is missing, or a machine is unsound: unknown, unreachable or dead-end states, a step nobody may take,
        a letter that does not exist, a grant to a role, record or state that is none.
    """
    try:
        table = tomllib.loads(source)
        facts = read_facts(table.get("fact", {}))
        register = Register(
            table["id"],
            {role: LocalText.from_mapping(text) for role, text in table["roles"].items()},
            {record: read_machine(record, machine, facts=facts) for record, machine in table["machine"].items()},
            tuple(map(read_grant, table.get("visibility", []))),
            {
                key: (LocalText.from_mapping(row["subject"]), LocalText.from_mapping(row["body"]))
                for key, row in table.get("letter", {}).items()
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            LocalText(f"无法读取流程：{error}", f"The workflow cannot be read: {error}."), place=Place(name)
        ) from error
    problems = [*_unsound(register, name, known), *_idle_grants(register, name)]
    if problems:
        raise InputError(
            LocalText(f"流程“{register.id}”有误。", f"The workflow “{register.id}” is unsound."),
            LocalText("请逐条修正。", "Please mend each point."),
            place=Place(name),
            problems=tuple(problems),
        )
    return register


def _unsound(register: Register, name: str, known: Vocabulary | None) -> list[Problem]:
    look = partial(machine_findings, register.roles, register.letters)
    findings = [finding for machine in register.machines.values() for finding in look(machine)]
    findings += fact_findings(register.machines.values(), known)
    return [
        Problem(f"register.{code}", said, remedy, Place(name, None, where)) for code, where, said, remedy in findings
    ]


def _idle_grants(register: Register, name: str) -> list[Problem]:
    """A grant that names nothing real is a mistake: what was meant stays hidden, or worse."""
    found = []
    for rule in register.visibility:
        machine = register.machines.get(rule.record)
        states = {state.id for state in machine.states} if machine else set()
        for wrong in sorted((rule.states - states - {"*"}) | (rule.roles - set(register.roles))):
            said = LocalText(
                f"“{rule.record}”的可见规则提到未定义的“{wrong}”。", f"A grant on “{rule.record}” names “{wrong}”."
            )
            remedy = LocalText("请使用已定义的角色和状态。", "Use roles and states that are defined.")
            found.append(Problem("register.grant", said, remedy, Place(name, None, f"visibility.{rule.record}")))
    return found
