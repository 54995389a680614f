"""The index of texts used before: parts added one after the other, in memory or on disk alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np

from yuantou.engines.reuse import boilerplate
from yuantou.engines.reuse.folding import HAN_WEIGHT, fold, fold_units, tables, text_of, units_of
from yuantou.engines.reuse.grams import begins_of, grams, known, sampled, weights
from yuantou.engines.reuse.model import Document, Finding, Limits, Span, relation_of
from yuantou.engines.reuse.passages import passages
from yuantou.engines.reuse.postings import Postings, Texts, build_postings, candidates
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

METHOD: Final = "reuse.sampled/2"


@dataclass(frozen=True)
class Segment:
    """Texts added together. ``documents`` say what is known of them; their own ``text`` may be empty: ``texts`` counts.

    ``documents`` may be any sequence, such as rows of a database that are read when asked for.
    """

    documents: Sequence[Document]
    texts: Texts
    postings: Postings

    def document(self, number: int) -> Document:
        """Return a document with its text."""
        return replace(self.documents[number], text=text_of(np.asarray(self.texts.one(number))))


def make_segment(documents: Sequence[Document], rate: int) -> Segment:
    """Index documents. O(letters)."""
    units = [units_of(one.text) for one in documents]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(one) for one in units], dtype=np.int64)])
    texts = Texts(np.concatenate([np.zeros(0, np.uint16), *units]), starts)
    return Segment([replace(one, text="") for one in documents], texts, build_postings(texts, rate))


@dataclass(frozen=True)
class Index:
    """Texts seen so far. Immutable: ``with_documents`` returns a larger one that shares all there was."""

    limits: Limits = field(default_factory=Limits)
    stop: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    segments: tuple[Segment, ...] = ()

    def with_boilerplate(self, learned: Iterable[str] = (), declared: Iterable[str] = ()) -> Self:
        """Return an index that leaves out template text.

        ``declared`` texts (headings, agency phrases) are left out whole; of the ``learned`` sample, runs that stand in
        at least ``limits.common`` different texts. Complexity: O(n log n) in the letters given.
        """
        found = [boilerplate.learned(learned, common=self.limits.common), boilerplate.declared(declared)]
        return replace(self, stop=np.unique(np.concatenate([self.stop, *found])))

    def with_documents(self, documents: Sequence[Document]) -> Self:
        """Return an index that also knows these texts; an id may stand in it once. O(letters of the new texts)."""
        check_ids(documents, (one.id for segment in self.segments for one in segment.documents))
        return self.with_segments([make_segment(documents, self.limits.rate)])

    def with_segments(self, segments: Iterable[Segment]) -> Self:
        """Return an index with more segments, such as ones that lie on disk."""
        return replace(self, segments=(*self.segments, *segments))

    def check(self, new: Document) -> list[Finding]:
        """Return what the text shares with others, largest first; a text of the same id is not compared.

        Complexity: a look into one bucket for each of some length / rate samples and each segment, then O(n + m) for
        each candidate.
        """
        code = fold(new.text).code
        samples = sampled(grams(code)[0], self.limits.rate)
        samples = samples[~known(samples, self.stop, begins_of(self.stop))]
        pairs = (compare(new, old, self.stop, self.limits) for old in self._candidates(samples, new.id))
        return sorted((pair for pair in pairs if pair), key=lambda pair: (-pair.size, pair.old))

    def _candidates(self, samples: np.ndarray, own: str) -> Iterator[Document]:
        for segment in self.segments:
            index, limits = segment.postings, self.limits
            parts = (index.begins, index.rest, index.owner, index.bits)
            numbers = candidates(samples, *parts, limits.shared, limits.most, len(segment.texts))
            old = (segment.document(int(number)) for number in numbers)
            yield from (one for one in old if one.id != own)


def compare(new: Document, old: Document, stop: np.ndarray, limits: Limits) -> Finding | None:
    """Return the passages two texts share, or nothing if they are too small to be shown. O(n + m)."""
    left, right = (fold_units(units_of(one.text), *tables()) for one in (new, old))
    rows = passages(left[0], right[0], stop)
    rows = rows[rows[:, 4] >= limits.passage * HAN_WEIGHT]
    size = int(rows[:, 4].sum()) / HAN_WEIGHT
    if size < limits.total:
        return None
    spans = tuple(_span(new, old, left[1], right[1], row) for row in rows.tolist())
    length = int(weights(left[0]).sum()) / HAN_WEIGHT
    return Finding(new.id, old.id, relation_of(new, old), old.date, size, length, spans)


def check_ids(documents: Sequence[Document], stored: Iterable[str]) -> None:
    """Refuse ids that stand twice.

    Raises
    ------
    InputError
        With the id that does.
    """
    seen = set(stored) if documents else set()
    for one in documents:
        if one.id in seen:
            raise InputError(
                LocalText(f"编号“{one.id}”出现两次。", f"The id “{one.id}” stands twice."),
                LocalText("每份文本用不同的编号。", "Give each text its own id."),
                code="input.duplicate_id",
            )
        seen.add(one.id)


def _span(new: Document, old: Document, left: np.ndarray, right: np.ndarray, row: list[int]) -> Span:
    a, b, c, d, gain = row
    starts = int(left[a]), int(right[c])
    sections = new.section_at(starts[0]), old.section_at(starts[1])
    return Span(starts[0], int(left[b - 1]) + 1, starts[1], int(right[d - 1]) + 1, *sections, gain / HAN_WEIGHT)
