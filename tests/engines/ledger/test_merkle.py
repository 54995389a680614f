"""The Merkle log against RFC 6962 and against its recursive definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.ledger import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)

# Test vectors of the Certificate Transparency reference implementation (RFC 6962 trees of 1, 2, 3 and 8 leaves).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(size)]


def grown(leaves: list[bytes]) -> Frontier:
    log = Frontier()
    for leaf in leaves:
        log.append(leaf)
    return log


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_equal_the_published_vectors(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert subtree_root(leaves).hex() == ROOTS[size]
    assert grown(leaves).root().hex() == ROOTS[size]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == subtree_root([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 300))
def test_growing_and_starting_over_give_the_root_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert grown(leaves).root() == subtree_root(leaves) == by_definition(leaves)


@given(st.integers(1, 60), st.data())
def test_inclusion_proofs_hold_and_break_on_any_change(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    root, proof = subtree_root(leaves), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, proof, leaf_hash(b"other"))
    assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)


@given(st.integers(1, 60), st.data())
def test_consistency_proofs_hold_for_prefixes_and_for_nothing_else(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, old)
    old_root, new_root = subtree_root(leaves[:old]), subtree_root(leaves)
    assert verify_consistency(old, size, old_root, new_root, proof)
    forged = subtree_root([leaf_hash(b"x"), *leaves[1:old]])
    assert not verify_consistency(old, size, forged, new_root, proof)


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Frontier([leaf_hash(b"a")], 3)
