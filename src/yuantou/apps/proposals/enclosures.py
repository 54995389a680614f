"""What an uploaded file really is, told from its bytes. Pure."""

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

PDF, PNG = "application/pdf", "image/png"
SUFFIX = {PDF: ".pdf", PNG: ".png"}
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
_KEPT_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA"}
_TEXT = rb"(?:\((?:\\.|[^\\()]|\([^()]{0,200}\)){0,4000}\)|<[0-9A-Fa-f\s]{0,8000}>)"
_TRACES = re.compile(
    rb"/(?:Author|Creator|Producer|Company|SourceModified|CreationDate|ModDate)\s{0,9}"
    + _TEXT
    + rb"|/Info\s{1,9}\d{1,9}\s{1,9}\d{1,5}\s{1,9}R\b"
    rb"|(?<=\?>)\s{0,9}<x:xmpmeta.{0,1000000}?</x:xmpmeta>",
    re.DOTALL,
)
MAX_PIXELS = 50_000_000


def sniff(content: bytes) -> str:
    """Return the media type of a PDF or PNG by its bytes; its name and the browser's word count for nothing.

    Raises
    ------
    InputError
        For anything else, for a PDF that carries scripts or files, for a damaged or enormous picture.
    """
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise _refused("PDF 不完整。", "This PDF is incomplete.", "file.damaged")
        if _ACTIVE.search(content):
            raise _refused("PDF 含脚本或内嵌文件。", "This PDF carries scripts or embedded files.", "file.active")
        return PDF
    if content.startswith(_PNG_HEAD):
        _check_size(content)
        return PNG
    raise _refused("仅接受 PDF 或 PNG 文件。", "Only PDF or PNG files are taken.", "file.type")


def _check_size(content: bytes) -> None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        raise _refused("PNG 文件已损坏。", "This PNG is damaged.", "file.damaged")
    width, height = struct.unpack(">II", content[16:24])
    if width * height > MAX_PIXELS:
        raise _refused("图片过大。", "This picture has too many pixels.", "file.too_large")


def _refused(zh: str, en: str, code: str) -> InputError:
    return InputError(
        LocalText(zh, en),
        LocalText("请另存为普通 PDF 或 PNG 后重试。", "Save it as a plain PDF or PNG and try again."),
        code=code,
    )


def without_metadata(content: bytes, media_type: str) -> bytes:
    """Return a file without the traces of who made it where, when and with what.

    A PNG keeps what is needed to draw it. Of a PDF, names and dates and every packet of XMP are blanked in place, so
    that no offset moves, and the trailer no longer points to them. What compressed streams hold goes when the file is
    written anew before (``connectors.pdf_files``).
    """
    if media_type == PNG:
        return _PNG_HEAD + b"".join(chunk for kind, chunk in _chunks(content) if kind in _KEPT_CHUNKS)
    return _TRACES.sub(lambda found: b" " * len(found[0]), content)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, kind = len(_PNG_HEAD), b""
    while kind != b"IEND":
        if position + 12 > len(content):
            raise _refused("PNG 文件已损坏。", "This PNG is damaged.", "file.damaged")
        (length,) = struct.unpack(">I", content[position : position + 4])
        kind, end = content[position + 4 : position + 8], position + 12 + length
        if (
            end > len(content)
            or zlib.crc32(content[position + 4 : end - 4]) != struct.unpack(">I", content[end - 4 : end])[0]
        ):
            raise _refused("PNG 文件已损坏。", "This PNG is damaged.", "file.damaged")
        yield kind, content[position:end]
        position = end


def safe_name(name: str, media_type: str) -> str:
    """Return a file name without path or control characters, at most 100 characters, ending as its type demands."""
    printable = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    stem = PurePosixPath(printable.replace("\\", "/")).stem.strip(" .") or "file"
    return stem[:96] + SUFFIX[media_type]
