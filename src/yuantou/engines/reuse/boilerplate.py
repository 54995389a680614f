"""What is no reuse: template text, declared by its owner or learned from a sample of texts."""

from collections.abc import Iterable

import numpy as np

from yuantou.engines.reuse.folding import fold
from yuantou.engines.reuse.grams import grams


def declared(texts: Iterable[str]) -> np.ndarray:
    """Return the hashes of every run of texts that are boilerplate whole (uint64, ascending)."""
    return np.unique(_joined([grams(fold(text).code)[0] for text in texts]))


def learned(texts: Iterable[str], *, common: int) -> np.ndarray:
    """Return the hashes of runs that stand in at least ``common`` different texts (uint64, ascending).

    Texts of one author that repeat one another must be given once: five copies of one text look like a template.
    Complexity: O(n log n) in the letters given, eight bytes each.
    """
    every = np.sort(_joined([np.unique(grams(fold(text).code)[0]) for text in texts]))
    again = every[common - 1 :]
    return np.unique(again[again == every[: len(again)]])


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.uint64), *parts])
