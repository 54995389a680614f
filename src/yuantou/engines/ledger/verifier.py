#!/usr/bin/env python3
r"""Verifies an exported ledger offline. One file, Python's standard library only: copy it and read it.

An export is a folder with
  entries.jsonl   one leaf a line: exactly the bytes that were hashed (canonical JSON without the line break)
  leaves.bin      the leaf hashes as stored when the entries were made, 32 bytes each
  heads.json      {"public_key": hex, "heads": [{"size", "root", "at", "signature"}, …]}: signed tree heads

A witness is an older heads.json that somebody else kept. It catches a ledger that was rolled back or rewritten as a
whole, even by somebody who owns the database and the signing key.

Hashes follow RFC 6962 (leaf = SHA-256(0x00 ‖ line), node = SHA-256(0x01 ‖ left ‖ right)); signatures are Ed25519
(RFC 8032) over "yuantou-tree-head\n<size>\n<root>\n<at>\n".

A receipt is one JSON file: {"entry": line, "path": [hashes], "head": {…}, "public_key": hex}. It proves that its line
stands in the ledger, without the ledger. A dossier holds several of them in "receipts".

Usage: verifier.py EXPORT|RECEIPT.json [--witness HEADS.json]
Exit status 0 = all good, 1 = findings, 2 = cannot read
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sha256 = hashlib.sha256
BLOCK = 4096  # leaves hashed at a time; a power of two


# --- the tree --------------------------------------------------------------------------------------------------------


def level_up(level: list[bytes]) -> list[bytes]:
    """Return the next level of a tree; an odd last node rises unchanged."""
    odd = [level.pop()] if len(level) & 1 else []
    return [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)] + odd


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    level = list(leaves)
    while len(level) > 1:
        level = level_up(level)
    return level[0] if level else sha256(b"").digest()


class Tree:
    """Roots of complete blocks, merged as they come; gives the root at any size on the way."""

    def __init__(self) -> None:
        self.peaks: list[bytes] = []
        self.blocks = 0

    def add_block(self, leaves: list[bytes]) -> None:
        """Add exactly BLOCK leaves."""
        carry, count = root_of(leaves), self.blocks
        while count & 1:
            carry = sha256(b"\x01" + self.peaks.pop() + carry).digest()
            count >>= 1
        self.peaks.append(carry)
        self.blocks += 1

    def root(self, rest: list[bytes]) -> bytes:
        """Return the root of all blocks and up to BLOCK further leaves."""
        nodes = [*self.peaks, root_of(rest)] if rest else list(self.peaks)
        if not nodes:
            return sha256(b"").digest()
        root = nodes.pop()
        while nodes:
            root = sha256(b"\x01" + nodes.pop() + root).digest()
        return root


# --- signatures (RFC 8032, section 5.1.7) ----------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _x_of(y: int, sign: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        raise ValueError("not a point of the curve")
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _x_of(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE: Point = (_x_of(BASE_Y, 0), BASE_Y, 1, _x_of(BASE_Y, 0) * BASE_Y % P)


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an Ed25519 signature over a message holds."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        a, r = _point(public_key), _point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def head_message(size: int, root: str, at: str) -> bytes:
    """Return the bytes that a signed tree head signs."""
    return f"yuantou-tree-head\n{size}\n{root}\n{at}\n".encode()


# --- the export ------------------------------------------------------------------------------------------------------


def check_entries(lines: Iterator[bytes], stored: bytes, heads: dict[int, str]) -> Iterator[str]:
    """Yield a finding for each changed, missing, added or displaced entry and for each head that does not fit.

    ``heads`` maps sizes to the roots that were signed for them.
    """
    tree, leaves, index, broken = Tree(), [], 0, False
    for index, raw in enumerate(lines):
        line = raw.rstrip(b"\n")
        leaf = sha256(b"\x00" + line).digest()
        if leaf != stored[32 * index : 32 * index + 32] or b'"index":%d' % index not in line:
            broken = True
            yield describe(index, line)
        leaves.append(leaf)
        if index + 1 in heads and tree.root(leaves).hex() != heads[index + 1] and not broken:
            yield f"head: the root at size {index + 1} is not the one that was signed; entries up to it were rewritten"
            broken = True
        if len(leaves) == BLOCK:
            tree.add_block(leaves)
            leaves = []
    count = tree.blocks * BLOCK + len(leaves)
    if 32 * count != len(stored):
        yield f"length: {count} entries, but {len(stored) // 32} leaf hashes"
    for size in sorted(heads):
        if size > count:
            yield f"rollback: a head of size {size} was signed, but only {count} entries are left"


def describe(index: int, line: bytes) -> str:
    """Say what seems to have happened to an entry whose hash does not fit."""
    try:
        own = json.loads(line).get("index")
    except ValueError:
        return f"entry {index}: not readable"
    if own != index:
        return f"entry {index}: the line belongs to place {own}: lines were removed, added or reordered"
    return f"entry {index}: changed after it was recorded"


def check_heads(document: dict[str, Any]) -> Iterator[str]:
    """Yield a finding for each head whose signature does not hold."""
    key = bytes.fromhex(document["public_key"])
    for head in document["heads"]:
        message = head_message(head["size"], head["root"], head["at"])
        if not signature_holds(key, message, bytes.fromhex(head["signature"])):
            yield f"signature: the head of size {head['size']} is not signed by this key"


def path_leads(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Tell whether an audit path leads from a leaf to a root (RFC 9162, section 2.1.3.2)."""
    node, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = sha256(b"\x01" + sibling + current).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            current = sha256(b"\x01" + current + sibling).digest()
        node, last = node >> 1, last >> 1
    return 0 <= index < size and last == 0 and current == root


def verify_receipt(receipt: dict[str, Any], witness: dict[str, Any] | None = None) -> list[str]:
    """Verify a receipt: its line, its path to the root, the signature of the root, and what a witness kept."""
    head, line = receipt["head"], receipt["entry"].encode()
    findings = list(check_heads({"public_key": receipt["public_key"], "heads": [head]}))
    index = json.loads(line)["index"]
    path = [bytes.fromhex(node) for node in receipt["path"]]
    if not path_leads(sha256(b"\x00" + line).digest(), index, head["size"], path, bytes.fromhex(head["root"])):
        findings.append(f"receipt: entry {index} does not stand in the ledger of this head")
    if witness is not None:
        if witness["public_key"] != receipt["public_key"]:
            findings.append("witness: the receipt is signed by another key than the ledger")
        if {kept["size"]: kept["root"] for kept in witness["heads"]}.get(head["size"], head["root"]) != head["root"]:
            findings.append(f"witness: another root was signed for size {head['size']}")
    return findings


def verify(export: Path, witness: Path | None = None) -> list[str]:
    """Verify an export or a receipt, against a witness's heads too if given; return the findings (none = all good).

    Raises
    ------
    OSError, ValueError, KeyError
        If a file is missing or is not what it should be.
    """
    if export.is_file():
        kept = json.loads(witness.read_text("utf-8")) if witness else None
        document = json.loads(export.read_text("utf-8"))
        return [finding for one in document.get("receipts", [document]) for finding in verify_receipt(one, kept)]
    document = json.loads((export / "heads.json").read_text("utf-8"))
    findings = list(check_heads(document))
    heads = {head["size"]: head["root"] for head in document["heads"]}
    if witness is not None:
        kept = json.loads(witness.read_text("utf-8"))
        findings += [f"witness: {finding}" for finding in check_heads(kept)]
        if kept["public_key"] != document["public_key"]:
            findings.append("witness: the ledger is signed by another key than before")
        heads |= {head["size"]: head["root"] for head in kept["heads"]}  # the witness is believed
    with (export / "entries.jsonl").open("rb") as lines:
        return [*findings, *check_entries(lines, (export / "leaves.bin").read_bytes(), heads)]


def main(arguments: list[str]) -> int:
    """Print findings, or that all is good; return the exit status."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    witness = Path(arguments[2]) if arguments[1:2] == ["--witness"] and len(arguments) == 3 else None
    try:
        findings = verify(Path(arguments[0]), witness)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read the export: {error}")
        return 2
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else "all good: every entry, every root and every signature holds")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
