"""Merkle tree hash of RFC 6962, section 2.1: leaves are prefixed with 0x00, inner nodes with 0x01.

A log of n leaves is kept as its peaks: the roots of the complete subtrees of the binary digits of n, largest first.
Appending touches O(log n) hashes and needs no other leaf.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

_sha256 = hashlib.sha256


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf (32 bytes)."""
    return _sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (32 bytes)."""
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing log as its peaks: all that appending and the root need.

    Parameters
    ----------
    peaks:
        Roots of the complete subtrees, largest first; one for each binary one of ``size``.
    size:
        Number of leaves.

    Raises
    ------
    ValueError
        If the number of peaks does not fit the size.
    """

    def __init__(self, peaks: Iterable[bytes] = (), size: int = 0) -> None:
        self.peaks = list(peaks)
        self.size = size
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"{len(self.peaks)} peaks do not fit {size} leaves")

    def append(self, leaf: bytes, completed: Callable[[int, bytes], None] | None = None) -> None:
        """Add a leaf hash. Amortised O(1), O(log n) at worst.

        ``completed`` is told level and root of every subtree that this leaf completes (level 1 = two leaves).
        """
        carry, size, level = leaf, self.size, 0
        while size & 1:
            carry = node_hash(self.peaks.pop(), carry)
            size, level = size >> 1, level + 1
            if completed is not None:
                completed(level, carry)
        self.peaks.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """Return the root; the hash of nothing for an empty log."""
        if not self.peaks:
            return _sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def subtree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, level by level in O(n); an odd last node rises unchanged.

    Equal to the recursive definition of RFC 6962 for every n.
    """
    level = list(leaves)
    if not level:
        return _sha256(b"").digest()
    while len(level) > 1:
        odd = [level.pop()] if len(level) & 1 else []
        level = [_sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)] + odd
    return level[0]


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` (RFC 6962, 2.1.1), nearest sibling first; at most log2(n)+1 hashes.

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
        return [*inclusion_proof(leaves[:split], index), subtree_root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), subtree_root(leaves[:split])]


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


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the log of ``old_size`` leaves is a prefix of this one (RFC 6962, 2.1.2).

    Raises
    ------
    ValueError
        If ``old_size`` is not between 1 and the size of the log.
    """
    if not 1 <= old_size <= len(leaves):
        raise ValueError(f"no log of {old_size} leaves within {len(leaves)}")
    return _consistency(leaves, old_size, complete=True)


def _consistency(leaves: Sequence[bytes], old: int, *, complete: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if complete else [subtree_root(leaves)]
    split = _split(len(leaves))
    if old <= split:
        return [*_consistency(leaves[:split], old, complete=complete), subtree_root(leaves[split:])]
    return [*_consistency(leaves[split:], old - split, complete=False), subtree_root(leaves[:split])]


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a log of ``new_size`` extends one of ``old_size`` without changing it (RFC 9162, 2.1.4.2)."""
    if old_size == new_size:
        return not proof and old_root == new_root
    if not 0 < old_size < new_size or not proof:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
