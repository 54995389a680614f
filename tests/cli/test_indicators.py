"""Numbers and criteria checked from the command line."""

from pathlib import Path

import pytest

from yuantou.cli import main


def test_the_numbers_of_the_policy_text_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["indicators", "check", "--lang", "en"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("22/22 agree.")


def test_a_text_with_a_banned_criterion_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "call.txt"
    text.write_text("申报须知\n晋升教授须发表SCI论文8篇以上。\n", "utf-8")
    assert main(["indicators", "read", str(text), "--lang", "zh"]) == 1
    shown = capsys.readouterr().out
    assert "call.txt:2" in shown
    assert "教科技〔2020〕2号" in shown


def test_a_sound_text_passes(tmp_path: Path) -> None:
    text = tmp_path / "call.txt"
    text.write_text("代表作由同行阅读后评分。\n", "utf-8")
    assert main(["indicators", "read", str(text)]) == 0
