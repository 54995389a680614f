"""What a ranking rests on is said beside it, through the engine and through ``yuantou rank``."""

from pathlib import Path

import polars as pl
import pytest

from yuantou.cli import main
from yuantou.engines.calibration import CalibrationConfig, calibrate, overall_scores, remarks
from yuantou.kernel.score import Scale

Row = tuple[str, str, float]
SOUND: list[Row] = [("a", "x", 4), ("a", "y", 3), ("b", "x", 2), ("b", "y", 2), ("c", "x", 5), ("c", "y", 4)]
CASES: dict[str, list[Row]] = {
    "calibration.equal": [(p, r, 3.0) for p in "abc" for r in "xy"],
    "calibration.single": [*SOUND, ("d", "x", 3)],
    "calibration.alike": [*SOUND, ("a", "z", 3), ("b", "z", 3), ("c", "z", 3)],
    "calibration.apart": [*SOUND, ("d", "v", 3), ("d", "w", 4), ("e", "v", 2), ("e", "w", 1)],
}


def reviewed(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["proposal_id", "reviewer_id", "score"], orient="row")


def codes(rows: list[Row]) -> list[str]:
    reviews = reviewed(rows)
    found = calibrate(reviews, scale=Scale(1, 5), config=CalibrationConfig(draws=50, integrated=0))
    return [problem.code for problem in remarks(overall_scores(reviews), found.diagnostics)]


def test_sound_reviews_need_no_remark() -> None:
    assert codes(SOUND) == []


@pytest.mark.parametrize("code", CASES)
def test_thin_reviews_are_remarked_upon(code: str) -> None:
    assert codes(CASES[code]) == [code]


def test_what_did_not_converge_is_said() -> None:
    told = remarks(overall_scores(reviewed(SOUND)), {"components": 1, "converged": False})
    assert [problem.code for problem in told] == ["calibration.unsettled"]


def folder_of(path: Path, rows: list[Row]) -> Path:
    path.mkdir()
    names = sorted({row[0] for row in rows})
    pl.DataFrame({"proposal_id": names, "title": names}).write_csv(path / "proposals.csv")
    reviewed(rows).write_csv(path / "reviews.csv")
    return path


def test_the_command_line_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path / "call", CASES["calibration.single"])
    assert main(["rank", str(folder), "--scale", "1:5", "--lang", "en"]) == 0
    printed = capsys.readouterr()
    assert "Only one review: d." in printed.out + printed.err


def test_the_command_line_rejects_a_score_off_the_scale_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "call", [*SOUND, ("d", "x", 9)])
    assert main(["rank", str(folder), "--scale", "1:5", "--lang", "en"]) != 0
    printed = capsys.readouterr()
    assert "9" in printed.out + printed.err
    assert list(folder.glob("results*/rejects.csv"))
