"""An index of texts used before, kept in a folder: arrays read where they lie, documents in SQLite.

    folder/index.json            method and limits
    folder/stop.npy              hashes of boilerplate
    folder/000001/texts.u16 starts.npy begins.npy rest.npy owner.npy documents.sqlite3

A part is written beside the others and renamed when it is whole, so a crash leaves the index as it was. Small parts are
joined into larger ones as they come, so that their number grows with the logarithm of the texts.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, overload

import numpy as np

from yuantou.engines.reuse import Document, Index, Limits, Postings, Section, Segment, Texts, check_ids, make_segment
from yuantou.engines.reuse.index import METHOD
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

_FANOUT: Final = 8
_ARRAYS: Final = ("starts", "begins", "rest", "owner")


def create_index(folder: Path, index: Index) -> None:
    """Write a new index; the folder appears whole or not at all."""
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    (draft / "index.json").write_text(json.dumps({"method": METHOD, **asdict(index.limits)}), "utf-8")
    np.save(draft / "stop.npy", index.stop)
    for number, segment in enumerate(index.segments, 1):
        _write_segment(draft / f"{number:06d}", segment)
    draft.rename(folder)


def open_index(folder: Path) -> Index:
    """Open an index; nothing but its outline is read until it is asked.

    Raises
    ------
    InputError
        If the folder holds no usable index.
    """
    try:
        stored = json.loads((folder / "index.json").read_text("utf-8"))
        if stored.pop("method") != METHOD:
            raise ValueError(METHOD)
        segments = tuple(_open_segment(part) for part in _parts(folder))
        return Index(Limits(**stored), np.load(folder / "stop.npy"), segments)
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
        raise InputError(
            LocalText(f"{folder} 不是可用的索引。", f"{folder} is no usable index."),
            LocalText("请重新建立索引。", "Build the index again."),
        ) from error


def stored_ids(folder: Path) -> Iterable[str]:
    """Return the id of every text in an index on disk."""
    return (key for segment in open_index(folder).segments for key in _ids(segment))


def add_documents(folder: Path, documents: Sequence[Document]) -> None:
    """Add texts to an index on disk. One process writes at a time; readers that opened it before keep what they see.

    Raises
    ------
    InputError
        If an id stands in it already.
    """
    index = open_index(folder)
    check_ids(documents, stored_ids(folder))
    if documents:
        _write_next(folder, make_segment(documents, index.limits.rate))
        _join_small(folder, index.limits.rate)


def _write_next(folder: Path, segment: Segment) -> None:
    last = max((int(part.name) for part in _parts(folder)), default=0)
    _write_segment(folder / f"{last + 1:06d}", segment)


def _join_small(folder: Path, rate: int) -> None:
    """Join the newest parts while there are eight of about the same size."""
    while True:
        parts = _parts(folder)[-_FANOUT:]
        segments = [_open_segment(part) for part in parts]
        sizes = [len(segment.texts) for segment in segments]
        if len(parts) < _FANOUT or max(sizes) >= _FANOUT * max(1, min(sizes)):
            return
        whole = [segment.document(number) for segment in segments for number in range(len(segment.texts))]
        _write_next(folder, make_segment(whole, rate))
        for part in parts:
            shutil.rmtree(part)


def _parts(folder: Path) -> list[Path]:
    return sorted(part for part in folder.iterdir() if part.is_dir() and part.name.isdigit())


def _write_segment(folder: Path, segment: Segment) -> None:
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    np.asarray(segment.texts.units).tofile(draft / "texts.u16")
    arrays = (segment.texts.starts, segment.postings.begins, segment.postings.rest, segment.postings.owner)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(draft / f"{name}.npy", array)
    with closing(sqlite3.connect(draft / "documents.sqlite3")) as database, database:
        database.execute("CREATE TABLE document (number INTEGER PRIMARY KEY, id TEXT UNIQUE, facts TEXT)")
        rows = ((number, one.id, _facts(one)) for number, one in enumerate(segment.documents))
        database.executemany("INSERT INTO document VALUES (?, ?, ?)", rows)
    draft.rename(folder)


def _open_segment(folder: Path) -> Segment:
    starts, *index = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS)
    size = (folder / "texts.u16").stat().st_size // 2
    if size != starts[-1]:
        raise ValueError(folder)
    units = np.memmap(folder / "texts.u16", np.uint16, "r") if size else np.zeros(0, np.uint16)
    return Segment(_Stored(folder / "documents.sqlite3", len(starts) - 1), Texts(units, starts), Postings(*index))


def _ids(segment: Segment) -> Iterable[str]:
    documents = segment.documents
    return documents.ids() if isinstance(documents, _Stored) else (one.id for one in documents)


def _facts(one: Document) -> str:
    return json.dumps(asdict(replace(one, text="")), ensure_ascii=False)


class _Stored(Sequence[Document]):
    """What is known of stored texts, read row by row."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> Document: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Document]: ...
    def __getitem__(self, number: int | slice) -> Document | Sequence[Document]:
        if isinstance(number, slice):
            return [self[k] for k in range(*number.indices(self._count))]
        rows = self._ask("SELECT facts FROM document WHERE number = ?", number)
        if not rows:
            raise IndexError(number)
        return _document(json.loads(rows[0][0]))

    def ids(self) -> Iterable[str]:
        """Return every id."""
        return (row[0] for row in self._ask("SELECT id FROM document"))

    def _ask(self, question: str, *values: int) -> list[tuple[str]]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            return database.execute(question, values).fetchall()


def _document(row: dict[str, Any]) -> Document:
    row["sections"] = tuple(Section(**part) for part in row["sections"])
    row["team"] = tuple(row["team"])
    return Document(**row)
