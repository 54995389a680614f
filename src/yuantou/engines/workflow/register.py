"""The workflow of records that belong to no call: directions, facilities, evaluation rounds, cases.

A register says what a programme type says of its records (roles, machines, visibility, letters) and nothing else.
The same code decides, shows and proves; see ``docs/explanation/kinds.md``.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yuantou.engines.workflow.facts import read_facts
from yuantou.engines.workflow.finding import Finding, as_problem
from yuantou.engines.workflow.keys import REGISTER
from yuantou.engines.workflow.lines import line_of
from yuantou.engines.workflow.loader import key_problems, read_grant, read_letter, read_machine
from yuantou.engines.workflow.model import Letter, Machine, VisibilityRule
from yuantou.engines.workflow.references import shared_findings, word_findings
from yuantou.engines.workflow.soundness import fact_findings, machine_findings
from yuantou.engines.workflow.vocabulary import Vocabulary
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True)
class Register:
    """Roles, machines, grants and letters of the records of one part of the platform."""

    id: str
    roles: dict[str, LocalText]
    machines: dict[str, Machine]
    visibility: tuple[VisibilityRule, ...]
    letters: dict[str, Letter]

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
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            LocalText(f"无法读取流程：{error}", f"The workflow cannot be read: {error}."), place=Place(name)
        ) from error
    return read_register(table, source, name=name, known=known)


def read_register(table: dict[str, Any], source: str, *, name: str, known: Vocabulary | None = None) -> Register:
    """Read a register from its tables; ``source`` is its text, to tell in which line something stands."""
    wrong = tuple(key_problems(table, REGISTER, "register", [(name, source)]))
    if wrong:
        raise _refused(str(table.get("id", name)), name, wrong)
    try:
        facts = read_facts(table.get("fact", {}))
        register = Register(
            table["id"],
            {role: LocalText.from_mapping(text) for role, text in table["roles"].items()},
            {record: read_machine(record, machine, facts=facts) for record, machine in table["machine"].items()},
            tuple(map(read_grant, table.get("visibility", []))),
            {key: read_letter(row) for key, row in table.get("letter", {}).items()},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            LocalText(f"无法读取流程：{error}", f"The workflow cannot be read: {error}."), place=Place(name)
        ) from error
    problems = tuple(
        as_problem("register", finding, Place(name, line_of(source, finding[1]), finding[1]))
        for finding in _findings(register, table.get("words", {}), known)
    )
    if problems:
        raise _refused(register.id, name, problems)
    return register


def _refused(register_id: str, name: str, problems: tuple[Problem, ...]) -> InputError:
    return InputError(
        LocalText(f"流程“{register_id}”有误。", f"The workflow “{register_id}” is unsound."),
        LocalText("请逐条修正。", "Please mend each point."),
        place=Place(name),
        problems=problems,
    )


def _findings(register: Register, words: dict[str, Any], known: Vocabulary | None) -> Iterator[Finding]:
    for machine in register.machines.values():
        yield from machine_findings(register.roles, register.letters, machine)
    yield from fact_findings(register.machines.values(), known)
    yield from shared_findings(register, register.id, known)
    yield from word_findings(words, register.id, known)
