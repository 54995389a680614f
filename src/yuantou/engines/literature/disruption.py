"""Disruption: do later works cite a work without what it built on, or together with it?

For a focal work and the works of the ``window`` years after it: ``n_i`` cite it and none of its references, ``n_j``
cite both, ``n_k`` cite a reference and not it. CD = (n_i - n_j) / (n_i + n_j + n_k) (Funk & Owen-Smith 2017,
doi:10.1287/mnsc.2015.2366; CD5 as in Park, Leahey & Funk 2023, doi:10.1038/s41586-022-05543-x).

**The artefact.** A work whose references the source does not record gets CD = 1 as soon as anybody cites it (Holst
et al., arXiv:2402.14583), and longer reference lists push CD to 0 by themselves (Petersen et al., arXiv:2306.01949). So
a work without a reference in the corpus is *undefined* unless asked otherwise, every value stands beside its coverage
(how many of the recorded references are in the corpus), and ``both_sides`` shows the mean either way. Permitted unit: a
set of works, a topic, a venue, never a person and never a single proposal.
"""

from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
import polars as pl
from numba import njit, prange

from yuantou.engines.literature.graph import NO_YEAR, CitationGraph


@dataclass(frozen=True, slots=True)
class Disruption:
    """Integer counts for each work in the caller's numbering, int32 (n); ``references`` are those in the corpus.

    Works without year have no counts (-1).
    """

    focal_only: np.ndarray
    both: np.ndarray
    references_only: np.ndarray
    references: np.ndarray
    window: int | None

    def index(self, *, zero_references: bool = False) -> np.ndarray:
        """Return CD, float64 (n), NaN where undefined.

        ``zero_references``: also for works without a reference in the corpus, whose CD is 1 by construction.
        """
        total = self.focal_only.astype(np.int64) + self.both + self.references_only
        defined = (self.focal_only >= 0) & (total > 0) & (zero_references | (self.references > 0))
        found = np.full(len(total), np.nan)
        found[defined] = (self.focal_only[defined].astype(np.int64) - self.both[defined]) / total[defined]
        return found


def disruption(graph: CitationGraph, *, window: int | None = 5, block: int = 4096) -> Disruption:
    """Count, for every work, the later works by what they cite.

    Parameters
    ----------
    window:
        Years after the focal work's own that are looked at, (t, t + window]; None for all later ones.

    Notes
    -----
    O(sum over citations of the citers of the cited work within the window); 4 bytes per work and thread beside the
    graph. Threads take blocks in turn, results do not depend on their number.
    """
    first, starts = graph.first_of_year()
    threads = numba.get_num_threads()
    counts = np.full((3, graph.works), -1, np.int32)
    stamps = np.full((threads, graph.works), -1, np.int32)
    _count(
        graph.years, first, starts, -1 if window is None else window, graph.reference_starts, graph.references,
        graph.citer_starts, graph.citers, stamps, block, counts[0], counts[1], counts[2],
    )  # fmt: skip
    recorded = np.diff(graph.reference_starts).astype(np.int32)
    given = graph.given
    return Disruption(given(counts[0]), given(counts[1]), given(counts[2]), given(recorded), window)


def disruption_table(works: pl.DataFrame, found: Disruption) -> pl.DataFrame:
    """Return CD beside what it rests on, one row per work.

    Parameters
    ----------
    works:
        ``work_id``, ``year``, ``type`` and ``references`` (recorded at the source, null if unknown), in the caller's
        numbering.

    Returns
    -------
    ``work_id`` · ``year`` · ``type`` · ``cd`` (null where undefined) · ``n`` (later works it rests on) · ``n_i`` ·
    ``n_j`` · ``n_k`` · ``references`` · ``references_found`` · ``coverage`` (found / recorded) · ``caveat`` (``no
    references``, ``coverage below one half``, ``fewer than 10 later works``, or null)
    """
    values = {"n_i": found.focal_only, "n_j": found.both, "n_k": found.references_only}
    frame = works.select("work_id", "year", "type", "references").with_columns(
        cd=pl.Series(found.index(), nan_to_null=True),
        **{name: pl.Series(counts).replace(-1, None) for name, counts in values.items()},
        references_found=pl.Series(found.references),
    )
    coverage = pl.col("references_found") / pl.max_horizontal("references", "references_found")
    return frame.with_columns(
        n=pl.sum_horizontal("n_i", "n_j", "n_k", ignore_nulls=False),
        coverage=pl.when(pl.max_horizontal("references", "references_found") > 0).then(coverage),
    ).with_columns(
        caveat=pl.when(pl.col("references_found") == 0)
        .then(pl.lit("no references"))
        .when(pl.col("coverage") < 0.5)
        .then(pl.lit("coverage below one half"))
        .when(pl.col("n") < 10)
        .then(pl.lit("fewer than 10 later works"))
    )


def both_sides(found: Disruption, years: np.ndarray, *, cohorts: tuple[int, ...] = ()) -> pl.DataFrame:
    """Return the mean CD with and without works that have no references, whole and by cohort of years.

    ``cohorts`` are the first years of spans, the last ends with the newest work. Columns: ``cohort`` · ``n`` ·
    ``mean_all`` · ``n_with_references`` · ``mean_with_references`` · ``at_one`` (works at CD = 1) ·
    ``at_one_without_references``.
    """
    every, kept = found.index(zero_references=True), found.index()
    dated = np.where(years == NO_YEAR, -1, years)
    bounds = [*cohorts, int(dated.max(initial=0)) + 1]
    spans = [("all", np.ones(len(every), bool))]
    spans += [(f"{low}-{high - 1}", (dated >= low) & (dated < high)) for low, high in pairwise(bounds)]
    rows = []
    for name, inside in spans:
        one = inside & (every == 1)
        rows.append(
            {
                "cohort": name,
                "n": int(np.isfinite(every[inside]).sum()),
                "mean_all": _mean(every[inside]),
                "n_with_references": int(np.isfinite(kept[inside]).sum()),
                "mean_with_references": _mean(kept[inside]),
                "at_one": int(one.sum()),
                "at_one_without_references": int((one & (found.references == 0)).sum()),
            }
        )
    return pl.DataFrame(rows)


def _mean(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None


@njit(parallel=True, cache=True, nogil=True)
def _count(
    years: np.ndarray,
    first: int,
    year_starts: np.ndarray,
    window: int,
    reference_starts: np.ndarray,
    references: np.ndarray,
    citer_starts: np.ndarray,
    citers: np.ndarray,
    stamps: np.ndarray,
    block: int,
    focal_only: np.ndarray,
    both: np.ndarray,
    references_only: np.ndarray,
) -> None:
    threads = len(stamps)
    dated = year_starts[-1]
    blocks = (dated + block - 1) // block
    for thread in prange(threads):
        stamp = stamps[thread]
        for turn in range(thread, blocks, threads):
            for work in range(turn * block, min((turn + 1) * block, dated)):
                year = years[work] - first
                low = year_starts[year + 1]
                high = dated
                if window >= 0 and year + window + 1 < len(year_starts):
                    high = year_starts[year + window + 1]
                citing, shared, beside = _of_work(
                    work, low, high, reference_starts, references, citer_starts, citers, stamp
                )
                focal_only[work] = citing - shared
                both[work] = shared
                references_only[work] = beside


@njit(cache=True, nogil=True)
def _of_work(
    work: int,
    low: int,
    high: int,
    reference_starts: np.ndarray,
    references: np.ndarray,
    citer_starts: np.ndarray,
    citers: np.ndarray,
    stamp: np.ndarray,
) -> tuple[int, int, int]:
    """Count citers within numbers [low, high): of the work, of it and a reference, of a reference alone."""
    fresh, seen = 2 * work, 2 * work + 1
    citing = shared = beside = 0
    at = _bound(citers, citer_starts[work], citer_starts[work + 1], low)
    while at < citer_starts[work + 1] and citers[at] < high:
        stamp[citers[at]] = fresh
        citing += 1
        at += 1
    for r in range(reference_starts[work], reference_starts[work + 1]):
        reference = references[r]
        end = citer_starts[reference + 1]
        at = _bound(citers, citer_starts[reference], end, low)
        while at < end:
            citer = citers[at]
            if citer >= high:
                break
            mark = stamp[citer]
            if mark != seen:
                if mark == fresh:
                    shared += 1
                else:
                    beside += 1
                stamp[citer] = seen
            at += 1
    return citing, shared, beside


@njit(cache=True, nogil=True, inline="always")
def _bound(values: np.ndarray, start: int, end: int, low: int) -> int:
    """Return the first position in [start, end) whose value is at least ``low``."""
    while start < end:
        middle = (start + end) // 2
        if values[middle] < low:
            start = middle + 1
        else:
            end = middle
    return start
