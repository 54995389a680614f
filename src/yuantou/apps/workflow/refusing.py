"""Refusing whoever has not the role, or comes in the wrong state, where no step of a machine guards the way."""

from collections.abc import Collection
from typing import Any

from yuantou.apps.workflow.access import roles_of
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.local_text import LocalText


def only(user: Any, record: Any, *roles: str, states: Collection[str] = ()) -> None:
    """Let only some roles pass, and only in some states if any are named.

    Raises
    ------
    NotAllowedError
        Otherwise.
    """
    if not roles_of(user, record) & set(roles):
        raise not_yours()
    if states and record.state not in states:
        name = record.programme.machine(record._meta.model_name).state(record.state).name
        raise NotAllowedError(
            LocalText(f"当前状态为“{name.zh}”，不能修改。", f"It cannot be changed while the state is “{name.en}”."),
            code="not_allowed.state",
        )


def not_yours() -> NotAllowedError:
    """Return the error for whoever has not the role."""
    return NotAllowedError(LocalText("您无权执行此操作。", "You may not do this."), code="not_allowed.role")
