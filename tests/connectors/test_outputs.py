"""Results: all or nothing, no formula for a spreadsheet to run, the same bytes each time."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuantou.connectors.files import RECORD, csv_table, file_hashes, whole_folder, write_table
from yuantou.kernel.errors import InputError

TABLE = pl.DataFrame({"id": ["P1", "=cmd|' /C calc'!A0"], "score": [-1.5, 2.0], "works": [["a", "b"], []]})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_csv_joins_lists_and_disarms_formulas(tmp_path: Path) -> None:
    write_table(tmp_path, "t", TABLE)
    assert (tmp_path / "t.csv").read_text("utf-8") == "id,score,works\nP1,-1.5,a; b\n'=cmd|' /C calc'!A0,2.0,\"\"\n"
    assert pl.read_parquet(tmp_path / "t.parquet").equals(TABLE)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r", " =", "\n@"])
def test_every_start_of_a_formula_is_disarmed(start: str) -> None:
    assert csv_table(pl.DataFrame({"a": [start + "x"]}))["a"].item().startswith("'")


@given(st.text())
def test_text_is_kept_but_for_the_mark(text: str) -> None:
    assert csv_table(pl.DataFrame({"a": [text]}))["a"].item() in {text, "'" + text}


def test_bom_is_an_option(tmp_path: Path) -> None:
    write_table(tmp_path, "t", TABLE, bom=True)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfid,score,works\r\n")


def test_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    big = pl.DataFrame({"a": range(100_000)}).with_columns(b=pl.col("a").cast(pl.String), c=pl.col("a").hash(1) % 97)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_table(tmp_path / name, "t", big)
    assert file_hashes(tmp_path / "one") == file_hashes(tmp_path / "two")


def test_folder_appears_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with whole_folder(out) as fresh:
        (fresh / RECORD).write_text("{}")
        assert not out.exists()
    assert names(out) == {RECORD}
    with whole_folder(out) as fresh:
        (fresh / "new").write_text("")
    assert names(out) == {"new"}
    assert names(out.parent) == {"out"}


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_a_run_that_ended_early(tmp_path: Path, interruption: type[BaseException]) -> None:
    out = tmp_path / "out"
    with whole_folder(out) as fresh:
        (fresh / RECORD).write_text("earlier")
    with pytest.raises(interruption), whole_folder(out) as fresh:
        (fresh / "half").write_text("")
        raise interruption
    assert (out / RECORD).read_text() == "earlier"
    assert names(tmp_path) == {"out"}


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("")
    with pytest.raises(InputError, match="--out"), whole_folder(tmp_path):
        pass
    assert names(tmp_path) == {"thesis.doc"}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), whole_folder(tmp_path / "file" / "out"):
        pass
