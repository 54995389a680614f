"""Expertise of experts for proposals, read from their works: lexical, sparse, in Chinese and English.

Every work and every proposal becomes a TF-IDF vector of unit length over the terms of ``engines.text``; the affinity
of a pair is the mean of the expert's three closest works (robust against one planted paper, unlike the maximum;
Hsieh et al., arXiv 2412.06606). TF-IDF: Salton and Buckley, 1988, doi:10.1016/0306-4573(88)90021-0.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.engines.text import tokens
from yuantou.kernel.progress import Progress, silent

METHOD: Final = "lexical-top3/1"


@dataclass(frozen=True, slots=True)
class ExpertiseConfig:
    """``candidates`` kept for a proposal; at most ``works`` latest works of an expert; mean of the ``top`` closest.

    An expert with fewer than ``top`` works has the missing ones counted as zero: a thin profile earns no certainty.
    """

    candidates: int = 60
    works: int = 10
    top: int = 3
    block: int = 256


@dataclass(frozen=True)
class Candidates:
    """Sparse affinities: for each proposal its best experts, best first.

    ``start`` (n+1) cuts ``expert`` and ``affinity`` into the lists of the proposals; affinities lie in [0, 1].
    ``texts`` holds what an explanation needs.
    """

    proposal_ids: tuple[str, ...]
    expert_ids: tuple[str, ...]
    start: np.ndarray
    expert: np.ndarray
    affinity: np.ndarray
    texts: "Texts"
    method: str = METHOD

    def to_frame(self) -> pl.DataFrame:
        """Return ``proposal_id``, ``expert_id``, ``affinity``, ``rank`` (1 = best), one row for each pair."""
        lengths = np.diff(self.start)
        return pl.DataFrame(
            {
                "proposal_id": np.repeat(np.array(self.proposal_ids, dtype=object), lengths).tolist(),
                "expert_id": [self.expert_ids[i] for i in self.expert],
                "affinity": self.affinity,
                "rank": np.concatenate([np.arange(1, n + 1) for n in lengths]) if len(lengths) else [],
            },
            schema={"proposal_id": pl.String, "expert_id": pl.String, "affinity": pl.Float64, "rank": pl.Int64},
        )


@dataclass(frozen=True)
class Texts:
    """Vectors of proposals and works over one vocabulary."""

    vocabulary: tuple[str, ...]
    proposals: sparse.csr_matrix
    works: sparse.csr_matrix
    work_ids: tuple[str, ...]
    owner: np.ndarray


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Why a pair fits: the closest works with their scores, the shared terms with their shares, the affinity."""

    affinity: float
    works: tuple[tuple[str, float], ...]
    terms: tuple[tuple[str, float], ...]


def score_candidates(
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    works: pl.DataFrame,
    *,
    config: ExpertiseConfig | None = None,
    exclude: pl.DataFrame | None = None,
    progress: Progress = silent,
) -> Candidates:
    """Return for each proposal its best experts by their works.

    Parameters
    ----------
    proposals, experts, works:
        Tables of the call contract. Ids are unique; works of unknown experts are passed over.
    exclude:
        Pairs (``proposal_id``, ``expert_id``) that are never candidates.

    Returns
    -------
    Candidates
        Independent of the order of rows. Ties are broken by expert id.

    Complexity: O(postings touched), memory O(block × experts).
    """
    config = config or ExpertiseConfig()
    proposals, experts = proposals.sort("proposal_id"), experts.sort("expert_id")
    texts = _texts(proposals, experts, works, config)
    forbidden = _forbidden(proposals, experts, exclude)
    lists = []
    total = proposals.height
    for first in range(0, total, config.block):
        block = texts.proposals[first : first + config.block]
        scores = _pooled(block, texts, experts.height, config.top)
        lists += [_best(scores[row], forbidden.get(first + row, ()), config.candidates) for row in range(len(scores))]
        progress("expertise", min(first + config.block, total), total)
    start = np.concatenate([[0], np.cumsum([len(found) for found, _ in lists])]).astype(np.int64)
    return Candidates(
        tuple(proposals["proposal_id"]),
        tuple(experts["expert_id"]),
        start,
        np.concatenate([found for found, _ in lists]).astype(np.int32) if lists else np.zeros(0, np.int32),
        np.concatenate([score for _, score in lists]) if lists else np.zeros(0),
        texts,
    )


def explain_pair(
    candidates: Candidates, proposal_id: str, expert_id: str, *, works: int = 3, terms: int = 8
) -> PairExplanation:
    """Say why an expert fits a proposal.

    Raises
    ------
    KeyError
        If the proposal or the expert is not known.
    """
    texts = candidates.texts
    row = texts.proposals[_index(candidates.proposal_ids, proposal_id)]
    own = np.flatnonzero(texts.owner == _index(candidates.expert_ids, expert_id))
    if not len(own):
        return PairExplanation(0.0, (), ())
    similar = np.asarray((texts.works[own] @ row.T).todense()).ravel()
    order = np.lexsort((own, -similar))[:works]
    close = texts.works[own[order]]
    shared = np.asarray(close.multiply(row).sum(axis=0)).ravel()
    top = np.argsort(-shared, kind="stable")[:terms]
    weight = shared.sum() or 1.0
    best = np.zeros(3)
    best[: min(3, len(similar))] = np.sort(similar)[::-1][:3]
    return PairExplanation(
        float(best.mean()),
        tuple((texts.work_ids[own[i]], round(float(similar[i]), 4)) for i in order if similar[i] > 0),
        tuple((texts.vocabulary[i], round(float(shared[i] / weight), 4)) for i in top if shared[i] > 0),
    )


def _index(ids: Sequence[str], wanted: str) -> int:
    try:
        return ids.index(wanted)
    except ValueError:
        raise KeyError(wanted) from None


def _texts(proposals: pl.DataFrame, experts: pl.DataFrame, works: pl.DataFrame, config: ExpertiseConfig) -> Texts:
    kept = (
        works.join(experts.select("expert_id"), on="expert_id", how="semi")
        .sort("expert_id", "year", "work_id", descending=[False, True, False], nulls_last=True)
        .group_by("expert_id", maintain_order=True)
        .head(config.works)
    )
    asked = [tokens(_text_of(row)) for row in proposals.iter_rows(named=True)]
    written = [tokens(f"{row['title']} {row['title']} {row['abstract'] or ''}") for row in kept.iter_rows(named=True)]
    vocabulary, idf = _vocabulary(asked + written)
    place = {expert: number for number, expert in enumerate(experts["expert_id"])}
    owner = np.array([place[expert] for expert in kept["expert_id"]], dtype=np.int64)
    index = {term: number for number, term in enumerate(vocabulary)}
    return Texts(vocabulary, _vectors(asked, index, idf), _vectors(written, index, idf), tuple(kept["work_id"]), owner)


def _text_of(row: dict[str, Any]) -> str:
    words = row.get("keywords") or []
    return f"{row['title']} {row['title']} {row.get('abstract') or ''} {' ; '.join(words)}"


def _vocabulary(documents: list[list[str]]) -> tuple[tuple[str, ...], np.ndarray]:
    counts: Counter[str] = Counter()
    for document in documents:
        counts.update(set(document))
    terms = tuple(sorted(term for term, count in counts.items() if count > 1))
    frequency = np.array([counts[term] for term in terms], dtype=float)
    return terms, np.log((1 + len(documents)) / (1 + frequency)) + 1


def _vectors(documents: list[list[str]], index: dict[str, int], idf: np.ndarray) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for number, document in enumerate(documents):
        for term, count in Counter(document).items():
            if term in index:
                rows.append(number)
                columns.append(index[term])
                values.append((1 + np.log(count)) * idf[index[term]])
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(documents), len(idf)), dtype=np.float64)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    norms[norms == 0] = 1
    return sparse.csr_matrix(sparse.diags(1 / norms) @ matrix)


def _pooled(block: sparse.csr_matrix, texts: Texts, experts: int, top: int) -> np.ndarray:
    """Return the mean of the ``top`` closest works for each pair of the block (dense, block × experts)."""
    pooled = np.zeros((block.shape[0], experts))
    if not texts.works.shape[0]:
        return pooled
    similar = np.asarray((block @ texts.works.T).todense())
    bounds = np.flatnonzero(np.diff(texts.owner, prepend=-1))
    for first, last in zip(bounds, [*bounds[1:], len(texts.owner)], strict=True):
        own = similar[:, first:last]
        best = own if own.shape[1] <= top else np.partition(own, -top, axis=1)[:, -top:]
        pooled[:, texts.owner[first]] = best.sum(axis=1) / top
    return pooled


def _best(scores: np.ndarray, forbidden: Sequence[int], count: int) -> tuple[np.ndarray, np.ndarray]:
    scores = scores.copy()
    scores[list(forbidden)] = -1
    order = np.lexsort((np.arange(len(scores)), -scores))[:count]
    order = order[scores[order] > 0]
    return order, np.clip(np.round(scores[order], 9), 0, 1)


def _forbidden(proposals: pl.DataFrame, experts: pl.DataFrame, exclude: pl.DataFrame | None) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if exclude is None:
        return found
    rows = {proposal: number for number, proposal in enumerate(proposals["proposal_id"])}
    columns = {expert: number for number, expert in enumerate(experts["expert_id"])}
    for proposal, expert in exclude.select("proposal_id", "expert_id").unique().iter_rows():
        if proposal in rows and expert in columns:
            found.setdefault(rows[proposal], []).append(columns[expert])
    return found
