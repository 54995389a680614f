"""Terms of titles over the years: who used which term, when and where.

English terms are runs of one to three words of one clause that neither begin nor end with a stop word, plural folded
into singular. Chinese terms are runs of two to six characters; a run that nearly always stands inside the same longer
one is dropped in its favour, so no dictionary is needed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.engines.text import normalise
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

_CLAUSE: Final = re.compile(r"[^\w\s'’+#/-]+|\s[-–—]+\s")
_WORD: Final = re.compile(r"[㐀-鿿豈-﫿]+|[^\W_㐀-鿿豈-﫿]+(?:[-'’/+#][^\W_㐀-鿿豈-﫿]+)*")
_STOP: Final = frozenset(
    (
        "a an and are as at be been but by can could did do does for from had has have how if in into is it its may "
        "more most no not of on or our over should so some such than that the their them then there these they this "
        "those through to toward towards under up upon us using use used via was we were what when where whether which "
        "while who whom why will with within without would you your vs versus between among about after against during"
    ).split()
)
_STOP_ZH: Final = frozenset("的了和与及在对为是以中于等并将从而或其该本之基")
LONGEST: Final = 3
LONGEST_ZH: Final = 6
INSIDE: Final = 0.9
"""A run of characters of which this share stands inside one longer run is dropped for it."""


@dataclass(frozen=True, slots=True)
class TermUse:
    """Which title uses which term.

    ``terms`` are the words as most often written; ``uses`` is a titles × terms matrix of zeros and ones; ``years`` has
    one year for each title, rising; ``venues`` one number for each title; ``authors`` is a titles × people matrix.
    ``work_ids`` names the titles, in the same order.
    """

    terms: tuple[str, ...]
    uses: sparse.csr_matrix
    years: np.ndarray
    venues: np.ndarray
    authors: sparse.csr_matrix
    work_ids: tuple[str, ...]

    def until(self, year: int) -> "TermUse":
        """Return what was known at the end of a year: titles after it do not exist."""
        end = int(np.searchsorted(self.years, year, side="right"))
        return TermUse(
            self.terms,
            self.uses[:end],
            self.years[:end],
            self.venues[:end],
            self.authors[:end],
            self.work_ids[:end],
        )

    def per_year(self, first: int, last: int) -> np.ndarray:
        """Return titles by term and year (terms × years from ``first`` to ``last``)."""
        inside = (self.years >= first) & (self.years <= last)
        columns = np.asarray(self.years[inside] - first)
        shape = (int(inside.sum()), last - first + 1)
        by_year = sparse.csr_matrix((np.ones(shape[0]), (np.arange(shape[0]), columns)), shape=shape)
        return np.asarray((self.uses[inside].T @ by_year).todense())


def term_use(works: pl.DataFrame, *, least: int = 5, progress: Progress = silent) -> TermUse:
    """Read the terms of titles.

    Parameters
    ----------
    works:
        ``title`` str, ``year`` int; used where present: ``work_id`` str, ``venue`` str, ``authors`` list[str]. Rows
        without title or year are left out. Abstracts are not read: their coverage changes over the years, and what
        grows would then be the coverage.
    least:
        Terms in fewer titles than this are dropped.

    Raises
    ------
    InputError
        If a column is missing or no row has both title and year.
    """
    rows = _checked(works)
    titles, years = rows["title"].to_list(), rows["year"].to_numpy()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    found: list[set[str]] = []
    for number, title in enumerate(titles):
        if number % 20_000 == 0:
            progress("terms", number, len(titles))
        pairs = dict(_terms_of(title))
        for term, surface in pairs.items():
            forms[term][surface] += 1
        found.append(set(pairs))
    counts = {term: written.total() for term, written in forms.items() if written.total() >= least}
    kept = sorted(set(counts) - _swallowed(counts))
    place = {term: column for column, term in enumerate(kept)}
    indices = [sorted(place[term] for term in terms if term in place) for terms in found]
    authors = rows["authors"].to_list() if "authors" in rows.columns else [[]] * len(titles)
    return TermUse(
        tuple(forms[term].most_common(1)[0][0] for term in kept),
        _matrix(indices, len(kept)),
        years,
        _numbers(rows["venue"].to_list() if "venue" in rows.columns else [""] * len(titles)),
        _matrix(*_people(authors)),
        tuple(rows["work_id"].to_list()),
    )


def _checked(works: pl.DataFrame) -> pl.DataFrame:
    for column in ("title", "year"):
        if column not in works.columns:
            raise InputError(
                LocalText(f"文献表缺少“{column}”列。", f"The table of works has no column “{column}”."),
                LocalText("请补上该列后重试。", "Add the column and try again."),
                code="input.column",
                place=Place(column=column),
            )
    rows = works.filter(pl.col("title").is_not_null() & pl.col("year").is_not_null()).sort("year", maintain_order=True)
    if rows.is_empty():
        raise InputError(
            LocalText("没有一篇文献同时有题名和年份。", "No work has both a title and a year."),
            LocalText("请检查题名与年份两列。", "Check the columns title and year."),
            code="input.empty",
        )
    if "work_id" not in rows.columns:
        rows = rows.with_row_index("work_id").with_columns(pl.col("work_id").cast(pl.String))
    return rows.with_columns(pl.col("year").cast(pl.Int64), pl.col("work_id").cast(pl.String))


def _terms_of(title: str) -> Iterator[tuple[str, str]]:
    """Yield each term of a title with how it is written there."""
    for clause in _CLAUSE.split(normalise(title)):
        words: list[str] = []
        for run in [*_WORD.findall(clause), ""]:
            if run and not "㐀" <= run[0] <= "﫿":
                words.append(run)
                continue
            yield from _phrases(words)
            words = []
            yield from _runs(run)


def _phrases(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for start, first in enumerate(words):
        if not _bears(first):
            continue
        for end in range(start, min(start + LONGEST, len(words))):
            if _bears(words[end]):
                phrase = words[start : end + 1]
                yield " ".join(map(_singular, phrase)), " ".join(phrase)


def _bears(word: str) -> bool:
    return word not in _STOP and len(word) > 1 and not word.isdigit()


@lru_cache(maxsize=1 << 16)
def _singular(word: str) -> str:
    """Fold the plural of a word into its singular.

    >>> _singular("embeddings"), _singular("corpus"), _singular("studies")
    ('embedding', 'corpus', 'study')
    """
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]


def _runs(run: str) -> Iterator[tuple[str, str]]:
    for start in range(len(run)):
        for end in range(start + 2, min(start + LONGEST_ZH, len(run)) + 1):
            part = run[start:end]
            if not _STOP_ZH & set(part):
                yield part, part


def _swallowed(counts: dict[str, int]) -> set[str]:
    """Return the Chinese runs that nearly always stand inside one longer run."""
    gone = set()
    for term, number in counts.items():
        if "㐀" <= term[0] <= "﫿":
            gone |= {part for part in (term[1:], term[:-1]) if number >= INSIDE * counts.get(part, 1 << 60)}
    return gone


def _matrix(rows: Sequence[Sequence[int]], width: int) -> sparse.csr_matrix:
    lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    indices = np.fromiter((column for row in rows for column in row), dtype=np.int64, count=int(indptr[-1]))
    return sparse.csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(rows), width))


def _numbers(values: Sequence[str | None]) -> np.ndarray:
    known: dict[str, int] = {}
    return np.array([known.setdefault(value or "", len(known)) for value in values], dtype=np.int64)


def _people(authors: Sequence[Sequence[str] | None]) -> tuple[list[list[int]], int]:
    known: dict[str, int] = {}
    rows = [sorted({known.setdefault(name, len(known)) for name in names or ()}) for names in authors]
    return rows, len(known)
