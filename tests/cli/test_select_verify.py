"""A draw is verified from its document alone."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yuantou.cli import main
from yuantou.engines.selection import by_beacon, freeze_entries, hold_draw

NOON, LATER = datetime(2026, 5, 1, 12, tzinfo=UTC), datetime(2026, 5, 1, 13, tzinfo=UTC)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    drawn = hold_draw(
        freeze_entries({"a": 0.5, "b": 0.5, "c": 1.0}, 2), frozen_at=NOON, source=by_beacon("example", 1, LATER, "42")
    )
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(drawn))
    return path


def test_an_honest_draw_is_verified(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["select", "verify", str(document), "--lang", "en"]) == 0
    assert "2 awards among 3 entries" in capsys.readouterr().out


def test_a_draw_that_was_altered_is_not(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.write_text(json.dumps(json.loads(document.read_text()) | {"awarded": ["a", "b"]}))
    assert main(["select", "verify", str(document), "--lang", "zh"]) == 1
    assert "中签名单不符" in capsys.readouterr().err


def test_something_else_is_named_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("no")
    assert main(["select", "verify", str(tmp_path / "x.json"), "--lang", "en"]) == 2
    assert "no document of a draw" in capsys.readouterr().err
