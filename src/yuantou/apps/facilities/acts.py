"""What every verb shares: a step through the workflow, an entry for what changes no state, refusals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yuantou.apps.audit.facade import append
from yuantou.apps.workflow.facade import SYSTEM, Stateful, change_state, kind_of
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText


def step(
    record: Any,
    action: str,
    *,
    user: Any,
    now: datetime,
    given: Mapping[str, Any] | None = None,
    reason: str = "",
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Take a step of a record under the workflow of facilities."""
    change_state(
        record,
        action,
        user=user,
        now=now,
        given=given,
        reason=reason,
        version=version,
        changes=changes,
        data=data,
    )


def note(act: str, record: Any, *, user: Any, now: datetime, data: Mapping[str, Any] | None = None) -> None:
    """Append an act that changes no state to the ledger."""
    kind = kind_of(record) if isinstance(record, Stateful) else record._meta.model_name
    actor = SYSTEM if user == SYSTEM else user.actor
    append(at=now, actor=actor, act=act, kind=kind, key=str(record.pk), data=dict(data or {}))


def wrong(field: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> InputError:
    """Return the error for one wrong field."""
    return InputError(LocalText(zh, en), LocalText(remedy_zh, remedy_en), place=Place(column=field))


def problem(code: str, where: str, zh: str, en: str, remedy_zh: str, remedy_en: str, *, fatal: bool = True) -> Problem:
    """Return one finding about what is to be scheduled."""
    return Problem(code, LocalText(zh, en), LocalText(remedy_zh, remedy_en), Place(where), fatal)
