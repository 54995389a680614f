"""Gaps between neighbouring topics: pairs of terms that never stood in one title, and the chance that they will.

In the form of Science4Cast (Krenn et al., 2023, doi:10.1038/s42256-023-00735-0): unseen pairs, features of the two and
of their common company, trees learned from earlier years. A product of two sizes alone is already a strong guess, so it
stands beside every figure.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import sparse

from yuantou.engines.literature.frontier_features import snapshot
from yuantou.engines.literature.frontier_terms import TermUse
from yuantou.engines.literature.frontier_trees import TreeConfig, Trees, fit_trees

LEAST: Final = 5
TREES: Final = TreeConfig(rounds=300, depth=5)
KEPT: Final = (
    "size_3",
    "share_1",
    "share_6",
    "burst",
    "growth_3",
    "age",
    "venue_concentration",
    "links",
    "words",
    "near_age",
)


@dataclass(frozen=True, slots=True)
class PairView:
    """What is known of terms and of their company at the end of a year."""

    year: int
    terms: np.ndarray
    values: np.ndarray
    ever: sparse.csr_matrix
    recent: sparse.csr_matrix
    parts: list[frozenset[str]]
    meaning: np.ndarray


def pair_view(use: TermUse, year: int, *, least: int = LEAST) -> PairView:
    """Return terms in use at the end of a year, their company so far and over the last five years."""
    here = snapshot(use, year, least=least)
    known = use.until(year)
    start = int(np.searchsorted(known.years, year - 4))
    ever, recent = _company(known.uses[:, here.alive]), _company(known.uses[start:][:, here.alive])
    columns = [here.names.index(name) for name in KEPT]
    parts = [frozenset(use.terms[column].split(" ")) for column in here.alive]
    return PairView(year, here.alive, here.values[:, columns], ever, recent, parts, _meaning(recent))


def _company(uses: sparse.csr_matrix) -> sparse.csr_matrix:
    together = (uses.T @ uses).tolil()
    together.setdiag(0)
    return together.tocsr()


def _meaning(together: sparse.csr_matrix, width: int = 48) -> np.ndarray:
    """Return each term by the company it keeps: leading directions of the positive pointwise information."""
    degree = np.asarray(together.sum(1)).ravel().clip(1)
    rows, columns = together.nonzero()
    values = np.log(np.asarray(together[rows, columns]).ravel() * degree.sum() / (degree[rows] * degree[columns]))
    kept = values > 0
    matrix = sparse.csr_matrix((values[kept], (rows[kept], columns[kept])), shape=together.shape)
    width = min(width, matrix.shape[0] - 2)
    if width < 2:
        return np.zeros((matrix.shape[0], 1))
    start = np.random.default_rng(0).standard_normal(matrix.shape[0])
    left, size, _right = sparse.linalg.svds(matrix, k=width, v0=start)
    vectors = left * np.sqrt(size)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9))


def pair_features(view: PairView, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return features of pairs (places in ``view.terms``), the same whichever term is named first."""
    one, two = view.values[first], view.values[second]
    seen = view.ever.astype(bool).astype(float).tocsr()
    lately = view.recent.astype(bool).astype(float).tocsr()
    a, b = seen[first], seen[second]
    common = np.asarray(a.multiply(b).sum(1)).ravel()
    degree = np.asarray(seen.sum(1)).ravel()
    recent_degree = np.asarray(lately.sum(1)).ravel()
    weight = sparse.diags(1 / np.log(degree.clip(3)))
    rare = np.asarray((a @ weight).multiply(b).sum(1)).ravel()
    recent_common = np.asarray(lately[first].multiply(lately[second]).sum(1)).ravel()
    strength = np.asarray(view.recent[first].multiply(view.recent[second]).sum(1)).ravel()
    union = degree[first] + degree[second] - common
    near = (view.meaning[first] * view.meaning[second]).sum(1)
    product = np.log1p(recent_degree[first]) + np.log1p(recent_degree[second])
    return np.column_stack(
        [
            np.minimum(one, two),
            np.maximum(one, two),
            product,
            np.log1p(degree[first]) + np.log1p(degree[second]),
            np.minimum(recent_degree[first], recent_degree[second]),
            np.log1p(common),
            np.log1p(rare),
            np.log1p(recent_common),
            np.log1p(strength),
            common / union.clip(1),
            common / np.sqrt((degree[first] * degree[second]).clip(1)),
            recent_common / np.sqrt((recent_degree[first] * recent_degree[second]).clip(1)),
            near,
            np.log1p(strength) - product,
        ]
    )


PRODUCT: Final = 2 * len(KEPT)
"""The column of the degree product: the baseline."""


def unseen_pairs(view: PairView, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of terms with no word in common that never stood in one title."""
    draw = np.random.default_rng(seed)
    size = len(view.terms)
    first, second = draw.integers(0, size, count), draw.integers(0, size, count)
    return _distinct(view, first, second)


def _distinct(view: PairView, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.minimum(first, second), np.maximum(first, second)
    keys = np.unique(low.astype(np.int64) * len(view.terms) + high)
    low, high = keys // len(view.terms), keys % len(view.terms)
    seen = np.asarray(view.ever[low, high]).ravel() > 0
    apart = np.array([not view.parts[i] & view.parts[j] for i, j in zip(low, high, strict=True)], dtype=bool)
    kept = ~seen & apart & (low != high)
    return low[kept], high[kept]


def later_pairs(use: TermUse, view: PairView, horizon: int, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs, unseen by then, that stood together in at least ``least`` titles of the next years."""
    inside = (use.years > view.year) & (use.years <= view.year + horizon)
    together = sparse.triu(_company(use.uses[inside][:, view.terms]), k=1).tocoo()
    kept = together.data >= least
    return _distinct(view, together.row[kept].astype(np.int64), together.col[kept].astype(np.int64))


def pair_sample(
    use: TermUse, view: PairView, *, horizon: int, least: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs, half of which came together later (all of those, and as many drawn from the rest), and which."""
    first, second = later_pairs(use, view, horizon, least)
    met = set(zip(first.tolist(), second.tolist(), strict=True))
    a, b = unseen_pairs(view, 6 * len(first) + 200, seed)
    apart = np.array([(i, j) not in met for i, j in zip(a.tolist(), b.tolist(), strict=True)], dtype=bool)
    a, b = a[apart], b[apart]
    chosen = np.random.default_rng(seed).permutation(len(a))[: len(first)]
    label = np.concatenate([np.ones(len(first), bool), np.zeros(len(chosen), bool)])
    return np.concatenate([first, a[chosen]]), np.concatenate([second, b[chosen]]), label


@dataclass(frozen=True, slots=True)
class PairModel:
    """Learned from pairs of earlier years."""

    scores: tuple[Trees, ...]

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return log odds that each pair comes together (against as many that do not)."""
        return np.asarray(np.mean([trees.predict(features) for trees in self.scores], axis=0))


def learn_pairs(
    use: TermUse, year: int, *, horizon: int = 5, least: int = 3, back: int = 4, seed: int = 1
) -> PairModel:
    """Learn from the last ``back`` cut-offs whose outcome was known at the end of ``year``."""
    rows, labels = [], []
    for cut in range(year - horizon - back + 1, year - horizon + 1):
        view = pair_view(use, cut)
        first, second, label = pair_sample(use, view, horizon=horizon, least=least, seed=seed + cut)
        rows.append(pair_features(view, first, second))
        labels.append(label)
    x, y = np.vstack(rows), np.concatenate(labels).astype(float)
    weight = np.ones(len(y))
    return PairModel(tuple(fit_trees(x, y, weight, odds=True, seed=seed + n, config=TREES) for n in range(3)))


def gaps(
    use: TermUse, year: int, *, horizon: int = 5, count: int = 200_000, first: int = 100, seed: int = 1
) -> pl.DataFrame:
    """Return the likeliest pairs that never stood together: ``one``, ``other``, ``score`` (log odds), ``company``.

    ``company`` is how many terms both have stood beside: why the gap is one between neighbours.
    """
    view = pair_view(use, year)
    a, b = unseen_pairs(view, count, seed)
    features = pair_features(view, a, b)
    score = learn_pairs(use, year, horizon=horizon, seed=seed).predict(features)
    table = pl.DataFrame(
        {
            "one": [use.terms[view.terms[i]] for i in a],
            "other": [use.terms[view.terms[i]] for i in b],
            "score": score,
            "company": np.expm1(features[:, PRODUCT + 3]).round().astype(np.int64),
        }
    )
    return table.sort(["score", "one", "other"], descending=[True, False, False]).head(first)
