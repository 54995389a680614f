"""How fast a ledger is verified offline, and whether every tampering is found and located.

    python benchmarks/ledger_verify.py [--size 10000000] [--tamper 1000] [--appends 2000]

There is no peer: none of nine platforms studied keeps a tamper-evident record. Plain SHA-256 of the same file is shown
beside ours as the floor that no verifier can beat.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from yuantou.engines.ledger import Frontier, leaf_hash, verifier

GOAL = 60.0
HERE = Path(__file__).resolve().parent


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=10_000_000)
    options.add_argument("--tamper", type=int, default=1000)
    options.add_argument("--appends", type=int, default=2000)
    chosen = options.parse_args()
    databases = list(in_databases(chosen.appends, chosen.tamper))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = write(folder, chosen.size)
        floor = timed(lambda: plain_hash(folder))
        seconds = timed(lambda: check(folder, {chosen.size: root}))
        size = (folder / "entries.jsonl").stat().st_size
    located = sum(tampering_is_located(seed) for seed in range(chosen.tamper))
    print(f"leaves                     {chosen.size:>14,}   {size / 1e9:.2f} GB")
    print(f"verify, CPU of one core    {seconds:>14.1f} s {chosen.size / seconds:>12,.0f} leaves/s")
    print(f"SHA-256 of the same bytes  {floor:>14.1f} s")
    print(f"tamperings located         {located:>14,} of {chosen.tamper:,}")
    print(f"inclusion proof            {(chosen.size - 1).bit_length() * 32:>14,} bytes at most")
    for name, found in databases:
        print(
            f"{name:<10} {found['single']:>8,.0f} appends/s, each a transaction; {found['bulk']:>8,.0f}/s, 2,000 each; "
            f"proof in {found['proof_ms']:.1f} ms; tamperings located {found['located']:,} of {chosen.tamper:,}"
        )
        located = min(located, found["located"])
    whole = seconds * 10_000_000 / chosen.size
    ok = whole < GOAL and located == chosen.tamper
    print(
        f"ledger_verify: {whole:.1f} CPU-s for 10 M leaves (goal < {GOAL:g} s, all located) {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def in_databases(appends: int, tamper: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Append, prove and tamper in the database itself: SQLite always, PostgreSQL where its programs are found."""
    sys.path.insert(0, str(HERE.parent))
    from tests.run import postgres

    yield "SQLite", measured({}, appends, tamper)
    with postgres(durable=True) as url:
        if url:
            yield "PostgreSQL", measured({"DATABASE_URL": url}, appends, tamper)
        else:
            print("PostgreSQL: no server programs found, left out")


def measured(extra: dict[str, str], appends: int, tamper: int) -> dict[str, float]:
    """Run ``_ledger_database.py`` in a process of its own, for Django is set up once in a process."""
    command = [sys.executable, str(HERE / "_ledger_database.py"), str(appends), str(tamper)]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **extra, "YUANTOU_DATA_DIR": folder}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def entry(index: int, act: str = "proposal.submit") -> bytes:
    return (
        b'{"act":"%s","actor":"user:%d","at":"2026-03-02T09:00:00.000000Z","data":{"from":"draft","hash":"%064x",'
        b'"to":"institution_check"},"index":%d,"key":"abcdefghjkmn","kind":"proposal"}'
        % (act.encode(), index % 9973, index, index)
    )


def write(folder: Path, size: int) -> str:
    log = Frontier()
    with (folder / "entries.jsonl").open("wb") as lines, (folder / "leaves.bin").open("wb") as leaves:
        for index in range(size):
            line = entry(index)
            leaf = leaf_hash(line)
            log.append(leaf)
            lines.write(line + b"\n")
            leaves.write(leaf)
    return log.root().hex()


def check(folder: Path, heads: dict[int, str]) -> None:
    with (folder / "entries.jsonl").open("rb") as lines:
        findings = list(verifier.check_entries(lines, (folder / "leaves.bin").read_bytes(), heads))
    if findings:
        sys.exit(f"an honest ledger gave findings: {findings[:3]}")


def plain_hash(folder: Path) -> None:
    with (folder / "entries.jsonl").open("rb") as file:
        hashlib.file_digest(file, "sha256")


def timed(work: Callable[[], None]) -> float:
    """Return the processor's seconds: what one core needs, whoever else uses the machine."""
    started = time.process_time()
    work()
    return time.process_time() - started


def tampering_is_located(seed: int, size: int = 300) -> bool:
    """Change, remove, swap, forge with its hash, or roll back; tell whether the finding names the right place."""
    rng = random.Random(seed)
    lines = [entry(index) for index in range(size)]
    leaves = [leaf_hash(line) for line in lines]
    heads = {count: root_of(leaves[:count]) for count in range(50, size + 1, 50)}
    where, kind = rng.randrange(size - 1), seed % 5
    expected = f"entry {where}"
    if kind == 0:
        fields = json.loads(lines[where])
        fields[rng.choice(["act", "actor", "at", "key"])] += "x"
        lines[where] = json.dumps(fields, separators=(",", ":")).encode()
    elif kind == 1:
        del lines[where], leaves[where]
    elif kind == 2:
        lines[where], lines[where + 1] = lines[where + 1], lines[where]
        leaves[where], leaves[where + 1] = leaves[where + 1], leaves[where]
    elif kind == 3:
        lines[where] = entry(where, "proposal.accept")
        leaves[where] = leaf_hash(lines[where])
        expected = f"head: the root at size {(where // 50 + 1) * 50}"
    else:
        lines, leaves = lines[:where], leaves[:where]
        expected = f"rollback: a head of size {(where // 50 + 1) * 50}"
    findings = list(verifier.check_entries(iter(lines), b"".join(leaves), heads))
    return bool(findings) and findings[0].startswith(expected)


def root_of(leaves: list[bytes]) -> str:
    return verifier.root_of(leaves).hex()


if __name__ == "__main__":
    sys.exit(main())
