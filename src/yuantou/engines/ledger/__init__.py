"""A Merkle log after RFC 6962 and RFC 9162: leaf hashes, incremental roots, inclusion and consistency proofs."""

from yuantou.engines.ledger.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)
from yuantou.engines.ledger.tiles import kept, proof_of

__all__ = [
    "Frontier",
    "consistency_proof",
    "inclusion_proof",
    "kept",
    "leaf_hash",
    "proof_of",
    "subtree_root",
    "verify_consistency",
    "verify_inclusion",
]
