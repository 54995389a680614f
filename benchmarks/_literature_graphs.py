"""Made-up citation graphs with years, and graphs of planted communities, of any size."""

import numpy as np
from numba import njit


def citations(works: int, references: float, *, seed: int = 1, years: int = 60, growth: float = 0.045) -> tuple:
    """Return citing, cited (sorted by citing work, int32) and years of works.

    The number of works grows by ``growth`` a year; half of a work's references copy the references of one it cites
    (which makes triangles and hubs), the rest favour recent works.
    """
    weights = (1 + growth) ** np.arange(years)
    per_year = np.floor(weights / weights.sum() * works).astype(np.int64)
    per_year[-1] += works - per_year.sum()
    found = np.repeat(np.arange(1960, 1960 + years), per_year).astype(np.int32)
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.poisson(references, works), 400).astype(np.int64)
    lengths[: per_year[0]] = 0
    lengths[rng.random(works) < 0.05] = 0
    starts = np.concatenate(([0], np.cumsum(lengths)))
    first = np.concatenate(([0], np.cumsum(per_year)))[found - 1960]
    cited = _cite(starts, first, seed)
    citing = np.repeat(np.arange(works, dtype=np.int32), lengths)
    return citing, cited, found


@njit(cache=True)
def _cite(starts: np.ndarray, first: np.ndarray, seed: int) -> np.ndarray:
    np.random.seed(seed)
    cited = np.empty(starts[-1], np.int32)
    for work in range(len(first)):
        before = first[work]
        if before == 0:
            continue
        for at in range(starts[work], starts[work + 1]):
            if at > starts[work] and np.random.random() < 0.5:
                model = cited[starts[work] + np.random.randint(at - starts[work])]
                if starts[model + 1] > starts[model]:
                    cited[at] = cited[starts[model] + np.random.randint(starts[model + 1] - starts[model])]
                    continue
            age = min(before - 1, int(before * min(0.12 * np.random.exponential(), 0.999)))
            cited[at] = before - 1 - age
    return cited


def communities(nodes: int, degree: float, mixing: float, *, seed: int = 1, smallest: int = 200, largest: int = 20_000):
    """Return both ends of edges (int32) and the planted community of each node.

    Sizes follow a power law of exponent 1.5 between the bounds; a share ``mixing`` of edges ends anywhere.
    """
    rng = np.random.default_rng(seed)
    sizes = []
    while sum(sizes) < nodes:
        share = rng.random()
        sizes.append(int((smallest**-0.5 + share * (largest**-0.5 - smallest**-0.5)) ** -2))
    sizes[-1] -= sum(sizes) - nodes
    sizes = np.array([size for size in sizes if size > 0])
    truth = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    begins = np.concatenate(([0], np.cumsum(sizes)))
    edges = int(nodes * degree / 2)
    one = rng.integers(nodes, size=edges, dtype=np.int32)
    inside = (begins[truth[one]] + (rng.random(edges) * sizes[truth[one]])).astype(np.int32)
    other = np.where(rng.random(edges) < mixing, rng.integers(nodes, size=edges, dtype=np.int32), inside)
    places = rng.permutation(nodes).astype(np.int32)
    shuffled = np.empty(nodes, np.int32)
    shuffled[places] = truth
    return places[one], places[other], shuffled
