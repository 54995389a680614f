"""Judges a kind of call or a register as a whole: its keys, what it names, and what its criteria count.

Engines stay apart: the workflow knows nothing of criteria, and the rules on criteria nothing of kinds.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from yuantou.engines.indicators import RulePack, check_field, load_rules
from yuantou.engines.workflow import ProgrammeType, Register, Vocabulary, load_programme_type, load_register
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

Kind = ProgrammeType | Register


@cache
def rule_pack() -> RulePack:
    """Return the rules on criteria: what counts, in which use, under which clause."""
    return load_rules((_shipped() / "indicators" / "rules.toml").read_text("utf-8"))


@cache
def shipped_vocabulary() -> Vocabulary:
    """Return what this version of the product can answer, take and send, without starting it.

    A test holds the file equal to what the running product knows; ``make vocabulary`` writes it anew.
    """
    table = json.loads((_shipped() / "pipelines" / "vocabulary.json").read_text("utf-8"))
    return Vocabulary.of(table.items())


def shipped_parents() -> dict[str, str]:
    """Return the texts that a kind of call may extend."""
    return {
        item.name.removesuffix(".toml").lstrip("_"): item.read_text("utf-8")
        for item in (_shipped() / "programme_types").iterdir()
        if item.name.startswith("_") and item.name.endswith(".toml")
    }


def shipped_kinds() -> dict[str, str]:
    """Return name and text of every shipped kind of call and register."""
    found = {
        item.name: item.read_text("utf-8")
        for folder in ("programme_types", "registers")
        for item in (_shipped() / folder).iterdir()
        if item.name.endswith(".toml") and not item.name.startswith("_")
    }
    return dict(sorted(found.items()))


def _shipped() -> Traversable:
    return files("yuantou")


def judge_kind(
    source: str, *, name: str, parents: Mapping[str, str], known: Vocabulary, earlier: str = ""
) -> tuple[Kind | None, tuple[Problem, ...]]:
    """Return a kind, or everything that keeps it from being one.

    A text that extends another or names a type of research is a kind of call, every other a register. ``earlier`` is as
    for ``load_programme_type``.

    >>> judge_kind("id = 3", name="t.toml", parents={}, known=Vocabulary(frozenset()))[0]
    """
    try:
        table = tomllib.loads(source)
        is_call = bool({"extends", "research_type", "review"} & set(table))
    except tomllib.TOMLDecodeError:
        is_call = True  # its loader names the line
    try:
        if not is_call:
            return load_register(source, name=name, known=known), ()
        programme = load_programme_type(source, name=name, parents=parents, known=known, earlier=earlier)
    except InputError as error:
        return None, error.problems or (Problem(error.code, error.message, error.remedy, error.place),)
    banned = tuple(counting_criteria(programme, file=name))
    return (None if banned else programme), banned


def counting_criteria(programme: ProgrammeType, *, file: str) -> Iterator[Problem]:
    """Yield the criteria and questions of a kind of call that count what must not be counted, each with its clause."""
    asked = [(f"review.criterion.{c.id}", c.name, c.question) for c in programme.review.criteria]
    for phase in programme.review.phases:
        if phase.criteria != programme.review.criteria:
            asked += [(f"review.phase.{phase.id}.criterion.{c.id}", c.name, c.question) for c in phase.criteria]
    template = programme.project.evaluation
    asked += [(f"library.evaluation.{template.id}.question.{q.id}", q.name, q.question) for q in template.questions]
    for where, name, question in asked:
        finding = next(
            filter(None, (check_field(words, rule_pack()) for words in (name.zh, name.en, question.zh, question.en))),
            None,
        )
        if finding is not None:
            clause = finding.clause
            said = LocalText(
                f"评审标准“{name.zh}”以“{finding.words}”计分：{clause.name.zh}（{clause.source}）。",
                f"The criterion “{name.en}” scores “{finding.words}”: {clause.name.en} ({clause.source}).",
            )
            yield Problem("programme_type.banned_metric", said, clause.remedy, Place(file, None, where))
