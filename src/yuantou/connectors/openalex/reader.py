"""Reading files of OpenAlex works: gzip or plain JSON lines, and pages of the API."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import orjson
from isal import igzip, isal_zlib

from yuantou.connectors.literature.staging import Part
from yuantou.connectors.openalex.columns import FIELDS, Chunk, tables
from yuantou.connectors.openalex.scanner import scan
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

_CHUNK: Final = 24 << 20
_CUT_SHORT: Final = cast("tuple[type[Exception], ...]", (EOFError, OSError, isal_zlib.error))
_LONGEST_RECORD: Final = 512 << 20


def read(
    path: Path,
    part: Part,
    *,
    load: int,
    last_year: int,
    keep_readable: bool = False,
    progress: Progress = silent,
    chunk_bytes: int = _CHUNK,
) -> list[Problem]:
    """Read a file of works into a part; returns the lines that could not be read.

    Raises
    ------
    InputError
        If the file ends within a record or within its compression, unless ``keep_readable`` (``lake.truncated``).
    """
    problems: list[Problem] = []
    line = 1
    for text, length, whole in _chunks(path, chunk_bytes):
        if not whole:
            _refuse_truncated(path, line, problems, keep_readable=keep_readable)
            if not length:
                continue
        progress("scan", 0, 1)
        found = scan(text, length, FIELDS)
        if not whole and len(found.bad) and found.bad[-1] == found.line_count:
            found = found._replace(bad=found.bad[:-1])
        frames, is_work = tables(Chunk(text, found), first_row=part.next_row, load=load, last_year=last_year)
        problems += [_broken(path, line + int(bad)) for bad in found.bad]
        problems += [_no_work(path, line + int(found.lines[n])) for n in np.flatnonzero(~is_work)]
        part.write(frames)
        line += found.line_count
    part.counts["left_out"] += sum(problem.fatal for problem in problems)
    return problems


def _chunks(path: Path, size: int) -> Generator[tuple[np.ndarray, int, bool]]:
    """Yield whole lines as (bytes, length, whole); ``whole`` is false for a tail that ends within a record."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if page := (None if packed else _page(path)):
        text = np.frombuffer(page, np.uint8)
        yield text, len(text), True
        return
    held = 0
    buffer = np.empty(size + (1 << 20), np.uint8)
    opened: Any = igzip.open(path, "rb") if packed else path.open("rb")
    with opened:
        while True:
            if held + size > len(buffer):
                buffer = np.concatenate((buffer, np.empty(len(buffer), np.uint8)))
                if len(buffer) > _LONGEST_RECORD * 2:
                    raise _truncated(path, 0)
            try:
                got = opened.readinto(buffer.data[held : held + size])
            except _CUT_SHORT:
                yield buffer, held, False
                return
            if not got:
                break
            held += got
            end = _last_line_end(buffer, held)
            if end:
                yield buffer, end, True
                buffer[: held - end] = buffer[end:held].copy()
                held -= end
    if held and bytes(buffer[:held]).strip():
        last = bytes(buffer[:held]).rstrip()
        yield buffer, held, last.endswith(b"}")


def _last_line_end(buffer: np.ndarray, held: int) -> int:
    view = buffer.data
    step = 1 << 16
    for start in range(held, 0, -step):
        begin = max(0, start - step)
        at = bytes(view[begin:start]).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
    return 0


def _page(path: Path) -> bytes | None:
    """Return the works of a page of the API as lines; nothing if the file is no page."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip()
        if not (head.startswith(b'{"meta"') or (head.startswith(b"{\n") and b'"meta"' in head)) and not head.startswith(
            b"["
        ):
            return None
        file.seek(0)
        try:
            content = orjson.loads(file.read())
        except orjson.JSONDecodeError:
            return None
    results = content if isinstance(content, list) else content.get("results", [])
    return b"\n".join(orjson.dumps(each) for each in results) + b"\n"


def _refuse_truncated(path: Path, line: int, problems: list[Problem], *, keep_readable: bool) -> None:
    if not keep_readable:
        raise _truncated(path, line)
    error = _truncated(path, line)
    problems.append(Problem(error.code, error.message, error.remedy, error.place, fatal=False))


def _truncated(path: Path, line: int) -> InputError:
    return InputError(
        LocalText("文件在一条记录中间中断。", "The file ends in mid-record."),
        LocalText(
            "请重新下载；若只取可读部分，请加 --keep-readable。",
            "Download it again, or take what can be read with --keep-readable.",
        ),
        code="lake.truncated",
        place=Place(path.name, line),
    )


def _broken(path: Path, line: int) -> Problem:
    return Problem(
        "lake.broken_line",
        LocalText("这一行不是完整的 JSON 记录，已略过。", "This line is no whole JSON record, it was left out."),
        LocalText("请检查或重新下载这个文件。", "Check the file or download it again."),
        Place(path.name, line),
    )


def _no_work(path: Path, line: int) -> Problem:
    return Problem(
        "lake.no_work",
        LocalText("这条记录不是文献（编号不是 W…）。", "This record is no work (its id is not W…)."),
        LocalText("请从 works 文件夹载入。", "Load from the folder of works."),
        Place(path.name, line),
    )


def reads(path: Path) -> bool:
    """Tell whether a JSON file holds OpenAlex records, by its first bytes."""
    opened: Any = igzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")
    with opened as file:
        try:
            head = file.read(8192)
        except (EOFError, OSError):
            return path.name.endswith(".gz")
    return b"openalex.org" in head
