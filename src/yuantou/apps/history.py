"""The history of a record as a page shows it: steps in the words of its type, and other acts that its app names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from yuantou.apps.audit.facade import history
from yuantou.apps.language import page_language


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    index: int
    at: datetime
    name: str
    reason: str
    leaf_hash: str


def timeline(
    record: Any, machine: str, others: Mapping[str, Promise], reasons: Mapping[int, str] | None = None
) -> list[Line]:
    """Return what happened to a record, latest first (one query).

    Only steps of the machine and ``others`` are told: a later stage may write what is not for every reader.
    ``reasons`` are those given, by ledger entry; the reason of a step that was undone is told no more.
    """
    language, known = page_language(), reasons or {}
    names = {
        f"{machine}.{t.id}": t.name.in_language(language) for t in record.programme.machine(machine).every_transition
    }
    names |= {act: str(name) for act, name in others.items()}
    events = [event for event in history(machine, record.pk) if event.act in names]
    undone = {event.data.get("undoes") for event in events}
    return [
        Line(e.index, e.at, names[e.act], "" if e.index in undone else known.get(e.index, ""), e.leaf_hash)
        for e in reversed(events)
    ]
