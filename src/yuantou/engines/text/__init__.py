"""Normalisation and tokens of Chinese and English text, shared by the other engines.

Chinese has no spaces: it is read as overlapping pairs of characters, which needs no dictionary and misses nothing.
English is read as words without their commonest endings, and pairs of neighbouring words.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

_RUNS: Final = re.compile(r"[a-z][a-z0-9]*(?:[-'][a-z0-9]+)*|[0-9]+(?:\.[0-9]+)?|[\u3400-\u9fff\uf900-\ufaff]+")
_STOP: Final = frozenset(
    (
        "a an and are as at be been but by can could did do does for from had has have how if in into is it "
        "its may more most no not of on or our over show shows such than that the their them then there these "
        "they this those to under up upon using use used was we were what when where which while who why will "
        "with within would you your new novel study paper results based approach proposed propose via also "
        "both between among here two one each other some "
    ).split()
)
_STOP_ZH: Final = frozenset("的了和与及在对为是以中于等并将从而或其该本")


def normalise(text: str) -> str:
    """Fold width, case and compatibility forms (NFKC).

    >>> normalise("Ｔｏｐｏｌｏｇｙ　拓撲")
    'topology 拓撲'
    """
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> list[str]:
    """Return the terms of a text: pairs of Chinese characters, English words and pairs of words, in order.

    >>> tokens("拓扑超导 topological superconductors")
    ['拓扑', '扑超', '超导', 'topolog', 'superconductor', 'topolog superconductor']
    """
    found: list[str] = []
    before = ""
    for run in _RUNS.findall(normalise(text)):
        if "\u3400" <= run[0] <= "\uffff":
            found += _pairs(run)
            before = ""
            continue
        word = stem(run)
        if run in _STOP or len(run) < 2:
            before = ""
            continue
        found.append(word)
        if before:
            found.append(f"{before} {word}")
        before = word
    return found


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1 and run not in _STOP_ZH:
        yield run
    for first, second in pairwise(run):
        if first not in _STOP_ZH and second not in _STOP_ZH:
            yield first + second


_ENDINGS: Final = (
    *("ically", "ations", "ation", "ingly", "ical", "ings", "edly", "ies"),
    *("ing", "ed", "es", "al", "ly", "ic", "s"),
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Cut the commonest English endings, never below four letters (a light stemmer in the spirit of Harman 1991)."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
