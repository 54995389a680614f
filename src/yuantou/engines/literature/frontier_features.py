"""What is known of each term at the end of a year: size, pace, age, carriers, company.

Everything is computed from titles up to that year alone. Shares are used, never counts, for science as a whole grows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from yuantou.engines.literature.frontier_terms import TermUse

RECENT: Final = 3
"""Years over which a term's present size is taken."""
PRIOR: Final = 1.0
"""Titles added to every count before a ratio is taken."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Features of the terms alive at the end of ``year`` (``alive``: their columns in the use matrix)."""

    year: int
    alive: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    recent: np.ndarray


def snapshot(use: TermUse, year: int, *, least: int = 5) -> Snapshot:
    """Return the features of every term in at least ``least`` titles of the last three years up to ``year``."""
    known = use.until(year)
    first = int(known.years[0])
    counts = known.per_year(first, year)
    papers = np.bincount(known.years - first, minlength=year - first + 1).astype(float)
    recent = counts[:, -RECENT:].sum(1)
    alive = np.flatnonzero(recent >= least)
    columns: dict[str, np.ndarray] = {}
    for make in (_sizes, _pace, _age):
        columns |= make(counts[alive], papers)
    columns |= _carriers(known, alive, year)
    columns |= _company(known, counts[alive], papers, alive, year)
    columns |= _words(known, alive, counts, papers)
    values = np.column_stack(list(columns.values()))
    return Snapshot(year, alive, tuple(columns), np.nan_to_num(values, posinf=0, neginf=0), recent[alive])


def _share(counts: np.ndarray, papers: np.ndarray, start: int, stop: int | None = None) -> np.ndarray:
    """Return the log share of each term over a slice of years counted from the end."""
    part = slice(start, stop)
    total = max(papers[part].sum(), 1.0)
    expected = PRIOR * total / max(papers[-RECENT:].sum(), 1.0)
    return np.log((counts[:, part].sum(1) + expected) / total)


def _sizes(counts: np.ndarray, papers: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "size_3": np.log(counts[:, -3:].sum(1)),
        "share_1": _share(counts, papers, -1),
        "share_3": _share(counts, papers, -3),
        "share_6": _share(counts, papers, -6, -3),
        "share_10": _share(counts, papers, -10, -6),
        "share_all": _share(counts, papers, 0),
    }


def _pace(counts: np.ndarray, papers: np.ndarray) -> dict[str, np.ndarray]:
    now, before = _share(counts, papers, -3), _share(counts, papers, -6, -3)
    last, older = _share(counts, papers, -1), _share(counts, papers, -3, -1)
    expected = counts[:, -3:].sum(1) * papers[-1] / papers[-3:].sum()
    long = counts[:, -6:].sum(1) * papers[-3:].sum() / papers[-6:].sum()
    yearly = np.log((counts[:, -6:] + 0.5) / papers[-6:].clip(1))
    steps = np.arange(yearly.shape[1]) - (yearly.shape[1] - 1) / 2
    return {
        "burst": last - older,
        "growth_3": now - before,
        "growth_6": now - _share(counts, papers, -10, -6),
        "growth_all": now - _share(counts, papers, 0),
        "burst_z": (counts[:, -1] - expected) / np.sqrt(expected + 0.5),
        "growth_z": (counts[:, -3:].sum(1) - long) / np.sqrt(long + 0.5),
        "slope": yearly @ steps / (steps**2).sum(),
        "bend": (last - older) - (older - before),
        "spread": yearly.std(1),
    }


def _age(counts: np.ndarray, papers: np.ndarray) -> dict[str, np.ndarray]:
    present = counts > 0
    length = counts.shape[1]
    first = np.argmax(present, axis=1)
    shares = (counts + 0.3) / papers.clip(30)
    smooth = shares.copy()
    smooth[:, 1:] = (shares[:, 1:] + shares[:, :-1]) / 2
    peak = smooth.max(1)
    third = np.argmax(np.cumsum(counts, axis=1) >= 3, axis=1)
    return {
        "age": np.log(length - first),
        "age_third": np.log(length - third),
        "years_present": present[:, -6:].sum(1).astype(float),
        "years_present_all": present.sum(1) / (length - first),
        "below_peak": np.log(smooth[:, -1] / peak),
        "since_peak": np.log1p(length - 1 - np.argmax(smooth, axis=1)),
    }


def _carriers(known: TermUse, alive: np.ndarray, year: int) -> dict[str, np.ndarray]:
    """Who carries a term: a term of one workshop or one group falls back, one of many new people spreads."""
    start = int(np.searchsorted(known.years, year - RECENT + 1))
    uses = known.uses[start:][:, alive]
    size = np.asarray(uses.sum(0)).ravel().clip(1)
    venues, place = np.unique(known.venues[start:], return_inverse=True)
    rows = np.arange(len(place))
    by_venue = sparse.csr_matrix((np.ones(len(place)), (rows, place)), shape=(len(place), len(venues)))
    in_venue = (uses.T @ by_venue).tocsr()
    weight = np.asarray(by_venue.sum(0)).ravel()
    authors = known.authors[start:]
    by_author = (uses.T @ authors).tocsr()
    earlier = (known.uses[:start][:, alive].T @ known.authors[:start]).tocsr()
    people = np.diff(by_author.indptr).clip(1)
    output = np.asarray(authors.sum(0)).ravel()
    newcomers = (np.asarray(known.authors[:start].sum(0)).ravel() == 0).astype(float)
    worked = by_author.copy()
    worked.data = np.ones_like(worked.data)
    kept = worked.multiply(earlier > 0)
    return {
        "venue_top": np.asarray(in_venue.max(1).todense()).ravel() / size,
        "venue_concentration": np.asarray(in_venue.power(2).sum(1)).ravel() / size**2,
        "venue_count": np.log(np.diff(in_venue.indptr).clip(1)) - np.log(size),
        "venue_size": np.asarray(in_venue @ np.log(weight.clip(1))).ravel() / size,
        "people": np.log(people) - np.log(size),
        "person_top": np.asarray(by_author.max(1).todense()).ravel() / size,
        "people_kept": np.asarray(kept.sum(1)).ravel() / people,
        "people_output": np.asarray(worked @ np.log1p(output)).ravel() / people,
        "people_new": np.asarray(worked @ newcomers).ravel() / people,
    }


def _company(
    known: TermUse, part: np.ndarray, papers: np.ndarray, alive: np.ndarray, year: int
) -> dict[str, np.ndarray]:
    """In which company a term stands: the pace and the age of the terms it shares titles with."""
    start = int(np.searchsorted(known.years, year - RECENT + 1))
    uses = known.uses[start:][:, alive]
    beside = (uses.T @ uses).tolil()
    beside.setdiag(0)
    beside = beside.tocsr()
    total = np.asarray(beside.sum(1)).ravel()
    degree = np.diff(beside.indptr)
    rare = sparse.diags(1 / part[:, -3:].sum(1).clip(1))
    fine = (beside @ rare).tocsr()
    fine_total = np.asarray(fine.sum(1)).ravel()

    def mean(values: np.ndarray, matrix: sparse.csr_matrix, sums: np.ndarray) -> np.ndarray:
        return np.asarray(matrix @ values).ravel() / sums.clip(1e-9)

    pace = _pace(part, papers)
    age = _age(part, papers)
    before = known.uses[:start][:, alive]
    older = (before.T @ before).astype(bool)
    new_links = beside.multiply(beside.astype(bool).astype(float) - older.multiply(beside.astype(bool)).astype(float))
    return {
        "near_burst": mean(pace["burst"], beside, total),
        "near_growth": mean(pace["growth_3"], beside, total),
        "near_growth_fine": mean(pace["growth_3"], fine, fine_total),
        "near_burst_fine": mean(pace["burst"], fine, fine_total),
        "near_age": mean(age["age"], beside, total),
        "near_age_fine": mean(age["age"], fine, fine_total),
        "near_peak": mean(age["below_peak"], beside, total),
        "links": np.log1p(degree) - np.log(part[:, -3:].sum(1)),
        "links_per_use": total / part[:, -3:].sum(1),
        "links_new": np.asarray(new_links.sum(1)).ravel() / total.clip(1),
    }


def _words(known: TermUse, alive: np.ndarray, counts: np.ndarray, papers: np.ndarray) -> dict[str, np.ndarray]:
    """How a phrase relates to its parts: a narrowing of something old, or something new."""
    place = {term: number for number, term in enumerate(known.terms)}
    share = _share(counts, papers, -3)
    growth = _pace(counts, papers)["growth_3"]
    split = [term.split(" ") for term in (known.terms[number] for number in alive)]
    parts = [[place[word] for word in words if word in place] if len(words) > 1 else [] for words in split]

    def over(values: np.ndarray, how: Callable[[np.ndarray], float], rest: np.ndarray) -> np.ndarray:
        rows = zip(parts, rest, strict=True)
        return np.array([how(values[words]) if words else other for words, other in rows])

    own_share, own_growth = share[alive], growth[alive]
    return {
        "words": np.array([float(len(words)) for words in split]),
        "letters": np.array([float(len(known.terms[number])) for number in alive]),
        "hyphens": np.array([float("-" in known.terms[number]) for number in alive]),
        "part_share": own_share - over(share, np.min, own_share),
        "part_growth": over(growth, np.min, own_growth),
        "part_growth_top": over(growth, np.max, own_growth),
    }
