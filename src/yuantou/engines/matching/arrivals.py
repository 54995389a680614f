"""Proposals and experts that arrive later: only what is new is read and searched."""

from dataclasses import replace

import numpy as np
import polars as pl

from yuantou.engines.matching.candidates import Candidates
from yuantou.engines.matching.expertise import ExpertiseConfig, excluded_by_row, thin_profiles, unique_rows
from yuantou.engines.matching.search import search
from yuantou.engines.matching.texts import Texts, read_texts
from yuantou.engines.text import Vectors
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import silent

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rows, experts and scores."""


def add_arrivals(
    candidates: Candidates,
    *,
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    works: pl.DataFrame,
    exclude: pl.DataFrame | None = None,
    config: ExpertiseConfig | None = None,
) -> Candidates:
    """Return candidates with ``proposals`` and ``experts`` (with ``works``) added; either table may be empty.

    How rare a term is stays as it was, so that nobody else's affinity changes; the lists are those of a whole run with
    these rarities. ``config`` and ``exclude`` are as in ``score_candidates``. Time O(new proposals × pool + proposals ×
    new experts).

    Raises
    ------
    InputError
        If an id is there already, or the affinities have no texts of one view behind them.
    """
    config = config or ExpertiseConfig()
    old = candidates.texts
    if old is None or old.views:
        raise _error(
            "matching.no_texts", "契合度无法增量更新，请重新计算。", "These affinities cannot be added to; run anew."
        )
    proposals, experts = unique_rows(proposals, "proposal_id"), unique_rows(experts, "expert_id")
    _refuse_known(candidates, proposals["proposal_id"], experts["expert_id"])
    new = read_texts(proposals, experts, works, most=config.works, top=old.top, weights=old.weights, progress=silent)
    ids = (
        np.array([*candidates.proposal_ids, *proposals["proposal_id"]], dtype=object),
        np.array([*candidates.expert_ids, *experts["expert_id"]], dtype=object),
    )
    order = tuple(np.argsort(names, kind="stable") for names in ids)
    names = tuple(map(str, ids[0][order[0]])), tuple(map(str, ids[1][order[1]]))
    texts = _joined(old, new, *order)
    place = tuple(np.argsort(one) for one in order)  # where each old or new one stands now
    known = (place[0][candidates.rows()], place[1][candidates.expert], candidates.affinity)
    late = place[0][len(candidates.proposal_ids) :], place[1][len(candidates.expert_ids) :]
    barred = excluded_by_row(exclude, *names)
    fresh = _searched(texts, np.sort(late[0]), None, barred, config)
    rest = np.setdiff1d(np.arange(len(names[0])), late[0])
    other = _searched(texts, rest, np.sort(late[1]), barred, config)
    found = _best([known, fresh, other], len(names[0]), config.candidates)
    return replace(
        candidates,
        proposal_ids=names[0],
        expert_ids=names[1],
        start=found[0],
        expert=found[1],
        affinity=found[2],
        texts=texts,
        thin=thin_profiles(names[1], texts, old.top),
    )


def _refuse_known(candidates: Candidates, *arriving: pl.Series) -> None:
    for names, known in zip(arriving, (candidates.proposal_ids, candidates.expert_ids), strict=True):
        twice = set(names) & set(known)
        if twice:
            name = min(twice)
            raise _error("input.duplicate_id", f"{name} 已在其中。", f"{name} is there already.", name)


def _joined(old: Texts, new: Texts, proposals: np.ndarray, experts: np.ndarray) -> Texts:
    """Return the texts of both, proposals and experts in the given order."""
    starts = np.concatenate([old.first[:-1], new.first[:-1] + old.first[-1]])
    sizes = np.concatenate([np.diff(old.first), np.diff(new.first)])
    rows = np.concatenate([np.zeros(0, np.int64), *(np.arange(starts[e], starts[e] + sizes[e]) for e in experts)])
    return replace(
        old,
        proposals=_stacked(old.proposals, new.proposals, proposals),
        works=_stacked(old.works, new.works, rows.astype(np.int64)),
        first=np.concatenate([[0], np.cumsum(sizes[experts])]),
        work_ids=pl.concat([old.work_ids, new.work_ids]).gather(rows.astype(np.int64)),
        proposal_texts=pl.concat([old.proposal_texts, new.proposal_texts]).gather(proposals),
    )


def _stacked(old: Vectors, new: Vectors, order: np.ndarray) -> Vectors:
    starts = np.concatenate([old.start[:-1], new.start[:-1] + old.start[-1]])
    sizes = np.concatenate([np.diff(old.start), np.diff(new.start)])[order]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    take = np.arange(start[-1]) + np.repeat(starts[order] - start[:-1], sizes)
    return Vectors(start, np.concatenate([old.term, new.term])[take], np.concatenate([old.weight, new.weight])[take])


def _searched(
    texts: Texts,
    rows: np.ndarray,
    experts: np.ndarray | None,
    barred: tuple[np.ndarray, np.ndarray],
    config: ExpertiseConfig,
) -> Pairs:
    """Search for some proposals among all experts, or among ``experts`` alone."""
    nothing = Vectors(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    works, first = texts.works, texts.first
    if experts is not None:
        own = np.concatenate([np.zeros(0, np.int64), *(np.arange(first[e], first[e + 1]) for e in experts)])
        works, first = _stacked(works, nothing, own), np.concatenate([[0], np.cumsum(np.diff(first)[experts])])
    if not len(rows) or len(first) == 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    size = len(first) - 1
    none = np.zeros(len(rows) + 1, np.int64), np.zeros(0, np.int64)
    # What is excluded is struck out afterwards, so as many more are kept.
    most = int(np.diff(barred[0])[rows].max(initial=0))
    found, score = search(
        _stacked(texts.proposals, nothing, rows),
        works,
        first,
        none,
        keep=min(config.candidates + most, size),
        top=texts.top,
        pool=config.pool,
        step=lambda done: None,
    )
    there = found >= 0
    row, expert = np.repeat(rows, there.sum(axis=1)), found[there].astype(np.int64)
    expert = expert if experts is None else experts[expert]
    width = len(texts.first)
    banned = np.repeat(np.arange(len(barred[0]) - 1), np.diff(barred[0])) * width + barred[1]
    good = ~np.isin(row * width + expert, banned)
    return row[good], expert[good], score[there][good]


def _best(parts: list[Pairs], size: int, keep: int) -> Pairs:
    """Return start, expert and score of the best ``keep`` of each row; equal ones go by expert."""
    row, expert, score = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((expert, -score, row))
    row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = order[rank < keep]
    counts = np.bincount(row[rank < keep], minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), expert[kept].astype(np.int32), score[kept]


def _error(code: str, zh: str, en: str, name: str = "") -> InputError:
    return InputError(LocalText(zh, en), code=code, place=Place(column=name))
