"""The index of texts used before: in memory, or opened from a folder and read where it lies."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from yuantou.engines.reuse.folding import HAN_WEIGHT, fold
from yuantou.engines.reuse.grams import grams, known, sampled
from yuantou.engines.reuse.model import Document, Relation, Section, relation_of
from yuantou.engines.reuse.passages import passages
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

METHOD: Final = "reuse.sampled/1"


@dataclass(frozen=True)
class Limits:
    """When two texts are shown to a person.

    ``rate``: one run in so many is indexed. ``shared``: sampled runs in common before texts are compared.
    ``passage``, ``total``: least weight of a passage and of all together, in Chinese characters (3 letters each), not
    counting boilerplate. ``common``: texts a run must stand in to be boilerplate when learned.
    """

    rate: int = 8
    shared: int = 3
    passage: int = 20
    total: int = 80
    common: int = 5


@dataclass(frozen=True)
class Span:
    """One passage: offsets in both original texts (end excluded), the sections, and its ``size`` in characters."""

    new_start: int
    new_end: int
    old_start: int
    old_end: int
    new_section: str
    old_section: str
    size: float


@dataclass(frozen=True)
class Finding:
    """Passages that a text shares with an earlier one: a thing to read, never a verdict."""

    new: str
    old: str
    relation: Relation
    date: str
    size: float
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class _Segment:
    """Texts added together: ``hashes`` ascend, ``owner`` numbers the text of each."""

    documents: Sequence[Document]
    hashes: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Index:
    """Texts seen so far. Immutable: ``with_documents`` returns a larger one that shares all there was."""

    limits: Limits = Limits()
    stop: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    segments: tuple[_Segment, ...] = ()

    def with_boilerplate(self, learned: Iterable[str] = (), declared: Iterable[str] = ()) -> Self:
        """Return an index that leaves out template text.

        ``declared`` texts (headings, agency phrases) are left out whole; of the ``learned`` sample, runs that stand in
        at least ``limits.common`` different texts. Complexity: O(n log n) in the letters given.
        """
        kinds = [np.unique(grams(fold(text).code)[0]) for text in learned]
        values, counts = np.unique(_joined(kinds), return_counts=True)
        fixed = [grams(fold(text).code)[0] for text in declared]
        stop = np.unique(_joined([self.stop, values[counts >= self.limits.common], *fixed]))
        return type(self)(self.limits, stop, self.segments)

    def with_documents(self, documents: Sequence[Document]) -> Self:
        """Return an index that also knows these texts; an id may stand in it once. O(n log n) in the new texts."""
        self._check_ids(documents)
        kinds = [sampled(grams(fold(one.text).code)[0], self.limits.rate) for one in documents]
        hashes = _joined(kinds)
        owner = np.repeat(np.arange(len(kinds), dtype=np.int32), [len(kind) for kind in kinds])
        order = np.argsort(hashes, kind="stable")
        segment = _Segment(tuple(documents), hashes[order], owner[order])
        return type(self)(self.limits, self.stop, (*self.segments, segment))

    def check(self, new: Document) -> list[Finding]:
        """Return what the text shares with others, largest first; a text of the same id is not compared.

        Complexity: a binary search for each of some length / rate samples, then O(n log n) for each candidate.
        """
        code = fold(new.text)
        samples = sampled(grams(code.code)[0], self.limits.rate)
        samples = samples[~known(samples, self.stop)]
        pairs = (self._compare(new, old) for old in self._candidates(samples) if old.id != new.id)
        return sorted((pair for pair in pairs if pair), key=lambda pair: (-pair.size, pair.old))

    def _candidates(self, samples: np.ndarray) -> Iterator[Document]:
        for segment in self.segments:
            first = np.searchsorted(segment.hashes, samples, "left")
            counts = np.searchsorted(segment.hashes, samples, "right") - first
            before = np.repeat(np.cumsum(counts) - counts, counts)
            owners = segment.owner[np.arange(counts.sum()) - before + np.repeat(first, counts)]
            found, shared = np.unique(owners, return_counts=True)
            yield from (segment.documents[place] for place in found[shared >= self.limits.shared])

    def _compare(self, new: Document, old: Document) -> Finding | None:
        left, right = fold(new.text), fold(old.text)
        rows = passages(left.code, right.code, self.stop)
        rows = rows[rows[:, 4] >= self.limits.passage * HAN_WEIGHT]
        size = int(rows[:, 4].sum()) / HAN_WEIGHT
        if size < self.limits.total:
            return None
        spans = tuple(_span(new, old, left.place, right.place, row) for row in rows.tolist())
        return Finding(new.id, old.id, relation_of(new, old), old.date, size, spans)

    def _check_ids(self, documents: Sequence[Document]) -> None:
        seen = {one.id for segment in self.segments for one in segment.documents} if documents else set()
        for one in documents:
            if one.id in seen:
                raise InputError(
                    LocalText(f"编号“{one.id}”出现两次。", f"The id “{one.id}” stands twice."),
                    LocalText("每份文本用不同的编号。", "Give each text its own id."),
                    code="input.duplicate_id",
                )
            seen.add(one.id)

    def save(self, folder: Path) -> None:
        """Write the index to a new folder; it appears there whole or not at all."""
        draft = folder.with_name(folder.name + ".part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        (draft / "limits.json").write_text(json.dumps({"method": METHOD, **asdict(self.limits)}), "utf-8")
        np.save(draft / "stop.npy", self.stop)
        for number, segment in enumerate(self.segments):
            np.save(draft / f"{number}.hashes.npy", segment.hashes)
            np.save(draft / f"{number}.owner.npy", segment.owner)
            lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in segment.documents)
            with (draft / f"{number}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)
        draft.rename(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a saved index; fingerprints are read where they lie, texts are held."""
        try:
            stored = json.loads((folder / "limits.json").read_text("utf-8"))
            if stored.pop("method") != METHOD:
                raise ValueError(METHOD)
            count = len(list(folder.glob("*.hashes.npy")))
            segments = tuple(_opened(folder, number) for number in range(count))
            return cls(Limits(**stored), np.load(folder / "stop.npy"), segments)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                LocalText(f"{folder} 不是可用的索引。", f"{folder} is no usable index."),
                LocalText("请重新建立索引。", "Build the index again."),
            ) from error


def _opened(folder: Path, number: int) -> _Segment:
    with (folder / f"{number}.jsonl").open(encoding="utf-8", newline="\n") as file:
        documents = tuple(_document(json.loads(line)) for line in file)
    arrays = (np.load(folder / f"{number}.{name}.npy", mmap_mode="r") for name in ("hashes", "owner"))
    return _Segment(documents, *arrays)


def _document(row: dict[str, Any]) -> Document:
    row["sections"] = tuple(Section(**part) for part in row["sections"])
    row["team"] = tuple(row["team"])
    return Document(**row)


def _span(new: Document, old: Document, left: np.ndarray, right: np.ndarray, row: list[int]) -> Span:
    a, b, c, d, gain = row
    starts = int(left[a]), int(right[c])
    sections = new.section_at(starts[0]), old.section_at(starts[1])
    return Span(starts[0], int(left[b - 1]) + 1, starts[1], int(right[d - 1]) + 1, *sections, gain / HAN_WEIGHT)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.uint64), *parts])
