"""PDF files through PDFium: written anew without traces of their maker, and what is in them that nobody can see."""

import ctypes
import io
from collections.abc import Iterator
from threading import Lock
from typing import Any, Final

import pypdfium2 as pdfium
from pypdfium2 import raw

_LOCK: Final = Lock()  # PDFium may be used by one thread at a time
SMALLEST: Final = 2.0
"""Points: no eye reads smaller type on a page."""
WHITE: Final = 250
MOST_PAGES: Final = 300


def written_anew(content: bytes) -> bytes | None:
    """Return a PDF with the pages of another and nothing else of it; None if PDFium cannot read it.

    Only pages are taken over: information dictionary, XMP, streams that nothing points to and earlier versions of the
    file stay behind. Outlines and form logic do too; what is drawn stays as it is.
    """
    with _LOCK:
        try:
            with pdfium.PdfDocument(content) as old, pdfium.PdfDocument.new() as new:
                new.import_pages(old)
                target = io.BytesIO()
                new.save(target)
        except pdfium.PdfiumError:
            return None
    return target.getvalue()


def unseen_text(content: bytes) -> str:
    """Return the text of a PDF that is drawn white, tiny, transparent, invisible or off the page, line by line.

    Empty for a file that cannot be read. Scanned pages carry an invisible layer of their own words: that a text is
    unseen says nothing yet, what it says does.
    """
    with _LOCK:
        try:
            with pdfium.PdfDocument(content) as document:
                pages = [document[number] for number in range(min(len(document), MOST_PAGES))]
                return "\n".join(piece for page in pages for piece in _unseen(page))
        except pdfium.PdfiumError:
            return ""


def _unseen(page: Any) -> Iterator[str]:
    text = page.get_textpage()
    width, height = page.get_size()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        outside = right <= 0 or top <= 0 or left >= width or bottom >= height
        if outside or _size(item) < SMALLEST or _invisible(item):
            yield _text_of(item, text)


def _size(item: Any) -> float:
    points = ctypes.c_float()
    raw.FPDFTextObj_GetFontSize(item.raw, ctypes.byref(points))
    matrix = item.get_matrix()
    return float(points.value * (matrix.c**2 + matrix.d**2) ** 0.5)


def _invisible(item: Any) -> bool:
    if raw.FPDFTextObj_GetTextRenderMode(item.raw) in {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}:
        return True
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFPageObj_GetFillColor(item.raw, red, green, blue, alpha)
    return alpha.value < 10 or min(red.value, green.value, blue.value) >= WHITE


def _text_of(item: Any, page: Any) -> str:
    size = raw.FPDFTextObj_GetText(item.raw, page.raw, None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFTextObj_GetText(item.raw, page.raw, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
