"""Writing results: whole folders or nothing, CSV that no spreadsheet executes, Parquet with stable bytes."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

import polars as pl

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

RECORD: Final = "record.json"
_EXECUTED: Final = r"^\s*[=+\-@＝＋－﹣﹢﹦﹫＠\t\r]"


@contextlib.contextmanager
def whole_folder(target: Path) -> Generator[Path]:
    """Yield an empty folder that takes the place of ``target`` when the block ends well, and vanishes when it does not.

    An earlier result (a folder with ``record.json``) is replaced; any other folder that holds something is left alone.

    Raises
    ------
    InputError
        If ``target`` holds something that is no earlier result, or cannot be written.
    """
    target = target.absolute()
    if target.exists() and not _replaceable(target):
        raise InputError(
            LocalText(f"{target} 里有别的文件，不覆盖。", f"{target} holds other files and is not overwritten."),
            LocalText("请用 --out 另选文件夹。", "Choose another folder with --out."),
            code="output.not_empty",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputError(
            LocalText(f"写不了 {target}：{error.strerror}。", f"{target} cannot be written: {error.strerror}."),
            LocalText("请用 --out 另选文件夹。", "Choose another folder with --out."),
            code="output.unwritable",
        ) from error
    try:
        yield fresh
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_table(folder: Path, name: str, table: pl.DataFrame, *, bom: bool = False) -> None:
    """Write a table as ``name.csv`` (UTF-8, lists joined by ``; ``) and ``name.parquet``."""
    csv_table(table).write_csv(folder / f"{name}.csv", include_bom=bom, line_terminator="\r\n" if bom else "\n")
    table.write_parquet(folder / f"{name}.parquet", compression="zstd", statistics=True)


def csv_table(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table fit for CSV: lists joined, and text that a spreadsheet would run as a formula made plain text.

    >>> csv_table(pl.DataFrame({"title": ["=1+1", "源头"], "score": [-1.0, 2.0]}))["title"].to_list()
    ["'=1+1", '源头']
    """
    lists = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.List)]
    joined = table.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)
    return joined.with_columns(_disarmed(name) for name, dtype in joined.schema.items() if dtype == pl.String)


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a result except its record, by name."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name != RECORD)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _disarmed(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(_EXECUTED)).then("'" + pl.col(name)).otherwise(name).alias(name)


def _replaceable(target: Path) -> bool:
    return target.is_dir() and ((target / RECORD).is_file() or not any(target.iterdir()))


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    target.replace(aside)
    try:
        fresh.rename(target)
    except BaseException:
        aside.replace(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
