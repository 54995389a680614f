"""Expertise of experts for proposals, read from their works: lexical, sparse, in Chinese and English.

The affinity of a pair is the mean of the expert's three closest works, never the closest alone: one paper planted or
left standing for the purpose does not decide (Hsieh et al., arXiv 2412.06606). A profile of fewer works earns less,
since it tells less.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.matching.candidates import Candidates, indices
from yuantou.engines.matching.search import search
from yuantou.engines.matching.texts import TOPICS, Texts, read_texts
from yuantou.engines.matching.views import DenseView, WordView, blend
from yuantou.engines.text import Encoder
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "lexical-top3/3"
WIDER: Final = 4
"""With further views so many times the candidates are looked at before the best are kept."""


@dataclass(frozen=True, slots=True)
class ExpertiseConfig:
    """How to judge expertise.

    Parameters
    ----------
    candidates:
        Experts kept for a proposal.
    works:
        Latest works of an expert that are read (ten tell nearly all; Stelmakh et al., arXiv 2303.16750).
    top:
        Closest works whose mean is the affinity; an expert with fewer works is ``thin``.
    pool:
        Experts scored exactly for a proposal, found by their profile as a whole; with no more experts all are scored.
    """

    candidates: int = 60
    works: int = 10
    top: int = 3
    pool: int = 1000

    def __post_init__(self) -> None:
        for name in ("candidates", "works", "top", "pool"):
            if getattr(self, name) < 1:
                raise InputError(
                    LocalText(f"参数 {name} 应不小于 1。", f"The parameter {name} is 1 or more."),
                    code="matching.parameter",
                    place=Place(column=name),
                )


def score_candidates(
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    works: pl.DataFrame,
    *,
    config: ExpertiseConfig | None = None,
    exclude: pl.DataFrame | None = None,
    encoder: Encoder | None = None,
    progress: Progress = silent,
) -> Candidates:
    """Return for each proposal its best experts by their works.

    Parameters
    ----------
    proposals, experts, works:
        Tables of the call (`docs/explanation/architecture.md`). A column ``full_text`` is read instead of the
        abstract where both sides have one; declared ``topics`` count as one more short work. Works of unknown experts
        are passed over.
    exclude:
        Pairs (``proposal_id``, ``expert_id``) that are never candidates.
    encoder:
        Adds a view of meaning, which counts as much as words (``yuantou.connectors.encoders``, ``views``).

    Returns
    -------
    Candidates
        Independent of the order of rows; ties go by expert id. Experts without any common term are no candidates.

    Raises
    ------
    InputError
        If an id stands twice.
    CancelledError
        If ``progress`` raises it.

    Complexity: O(proposals × pool × terms of ten works), about 3 ms a proposal; memory O(terms of all works).
    """
    config = config or ExpertiseConfig()
    proposals, experts = unique_rows(proposals, "proposal_id"), unique_rows(experts, "expert_id")
    texts = read_texts(proposals, experts, works, most=config.works, top=config.top, encoder=encoder, progress=progress)
    ids = tuple(proposals["proposal_id"]), tuple(experts["expert_id"])
    read, keep = len(texts.work_ids) + proposals.height, max(1, min(config.candidates, experts.height))
    expert, score = search(
        texts.proposals,
        texts.works,
        texts.first,
        excluded_by_row(exclude, *ids),
        keep=min(keep * WIDER, experts.height) if texts.views else keep,
        top=config.top,
        pool=config.pool,
        step=lambda done: progress("expertise", read + done, read + proposals.height),
    )
    if texts.views:
        expert, score = _reorder(expert, score, texts, keep)
    kept = expert >= 0
    start = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64)
    method = "+".join((METHOD, *(view.name for view in texts.views)))
    return Candidates(*ids, start, expert[kept], score[kept], texts, thin_profiles(ids[1], texts, config.top), method)


def _reorder(expert: np.ndarray, score: np.ndarray, texts: Texts, keep: int) -> tuple[np.ndarray, np.ndarray]:
    """Take the best ``keep`` by all views together; equal ones stay in the order of the first."""
    full, meaning = (
        [view.scores(expert, texts.top) for view in texts.views if isinstance(view, kind)]
        for kind in (WordView, DenseView)
    )
    mixed = blend(np.where(expert >= 0, score, np.nan), full, meaning)
    order = np.argsort(-mixed, axis=1, kind="stable")[:, :keep]
    return np.take_along_axis(expert, order, axis=1), np.take_along_axis(mixed, order, axis=1)


def unique_rows(table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the table by its key; raises InputError if one stands twice."""
    twice = table.filter(pl.col(key).is_duplicated())
    if twice.height:
        raise InputError(
            LocalText(f"{key} {twice[key][0]} 出现不止一次。", f"The {key} {twice[key][0]} stands more than once."),
            LocalText("请合并或改正重复的行。", "Merge or correct the rows that repeat it."),
            code="input.duplicate_id",
            place=Place(column=key),
        )
    return table.sort(key)


def excluded_by_row(
    pairs: pl.DataFrame | None, proposals: tuple[str, ...], experts: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (start, expert): for each proposal the experts excluded, ascending."""
    if pairs is None:
        return np.zeros(len(proposals) + 1, np.int64), np.zeros(0, np.int64)
    row, column = indices(pairs["proposal_id"], proposals), indices(pairs["expert_id"], experts)
    known = (row >= 0) & (column >= 0)
    row, column = np.divmod(np.unique(row[known] * max(len(experts), 1) + column[known]), max(len(experts), 1))
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(proposals)))]).astype(np.int64), column


def thin_profiles(experts: tuple[str, ...], texts: Texts, top: int) -> tuple[str, ...]:
    """Return the experts with fewer than ``top`` works."""
    real = np.concatenate([[0], np.cumsum(texts.work_ids.to_numpy() != TOPICS)])[texts.first]
    return tuple(experts[place] for place in np.flatnonzero(np.diff(real) < top))
