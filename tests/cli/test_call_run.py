"""A call from files to results, and the same again from its record."""

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from tests.connectors.folders import full_call, write
from yuantou.cli import main
from yuantou.connectors.files import file_hashes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return full_call(tmp_path / "call")


def run(folder: Path, *options: str) -> int:
    return main(["call", "run", str(folder), "--lang", "en", *options])


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "results" / f"{name}.parquet")


def test_whole_call(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    out = folder / "results"
    assert f"Results in {out}" in capsys.readouterr().out
    written = {path.name for path in out.iterdir()}
    for name in ("assignments", "conflicts", "ranking", "reviewers", "decisions"):
        assert {f"{name}.csv", f"{name}.parquet"} <= written
    assert "rejects.csv" not in written
    assert "shortage.csv" not in written

    assigned = table(folder, "assignments")
    assert assigned.group_by("proposal_id").len()["len"].to_list() == [2] * 6
    assert assigned.group_by("expert_id").len()["len"].max() <= 3
    forbidden = table(folder, "conflicts").filter(pl.col("kind") != "unknown")
    assert assigned.join(forbidden, on=["proposal_id", "expert_id"]).is_empty()
    assert {"declared", "organisation", "coauthor"} <= set(forbidden["kind"])

    decided = table(folder, "decisions")
    assert decided.height == 6
    assert decided.filter(pl.col("decision") == "fund")["amount"].sum() <= 250
    assert all(decided["reason_zh"])
    assert all(decided["reason_en"])


def test_record_names_everything(folder: Path) -> None:
    run(folder, "--seed", "7")
    record = json.loads((folder / "results" / "record.json").read_text("utf-8"))
    assert record["parameters"]["seed"] == 7
    assert record["parameters"]["max_load"] == 3  # of call.toml
    assert set(record["inputs"]) == {"proposals", "experts", "works", "conflicts", "reviews", "budgets"}
    assert {"expertise", "conflicts", "assignment", "calibration", "selection"} <= set(record["methods"])
    assert record["files"] == file_hashes(folder / "results")
    assert str(folder) not in json.dumps(record)


def test_replay_is_identical(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    capsys.readouterr()
    assert main(["call", "replay", str(folder / "results" / "record.json"), "--lang", "en"]) == 0
    assert "Identical: 14 files, byte for byte." in capsys.readouterr().out


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


def test_replay_tells_a_changed_input_and_an_altered_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    reviews = folder / "reviews.csv"
    reviews.write_text(reviews.read_text("utf-8").replace("P1,R1,5", "P1,R1,1"), "utf-8")
    (folder / "results" / "decisions.csv").write_text("altered", "utf-8")
    capsys.readouterr()
    assert main(["call", "replay", str(folder / "results"), "--lang", "en"]) == 1
    told = capsys.readouterr().err
    assert told.index("input table reviews differs") < told.index("output table ranking differs")
    assert "decisions.csv is not what the record says" in told
    assert "input table experts" not in told


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


@pytest.mark.parametrize(
    ("step", "tables"),
    [
        ("match", {"assignments", "conflicts", "prices"}),
        ("rank", {"ranking", "reviewers", "variance_shares"}),
        ("select", {"ranking", "reviewers", "variance_shares", "decisions"}),
    ],
)
def test_single_steps_give_what_the_whole_gives(folder: Path, step: str, tables: set[str]) -> None:
    assert run(folder) == 0
    assert main([step, str(folder)]) == 0
    single = folder / f"results-{step}"
    assert {path.stem for path in single.glob("*.csv")} == tables
    for name in tables:
        assert (single / f"{name}.csv").read_bytes() == (folder / "results" / f"{name}.csv").read_bytes()


def test_reviews_need_a_scale(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "call.toml").unlink()
    assert run(folder) == 2
    assert "--scale" in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_score_off_the_scale_is_left_out_and_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--scale", "1:4") == 1
    assert "reviews.csv, row 1, score: The score 5 is outside 1 to 4." in capsys.readouterr().err


def test_call_that_is_yet_to_be_reviewed_is_matched_only(folder: Path) -> None:
    (folder / "reviews.csv").unlink()
    (folder / "budgets.csv").unlink()
    assert run(folder) == 0
    assert {path.stem for path in (folder / "results").glob("*.csv")} == {"assignments", "conflicts", "prices"}


def test_what_deciding_needs_is_missed_before_the_work(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "proposals.csv").read_text("utf-8")
    (folder / "proposals.csv").write_text(text.replace(",30\n", ",\n"), "utf-8")
    assert run(folder) == 2
    assert "1 proposals ask for no amount: P6" in capsys.readouterr().err
    (folder / "proposals.csv").write_text(text, "utf-8")
    (folder / "call.toml").write_text('scale = "1:5"\n[weights]\nnovelty = 1\n')
    assert run(folder) == 2
    assert "novelty" in capsys.readouterr().err


def test_proposal_without_review_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reviews = (folder / "reviews.csv").read_text("utf-8").replace("P6,R2,2\nP6,R3,1\n", "")
    (folder / "reviews.csv").write_text(reviews, "utf-8")
    assert run(folder) == 0
    assert "not ranked: P6" in capsys.readouterr().err
