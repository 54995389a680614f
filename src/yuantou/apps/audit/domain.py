"""Appending to the ledger and reading it back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from yuantou.apps.audit.models import Entry, TreeState
from yuantou.engines.ledger import append as append_leaf
from yuantou.engines.ledger import leaf_hash, root_of_peaks
from yuantou.kernel.hashing import canonical_json


def leaf_content(
    *, index: int, at: datetime, actor: str, act: str, kind: str, key: str, data: Mapping[str, Any]
) -> bytes:
    """Return the bytes that a leaf hashes: canonical JSON of every column, time in UTC to the microsecond."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return canonical_json(
        {"index": index, "at": stamp, "actor": actor, "act": act, "kind": kind, "key": key, "data": dict(data)}
    )


@transaction.atomic(durable=False)
def append(*, at: datetime, actor: str, act: str, kind: str, key: str, data: Mapping[str, Any] | None = None) -> Entry:
    """Append one entry within the caller's transaction; rolls back with it."""
    tree, _created = TreeState.objects.select_for_update().get_or_create(id=1)
    content = dict(data or {})
    leaf = leaf_hash(leaf_content(index=tree.size, at=at, actor=actor, act=act, kind=kind, key=key, data=content))
    entry = Entry.objects.create(
        index=tree.size, at=at, actor=actor, act=act, kind=kind, key=key, data=content, leaf_hash=leaf.hex()
    )
    peaks, tree.size = append_leaf([bytes.fromhex(peak) for peak in tree.peaks], tree.size, leaf)
    tree.peaks = [peak.hex() for peak in peaks]
    tree.save(update_fields=["size", "peaks"])
    return entry


def tree_head() -> tuple[int, str]:
    """Return size and root of the ledger now."""
    tree = TreeState.objects.filter(id=1).first()
    if tree is None:
        return 0, root_of_peaks([]).hex()
    return tree.size, root_of_peaks([bytes.fromhex(peak) for peak in tree.peaks]).hex()
