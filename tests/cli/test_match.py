"""``yuantou match``: on a folder, on score files, and as an open benchmark that any solver can be checked against."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.connectors.folders import EXPERTS, PROPOSALS, WORKS, write
from yuantou.cli import main


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANTOU_LANG", "en")


def test_a_folder_needs_no_further_word(tmp_path: Path) -> None:
    write(tmp_path, proposals_csv=PROPOSALS, experts_csv=EXPERTS, works_csv=WORKS)
    assert main(["match", str(tmp_path), "--reviews-per-proposal", "1"]) in {0, 1}
    assert (tmp_path / "results-match" / "assignments.csv").exists()
    assert main(["match", "folder", str(tmp_path), "--out", str(tmp_path / "b"), "--reviews-per-proposal", "1"]) in {
        0,
        1,
    }


def test_scores_are_assigned_and_what_is_short_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, s_csv="p1,r1,0.5\np1,r2,2.5\np2,r1,1\n", c_csv="p1,r2,-1\np2,r1,1\n")
    out = tmp_path / "out"
    arguments = ["match", "scores", str(tmp_path / "s.csv"), "--out", str(out), "--num-reviewers", "1"]
    assert main(arguments) == 0
    assert json.loads((out / "assignments.json").read_text())["p1"] == [{"aggregate_score": 2.5, "user": "r2"}]
    assert main([*arguments, "--constraints", str(tmp_path / "c.csv"), "--max-papers-default", "1"]) == 1
    told = capsys.readouterr()
    assert "filled 1 of 2" in told.out
    assert "p1" in told.err
    assert pl.read_csv(out / "shortage.csv").rows() == [("p1", 1)]
    assert main(["match", "scores", str(tmp_path / "none.csv"), "--out", str(out)]) == 2
    assert (out / "assignments.json").exists()


def test_an_instance_can_be_made_and_any_assignment_of_it_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "instance"
    assert main(["match", "benchmark", "--size", "60", "--out", str(folder)]) == 0
    assert main(["match", "verify", str(folder)]) == 0
    assert "0 breaches" in capsys.readouterr().out
    best = pl.read_csv(folder / "assignments.csv")
    fewer, over = tmp_path / "fewer.csv", tmp_path / "over.csv"
    best.head(100).write_csv(fewer)
    assert main(["match", "verify", str(folder), str(fewer)]) == 0
    assert "200 empty" in capsys.readouterr().out
    candidates = pl.read_csv(folder / "candidates.csv")
    candidates.filter(pl.col("proposal_id") == "p000000").write_csv(over)
    assert main(["match", "verify", str(folder), str(over)]) == 1
    assert main(["match", "verify", str(folder), str(tmp_path / "none.csv")]) == 2
    assert main(["match", "verify", str(tmp_path)]) == 2
    certificate = json.loads((folder / "certificate.json").read_text())
    (folder / "certificate.json").write_text(json.dumps(certificate | {"bound": certificate["bound"] - 1}))
    assert main(["match", "verify", str(folder)]) == 1
