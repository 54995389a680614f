"""Loading files into a lake: resumable, idempotent, seen by readers all at once or not at all."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from yuantou.connectors.literature.formats import reader_of
from yuantou.connectors.literature.lake import Lake, Load, generation_folder, open_or_new, publish
from yuantou.connectors.literature.merge import merge
from yuantou.connectors.literature.staging import Staging, disk_errors
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load came to: the lake as it now is, what was wrong by file and line, sources already there."""

    lake: Lake
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...]
    counts: dict[str, int]


def load_files(
    folder: Path | str,
    sources: Sequence[Path | str],
    *,
    now: datetime,
    as_of: date | None = None,
    keep_readable: bool = False,
    memory_gb: float = 1.0,
    progress: Progress = silent,
) -> Loaded:
    """Load files or folders of them into the lake of a folder, which is made if need be.

    Parameters
    ----------
    sources:
        Files, or folders that are searched for files of known formats (docs/reference/lake.md).
    now:
        Time of the load; a work dated later than the following year counts as undated.
    as_of:
        Day of which the sources speak (of a snapshot: its release), by default today.
    keep_readable:
        Take what can be read of a file that ends in mid-record, in place of refusing the load.
    memory_gb:
        Memory that the merge may take before it spills to the lake's disk.

    Raises
    ------
    InputError
        For a missing file, an unknown format, a file that ends in mid-record. The lake is then unchanged; what was
        read of other files is kept for the next try.
    """
    folder = Path(folder)
    lake = open_or_new(folder)
    files = _files(sources)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        staging = Staging.of(folder, len(lake.loads) + 1)
        problems, skipped = _read(lake, staging, files, now=now, keep_readable=keep_readable, progress=progress)
        if not staging.done:
            staging.clear()
            return Loaded(lake, tuple(problems), tuple(skipped), {})
        counts = _sum(staging) | merge(lake, staging.parts(), memory_gb=memory_gb)
        newer = publish(
            lake,
            Load(
                staging.load,
                (as_of or now.date()).isoformat(),
                now.isoformat(timespec="seconds"),
                {mark: each["name"] for mark, each in staging.done.items()},
                counts,
            ),
        )
    staging.clear()
    shutil.rmtree(generation_folder(folder, lake.generation - 1), ignore_errors=True)
    progress("merge", 1, 1)
    return Loaded(newer, tuple(problems), tuple(skipped), counts)


def _read(
    lake: Lake, staging: Staging, files: Sequence[Path], *, now: datetime, keep_readable: bool, progress: Progress
) -> tuple[list[Problem], list[str]]:
    problems: list[Problem] = []
    skipped: list[str] = []
    wanted = {_mark(path): path for path in files}
    for mark in set(staging.done) - set(wanted):
        del staging.done[mark]
    for number, (mark, path) in enumerate(wanted.items()):
        progress("read", number, len(wanted))
        if mark in lake.known_sources:
            skipped.append(path.name)
        elif mark not in staging.done:
            with staging.source(mark, path.name) as part:
                problems += reader_of(path)(
                    path,
                    part,
                    load=staging.load,
                    last_year=now.year + 1,
                    keep_readable=keep_readable,
                    progress=progress,
                )
    progress("read", len(wanted), len(wanted))
    return problems, skipped


def _files(sources: Iterable[Path | str]) -> list[Path]:
    found: list[Path] = []
    for source in map(Path, sources):
        if not source.exists():
            raise InputError(
                LocalText("找不到文件。", "There is no such file."),
                LocalText("请检查路径。", "Check the path."),
                code="lake.no_file",
                place=Place(str(source)),
            )
        inside = sorted(path for path in source.rglob("*") if path.is_file() and reader_of(path, strict=False))
        found += inside if source.is_dir() else [source]
    for path in found:
        reader_of(path)
    return found


def _mark(path: Path) -> str:
    """Fingerprint of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sum(staging: Staging) -> dict[str, int]:
    return {name: sum(each.get(name, 0) for each in staging.done.values()) for name in ("records", "left_out")}
