"""Texts as sparse vectors over numbered terms: counted, then weighed by how rare each term is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import polars as pl

from yuantou.engines.text.terms import HAN, term_id, tokens

TERMS: Final = 2 * HAN
_BLOCK: Final = 4096


@dataclass(frozen=True)
class Counts:
    """How often each text uses each term: ``start`` (n + 1) cuts ``term`` (int32, ascending) and ``count`` (uint16)."""

    start: np.ndarray
    term: np.ndarray
    count: np.ndarray


@dataclass(frozen=True)
class Vectors:
    """Sparse rows: ``start`` (n + 1, int64) cuts ``term`` (int32, ascending) and ``weight`` (float32)."""

    start: np.ndarray
    term: np.ndarray
    weight: np.ndarray

    def row(self, place: int) -> dict[int, float]:
        """Return the weights of one text by term."""
        part = slice(self.start[place], self.start[place + 1])
        return dict(zip(self.term[part].tolist(), self.weight[part].tolist(), strict=True))


def count_terms(texts: Sequence[str] | pl.Series, step: Callable[[int], None] | None = None) -> Counts:
    """Count the terms of texts; ``step`` is told now and then how many are done.

    Complexity: about 10,000 abstracts a second; memory 6 bytes for each different term of a text.
    """
    lengths, terms, counts = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.uint16)]
    for first in range(0, len(texts), _BLOCK):
        block = _count_block(list(texts[first : first + _BLOCK]))
        lengths.append(block[0])
        terms.append(block[1])
        counts.append(block[2])
        if step:
            step(min(first + _BLOCK, len(texts)))
    term = np.concatenate(terms)
    terms.clear()  # the largest part by far is not kept twice while the next one is joined
    return Counts(np.cumsum(np.concatenate(lengths)), term, np.concatenate(counts))


def _count_block(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    numbers = [list(map(term_id, tokens(text))) for text in texts]
    lengths = np.fromiter(map(len, numbers), np.int64, len(numbers))
    flat = np.fromiter((number for row in numbers for number in row), np.int64, int(lengths.sum()))
    keys, counts = np.unique(np.repeat(np.arange(len(texts)), lengths) * TERMS + flat, return_counts=True)
    row, term = np.divmod(keys, TERMS)
    return np.bincount(row, minlength=len(texts)), term.astype(np.int32), np.minimum(counts, 65535).astype(np.uint16)


@dataclass(frozen=True)
class Weights:
    """In how many texts each term stands, and how many texts have any Latin or any Chinese term."""

    frequency: np.ndarray
    texts: tuple[int, int]

    @classmethod
    def of(cls, *counts: Counts) -> Self:
        """Learn the weights from texts."""
        frequency = np.zeros(TERMS, np.int32)
        texts = np.zeros(2, np.int64)
        for part in counts:
            np.add.at(frequency, part.term, 1)  # touches only the terms there are, unlike bincount
            texts += np.bincount(np.unique(_segments(part.start, part.term)) % 2, minlength=2)
        return cls(frequency, (int(texts[0]), int(texts[1])))

    def rarity(self, term: np.ndarray) -> np.ndarray:
        """Return the inverse document frequency ln((1 + N) / (1 + df)) + 1, N counting texts of the term's language."""
        size = np.array(self.texts)[(term >= HAN).astype(int)]
        return np.log((1 + size) / (1 + self.frequency[term])) + 1


def weigh(counts: Counts, weights: Weights, *, role: Literal["query", "document"], most: int = 65535) -> Vectors:
    """Return vectors of weights (1 + ln min(count, most)) · rarity: query · document is a similarity in [0, 1].

    Each language is normalised by itself, so that a bilingual proposal meets a work in either language at full
    strength: query · document = Σ share of the document in a language × cosine in that language. A language with less
    than a quarter of a query (a formula, a trade name) counts less in proportion. ``most`` bounds what repeating a term
    can gain, so that a text stuffed with words is no closer to them than one that says them.
    (TF-IDF: Salton and Buckley, 1988, doi:10.1016/0306-4573(88)90021-0.)
    """
    weight = np.empty(len(counts.term), np.float32)
    for first in range(0, len(counts.start) - 1, 16 * _BLOCK):
        start = counts.start[first : first + 16 * _BLOCK + 1]
        part = slice(start[0], start[-1])
        weight[part] = _weigh_block(
            start - start[0], counts.term[part], np.minimum(counts.count[part], most), weights, role
        )
    return Vectors(counts.start, counts.term, weight)


def _weigh_block(
    start: np.ndarray, term: np.ndarray, count: np.ndarray, weights: Weights, role: Literal["query", "document"]
) -> np.ndarray:
    raw = (1 + np.log(count)) * weights.rarity(term)
    segment, size = _segments(start, term), 2 * (len(start) - 1)
    norm = np.sqrt(np.bincount(segment, weights=raw * raw, minlength=size))
    used = np.bincount(segment, weights=count, minlength=size).reshape(-1, 2)
    share = (used / np.maximum(used.sum(axis=1, keepdims=True), 1)).ravel()
    factor = share if role == "document" else np.minimum(1, 4 * share)
    return (raw * (factor / np.where(norm > 0, norm, 1))[segment]).astype(np.float32)


def _segments(start: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Number the part of each text that is in one language: 2 · text, + 1 for Chinese."""
    return np.repeat(2 * np.arange(len(start) - 1), np.diff(start)) + (term >= HAN)
