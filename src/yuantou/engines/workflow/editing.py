"""Changing single values of a programme type in its text, and the machine of a draft of one.

Comments and order of the text stay as their author wrote them.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from yuantou.engines.workflow.facts import Fact
from yuantou.engines.workflow.model import Machine, State, StateKind, Transition
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

COMMON: Final[Mapping[str, type]] = {
    "name.zh": str,
    "name.en": str,
    "summary.zh": str,
    "summary.en": str,
    "budget.floor": int,
    "budget.ceiling": int,
    "review.count": int,
    "review.max_load": int,
    "review.days": int,
}
"""The values that a form edits; all else is edited as text."""


def values_of(source: str) -> dict[str, Any]:
    """Return the common values that a text gives itself (what it only inherits is left out)."""
    table = tomllib.loads(source)
    found = {path: table.get(head, {}).get(key) for path in COMMON for head, key in [path.split(".")]}
    return {path: value for path, value in found.items() if value is not None}


def with_values(source: str, values: Mapping[str, Any]) -> str:
    """Return the text with some values changed, everything else as it was.

    Raises
    ------
    InputError
        If a value stands in the text in a way that this function does not change.
    """
    for path, value in values.items():
        if values_of(source).get(path) != value:
            source = _with_value(source, path, value)
    return source


def with_version(source: str, version: int) -> str:
    """Return the text with another version."""
    return re.sub(r"(?m)^version\s*=\s*\d+", f"version = {version}", source, count=1)


def _with_value(source: str, path: str, value: Any) -> str:
    head, key = path.split(".")
    text = str(value) if isinstance(value, int) else _quoted(value)
    inline = re.compile(rf"(?m)^({head}\s*=\s*\{{[^\n]*?\b{key}\s*=\s*)(\"(?:[^\"\\]|\\.)*\"|[\d_.]+)")
    block = re.compile(rf"(?ms)^(\[{head}\]\s*\n(?:(?!\[)[^\n]*\n)*?{key}\s*=\s*)([^\n]*)")
    for pattern in (inline, block):
        changed, count = pattern.subn(lambda match: match[1] + text, source, count=1)
        if count and _reads(changed, path, value):
            return changed
    added = re.sub(rf"(?m)^(\[{head}\]\s*)$", lambda match: f"{match[1]}\n{key} = {text}", source, count=1)
    if added != source and _reads(added, path, value):
        return added
    raise InputError(
        LocalText(f"无法在文本中修改“{path}”。", f"“{path}” cannot be changed in the text."),
        LocalText("请直接编辑文本。", "Edit the text itself."),
        code="programme_type.form",
        place=Place(column=path),
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.split()) + '"'


def _reads(source: str, path: str, value: Any) -> bool:
    expected = " ".join(value.split()) if isinstance(value, str) else value
    try:
        return values_of(source).get(path) == expected
    except tomllib.TOMLDecodeError:
        return False


def _state(state: str, kind: StateKind, zh: str, en: str, *, final: bool = False) -> State:
    """Return a state whose meaning is its own name: this machine stands in code, with the code that asks for it."""
    return State(state, LocalText(zh, en), kind, final, frozenset({state}))


def _step(
    step: str,
    source: str,
    target: str,
    actor: str,
    zh: str,
    en: str,
    *,
    guards: tuple[str, ...] = (),
    why: bool = False,
) -> Transition:
    return Transition(step, (source,), target, (actor,), LocalText(zh, en), guards, needs_reason=why)


DRAFT: Final = Machine(
    "type_draft",
    "draft",
    (
        _state("draft", StateKind.OPEN, "起草中", "Draft"),
        _state("proposed", StateKind.WAITING, "待复核", "Waiting for a second person"),
        _state("published", StateKind.SETTLED, "已发布", "Published", final=True),
        _state("discarded", StateKind.ALARM, "已作废", "Discarded", final=True),
    ),
    (
        _step("propose", "draft", "proposed", "author", "提交复核", "Ask for approval", guards=("sound",)),
        _step("take_back", "proposed", "draft", "author", "收回修改", "Take back"),
        _step("return", "proposed", "draft", "approver", "退回修改", "Return for changes", why=True),
        _step("approve", "proposed", "published", "approver", "批准发布", "Approve and publish", guards=("sound",)),
        _step("discard", "draft", "discarded", "author", "作废", "Discard"),
    ),
    (Fact("sound", LocalText("类型尚有错误。", "The type has errors still.")),),
)
"""A draft of a programme type: written by one officer, published by another, never by its author."""
