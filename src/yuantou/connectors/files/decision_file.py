"""A decision in one file: the frozen tables of a call as CSV, the record, and the draw, in a ZIP of stable bytes."""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from yuantou.connectors.files.call_folder import read_call_folder
from yuantou.connectors.files.outputs import csv_table
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.hashing import canonical_json
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.decision_record import FROZEN
from yuantou.pipelines.tables import CallInput

DECISION: Final = "decision.json"
DRAW: Final = "draw.json"
LARGEST: Final = 1 << 30
"""Bytes of one unpacked member that are read at most."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP that depends on names and contents alone: same order, same dates, same compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the members of such a ZIP by name.

    Raises
    ------
    InputError
        If it is no ZIP, or a member is unreasonably large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(info.file_size > LARGEST for info in archive.infolist()):
                raise _unreadable()
            return {info.filename: archive.read(info) for info in archive.infolist() if "/" not in info.filename}
    except zipfile.BadZipFile as error:
        raise _unreadable() from error


def frozen_members(call: CallInput, **more: pl.DataFrame) -> dict[str, bytes]:
    """Return the tables that a decision rests on as CSV, and others beside them (``review_versions`` …)."""
    tables = {name: table for name, table in call.tables().items() if name in FROZEN} | more
    return {f"{name}.csv": csv_table(table).write_csv().encode() for name, table in tables.items()}


def read_frozen(members: Mapping[str, bytes]) -> CallInput:
    """Read the frozen tables again, as any folder of a call is read.

    Raises
    ------
    InputError
        If a row cannot be used: what was frozen has been changed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name in FROZEN:
            if content := members.get(f"{name}.csv"):
                (Path(scratch) / f"{name}.csv").write_bytes(content)
        found = read_call_folder(Path(scratch))
    if found.left_out:
        raise InputError(
            LocalText("冻结的数据不完整。", "The frozen tables cannot be read whole."),
            LocalText("请找回原文件。", "Find the original file."),
            code="record.damaged",
            problems=found.problems,
        )
    return found.call.canonical()


def decision_file(frozen: Mapping[str, bytes], record: Mapping[str, Any]) -> bytes:
    """Return the one file: frozen tables, record, and the draw apart for whoever verifies that alone."""
    members = dict(frozen) | {DECISION: canonical_json(record)}
    if record.get("draw") and "awarded" in record["draw"]:
        members[DRAW] = json.dumps(record["draw"], ensure_ascii=False, indent=1).encode()
    return pack(members)


def read_decision_file(path: Path) -> tuple[CallInput, dict[str, Any]]:
    """Read a decision from its ZIP, or from the folder it was unpacked to.

    Raises
    ------
    InputError
        If it holds no record of a decision.
    """
    if path.is_dir():
        members = {entry.name: entry.read_bytes() for entry in sorted(path.iterdir()) if entry.is_file()}
    else:
        members = unpack(path.read_bytes())
    try:
        record = json.loads(members[DECISION])
    except (KeyError, ValueError) as error:
        raise _unreadable(path.name) from error
    return read_frozen(members), record


def holds_decision(path: Path) -> bool:
    """Tell whether a path is a decision: a ZIP, or a folder with ``decision.json``."""
    return zipfile.is_zipfile(path) if path.is_file() else (path / DECISION).is_file()


def _unreadable(name: str = "") -> InputError:
    return InputError(
        LocalText("不是决定的记录文件。", "This is no file of a decision."),
        LocalText("请给出从决策室下载的 ZIP。", "Give the ZIP from the decision room."),
        code="record.unreadable",
        place=Place(name),
    )
