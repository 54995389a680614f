"""A run of a call on files: read, run, write all or nothing; and the same again from its record."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuantou.cli.language import say
from yuantou.connectors.files import (
    RECORD,
    CallFolder,
    file_hashes,
    read_call_folder,
    read_settings,
    rejects_table,
    whole_folder,
    write_table,
)
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress
from yuantou.pipelines.call import CallResult, difference, replay, run_call
from yuantou.pipelines.parameters import CallParameters


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: its folder, the input as found, the result."""

    out: Path
    found: CallFolder
    result: CallResult

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems of the input, then those of the run."""
        return self.found.problems + self.result.problems

    @property
    def incomplete(self) -> bool:
        """Whether a row was left out or a wish could not be met."""
        return "shortage" in self.result.tables or any(problem.fatal for problem in self.problems)

    def summary(self) -> str:
        """Return the figures of every step and where the results are, for people."""
        lines = [
            f"{step}: " + ", ".join(map(_figure, figures.items())) for step, figures in self.result.figures.items()
        ]
        if self.found.left_out:
            lines.append(say(f"未采用 {self.found.left_out:,} 行", f"{self.found.left_out:,} rows left out"))
        return "\n".join([*lines, say(f"结果在 {self.out}", f"Results in {self.out}")])


def run_and_write(
    folder: Path, out: Path | None, options: Mapping[str, Any], *, language: str, bom: bool, progress: Progress
) -> Outcome:
    """Read a folder, run the call and write its results; options that are None leave ``call.toml`` its say.

    Raises
    ------
    InputError
        If the input cannot be used or the output not written; nothing is left behind then.
    """
    out = out or folder / "results"
    given = {name: value for name, value in options.items() if value is not None}
    parameters = CallParameters.from_mapping({**read_settings(folder), **given})
    found = read_call_folder(folder, scale=parameters.scale, progress=progress)
    with whole_folder(out) as fresh:
        result = run_call(found.call, parameters, progress)
        writing = {"folder": _relative(folder, out), "language": language, "bom": bom}
        write_results(fresh, found, result, writing)
    return Outcome(out, found, result)


def write_results(folder: Path, found: CallFolder, result: CallResult, writing: Mapping[str, Any]) -> None:
    """Write every table, the rejects if there are any, and the record."""
    for name, table in result.tables.items():
        write_table(folder, name, table, bom=writing["bom"])
    if found.problems:
        rejects = rejects_table(found.problems, found.contents, language=writing["language"])
        write_table(folder, "rejects", rejects, bom=writing["bom"])
    record = {**result.record, "files": file_hashes(folder), "writing": dict(writing)}
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def replay_and_compare(path: Path, inputs: Path | None, *, progress: Progress) -> tuple[list[Problem], int]:
    """Run a record again; return every difference, causes first, and the number of files compared.

    The tables and files of the new run are compared with the record, and so are the files that lie beside it.

    Raises
    ------
    InputError
        If the record or its inputs cannot be read.
    """
    path = path / RECORD if path.is_dir() else path
    record = _read_record(path)
    scale = CallParameters.from_mapping(record["parameters"]).scale
    found = read_call_folder(inputs or (path.parent / record["writing"]["folder"]), scale=scale, progress=progress)
    result, differences = replay(record, found.call, progress)
    with tempfile.TemporaryDirectory() as scratch:
        write_results(Path(scratch), found, result, record["writing"])
        again = file_hashes(Path(scratch))
    recorded, beside = record["files"], file_hashes(path.parent)
    names = sorted({*recorded, *again})
    differences += [
        difference("files", name, recorded.get(name), again.get(name))
        for name in names
        if recorded.get(name) != again.get(name)
    ]
    differences += [_altered(name) for name in names if name in recorded and beside.get(name) != recorded[name]]
    return differences, len(names)


def _altered(name: str) -> Problem:
    return Problem(
        "replay.altered",
        LocalText(
            f"{name} 与记录不符：写出后被改动或删去。", f"{name} is not what the record says: changed or removed since."
        ),
        LocalText("请勿采用该文件；重新运行即可得到原文件。", "Do not rely on it; run the call again to restore it."),
    )


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if {"record", "parameters", "inputs", "outputs", "files", "writing"} <= set(record):
            return record
    except (OSError, ValueError):
        pass
    raise InputError(
        LocalText("不是运行记录。", "This is no record of a run."),
        LocalText("请给出结果文件夹里的 record.json。", "Give the record.json of a folder of results."),
        code="record.unreadable",
        place=Place(path.name),
    )


def _relative(folder: Path, out: Path) -> str:
    return Path(os.path.relpath(folder.absolute(), out.absolute())).as_posix()


def _figure(item: tuple[str, Any]) -> str:
    name, value = item
    return f"{name} {value:,.6g}" if isinstance(value, float) else f"{name} {value}"
