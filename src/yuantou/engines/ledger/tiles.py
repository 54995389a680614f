"""Inclusion proofs from a few stored nodes, however long the log is.

Beside the leaves, the roots of complete subtrees of 256, 65,536, … leaves are kept. A proof reads at most 255 nodes for
each of its hashes, so that 10 million leaves cost as little as a thousand.
"""

from collections.abc import Callable, Sequence
from typing import Final

from yuantou.engines.ledger.merkle import subtree_root

STEP: Final = 8
"""Levels between two that are kept."""

Nodes = Callable[[int, int, int], Sequence[bytes]]
"""``(level, first, count)``: roots of consecutive complete subtrees of 2**level leaves; level 0 = leaves."""


def kept(level: int) -> bool:
    """Tell whether the roots of a level are stored."""
    return level > 0 and level % STEP == 0


def proof_of(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the audit path of a leaf in the log of ``size`` leaves (RFC 6962, 2.1.1), nearest sibling first.

    Raises
    ------
    IndexError
        If there is no such leaf.

    Complexity: O(log size) reads of at most 255 nodes each.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            path.append(_root(split, end, nodes))
            end = split
        else:
            path.append(_root(start, split, nodes))
            start = split
    return path[::-1]


def _root(start: int, end: int, nodes: Nodes) -> bytes:
    """Return the root over leaves ``start`` to ``end``; ``start`` is a multiple of every power of two it needs."""
    size = end - start
    level = (size - 1).bit_length() if size > 1 else 0
    if size == 1 << level:
        stored = level - level % STEP
        return subtree_root(nodes(stored, start >> stored, 1 << (level - stored)))
    split = start + (1 << (level - 1))
    return subtree_root([_root(start, split, nodes), _root(split, end, nodes)])
