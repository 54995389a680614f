"""One database for ``ledger_verify.py``: appends per second, time of a proof, tamperings of rows located.

    python benchmarks/_ledger_database.py APPENDS TAMPERINGS

Prints one line of JSON. Uses DATABASE_URL where it is set, else SQLite in YUANTOU_DATA_DIR.
"""

import datetime as dt
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.local")
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
SIZE, HEADS = 120, 40


def main() -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    appends, tamper = int(sys.argv[1]), int(sys.argv[2])
    located = sum(is_located(seed) for seed in range(tamper))
    print(json.dumps({**speed(appends), "located": located}))
    return 0


def speed(appends: int) -> dict[str, float]:
    """Measure appends, each in a transaction of its own and 2,000 in one, and a proof over all of them."""
    from yuantou.apps.audit.domain import audit_path
    from yuantou.apps.audit.facade import append, append_many, tree_head

    started = time.perf_counter()
    for number in range(appends):
        append(at=NOW, actor="user:1", act="proposal.submit", kind="proposal", key=f"p{number}", data={"n": number})
    single = appends / (time.perf_counter() - started)
    started = time.perf_counter()
    for _block in range(5):
        append_many(acts(2000))
    bulk = 10_000 / (time.perf_counter() - started)
    size, _root = tree_head()
    rng = random.Random(1)
    started = time.perf_counter()
    for _proof in range(200):
        audit_path(rng.randrange(size), size)
    return {"single": single, "bulk": bulk, "proof_ms": (time.perf_counter() - started) * 5}


def acts(count: int) -> list:
    from yuantou.apps.audit.facade import Act

    return [Act(NOW, f"user:{i % 7}", "proposal.submit", "proposal", f"p{i}", {"n": i}) for i in range(count)]


def is_located(seed: int) -> bool:
    """Change, remove, swap, forge with its hash, or roll back rows; tell whether the finding names the right place."""
    from django.db import transaction

    from yuantou.apps.audit.facade import append_many, export_ledger, sign_head
    from yuantou.engines.ledger.verifier import verify

    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        for _block in range(SIZE // HEADS):
            append_many(acts(HEADS))
            sign_head(now=NOW)
        expected = disturb(random.Random(seed), seed % 5)
        export_ledger(Path(folder))
        findings = verify(Path(folder))
        transaction.set_rollback(True)
    return bool(findings) and findings[0].startswith(expected)


def disturb(rng: random.Random, kind: int) -> str:
    """Do to the table what an owner of the database could do; return how the finding has to begin."""
    from yuantou.apps.audit.domain import Act, leaf_content
    from yuantou.apps.audit.models import Entry
    from yuantou.engines.ledger import leaf_hash

    where = rng.randrange(SIZE - 1)
    rows = Entry.objects.filter(index=where)
    head = (where // HEADS + 1) * HEADS
    if kind == 0:
        rows.update(**rng.choice([{"actor": "user:999"}, {"act": "x"}, {"key": "other"}, {"data": {"n": -1}}]))
        return f"entry {where}: changed"
    if kind == 1:
        rows.delete()
        return f"entry {where}: the line belongs to place {where + 1}"
    if kind == 2:
        rows.update(index=10**9)
        Entry.objects.filter(index=where + 1).update(index=where)
        Entry.objects.filter(index=10**9).update(index=where + 1)
        return f"entry {where}:"
    if kind == 3:
        row = rows.get()
        forged = leaf_content(where, Act(row.at, "user:999", row.act, row.kind, row.key, row.data))
        rows.update(actor="user:999", leaf_hash=leaf_hash(forged).hex())
        return f"head: the root at size {head}"
    Entry.objects.filter(index__gte=where).delete()
    return f"rollback: a head of size {head}"


if __name__ == "__main__":
    sys.exit(main())
