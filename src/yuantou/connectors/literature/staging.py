"""What a load has read so far: complete parts, each renamed into place whole, so that an interrupted load goes on."""

import errno
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl

from yuantou.connectors.literature.schema import ROWS_PER_LOAD, SCHEMAS, STAGED
from yuantou.kernel.errors import Place, YuantouError
from yuantou.kernel.local_text import LocalText

_STATE = "state.json"


@dataclass(slots=True)
class Staging:
    """The unfinished load of a lake: which sources are whole, how many rows they hold.

    ``done`` maps a source's fingerprint to its name and figures; ``next_row`` is the number of the next record.
    """

    folder: Path
    load: int
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    next_row: int = 0

    @classmethod
    def of(cls, lake_folder: Path, load: int) -> "Staging":
        """Take up the unfinished load of this number, or begin it; parts of any other are swept away."""
        folder = lake_folder / "staging"
        state = folder / _STATE
        if state.is_file():
            content = orjson.loads(state.read_bytes())
            if content["load"] == load:
                return cls(folder, load, content["done"], content["next_row"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder, load, {}, load * ROWS_PER_LOAD)

    def parts(self) -> dict[str, list[Path]]:
        """Return the files of each table, those of whole sources only."""
        return {
            table: sorted(path for mark in self.done for path in (self.folder / mark[:16]).glob(f"{table}-*.parquet"))
            for table in (*STAGED, "pairs")
        }

    @contextmanager
    def source(self, mark: str, name: str) -> Generator["Part"]:
        """Yield a writer for one source; its rows count only once the block has ended well."""
        beside = self.folder / f"{mark[:16]}.part"
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(self.folder / mark[:16], ignore_errors=True)
        beside.mkdir(parents=True)
        part = Part(beside, self.next_row)
        try:
            yield part
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        beside.replace(self.folder / mark[:16])
        self.done[mark] = {"name": name, **part.counts}
        self.next_row = part.next_row
        self._save()

    def clear(self) -> None:
        """Remove the parts after they were merged."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _save(self) -> None:
        beside = self.folder / f"{_STATE}.new"
        beside.write_bytes(orjson.dumps({"load": self.load, "done": self.done, "next_row": self.next_row}))
        beside.replace(self.folder / _STATE)


@dataclass(slots=True)
class Part:
    """Writer of one source: chunks of the five tables, in order."""

    folder: Path
    next_row: int
    chunks: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"records": 0, "left_out": 0})

    def write(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write one chunk; ``works`` says how many records it holds."""
        for name, frame in tables.items():
            if frame.height:
                frame.select(SCHEMAS[name].keys()).write_parquet(self.path(name), compression="lz4", statistics=False)
        self.wrote(tables["works"].height)

    def path(self, table: str) -> Path:
        """Return the file of a table in the current chunk."""
        return self.folder / f"{table}-{self.chunks:06}.parquet"

    def wrote(self, records: int) -> None:
        """Count a chunk that was written."""
        self.counts["records"] += records
        self.next_row += records
        self.chunks += 1


@contextmanager
def disk_errors(folder: Path) -> Generator[None]:
    """Turn a full disk, whoever notices it, into one error that says what remains and what to do."""
    try:
        yield
    except (OSError, duckdb.Error, pl.exceptions.PolarsError) as error:
        if not _full(error):
            raise
        raise YuantouError(
            LocalText(
                "磁盘已满，本次载入没有生效，原有文献库未变。",
                "The disk is full: nothing was loaded, the lake is as it was.",
            ),
            LocalText(
                "请腾出空间后重新运行，已读完的文件不会重读。",
                "Free some space and run it again; files read whole are not read twice.",
            ),
            code="lake.disk_full",
            place=Place(str(folder)),
        ) from error


def _full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return True
    return any(
        word in str(error) for word in ("No space left", "File too large", "Disk quota", "os error 28", "os error 27")
    )
