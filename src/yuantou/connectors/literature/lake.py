"""A corpus on disk: tables of the current generation, and the manifest that says which one that is."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from yuantou.connectors.literature.schema import FORMAT, PUBLISHED, TABLES
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

MANIFEST = "lake.json"


@dataclass(frozen=True, slots=True)
class Load:
    """One load as the manifest keeps it.

    ``sources`` maps the fingerprint of each file read to its name, ``as_of`` is the day their content speaks of,
    ``counts`` what came in (records read, left out, replaced, duplicates, citations of a work by itself).
    """

    number: int
    as_of: str
    loaded: str
    sources: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lake:
    """The current generation of a corpus, as it stood when it was opened."""

    folder: Path
    generation: int
    loads: tuple[Load, ...]

    @property
    def stamp(self) -> str:
        """Date of the newest source and generation, to be kept beside every figure taken from the lake."""
        return f"{max((load.as_of for load in self.loads), default='empty')}/{self.generation}"

    @property
    def known_sources(self) -> frozenset[str]:
        """Fingerprints of the files whose content is in the lake."""
        return frozenset(mark for load in self.loads for mark in load.sources)

    def path(self, table: str) -> Path:
        """Return the Parquet file of a table."""
        if table not in TABLES:
            raise KeyError(table)
        return generation_folder(self.folder, self.generation) / f"{table}.parquet"

    def scan(self, table: str) -> pl.LazyFrame:
        """Return a table as a lazy frame; an empty one with the right columns before the first load."""
        if self.generation == 0:
            return pl.LazyFrame(schema=PUBLISHED[table])
        return pl.scan_parquet(self.path(table))

    def read(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return a table, or some of its columns, in memory."""
        frame = self.scan(table)
        return (frame.select(columns) if columns else frame).collect()


def open_lake(folder: Path | str) -> Lake:
    """Open the lake of a folder.

    Raises
    ------
    InputError
        If there is none (``lake.missing``), or it was written in a newer format (``lake.format``).
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            LocalText("这里没有文献库。", "There is no literature lake here."),
            LocalText("请先运行 yuantou atlas load。", "Load one with yuantou atlas load."),
            code="lake.missing",
            place=Place(str(folder)),
        )
    return _of(folder, orjson.loads((folder / MANIFEST).read_bytes()))


def open_or_new(folder: Path | str) -> Lake:
    """Open a lake, or an empty one where none has been written."""
    folder = Path(folder)
    return open_lake(folder) if (folder / MANIFEST).is_file() else Lake(folder, 0, ())


def publish(lake: Lake, load: Load) -> Lake:
    """Make the next generation, whose files stand complete, the current one: the one step that readers see."""
    newer = Lake(lake.folder, lake.generation + 1, (*lake.loads, load))
    content = {
        "format": FORMAT,
        "generation": newer.generation,
        "loads": [asdict(each) for each in newer.loads],
    }
    beside = lake.folder / f"{MANIFEST}.new"
    with beside.open("wb") as file:
        file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(lake.folder / MANIFEST)
    return newer


def generation_folder(folder: Path, generation: int) -> Path:
    """Return the folder of a generation."""
    return folder / "generations" / f"{generation:04}"


def _of(folder: Path, content: dict[str, Any]) -> Lake:
    if content["format"] > FORMAT:
        raise InputError(
            LocalText("文献库由更新的版本写成。", "The lake was written by a newer version."),
            LocalText("请升级后再打开。", "Upgrade, then open it again."),
            code="lake.format",
            place=Place(str(folder / MANIFEST)),
        )
    return Lake(folder, content["generation"], tuple(Load(**load) for load in content["loads"]))
