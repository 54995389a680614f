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
    points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    start, flat = _table()
    known = np.minimum(points, _LAST - 1)
    lengths = start[known + 1] - start[known]
    place = np.repeat(np.arange(len(points)), lengths)
    within = np.arange(len(place)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Folded(flat[start[known[place]] + within], place)


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
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
