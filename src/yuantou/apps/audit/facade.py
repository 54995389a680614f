"""What other apps may use of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yuantou.apps.audit.domain import (
    Act,
    append,
    append_many,
    export_ledger,
    heads_document,
    leaf_content,
    receipt_of,
    sign_head,
    tree_head,
)
from yuantou.apps.audit.drafts import keep_draft, seal_draft, seal_drafts
from yuantou.apps.audit.models import Entry
from yuantou.apps.audit.stamps import stamp_heads
from yuantou.engines.ledger import leaf_hash as hash_of_leaf

__all__ = [
    "Act",
    "Event",
    "append",
    "append_many",
    "export_ledger",
    "heads_document",
    "history",
    "intact",
    "keep_draft",
    "receipt_of",
    "seal_draft",
    "seal_drafts",
    "sign_head",
    "stamp_heads",
    "tree_head",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a record's history."""

    index: int
    at: datetime
    actor: str
    act: str
    data: dict[str, Any]
    leaf_hash: str


def history(kind: str, key: str) -> list[Event]:
    """Return the events of one record, oldest first (one query)."""
    return [
        Event(entry.index, entry.at, entry.actor, entry.act, entry.data, entry.leaf_hash)
        for entry in Entry.objects.filter(kind=kind, key=key)
    ]


def intact(kind: str, key: str, event: Event) -> bool:
    """Tell whether a line still gives the leaf it was sealed with: a row changed behind our back does not."""
    act = Act(event.at, event.actor, event.act, kind, key, event.data)
    return hash_of_leaf(leaf_content(event.index, act)).hex() == event.leaf_hash
