"""The Merkle log against RFC 6962 and against its own slow referee."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.ledger import append, inclusion_proof, leaf_hash, root_of_leaves, root_of_peaks, verify_inclusion

# Test vectors of the Certificate Transparency reference implementation (RFC 6962 trees of 1, 2, 3 and 8 leaves).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def grow(leaves: list[bytes]) -> tuple[list[bytes], int]:
    peaks: list[bytes] = []
    size = 0
    for leaf in leaves:
        peaks, size = append(peaks, size, leaf)
    return peaks, size


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_equal_the_published_vectors(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert root_of_leaves(leaves).hex() == ROOTS[size]
    peaks, grown = grow(leaves)
    assert (root_of_peaks(peaks).hex(), grown) == (ROOTS[size], size)


def test_empty_log_has_the_hash_of_nothing() -> None:
    assert root_of_peaks([]) == root_of_leaves([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 90))
def test_appending_gives_the_same_root_as_starting_over(size: int) -> None:
    leaves = [leaf_hash(str(i).encode()) for i in range(size)]
    peaks, grown = grow(leaves)
    assert grown == size
    assert root_of_peaks(peaks) == root_of_leaves(leaves)


@given(st.integers(1, 60), st.data())
def test_inclusion_proofs_hold_and_break_on_any_change(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(i).encode()) for i in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root, proof = root_of_leaves(leaves), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, proof, leaf_hash(b"other"))
    if proof:
        assert not verify_inclusion(leaves[index], index, size, proof[:-1], root)
