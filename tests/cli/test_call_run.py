"""A call from files to results, and the same again from its record."""

import csv
from pathlib import Path

import polars as pl
import pytest

from tests.connectors.folders import full_call, write
from yuantou.cli import main
from yuantou.connectors.files import file_hashes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A call that is yet to be reviewed."""
    call = full_call(tmp_path / "call")
    for name in ("reviews.csv", "budgets.csv"):
        (call / name).unlink()
    return call


def run(folder: Path, *options: str) -> int:
    return main(["call", "run", str(folder), "--lang", "en", *options])


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "results" / f"{name}.parquet")


def test_replay_is_identical(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    capsys.readouterr()
    assert main(["call", "replay", str(folder / "results" / "record.json"), "--lang", "en"]) == 0
    assert "Identical: 4 files, byte for byte." in capsys.readouterr().out


def test_results_do_not_depend_on_format_or_order_of_rows(folder: Path, tmp_path: Path) -> None:
    run(folder)
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.glob("*.csv"):
        frame = pl.read_csv(path, infer_schema=False).sample(fraction=1, shuffle=True, seed=3)
        frame.write_ndjson(other / f"{path.stem}.jsonl")
    (other / "call.toml").write_bytes((folder / "call.toml").read_bytes())
    run(other)
    assert file_hashes(folder / "results") == file_hashes(other / "results")


def test_replay_finds_moved_inputs_when_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "elsewhere" / "out"
    assert run(folder, "--out", str(out)) == 0
    folder.rename(tmp_path / "moved")
    assert main(["call", "replay", str(out)]) == 2
    assert main(["call", "replay", str(out), "--inputs", str(tmp_path / "moved")]) == 0
    assert main(["call", "replay", str(tmp_path / "moved" / "proposals.csv")]) == 2


def test_bad_rows_are_left_out_and_handed_back(folder: Path) -> None:
    with (folder / "proposals.csv").open("a", encoding="utf-8") as file:
        file.write("P9,,text\n")
    assert run(folder) == 1
    with (folder / "results" / "rejects.csv").open(encoding="utf-8", newline="") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["file"], reject["row"], reject["column"]) == ("proposals.csv", "7", "title")
    assert reject["remedy"] == "Fill it in."


def test_more_demand_than_capacity_is_reported_with_a_way_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--reviews-per-proposal", "5") == 1
    report = table(folder, "shortage")
    assert report.height
    assert all(report["remedy_zh"])
    assert "shortage" in {path.stem for path in (folder / "results").iterdir()}
    assert "P" in capsys.readouterr().err


def test_proposal_whose_every_expert_is_in_conflict_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = "proposal_id,expert_id\n" + "".join(f"P1,E{i}\n" for i in range(1, 7))
    write(folder, conflicts_csv=declared)
    assert run(folder) == 1
    assert "P1" in capsys.readouterr().err
    assert "P1" not in set(table(folder, "assignments")["proposal_id"])
    assert table(folder, "assignments").filter(pl.col("proposal_id") == "P2").height == 2


def test_reviews_need_a_scale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = full_call(tmp_path / "call")
    (folder / "call.toml").unlink()
    assert run(folder) == 2
    assert "--scale" in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_assignment_respects_load_demand_and_conflicts(folder: Path) -> None:
    assert run(folder) == 0
    assigned = table(folder, "assignments")
    assert assigned.group_by("proposal_id").len()["len"].to_list() == [2] * 6
    assert assigned.group_by("expert_id").len()["len"].max() <= 3
    forbidden = table(folder, "conflicts").filter(pl.col("kind") != "unknown")
    assert assigned.join(forbidden, on=["proposal_id", "expert_id"]).is_empty()
    assert {"declared", "organisation", "coauthor"} <= set(forbidden["kind"])


def test_replay_tells_a_changed_input_and_an_altered_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    works = folder / "works.csv"
    works.write_text(works.read_text("utf-8").replace("Majorana zero modes", "Paper boats"), "utf-8")
    (folder / "results" / "assignments.csv").write_text("altered", "utf-8")
    capsys.readouterr()
    assert main(["call", "replay", str(folder / "results"), "--lang", "en"]) == 1
    told = capsys.readouterr().err
    assert told.index("input table works differs") < told.index("output table assignments differs")
    assert "assignments.csv is not what the record says" in told
    assert "input table experts" not in told
