"""The command ``yuantou``: languages, help, checking, templates, exit statuses."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.connectors.folders import EXPERTS, PROPOSALS, WORKS, write
from yuantou.cli import main
from yuantou.cli.language import split_language


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YUANTOU_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh_CN.UTF-8"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB"}, "en_GB"),
        ([], {"LANG": "en", "YUANTOU_LANG": "zh"}, "zh"),
        (["call", "--lang", "zh", "check"], {"LANG": "en"}, "zh"),
        (["--lang=en", "call"], {"LANG": "zh"}, "en"),
    ],
)
def test_language_is_that_asked_for(arguments, environment, expected) -> None:
    chosen, rest = split_language(arguments, environment)
    assert chosen == expected
    assert not [argument for argument in rest if "lang" in argument or argument in {"zh", "en"}]


def test_help_speaks_either_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "run", "--help"]) == 0
    english = capsys.readouterr().out
    assert "Seed of every random draw" in english
    assert "随机" not in english
    assert main(["call", "run", "--help", "--lang", "zh"]) == 0
    chinese = capsys.readouterr().out
    assert "随机种子" in chinese
    assert "Options" not in chinese
    assert "\x1e" not in english + chinese


def test_help_loads_no_engine_and_so_answers_at_once() -> None:
    script = (
        "import sys; from yuantou.cli import main; main(['--help']);"
        "heavy = {'polars', 'numpy', 'numba', 'django', 'ortools', 'scipy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("arguments", [["no-such"], ["call", "run"], ["call", "run", "x", "--seed", "abc"]])
def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_check_says_what_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, proposals_csv=PROPOSALS, experts_csv=EXPERTS, works_csv=WORKS)
    assert main(["call", "check", str(tmp_path)]) == 0
    assert "proposals.csv: 2 good rows" in capsys.readouterr().out


def test_check_names_file_row_column_reason_remedy_in_the_language(tmp_path: Path, capsys) -> None:
    write(tmp_path, proposals_csv=PROPOSALS + "P3,x,,many\n", experts_csv=EXPERTS)
    assert main(["call", "check", str(tmp_path), "--lang", "zh"]) == 1
    assert "proposals.csv，第 3 行，requested：“many”不是数字。 请写成" in capsys.readouterr().err
    assert main(["call", "check", str(tmp_path)]) == 1
    assert "proposals.csv, row 3, requested: “many” is not a number. Write it as" in capsys.readouterr().err


def test_what_cannot_be_run_ends_with_2_and_one_clear_line(tmp_path: Path, capsys) -> None:
    assert main(["call", "run", str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    assert "There is no folder" in error
    assert "Traceback" not in error
    write(tmp_path, proposals_csv=PROPOSALS)
    assert main(["call", "run", str(tmp_path), "--lang", "zh"]) == 2
    assert "一步也做不了" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["proposals.csv"]


def test_wrong_setting_is_told(tmp_path: Path, capsys) -> None:
    write(tmp_path, proposals_csv=PROPOSALS, call_toml="sed = 1\n")
    assert main(["call", "check", str(tmp_path)]) == 2
    assert "sed is no parameter; there are seed" in capsys.readouterr().err
    write(tmp_path, proposals_csv=PROPOSALS, call_toml="")
    assert main(["call", "run", str(tmp_path), "--budget", "much"]) == 2
    assert "“much” is not a number" in capsys.readouterr().err


def test_template_is_written_once(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "call"
    assert main(["call", "template", str(folder), "--lang", "zh"]) == 0
    assert (folder / "项目.csv").exists()
    assert main(["call", "template", str(folder), "--lang", "zh"]) == 2
    assert "已有" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_ends_with_130(tmp_path: Path, capsys, monkeypatch, number: signal.Signals) -> None:
    write(tmp_path, proposals_csv=PROPOSALS, experts_csv=EXPERTS)

    def stopped(*_: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(5)

    monkeypatch.setattr("yuantou.cli._runs.run_call", stopped)
    assert main(["call", "run", str(tmp_path), "--lang", "zh"]) == 130
    assert "运行已取消" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"proposals.csv", "experts.csv"}
