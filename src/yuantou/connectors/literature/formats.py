"""Which reader a file needs, told by its name and its first bytes."""

from collections.abc import Callable, Generator, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, overload

from isal import igzip

from yuantou.connectors.literature import tables
from yuantou.connectors.literature.records import Record, to_tables
from yuantou.connectors.literature.staging import Part
from yuantou.connectors.openalex import reader as openalex
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

Reader = Callable[..., list[Problem]]
"""``reader(path, part, *, load, last_year, keep_readable, progress)`` writes chunks and returns what was wrong."""

_CHUNK: Final = 20_000


@overload
def reader_of(path: Path, *, strict: Literal[True] = True) -> Reader: ...
@overload
def reader_of(path: Path, *, strict: bool) -> Reader | None: ...
def reader_of(path: Path, *, strict: bool = True) -> Reader | None:
    """Return the reader of a file.

    Raises
    ------
    InputError
        If its format is not known and ``strict`` (``lake.format_unknown``).
    """
    name = path.name.lower().removesuffix(".gz")
    suffix = name[name.rfind(".") :] if "." in name else ""
    if not suffix and not path.name.endswith(".gz"):
        suffix = "none"
    if found := _BY_SUFFIX.get(suffix):
        return found
    if strict:
        raise InputError(
            LocalText("不认识这种文件格式。", "This format is not known."),
            LocalText(
                "可用：OpenAlex JSON 行、Crossref JSON、BibTeX、RIS、ACL XML、CSV、Parquet。",
                "Known: OpenAlex JSON lines, Crossref JSON, BibTeX, RIS, ACL XML, CSV, Parquet.",
            ),
            code="lake.format_unknown",
            place=Place(path.name),
        )
    return None


def bytes_of(path: Path) -> bytes:
    """Return the content of a file, unpacked if it is gzip."""
    content = path.read_bytes()
    return igzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def reader_of_records(parse: Callable[[Path], Generator[Record | Problem]]) -> Reader:
    """Return the reader of a format whose parser yields records and problems."""

    def read(path: Path, part: Part, *, load: int, last_year: int, **options: Any) -> list[Problem]:
        problems: list[Problem] = []

        def good(found: Iterable[Record | Problem]) -> Generator[Record]:
            for each in found:
                if isinstance(each, Problem):
                    problems.append(each)
                else:
                    yield each

        records = good(parse(path))
        while chunk := list(islice(records, _CHUNK)):
            part.write(to_tables(chunk, first_row=part.next_row, load=load, last_year=last_year))
        part.counts["left_out"] += sum(problem.fatal for problem in problems)
        return problems

    return read


def _read_json(path: Path, part: Part, **options: Any) -> list[Problem]:
    """Read JSON of OpenAlex or of Crossref, as its first bytes say."""
    return openalex.read(path, part, **options)


_BY_SUFFIX: Final[dict[str, Reader]] = {
    ".jsonl": _read_json,
    ".json": _read_json,
    ".ndjson": _read_json,
    "": _read_json,
    ".csv": tables.read,
    ".tsv": tables.read,
    ".parquet": tables.read,
}
