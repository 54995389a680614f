"""Refusing whoever has not the role, or comes in the wrong state, where no step of a machine guards the way."""

from typing import Any

from yuantou.apps.workflow.access import roles_of
from yuantou.apps.workflow.states import kind_of, means
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText


def only(user: Any, record: Any, *roles: str, when: tuple[str, ...] = ()) -> None:
    """Let only some roles pass, and only in states that have one of some meanings, if any are named.

    Raises
    ------
    NotAllowedError
        Otherwise.
    """
    if not roles_of(user, record) & set(roles):
        raise not_yours()
    if when and not means(kind_of(record), record.state, *when):
        name = record.now_in.name
        raise NotAllowedError(
            LocalText(f"当前状态为“{name.zh}”，不能修改。", f"It cannot be changed while the state is “{name.en}”."),
            code="not_allowed.state",
        )


def not_yours() -> NotAllowedError:
    """Return the error for whoever has not the role."""
    return NotAllowedError(LocalText("您无权执行此操作。", "You may not do this."), code="not_allowed.role")
