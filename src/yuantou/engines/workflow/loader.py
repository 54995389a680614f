"""Reads programme types from TOML and refuses unsound ones, naming file, place and remedy."""

import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from yuantou.engines.workflow.model import (
    BudgetPlan,
    BudgetRegime,
    Criterion,
    DecisionPlan,
    Field,
    FieldType,
    Machine,
    ProgrammeType,
    ReviewPlan,
    Section,
    State,
    StateKind,
    Transition,
    VisibilityRule,
)
from yuantou.engines.workflow.soundness import problems_of
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale

Table = dict[str, Any]
T = TypeVar("T")


def load_programme_type(
    source: str, *, name: str = "programme type", parents: Mapping[str, str] | None = None
) -> ProgrammeType:
    """Read one programme type.

    Parameters
    ----------
    source:
        The TOML text.
    name:
        File name for messages.
    parents:
        TOML texts that ``extends = "…"`` may name. Tables are merged key by key, lists are replaced.

    Raises
    ------
    InputError
        If the text is not TOML, a key is missing or has a wrong type, or the type is unsound
        (see ``soundness.problems_of``); ``problems`` lists every finding.
    """
    table = _merged(source, name, parents or {})
    try:
        programme = _programme(table)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(name, error) from error
    problems = problems_of(programme, file=name)
    if problems:
        raise InputError(
            LocalText(f"项目类型“{programme.id}”有误。", f"The programme type “{programme.id}” is unsound."),
            LocalText("请逐条修正。", "Please mend each point."),
            code="programme_type.unsound",
            place=Place(name),
            problems=problems,
        )
    return programme


def _unreadable(name: str, error: Exception) -> InputError:
    detail = f"missing key {error}" if isinstance(error, KeyError) else str(error)
    return InputError(
        LocalText(f"无法读取项目类型：{detail}", f"The programme type cannot be read: {detail}."),
        LocalText("请对照参考文档修改该键。", "Please compare this key with the reference."),
        code="programme_type.unreadable",
        place=Place(name),
    )


def _merged(source: str, name: str, parents: Mapping[str, str]) -> Table:
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name, error) from error
    parent = table.pop("extends", None)
    if parent is None:
        return table
    if parent not in parents:
        raise _unreadable(name, ValueError(f"extends unknown “{parent}”"))
    return _merge(_merged(parents[parent], parent, parents), table)


def _merge(base: Table, over: Table) -> Table:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _programme(t: Table) -> ProgrammeType:
    return ProgrammeType(
        id=t["id"],
        version=int(t["version"]),
        name=_text(t["name"]),
        summary=_text(t["summary"]),
        research_type=t["research_type"],
        clauses=tuple(t.get("clauses", ())),
        roles={role: _text(name) for role, name in t["roles"].items()},
        form=_each(t["form"]["section"], _section),
        machines={record: _machine(record, machine) for record, machine in t["machine"].items()},
        review=_review(t["review"]),
        decision=DecisionPlan(**t["decision"]),
        budget=_budget(t["budget"]),
        visibility=_each(t["visibility"], _visibility),
        letters={key: (_text(letter["subject"]), _text(letter["body"])) for key, letter in t["letter"].items()},
        source_hash=content_hash(t),
    )


def _each(items: list[Table], read: Callable[[Table], T]) -> tuple[T, ...]:
    return tuple(read(item) for item in items)


def _text(value: "Table | str") -> LocalText:
    return LocalText.from_mapping(value)


def _optional(value: "Table | str | None") -> LocalText | None:
    return None if value is None else LocalText.from_mapping(value)


def _section(t: Table) -> Section:
    return Section(t["id"], _text(t["title"]), _each(t["field"], _field), _optional(t.get("help")))


def _field(t: Table) -> Field:
    return Field(
        id=t["id"],
        type=FieldType(t["type"]),
        label=_text(t["label"]),
        help=_optional(t.get("help")),
        required=bool(t.get("required", False)),
        bilingual=bool(t.get("bilingual", False)),
        max_length=t.get("max_length"),
        choices=tuple((choice["id"], _text(choice["label"])) for choice in t.get("choices", ())),
        low=t.get("low"),
        high=t.get("high"),
        hidden_from=frozenset(t.get("hidden_from", ())),
    )


def _machine(record: str, t: Table) -> Machine:
    states = tuple(
        State(s["id"], _text(s["name"]), StateKind(s["kind"]), bool(s.get("final", False))) for s in t["state"]
    )
    return Machine(record, t["initial"], states, _each(t["transition"], _transition))


def _transition(t: Table) -> Transition:
    return Transition(
        id=t["id"],
        sources=tuple(t["from"]),
        target=t["to"],
        actors=tuple(t["actors"]),
        name=_text(t["name"]),
        guards=tuple(t.get("guards", ())),
        needs_reason=bool(t.get("needs_reason", False)),
        letter=t.get("letter"),
        bulk=bool(t.get("bulk", False)),
    )


def _review(t: Table) -> ReviewPlan:
    return ReviewPlan(
        count=int(t["count"]),
        max_load=int(t["max_load"]),
        days=int(t["days"]),
        blind=t["blind"],
        scale=Scale(**t["scale"]),
        criteria=_each(t["criterion"], _criterion),
        conflict_years=int(t.get("conflict_years", 5)),
    )


def _criterion(t: Table) -> Criterion:
    anchors = tuple(_text(anchor) for anchor in t["anchors"])
    return Criterion(t["id"], _text(t["name"]), _text(t["question"]), float(t["weight"]), anchors)


def _budget(t: Table) -> BudgetPlan:
    return BudgetPlan(BudgetRegime(t["regime"]), t.get("currency", "CNY"), t.get("floor", 0), t.get("ceiling"))


def _visibility(t: Table) -> VisibilityRule:
    return VisibilityRule(t["record"], frozenset(t["roles"]), frozenset(t["states"]), frozenset(t["fields"]))
