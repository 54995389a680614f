"""The child process: reads one file from its input and writes one line of JSON. Trusts nothing, touches nothing."""

import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SMALL, _PALE = 2.0, 0xF0
_LEAST_TEXT = 15  # characters of a page below which a page with a picture counts as scanned


class TooLargeError(Exception):
    """A limit was reached before the file was read."""


def main(limits: str) -> None:
    """Read standard input under limits and answer on standard output."""
    allowed = json.loads(limits)
    content = sys.stdin.buffer.read()
    _confine(allowed)
    try:
        answer = _answer(content, allowed)
    except (MemoryError, TooLargeError):
        answer = {"status": "too_large"}
    except Exception:  # whatever a reader makes of a damaged file, the file is damaged
        answer = {"status": "broken"}
    whole = {"text": "", "kind": "", "pages": 0, "scanned": [], "invisible": [], "cut": False} | answer
    sys.stdout.buffer.write(json.dumps(whole).encode())


def _confine(allowed: dict[str, Any]) -> None:
    """Give up files, processes and sockets for good; the audit hook cannot be taken off again."""
    import pypdfium2  # noqa: F401 loaded while files may still be opened

    seconds = int(allowed["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (allowed["memory"], allowed["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system")):
        raise PermissionError(event)


def _answer(content: bytes, allowed: dict[str, Any]) -> dict[str, Any]:
    if b"%PDF-" in content[:1024]:
        return _pdf(content, allowed)
    if content.startswith(b"PK\x03\x04"):
        return _docx(content, allowed)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ")):
        return {"status": "unsupported"}
    return _plain(content, allowed)


# --- PDF --------------------------------------------------------------------------------------------------------------


def _pdf(content: bytes, allowed: dict[str, Any]) -> dict[str, Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return {"status": "encrypted" if "assword" in str(error) else "broken", "kind": "pdf"}
    pages = len(document)
    texts, scanned, invisible, size = [], [], [], 0
    for number in range(min(pages, allowed["pages"])):
        page = document[number]
        reader = page.get_textpage()
        text = reader.get_text_range()
        pictures, unseen = _objects(page, reader)
        if len(text.strip()) < _LEAST_TEXT and pictures:
            scanned.append(number + 1)
        texts.append(text)
        invisible += unseen
        size += len(text)
        reader.close()
        page.close()
        if size > allowed["characters"]:
            break
    found = "\n".join(texts)[: allowed["characters"]]
    cut = len(texts) < pages or size > allowed["characters"]
    status = "ok" if found.strip() else "scanned" if scanned else "empty"
    return {"status": status, "text": found, "kind": "pdf", "pages": pages, "scanned": scanned, "cut": cut} | {
        "invisible": invisible[:100]
    }


def _objects(page: Any, reader: Any) -> tuple[int, list[str]]:
    """Return how many pictures a page has, and the text on it that is printed so that nobody sees it."""
    from ctypes import byref, c_float, c_uint

    from pypdfium2 import raw

    pictures, unseen = 0, []
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if one.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures += 1
            continue
        red, green, blue, alpha, size = c_uint(), c_uint(), c_uint(), c_uint(255), c_float()
        raw.FPDFPageObj_GetFillColor(one.raw, byref(red), byref(green), byref(blue), byref(alpha))
        raw.FPDFTextObj_GetFontSize(one.raw, byref(size))
        matrix = one.get_matrix()
        height = size.value * max(abs(matrix.d), abs(matrix.b), abs(matrix.a))
        pale = min(red.value, green.value, blue.value) >= _PALE or alpha.value < 10
        mode = raw.FPDFTextObj_GetTextRenderMode(one.raw)
        if pale or height < _SMALL or mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            text = _text_of(one, reader, raw)
            if text.strip():
                unseen.append(text[:500])
    # A page of pictures with invisible text over them was read by OCR: that is how such files are made.
    return pictures, [] if pictures and len(unseen) > 20 else unseen


def _text_of(one: Any, reader: Any, raw: Any) -> str:
    from ctypes import c_ushort

    length = raw.FPDFTextObj_GetText(one.raw, reader.raw, None, 0)
    buffer = (c_ushort * (length // 2 + 1))()
    raw.FPDFTextObj_GetText(one.raw, reader.raw, buffer, length)
    return bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace")


# --- DOCX -------------------------------------------------------------------------------------------------------------


def _docx(content: bytes, allowed: dict[str, Any]) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(info.flag_bits & 1 for info in archive.infolist()):
            return {"status": "encrypted", "kind": "zip"}
        names = set(archive.namelist())
        if "word/document.xml" not in names:
            return {"status": "unsupported", "kind": "zip"}
        if sum(info.file_size for info in archive.infolist()) > allowed["unpacked"]:
            raise TooLargeError
        texts, invisible, left = [], [], [allowed["unpacked"]]
        for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
            if name in names:
                for text, unseen in _paragraphs(io.BytesIO(_unpacked(archive, name, left))):
                    texts.append(text)
                    invisible += [unseen] if unseen.strip() else []
        pictures = any(name.startswith("word/media/") for name in names)
    found = "\n".join(texts)
    cut = len(found) > allowed["characters"]
    status = "ok" if found.strip() else "scanned" if pictures else "empty"
    return {"status": status, "text": found[: allowed["characters"]], "kind": "docx", "cut": cut} | {
        "invisible": [text[:500] for text in invisible[:100]]
    }


def _unpacked(archive: zipfile.ZipFile, name: str, left: list[int]) -> bytes:
    """Read a member bit by bit: what an archive says of its sizes is not to be believed."""
    parts = []
    with archive.open(name) as member:
        while part := member.read(1 << 20):
            left[0] -= len(part)
            if left[0] < 0:
                raise TooLargeError
            parts.append(part)
    return b"".join(parts)


def _paragraphs(source: io.BytesIO) -> Iterator[tuple[str, str]]:
    """Yield the text of each paragraph, and the part of it that is hidden, white or tiny."""
    from defusedxml.ElementTree import iterparse

    for _event, element in iterparse(source, events=("end",)):
        if element.tag != f"{_WORD}p":
            continue
        text, unseen = [], []
        for run in element.iter(f"{_WORD}r"):
            words = "".join(_words(run))
            text.append(words)
            unseen += [words] if _hidden(run.find(f"{_WORD}rPr")) else []
        yield "".join(text), "".join(unseen)
        element.clear()


def _words(run: Any) -> Iterator[str]:
    for part in run:
        if part.tag == f"{_WORD}t":
            yield part.text or ""
        elif part.tag in {f"{_WORD}tab", f"{_WORD}br"}:
            yield " "


def _hidden(style: Any) -> bool:
    if style is None:
        return False
    vanish, colour, size = (style.find(f"{_WORD}{name}") for name in ("vanish", "color", "sz"))
    pale = colour is not None and (colour.get(f"{_WORD}val") or "").upper() == "FFFFFF"
    tiny = size is not None and (size.get(f"{_WORD}val") or "99").isdigit() and int(size.get(f"{_WORD}val") or 99) <= 4
    return pale or tiny or (vanish is not None and vanish.get(f"{_WORD}val") not in {"0", "false"})


# --- plain text -------------------------------------------------------------------------------------------------------


def _plain(content: bytes, allowed: dict[str, Any]) -> dict[str, Any]:
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {"status": "unsupported"}
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        cut = len(text) > allowed["characters"]
        status = "ok" if text.strip() else "empty"
        return {"status": status, "text": text[: allowed["characters"]], "kind": "text", "cut": cut}
    return {"status": "unsupported"}
