"""The loops of a national call: products by proposals for many draws at once, and ranks by counting."""

import numba
import numpy as np

from yuantou.engines.calibration.design import Array

CROWDED = 64  # values of one cell beyond which sorting them by insertion would cost more than a sort of all


@numba.njit(cache=True, nogil=True, fastmath=True)
def through_proposals(starts: Array, columns: Array, times: Array, weight: Array, x: Array, out: Array) -> None:
    """Take B' diag(weight) B x from ``out`` (columns × draws), where B counts columns by proposals."""
    draws = x.shape[1]
    total = np.empty(draws, x.dtype)
    for proposal in range(len(weight)):
        first, last = starts[proposal], starts[proposal + 1]
        total[:] = 0
        for entry in range(first, last):
            column, often = columns[entry], times[entry]
            for draw in range(draws):
                total[draw] += often * x[column, draw]
        for entry in range(first, last):
            column, often = columns[entry], times[entry] * weight[proposal]
            for draw in range(draws):
                out[column, draw] -= often * total[draw]


@numba.njit(cache=True, nogil=True, fastmath=True)
def draw_proposals(
    starts: Array,
    columns: Array,
    times: Array,
    weight: Array,
    fixed: Array,
    free: Array,
    spread: Array,
    mean: Array,
    effects: Array,
    out: Array,
) -> None:
    """Turn standard normal ``out`` (draws × proposals) into mean plus proposal effect, given the other effects."""
    draws = len(mean)
    total = np.empty(draws, effects.dtype)
    for proposal in range(len(weight)):
        total[:] = 0
        for entry in range(starts[proposal], starts[proposal + 1]):
            column, often = columns[entry], times[entry]
            for draw in range(draws):
                total[draw] += often * effects[column, draw]
        for draw in range(draws):
            centre = fixed[proposal] + free[proposal] * mean[draw] - weight[proposal] * total[draw]
            out[draw, proposal] = centre + spread[proposal] * out[draw, proposal]


@numba.njit(cache=True, nogil=True)
def rank_draw(values: Array, start: Array, order: Array, ordered: Array, ranks: Array) -> None:
    """Write the exact ranks of ``values``, 1 for the highest; of equal values the first in the table comes first.

    Counted into ``len(start) - 1`` cells of equal width, then put in order by insertion, which is all but linear where
    values are spread; where they crowd, by a common sort. ``order`` and ``ordered`` are room to work in.
    """
    cells = len(start) - 1
    low, high = values.min(), values.max()
    scale = np.float32((cells - 1) / (high - low)) if high > low else np.float32(0)
    start[:] = 0
    for value in values:
        start[int((high - value) * scale) + 1] += 1
    if start.max() > CROWDED:
        for place, item in enumerate(np.argsort(-values, kind="mergesort")):
            ranks[item] = place + 1
        return
    for cell in range(cells):
        start[cell + 1] += start[cell]
    for item in range(len(values)):
        cell = int((high - values[item]) * scale)
        order[start[cell]] = item
        ordered[start[cell]] = values[item]
        start[cell] += 1
    for place in range(1, len(values)):
        item, value, to = order[place], ordered[place], place
        while to > 0 and ordered[to - 1] < value:
            order[to], ordered[to] = order[to - 1], ordered[to - 1]
            to -= 1
        order[to], ordered[to] = item, value
    for place in range(len(values)):
        ranks[order[place]] = place + 1


@numba.njit(cache=True, nogil=True)
def note(ranks: Array, low: Array, width: Array, top: int, total: Array, within: Array, counts: Array) -> None:
    """Add ranks (draws × proposals) to their sums, to how often they are within ``top``, and to counts by cells."""
    draws, proposals = ranks.shape
    cells = counts.shape[1]
    for proposal in range(proposals):
        for draw in range(draws):
            rank = ranks[draw, proposal]
            total[proposal] += rank
            within[proposal] += rank <= top
            cell = int((rank - low[proposal]) / width[proposal])
            counts[proposal, min(max(cell, 0), cells - 1)] += 1


@numba.njit(cache=True, nogil=True)
def quantiles(counts: Array, low: Array, width: Array, shares: Array) -> Array:
    """Return the quantiles (shares × proposals) of counted ranks, even within a cell."""
    found = np.empty((len(shares), len(counts)))
    for proposal in range(len(counts)):
        whole = counts[proposal].sum()
        cell, before = 0, 0
        for place in range(len(shares)):
            wanted = shares[place] * whole
            while before + counts[proposal, cell] < wanted:
                before += counts[proposal, cell]
                cell += 1
            inside = (wanted - before) / counts[proposal, cell]
            found[place, proposal] = low[proposal] + width[proposal] * (cell + inside)
    return found
