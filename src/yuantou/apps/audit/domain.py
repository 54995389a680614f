"""Appending to the ledger and reading it back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from yuantou.apps.audit.models import Entry, TreeState
from yuantou.engines.ledger import Frontier, leaf_hash
from yuantou.kernel.hashing import canonical_json


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened: who (a pseudonymous key), what, to which record, with hashes and identifiers only."""

    at: datetime
    actor: str
    act: str
    kind: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)


def leaf_content(index: int, act: Act) -> bytes:
    """Return the bytes that a leaf hashes: canonical JSON of every column, time in UTC to the microsecond."""
    stamp = act.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    columns = {"actor": act.actor, "act": act.act, "kind": act.kind, "key": act.key, "data": dict(act.data)}
    return canonical_json({"index": index, "at": stamp, **columns})


@transaction.atomic
def append_many(acts: Iterable[Act]) -> list[Entry]:
    """Append entries within the caller's transaction; they roll back with it. Appends are serialised by one row."""
    tree, _created = TreeState.objects.select_for_update().get_or_create(id=1)
    log = Frontier((bytes.fromhex(peak) for peak in tree.peaks), tree.size)
    entries = []
    for act in acts:
        leaf = leaf_hash(leaf_content(log.size, act))
        columns = {"at": act.at, "actor": act.actor, "act": act.act, "kind": act.kind, "key": act.key}
        entries.append(Entry(index=log.size, data=dict(act.data), leaf_hash=leaf.hex(), **columns))
        log.append(leaf)
    Entry.objects.bulk_create(entries, batch_size=2000)
    tree.size, tree.peaks = log.size, [peak.hex() for peak in log.peaks]
    tree.save(update_fields=["size", "peaks"])
    return entries


def append(*, at: datetime, actor: str, act: str, kind: str, key: str, data: Mapping[str, Any] | None = None) -> Entry:
    """Append one entry within the caller's transaction; rolls back with it."""
    return append_many([Act(at, actor, act, kind, key, data or {})])[0]


def tree_head() -> tuple[int, str]:
    """Return size and root of the ledger now."""
    tree, _created = TreeState.objects.get_or_create(id=1)
    return tree.size, Frontier((bytes.fromhex(peak) for peak in tree.peaks), tree.size).root().hex()
