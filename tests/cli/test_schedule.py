"""``yuantou schedule`` on a folder of tables."""

import json
from pathlib import Path

import polars as pl
import pytest

from yuantou.cli import main

ALTERNATIVES = """request,instrument,duration,value,release,deadline,resources
a,laser,4,40,0,6,magnet
b,laser,3,33,0,6,magnet;cryo
c,laser,3,30,0,6,
"""


def folder(path: Path, alternatives: str = ALTERNATIVES) -> Path:
    (path / "intervals.csv").write_text("instrument,start,stop\nlaser,0,6\n")
    (path / "alternatives.csv").write_text(alternatives)
    (path / "resources.csv").write_text("resource,capacity\nmagnet,1\ncryo,1\n")
    return path


def test_the_best_plan_and_a_reason_for_who_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "schedule", str(folder(tmp_path))]) == 0
    assert "2 of 3 placed, value 63.0, bound 63.0, gap 0.00%, 0 rules broken." in capsys.readouterr().out
    out = tmp_path / "plan"
    assert sorted(pl.read_csv(out / "bookings.csv")["request"]) == ["b", "c"]
    (refused,) = pl.read_csv(out / "refusals.csv").iter_rows(named=True)
    assert refused["request"] == "a"
    assert refused["price"] >= refused["worth"]
    assert json.loads((out / "record.json").read_text())["gap"] == pytest.approx(0)


def test_bad_rows_are_named_and_the_rest_is_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = ALTERNATIVES + "d,laser,9,9,0,6,\ne,laser,2,9,5,1,\nf,laser,1,9,0,6,laserbeam\n"
    assert main(["--lang", "en", "schedule", str(folder(tmp_path, bad))]) == 1
    said = capsys.readouterr().err
    assert "alternatives:row 4" in said
    assert "The window of request e ends before it starts" in said
    assert "laserbeam, which the register does not hold" in said


def test_a_missing_table_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "schedule", str(tmp_path)]) == 2
    assert "intervals.csv" in capsys.readouterr().err
