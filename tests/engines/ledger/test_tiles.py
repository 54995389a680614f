"""Proofs from a few stored nodes are the proofs of the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.engines.ledger import Frontier, inclusion_proof, kept, leaf_hash, proof_of, verify_inclusion

SIZE = 70_000
LEAVES = [leaf_hash(str(i).encode()) for i in range(SIZE)]


def stored() -> dict[tuple[int, int], bytes]:
    found: dict[tuple[int, int], bytes] = {}
    log = Frontier()
    for leaf in LEAVES:
        log.append(leaf, lambda level, root: found.setdefault((level, log.size >> level), root))
    return {place: root for place, root in found.items() if kept(place[0])}


STORED = stored()


def nodes(level: int, first: int, count: int) -> list[bytes]:
    assert count <= 255 or level == 0
    if level == 0:
        assert count <= 256
        return LEAVES[first : first + count]
    return [STORED[level, place] for place in range(first, first + count)]


@given(st.integers(1, SIZE), st.data())
def test_a_proof_leads_to_the_root_for_every_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    log = Frontier()
    for leaf in LEAVES[:size]:
        log.append(leaf)
    assert verify_inclusion(LEAVES[index], index, size, proof_of(index, size, nodes), log.root())


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 513, 1000])
def test_it_is_the_very_proof_of_the_definition(size: int) -> None:
    for index in {0, 1, size // 2, size - 1} - {size}:
        if index < size:
            assert proof_of(index, size, nodes) == inclusion_proof(LEAVES[:size], index)


def test_only_every_eighth_level_is_kept() -> None:
    assert {level for level, _place in STORED} == {8, 16}
    assert len(STORED) == SIZE // 256 + SIZE // 65536


def test_an_entry_that_is_not_there_has_no_proof() -> None:
    with pytest.raises(IndexError):
        proof_of(5, 5, nodes)
