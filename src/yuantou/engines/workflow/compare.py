"""What differs between two versions of a programme type, section by section, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from yuantou.engines.workflow.model import ProgrammeType
from yuantou.kernel.local_text import LocalText

SECTIONS: Final[Mapping[str, LocalText]] = {
    "name": LocalText("名称", "Name"),
    "summary": LocalText("简介", "Summary"),
    "research_type": LocalText("研究类型", "Kind of research"),
    "clauses": LocalText("政策条款", "Policy clauses"),
    "roles": LocalText("角色", "Roles"),
    "form": LocalText("申请表", "Form"),
    "machines": LocalText("流程", "States and transitions"),
    "review": LocalText("评审", "Review"),
    "decision": LocalText("决定", "Decision"),
    "budget": LocalText("经费", "Budget"),
    "rules": LocalText("资格与限项", "Eligibility and quotas"),
    "separations": LocalText("回避", "Kept apart"),
    "visibility": LocalText("可见范围", "Who sees what"),
    "letters": LocalText("通知", "Letters"),
    "project": LocalText("项目执行", "Project"),
    "terms": LocalText("冻结内容", "Frozen before opening"),
    "appointed": LocalText("须指定的角色", "Named before opening"),
    "field_budget": LocalText("字段上限", "Fields at most"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where in its section, and what stood and stands there (empty = nothing)."""

    where: str
    before: str
    after: str


def compare(old: ProgrammeType, new: ProgrammeType) -> tuple[tuple[LocalText, tuple[Change, ...]], ...]:
    """Return the sections that differ, each with its changes in the order of the newer version.

    Complexity: linear in the size of both.
    """
    found = ((title, tuple(_changes(getattr(old, name), getattr(new, name)))) for name, title in SECTIONS.items())
    return tuple((title, changes) for title, changes in found if changes)


def _changes(old: Any, new: Any) -> Iterator[Change]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for where in dict.fromkeys([*after, *before]):
        if before.get(where) != after.get(where):
            yield Change(where, before.get(where, ""), after.get(where, ""))


def _flat(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf with its place; items of lists are named by their id, so that moving one is no change."""
    if isinstance(value, LocalText):
        yield where, " / ".join(side for side in (value.zh, value.en) if side)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _flat(getattr(value, field.name), _join(where, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, _join(where, str(key)))
    elif isinstance(value, tuple | frozenset) and any(is_dataclass(item) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flat(item, _join(where, _label(item, number)))
    elif value not in (None, "", (), frozenset()):
        yield where, _print(value)


def _join(where: str, name: str) -> str:
    return f"{where} › {name}" if where else name


def _label(item: Any, number: int) -> str:
    """Name an item of a list by its id; what has none by what it speaks of."""
    record, roles = getattr(item, "record", ""), getattr(item, "roles", ())
    states = getattr(item, "states", ())
    spoken = [str(record), ", ".join(sorted(roles)), ", ".join(sorted(states))]
    return str(getattr(item, "id", "")) or " · ".join(part for part in spoken if part) or str(number)


def _print(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(item) for item in value))
    if isinstance(value, tuple):
        return ", ".join(_print(item) for item in value)
    return str(value.value if isinstance(value, Enum) else value)
