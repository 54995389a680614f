"""Appending to the ledger and reading it back."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from yuantou.apps.audit.models import Entry, Subtree, TreeHead, TreeState
from yuantou.engines.ledger import Frontier, kept, leaf_hash, proof_of, verifier
from yuantou.kernel.hashing import canonical_json
from yuantou.kernel.progress import Progress, silent


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
    subtrees: list[Subtree] = []

    def completed(level: int, root: bytes) -> None:
        if kept(level):
            subtrees.append(Subtree(level=level, position=log.size >> level, root=root.hex()))

    for act in acts:
        leaf = leaf_hash(leaf_content(log.size, act))
        columns = {"at": act.at, "actor": act.actor, "act": act.act, "kind": act.kind, "key": act.key}
        entries.append(Entry(index=log.size, data=dict(act.data), leaf_hash=leaf.hex(), **columns))
        log.append(leaf, completed)
    Entry.objects.bulk_create(entries, batch_size=2000)
    if subtrees:
        Subtree.objects.bulk_create(subtrees, batch_size=2000)
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


def audit_path(index: int, size: int) -> list[str]:
    """Return the hashes that lead from a leaf to the root of the ledger of ``size`` entries.

    Raises
    ------
    IndexError
        If there is no such entry.
    """
    return [node.hex() for node in proof_of(index, size, _nodes)]


def _nodes(level: int, first: int, count: int) -> list[bytes]:
    if level:
        rows = Subtree.objects.filter(level=level, position__gte=first, position__lt=first + count)
        found = list(rows.order_by("position").values_list("root", flat=True))
    else:
        leaves = Entry.objects.filter(index__gte=first, index__lt=first + count)
        found = list(leaves.order_by("index").values_list("leaf_hash", flat=True))
    return [bytes.fromhex(node) for node in found]


def receipt_of(index: int, *, now: datetime) -> dict[str, Any]:
    """Return everything that proves an entry offline: its line, the path to a signed root, signature and key.

    A head is signed if none covers the entry yet.

    Raises
    ------
    IndexError
        If there is no such entry.
    """
    entry = Entry.objects.filter(index=index).first()
    if entry is None:
        raise IndexError(index)
    head = TreeHead.objects.filter(size__gt=index).order_by("size").first() or sign_head(now=now)
    act = Act(entry.at, entry.actor, entry.act, entry.kind, entry.key, entry.data)
    return {
        "entry": leaf_content(index, act).decode(),
        "path": audit_path(index, head.size),
        "head": {"size": head.size, "root": head.root, "at": head.at, "signature": head.signature},
        "public_key": signing_key().public_key().public_bytes_raw().hex(),
    }


@transaction.atomic
def sign_head(*, now: datetime) -> TreeHead:
    """Sign the ledger as it stands; called on a schedule and at each decision. The same size is signed once."""
    TreeState.objects.select_for_update().get_or_create(id=1)
    size, root = tree_head()
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = signing_key().sign(verifier.head_message(size, root, at)).hex()
    head, _created = TreeHead.objects.get_or_create(
        size=size, defaults={"root": root, "at": at, "signature": signature}
    )
    return head


def signing_key() -> Ed25519PrivateKey:
    """Return the key of this ledger; made once and kept outside the database, readable by the platform alone."""
    path = Path(settings.LEDGER_KEY_FILE)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def heads_document() -> dict[str, Any]:
    """Return all signed heads with the public key: what a witness keeps (``heads.json`` of an export)."""
    heads = list(TreeHead.objects.values("size", "root", "at", "signature"))
    return {"public_key": signing_key().public_key().public_bytes_raw().hex(), "heads": heads}


def export_ledger(folder: Path, *, progress: Progress = silent) -> int:
    """Write the whole ledger for offline verification (see ``engines.ledger.verifier``); return the number of entries.

    Lines are rebuilt from the rows, so that a row changed behind the platform's back no longer fits its leaf hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    total, written = Entry.objects.count(), 0
    with (folder / "entries.jsonl").open("wb") as lines, (folder / "leaves.bin").open("wb") as leaves:
        for entry in Entry.objects.order_by("index").iterator(chunk_size=5000):
            act = Act(entry.at, entry.actor, entry.act, entry.kind, entry.key, entry.data)
            lines.write(leaf_content(entry.index, act) + b"\n")
            leaves.write(bytes.fromhex(entry.leaf_hash))
            written += 1
            progress("export", written, total)
    (folder / "heads.json").write_text(json.dumps(heads_document(), indent=1), "utf-8")
    return written
