"""Tables have one order and one hash, whatever the file said first."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from yuantou.pipelines.tables import SCHEMAS, CallInput, canonical_table, empty_table, table_hash

rows = st.lists(
    st.tuples(
        st.text(max_size=3), st.text(max_size=3), st.none() | st.lists(st.text(max_size=2)), st.none() | st.floats(0, 9)
    ),
    max_size=8,
)


def proposals(values: list[tuple]) -> pl.DataFrame:
    schema = {name: SCHEMAS["proposals"][name] for name in ("proposal_id", "title", "keywords", "requested")}
    return pl.DataFrame(values, schema=schema, orient="row")


@given(rows, st.randoms())
def test_order_of_rows_and_columns_does_not_count(values, random) -> None:
    mixed = random.sample(values, len(values))
    one, two = proposals(values), proposals(mixed).select("title", "requested", "proposal_id", "keywords")
    assert table_hash(one) == table_hash(two)
    assert_frame_equal(canonical_table("proposals", one), canonical_table("proposals", two))


@given(rows, st.integers(0, 7))
def test_any_change_of_content_counts(values, position) -> None:
    if position < len(values):
        changed = [*values[:position], (values[position][0] + "x", *values[position][1:]), *values[position + 1 :]]
        assert table_hash(proposals(values)) != table_hash(proposals(changed))
    assert table_hash(proposals(values)) != table_hash(proposals([*values, ("new", "", None, None)]))


def test_columns_beyond_the_contract_do_not_count_in_inputs() -> None:
    table = proposals([("P1", "a", ["x"], 1.0)])
    more = table.with_columns(remark=pl.lit("x"))
    assert CallInput(table).hashes() == CallInput(more).hashes()


@pytest.mark.parametrize("name", SCHEMAS)
def test_empty_tables_are_canonical(name: str) -> None:
    assert canonical_table(name, pl.DataFrame()).schema == empty_table(name).schema == SCHEMAS[name]
