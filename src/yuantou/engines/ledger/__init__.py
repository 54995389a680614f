"""A Merkle log after RFC 6962 and RFC 9162: leaf hashes, incremental roots, inclusion proofs."""

from yuantou.engines.ledger.merkle import (
    append,
    inclusion_proof,
    leaf_hash,
    root_of_leaves,
    root_of_peaks,
    verify_inclusion,
)

__all__ = ["append", "inclusion_proof", "leaf_hash", "root_of_leaves", "root_of_peaks", "verify_inclusion"]
