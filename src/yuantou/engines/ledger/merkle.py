"""Merkle tree hash of RFC 6962, section 2.1: leaves are prefixed with 0x00, inner nodes with 0x01.

A log of n leaves is kept as its peaks: the roots of the complete subtrees of the binary digits of n, largest first.
Appending touches O(log n) hashes and needs no other leaf.
"""

import hashlib
from collections.abc import Sequence


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf (32 bytes)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (32 bytes)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(peaks: Sequence[bytes], size: int, leaf: bytes) -> tuple[list[bytes], int]:
    """Add a leaf hash to a log given by its peaks and size; return the new peaks and size. O(log n)."""
    grown = list(peaks)
    carry = leaf
    while size & 1:
        carry = node_hash(grown.pop(), carry)
        size >>= 1
    grown.append(carry)
    return grown, _size_of(peaks, grown, size)


def _size_of(before: Sequence[bytes], after: Sequence[bytes], shifted: int) -> int:
    merged = len(before) - len(after) + 1
    return (shifted << merged) + (1 << merged)


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root of a log from its peaks; the hash of nothing for an empty log."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of_leaves(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, computed from scratch in O(n): the referee of ``append``."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root_of_leaves(leaves[:split]), root_of_leaves(leaves[split:]))


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` (RFC 6962, 2.1.1), nearest sibling first.

    Raises
    ------
    IndexError
        If there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of_leaves(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of_leaves(leaves[:split])]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the audit path leads from a leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            current = node_hash(current, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and current == root
