"""Texts as the comparison reads them: letters, digits and Chinese characters, each with its place in the original.

Width, case, compatibility forms (NFKC), traditional and simplified characters fall together; spaces, punctuation,
control and direction marks are left out, so that neither line breaks of a PDF nor marks set between characters hide a
passage. Traditional characters fold one by one to their first simplified form, which needs no word splitting.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numba
import numpy as np

_LAST: Final = 0x33480  # behind the last assigned Chinese character; what lies beyond is not text
HAN_WEIGHT: Final = 3
"""A Chinese character weighs as much as three letters or digits: about what each tells."""


@dataclass(frozen=True)
class Folded:
    """What is compared: ``code`` (uint32, code points kept), ``place`` (int64, offsets in the original text)."""

    code: np.ndarray
    place: np.ndarray


def fold(text: str) -> Folded:
    """Return the letters of a text and where they stand. O(length).

    >>> bytes(fold("Ａ－b，臺").code[:2].tolist()), fold("Ａ－b，臺").place.tolist()
    (b'ab', [0, 2, 4])
    """
    return Folded(*fold_units(units_of(text), *tables()))


def units_of(text: str) -> np.ndarray:
    """Return the UTF-16 units of a text (uint16): how texts lie on disk."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)


def text_of(units: np.ndarray) -> str:
    """Return the text of UTF-16 units."""
    return units.tobytes().decode("utf-16-le", "surrogatepass")


@numba.njit(cache=True, nogil=True)
def fold_units(units: np.ndarray, start: np.ndarray, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``code`` (uint32) and ``place`` (int64, in characters, not units) of UTF-16 units. O(length)."""
    size, n = len(units), 0
    for i in range(size):
        n += 18 if units[i] >= 0xFB00 else max(1, start[units[i] + 1] - start[units[i]])
    code, place = np.empty(n, np.uint32), np.empty(n, np.int64)
    i, at, n = 0, 0, 0
    while i < size:
        point = np.int64(units[i])
        i += 1
        if 0xD800 <= point < 0xDC00 and i < size and 0xDC00 <= units[i] < 0xE000:
            point = 0x10000 + ((point - 0xD800) << 10) + np.int64(units[i]) - 0xDC00
            i += 1
        if point < len(start) - 1:
            for k in range(start[point], start[point + 1]):
                code[n], place[n] = flat[k], at
                n += 1
        at += 1
    return code[:n], place[:n]


@cache
def tables() -> tuple[np.ndarray, np.ndarray]:
    """Return what each code point becomes: ``start`` (int64) cuts ``flat`` (uint32)."""
    simple = _simplified()
    folded = ["".join(simple.get(sign, sign) for sign in _folded(chr(point))) for point in range(_LAST)]
    folded[-1] = ""
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(signs) for signs in folded])])
    return start, np.array([ord(sign) for signs in folded for sign in signs], np.uint32)


def _folded(sign: str) -> str:
    if unicodedata.category(sign)[0] in "CPZ":
        return ""
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sign).casefold())
    return "".join(part for part in wide if unicodedata.category(part)[0] in "LN")


def _simplified() -> dict[str, str]:
    lines = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text("utf-8").splitlines()
    return {line.split("\t")[0]: line.split("\t")[1].split(" ")[0] for line in lines if "\t" in line}
