"""`yuantou reuse`: an index grows, a file is checked, the planted test can be written, solved and scored."""

import csv
import json

import pytest

from tests.engines.reuse.test_reuse import chinese
from yuantou.cli import main


def test_index_and_check(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.txt"
    rows = [{"id": f"o{seed}", "text": chinese(seed, 500), "date": "2024-01-01"} for seed in range(3)]
    old.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    new.write_text(chinese(9, 400) + rows[1]["text"][100:300], "utf-8")
    index = ["--index", str(tmp_path / "index")]
    assert main(["--lang", "en", "reuse", "index", str(old), *index]) == 0
    assert main(["--lang", "en", "reuse", "check", str(new), *index]) == 1
    said = capsys.readouterr().out
    assert "new.txt ← o1 2024-01-01: 200 characters" in said
    assert main(["reuse", "check", str(new), *index, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["spans"] == [[400, 600, 100, 300]]
    assert main(["--lang", "en", "reuse", "index", str(old), *index]) == 2
    assert "stands twice" in capsys.readouterr().err
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": 1}\n', "utf-8")
    assert main(["--lang", "en", "reuse", "check", str(broken), *index]) == 2
    assert "broken.jsonl, row 1" in capsys.readouterr().err


def test_the_planted_test_is_written_for_others_and_their_pairs_are_scored(tmp_path, capsys) -> None:
    assert main(["reuse", "benchmark", "--size", "40", "--write", str(tmp_path / "t")]) == 0
    with (tmp_path / "t" / "key.csv").open() as lines:
        key = list(csv.DictReader(lines))
    assert len((tmp_path / "t" / "old.jsonl").read_text("utf-8").splitlines()) == 300
    found = tmp_path / "found.csv"
    found.write_text("new,old\n" + "".join(f"{row['new']},{row['old']}\n" for row in key) + "new0,old299\n", "utf-8")
    capsys.readouterr()
    assert main(["reuse", "benchmark", "--size", "40", "--score", str(found)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "false: 250.00 / 10,000 (40 × 300)"
    assert said[0].endswith("1.0000")
