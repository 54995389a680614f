"""Numbers for identifiers, titles and names, the same for every source and on every machine."""

import re
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit

_OFFSET: Final = np.uint64(0xCBF29CE484222325)
_PRIME: Final = np.uint64(0x100000001B3)
_OPENALEX: Final = re.compile(r"(?:https?://openalex\.org/)?W(\d{1,18})", re.IGNORECASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/\S+")


def work_key(work_id: str) -> int:
    """Return the key of a work: the number of an OpenAlex work, else a negative hash.

    >>> work_key("W2741809807")
    2741809807
    >>> work_key("doi:10.1000/x") < 0
    True
    """
    found = _OPENALEX.fullmatch(work_id)
    return int(found[1]) if found else text_key(work_id)


def text_key(text: str) -> int:
    """Return a negative 63-bit hash (FNV-1a) of a text."""
    data = np.frombuffer(text.encode(), np.uint8)
    return int(_hash(data, 0, len(data)))


def doi_of(text: str | None) -> str | None:
    """Return the DOI within a text, in lower case without address, or nothing.

    >>> doi_of("https://doi.org/10.1016/J.X.2010.07.003")
    '10.1016/j.x.2010.07.003'
    """
    found = _DOI.search(text or "")
    return found[0].lower().rstrip(".,;)") if found else None


def doi_key(doi: str | None) -> int | None:
    """Return the key by which a reference to a DOI finds its work."""
    return text_key(f"doi:{doi}") if doi else None


def first_author_keys(names: Iterable[str | None] | pl.Series) -> np.ndarray:
    """Return a hash of each name that does not mind the order of its parts, case, accents or hyphens; 0 if none.

    >>> one, other = first_author_keys(["Zhang, San", "San Zhang"])
    >>> bool(one == other)
    True
    """
    folded = (
        pl.Series("name", names, dtype=pl.String).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    )
    return _name_hashes(*_laid_out(folded))


def text_keys(texts: pl.Series) -> pl.Series:
    """Return the key of each text as ``text_key`` does; null stays null."""
    data, offsets = _laid_out(texts)
    return pl.DataFrame({"key": _text_hashes(data, offsets), "known": texts.is_not_null()}).select(
        pl.when("known").then("key")
    )["key"]


def fingerprints(titles: Iterable[str | None] | pl.Series) -> np.ndarray:
    """Return the hash of each title's letters and digits (int64; 0 for none or fewer than four bytes)."""
    return title_hashes(*_laid_out(pl.Series("title", titles, dtype=pl.String)))


def _laid_out(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of texts and n + 1 offsets; null as nothing."""
    arrow: Any = texts.fill_null("").to_arrow().cast("large_string")
    offsets = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    return np.frombuffer(arrow.buffers()[2] or b"\0", np.uint8), offsets


@njit(cache=True, nogil=True)
def _text_hashes(data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    found = np.zeros(len(offsets) - 1, np.int64)
    for n in range(len(found)):
        found[n] = _hash(data, offsets[n], offsets[n + 1])
    return found


@njit(cache=True, nogil=True)
def _name_hashes(data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Add the hashes of a name's parts, so that their order does not matter; ASCII punctuation parts them."""
    found = np.zeros(len(offsets) - 1, np.int64)
    for n in range(len(found)):
        total = np.uint64(0)
        part = _OFFSET
        inside = False
        for i in range(offsets[n], offsets[n + 1] + 1):
            c = data[i] if i < offsets[n + 1] else np.uint8(32)
            if c >= 128 or 97 <= c <= 122:
                part = (part ^ np.uint64(c)) * _PRIME
                inside = True
            elif inside:
                total += part
                part = _OFFSET
                inside = False
        found[n] = np.int64(total >> np.uint64(1))
    return found


@njit(cache=True, nogil=True)
def _hash(data: np.ndarray, start: int, end: int) -> int:
    found = _OFFSET
    for i in range(start, end):
        found = (found ^ np.uint64(data[i])) * _PRIME
    return -int(found >> np.uint64(1)) - 1


@njit(cache=True, nogil=True)
def title_hashes(data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Hash titles laid out as Arrow does: bytes and n + 1 offsets."""
    count = len(offsets) - 1
    found = np.zeros(count, np.int64)
    for n in range(count):
        found[n] = _title_hash(data, offsets[n], offsets[n + 1])
    return found


@njit(cache=True, nogil=True)
def _title_hash(data: np.ndarray, start: int, end: int) -> int:
    """Hash letters and digits: ASCII in lower case, full width folded, punctuation of both scripts skipped."""
    found = _OFFSET
    kept = 0
    i = start
    while i < end:
        c = np.int64(data[i])
        if c >= 0xE2 and c < 0xF0 and i + 2 < end:
            second, third = np.int64(data[i + 1]), np.int64(data[i + 2])
            if c == 0xEF and 0xBC <= second <= 0xBD:
                c = third - 0x60 if second == 0xBC else third - 0x20
                i += 2
            elif (c == 0xE2 and second <= 0x81) or (c == 0xE3 and second == 0x80):
                i += 3
                continue
        if 65 <= c <= 90:
            c += 32
        if c >= 128 or 97 <= c <= 122 or 48 <= c <= 57:
            found = (found ^ np.uint64(c)) * _PRIME
            kept += 1
        i += 1
    return int(found >> np.uint64(1)) if kept >= 4 else 0
