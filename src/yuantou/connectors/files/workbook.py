"""Workbooks (XLSX): opened only after their true unpacked size and their cells were found sound."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

MAX_UNPACKED: Final = 1 << 30
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 512
# A formula whose value was never computed, or a cell that holds an error such as #N/A.
_BROKEN = re.compile(
    rb'<c r="([A-Z]+\d+)"(?:[^>]*\st="e"|[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>)'
)


def check_workbook(path: Path, *, limit: int = MAX_UNPACKED) -> None:
    """Refuse a workbook that is no ZIP file, unpacks to more than ``limit`` bytes, or has cells without a value.

    The size is counted while unpacking: what the file says about itself is not believed.

    Raises
    ------
    InputError
        With the cells named, where that is the reason.
    """
    broken: dict[str, None] = {}
    left = limit
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                for window, size in _windows(archive, member, limit):
                    left -= size
                    if left < 0:
                        raise _too_large(path, limit)
                    if member.filename.startswith("xl/worksheets/"):
                        broken |= dict.fromkeys(cell.decode() for cell in _BROKEN.findall(window))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(
            LocalText("不是可读的 XLSX 工作簿。", "This is not a readable XLSX workbook."),
            LocalText("请用 Excel 或 WPS 另存为 .xlsx（不加密）。", "Save it again as .xlsx, without a password."),
            code="input.workbook",
            place=Place(path.name),
        ) from error
    if broken:
        raise _broken_cells(path, list(broken))


def _windows(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> Iterator[tuple[bytes, int]]:
    """Yield overlapping stretches of a member (so that no cell is cut in two) with the number of new bytes."""
    member.file_size = limit + 2 * _CHUNK  # the declared size may lie: read to the true end, or past the limit
    tail = b""
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            yield tail + piece, len(piece)
            tail = piece[-_OVERLAP:]


def _too_large(path: Path, limit: int) -> InputError:
    return InputError(
        LocalText(f"工作簿解压后超过 {limit >> 20} MiB。", f"The workbook unpacks to more than {limit >> 20} MiB."),
        LocalText("请拆分，或改用 CSV。", "Split it, or use CSV instead."),
        code="input.too_large",
        place=Place(path.name),
    )


def _broken_cells(path: Path, cells: list[str]) -> InputError:
    shown = ", ".join(cells[:10]) + (" …" if len(cells) > 10 else "")
    return InputError(
        LocalText(
            f"单元格 {shown} 是没有结果的公式或错误值。", f"Cells {shown} hold formulas without a value, or errors."
        ),
        LocalText("请在 Excel 中“选择性粘贴为数值”后保存。", "Paste them as values in the spreadsheet and save."),
        code="input.formula",
        place=Place(path.name),
    )
