"""Planted reuse in real Chinese abstracts: which share of it is found, and what is found that is not there.

    python benchmarks/reuse_planted.py [--data DIR] [--size 60] [--seed 1]

Abstracts are joined to documents of 2,000 characters, half old, half new; each new one takes 10, 30, 50 or 80 % of its
text from one old one in spans of 60 to 300 characters, of which 0, 5 or 10 % of the characters are changed. The goal is
set for a million old documents; at the size of the real texts the line says `short` however good the figures are.
"""

import argparse
import random
import sys
import time
from pathlib import Path

from datasketch import MinHash, MinHashLSH

from yuantou.engines.reuse import Document, Index

LENGTH = 2000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    options.add_argument("--size", type=int, default=60, help="new documents in each of the 12 cells")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    draw = random.Random(chosen.seed)
    texts = documents(chosen.data / "integrity" / "csl-abstracts", draw)
    old, fresh = texts[::2], texts[1::2]
    index = Index().with_documents([Document(str(k), text) for k, text in enumerate(old)])
    peer = MinHashLSH(params=(32, 4), num_perm=128)
    for k, text in enumerate(old):
        peer.insert(str(k), signature(text))
    recall, false, spent = {}, 0, 0.0
    for share in (10, 30, 50, 80):
        for changed in (0, 5, 10):
            hits, theirs = 0, 0
            for _ in range(chosen.size):
                source = draw.randrange(len(old))
                text = planted(draw.choice(fresh), old[source], share, changed, draw)
                started = time.process_time()
                found = {one.old for one in index.check(Document("new", text))}
                spent += time.process_time() - started
                hits += str(source) in found
                false += len(found - {str(source)})
                theirs += str(source) in peer.query(signature(text))
            recall[share, changed] = hits / chosen.size
            print(
                f"{share} % reused, {changed} % changed: {hits / chosen.size:.3f}; MinHash {theirs / chosen.size:.3f}"
            )
    checks = 12 * chosen.size
    high = min(value for (share, _changed), value in recall.items() if share >= 30)
    figure = f"{high:.3f} at ≥ 30 %, {recall[10, 0]:.3f} / {recall[10, 10]:.3f} at 10 % (0 / 10 % changed)"
    figure += f", {false} false in {checks}, {1000 * spent / checks:.1f} CPU-ms each, {len(old)} old"
    print(f"reuse_planted: {figure} (goal ≥ 0.999, ≥ 0.99 / 0.95, ≤ 1 in 10,000, at 1 M old) short")
    return 1


def documents(folder: Path, draw: random.Random) -> list[str]:
    """Return the real abstracts, each once, joined to documents."""
    lines = [line for path in sorted(folder.glob("*_dev.tsv")) for line in path.read_text("utf-8").splitlines()]
    texts = sorted({line.split("\t")[1] for line in lines if line.count("\t") > 1})
    # The files repeat abstracts with other punctuation or cut short: one of each, or true copies count as false.
    parts = sorted({"".join(filter(str.isalnum, text))[:30]: text for text in texts if len(text) > 80}.values())
    draw.shuffle(parts)
    whole = "".join(parts)
    return [whole[first : first + LENGTH] for first in range(0, len(whole) - LENGTH, LENGTH)]


def planted(text: str, source: str, share: int, changed: int, draw: random.Random) -> str:
    """Return a text of which spans are replaced by spans of a source, with some characters changed."""
    left, parts, place = LENGTH * share // 100, [], 0
    while left:
        size = min(left, draw.randint(60, 300))
        first = draw.randrange(len(source) - size + 1)
        span = [
            chr(draw.randrange(0x4E00, 0x9FA5)) if draw.random() < changed / 100 else sign
            for sign in source[first : first + size]
        ]
        keep = draw.randint(0, LENGTH * (100 - share) // 500)
        parts += [text[place : place + keep], "".join(span)]
        place, left = place + keep, left - size
    return ("".join(parts) + text[place:])[: LENGTH + 400]


def signature(text: str) -> MinHash:
    """Return the signature of the peer over runs of five characters."""
    made = MinHash(num_perm=128)
    made.update_batch([text[k : k + 5].encode() for k in range(len(text) - 4)])
    return made


if __name__ == "__main__":
    sys.exit(main())
