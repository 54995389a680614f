"""An export is verified with one file; each kind of tampering is found and located."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from yuantou.engines.ledger import leaf_hash, subtree_root, verifier
from yuantou.kernel.hashing import canonical_json

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def lines_of(count: int) -> list[bytes]:
    return [canonical_json({"index": i, "act": "proposal.submit", "data": {"hash": f"{i:064x}"}}) for i in range(count)]


def export(folder: Path, lines: list[bytes], head_sizes: list[int], leaves: list[bytes] | None = None) -> Path:
    leaves = leaves or [leaf_hash(line) for line in lines]
    folder.mkdir(exist_ok=True)
    (folder / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (folder / "leaves.bin").write_bytes(b"".join(leaves))
    heads = []
    for size in head_sizes:
        root, at = subtree_root(leaves[:size]).hex(), "2026-03-02T09:00:00Z"
        signature = KEY.sign(verifier.head_message(size, root, at)).hex()
        heads.append({"size": size, "root": root, "at": at, "signature": signature})
    (folder / "heads.json").write_text(json.dumps({"public_key": PUBLIC.hex(), "heads": heads}))
    return folder


def test_an_honest_export_verifies_without_any_package(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", lines_of(5000), [1, 700, 4096, 5000])
    command = [sys.executable, "-I", "-S", verifier.__file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "all good: every entry, every root and every signature holds",
    )


@pytest.mark.parametrize("seed", range(25))
def test_a_changed_entry_is_located(tmp_path: Path, seed: int) -> None:
    lines = lines_of(600)
    where = random.Random(seed).randrange(600)
    leaves = [leaf_hash(line) for line in lines]
    lines[where] = lines[where].replace(b"submit", b"accept")
    assert verifier.verify(export(tmp_path / "e", lines, [600], leaves))[0].startswith(f"entry {where}: changed")


def test_a_removed_entry_and_a_reordered_pair_are_located(tmp_path: Path) -> None:
    lines = lines_of(50)
    leaves = [leaf_hash(line) for line in lines]
    removed = verifier.verify(export(tmp_path / "a", lines[:20] + lines[21:], [], leaves))
    assert removed[0].startswith("entry 20: the line belongs to place 21")
    swapped = [*lines[:7], lines[8], lines[7], *lines[9:]]
    findings = verifier.verify(export(tmp_path / "b", swapped, [], leaves))
    assert [finding.split(":")[0] for finding in findings] == ["entry 7", "entry 8"]


def test_a_ledger_rewritten_as_a_whole_contradicts_the_heads_signed_before(tmp_path: Path) -> None:
    honest = export(tmp_path / "honest", lines_of(90), [40, 90])
    forged_lines = lines_of(90)
    forged_lines[60] = forged_lines[60].replace(b"submit", b"accept")
    forged = export(tmp_path / "forged", forged_lines, [90])
    assert verifier.verify(forged) == []
    findings = verifier.verify(forged, witness=honest / "heads.json")
    assert findings == ["head: the root at size 90 is not the one that was signed; entries up to it were rewritten"]


def test_a_rolled_back_ledger_is_shorter_than_its_heads(tmp_path: Path) -> None:
    kept = export(tmp_path / "kept", lines_of(90), [90])
    rolled_back = export(tmp_path / "back", lines_of(70), [70])
    assert any("rollback" in finding for finding in verifier.verify(rolled_back, witness=kept / "heads.json"))


def test_a_head_signed_by_somebody_else_is_found(tmp_path: Path) -> None:
    folder = export(tmp_path / "e", lines_of(9), [9])
    document = json.loads((folder / "heads.json").read_text())
    document["heads"][0]["signature"] = Ed25519PrivateKey.generate().sign(b"other").hex()
    (folder / "heads.json").write_text(json.dumps(document))
    assert any(finding.startswith("signature:") for finding in verifier.verify(folder))


@pytest.mark.parametrize("seed", range(6))
def test_our_signature_check_agrees_with_an_established_library(seed: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(random.Random(seed).randbytes(32))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    message = f"message {seed}".encode()
    signature = key.sign(message)
    assert verifier.signature_holds(public, message, signature)
    assert not verifier.signature_holds(public, message + b"!", signature)
    assert not verifier.signature_holds(public, message, signature[:40] + bytes([signature[40] ^ 1]) + signature[41:])


def test_what_is_no_export_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verifier.main([str(tmp_path)]) == 2
    assert "cannot read the export" in capsys.readouterr().out
