"""Scores as a design: which proposal, reviewer and panel each belongs to, and what that leaves to solve."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.kernel.score import Scale

Array = np.ndarray[Any, Any]


def _places(names: pl.Series) -> tuple[list[str], Array]:
    """Return the sorted names and the place of each row's name among them."""
    found = names.unique().sort()
    places = pl.DataFrame({"name": names}).join(
        pl.DataFrame({"name": found, "place": np.arange(len(found))}), on="name", how="left", maintain_order="left"
    )["place"]
    return found.to_list(), places.to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Design:
    """Scores with the proposal, reviewer and panel of each; higher is better from here on.

    The columns to solve for are the reviewers and, where there are several, the panels; proposals are eliminated, the
    mean stands apart.
    """

    y: Array
    proposals: list[str]
    reviewers: list[str]
    panels: list[str]
    proposal: Array
    reviewer: Array
    panel: Array
    sign: int

    @classmethod
    def build(cls, scores: pl.DataFrame, scale: Scale) -> "Design":
        """Read the table of overall scores."""
        sign = 1 if scale.higher_is_better else -1
        proposals, proposal = _places(scores["proposal_id"])
        reviewers, reviewer = _places(scores["reviewer_id"])
        panels, panel = _places(scores["panel"])
        return cls(sign * scores["score"].to_numpy(), proposals, reviewers, panels, proposal, reviewer, panel, sign)

    @property
    def has_panels(self) -> bool:
        """Whether panels can differ at all."""
        return len(self.panels) > 1

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.reviewers) + (len(self.panels) if self.has_panels else 0)

    @cached_property
    def counts(self) -> Array:
        """Reviews of each proposal."""
        return np.bincount(self.proposal, minlength=len(self.proposals)).astype(float)

    @cached_property
    def columns(self) -> Array:
        """The columns of each review, reviews × 1 or 2."""
        if not self.has_panels:
            return self.reviewer[:, None]
        return np.column_stack([self.reviewer, len(self.reviewers) + self.panel])

    @cached_property
    def w(self) -> sparse.csr_matrix:
        """Reviews × columns."""
        n, each = self.columns.shape
        rows = np.repeat(np.arange(n), each)
        return sparse.csr_matrix((np.ones(n * each), (rows, self.columns.ravel())), shape=(n, self.width))

    @cached_property
    def zw(self) -> sparse.csr_matrix:
        """Proposals × columns: how often each column stands in the reviews of a proposal."""
        n, each = self.columns.shape
        rows = np.repeat(self.proposal, each)
        shape = (len(self.proposals), self.width)
        return sparse.csr_matrix((np.ones(n * each), (rows, self.columns.ravel())), shape=shape)

    @cached_property
    def entries(self) -> tuple[Array, Array, Array]:
        """The table of proposals × columns as the loops read it: where each row starts, its columns, how often."""
        return self.zw.indptr, self.zw.indices, self.zw.data.astype(np.float32)

    @cached_property
    def ww(self) -> sparse.csr_matrix:
        """Columns × columns: how often two stand in one review."""
        return (self.w.T @ self.w).tocsr()

    @cached_property
    def sizes(self) -> Array:
        """Reviews in each column."""
        return np.asarray(self.w.sum(axis=0)).ravel()

    @cached_property
    def z(self) -> sparse.csr_matrix:
        """Proposals × reviews."""
        n = len(self.y)
        return sparse.csr_matrix((np.ones(n), (self.proposal, np.arange(n))), shape=(len(self.proposals), n))

    @cached_property
    def zy(self) -> Array:
        """Sum of the scores of each proposal."""
        return np.bincount(self.proposal, self.y, len(self.proposals))

    @cached_property
    def wy(self) -> Array:
        """Sum of the scores in each column."""
        return np.asarray(self.w.T @ self.y).ravel()

    def components(self) -> tuple[int, Array, Array]:
        """Return how many groups no column connects, and the group of each proposal and of each column."""
        p, c = self.zw.shape
        entries = self.zw.tocoo()
        graph = sparse.coo_matrix((np.ones(entries.nnz, np.int8), (entries.row, p + entries.col)), shape=(p + c, p + c))
        count, label = sparse.csgraph.connected_components(graph, directed=False)
        return int(count), label[:p], label[p:]
