"""Forward auction for large calls: proposals bid for experts, an expert that is full costs its lowest accepted bid.

Prices start at zero and rise only while an expert is full, so complementary slackness holds at every step to within
``epsilon`` and the prices bound the optimum (Bertsekas, Ann. Oper. Res. 14, 1988, doi:10.1007/BF02186476; several slots
per proposal: Bertsekas and Castañon, 1989, doi:10.1016/0191-2607(89)90089-7). Organisations are kept apart by letting a
proposal bid for the best expert of each. Time O(bids × candidates of a proposal), memory O(pairs + seats).
"""

from typing import Final

import numba
import numpy as np

from yuantou.engines.matching.problem import SCALE, AssignmentProblem
from yuantou.engines.matching.warm import Standing
from yuantou.kernel.progress import Progress

METHOD: Final = "auction/1"
LEAST_FILL: Final = SCALE // 10
_NEVER: Final = np.int64(-(2**60))
_TURNS: Final = 200_000


def auction(
    problem: AssignmentProblem,
    *,
    epsilon: float,
    fair: bool,
    seed: int,
    progress: Progress,
    start: Standing | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs are chosen (bool) and the prices of the experts (int64, in units of ``1 / SCALE``).

    ``seed`` sets the order in which proposals bid. ``fair`` values a proposal's first review more than its last.
    """
    start = start or Standing.nothing(problem)
    # An empty slot costs in bidding as much as the largest difference of affinity; more would only prolong price wars.
    fill = max(int(np.ptp(problem.value)) if len(problem.value) else 0, LEAST_FILL)
    missing = start.held < problem.demand
    queue = np.random.default_rng(seed).permutation(len(problem.demand)).astype(np.int32)
    queue = np.concatenate([queue[missing[queue]], queue[~missing[queue]]])  # those who have all do not bid yet
    line = np.array([0, missing.sum()], np.int64)
    waiting = missing.copy()
    step = max(1, round(epsilon * SCALE))
    total = int(problem.demand.sum())
    while line[1]:
        _bid(
            *(problem.start, problem.column, problem.value, problem.unit, problem.row, problem.demand),
            *(problem.seats, start.chosen, start.price, start.held, start.count, start.bids, start.holder),
            *(queue, line, waiting),
            *(step, fill, SCALE if fair else 0, _TURNS),
        )
        progress("assign", int(start.held.sum()), total)
    return start.chosen, np.where(np.diff(problem.seats) > 0, start.price, 0)


@numba.njit(cache=True, nogil=True)
def _bid(  # noqa: C901, PLR0912, PLR0915  one tight loop over one state; parts would hide it from the compiler
    start: np.ndarray,
    column: np.ndarray,
    value: np.ndarray,
    unit: np.ndarray,
    owner: np.ndarray,
    demand: np.ndarray,
    seats: np.ndarray,
    chosen: np.ndarray,
    price: np.ndarray,
    held: np.ndarray,
    count: np.ndarray,
    bids: np.ndarray,
    holder: np.ndarray,
    queue: np.ndarray,
    line: np.ndarray,
    waiting: np.ndarray,
    step: int,
    fill: int,
    fair: int,
    turns: int,
) -> None:
    """Let proposals bid in turn until none waits or ``turns`` are over; ``line`` is (head, length) of the queue."""
    longest = 1
    for row in range(len(demand)):
        longest = max(longest, start[row + 1] - start[row])
    best, second, taken = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.bool_)
    arc = np.empty(longest, np.int64)
    for _turn in range(turns):
        if line[1] == 0:
            return
        row = queue[line[0]]
        line[0], line[1] = (line[0] + 1) % len(queue), line[1] - 1
        waiting[row] = False
        first, last = start[row], start[row + 1]
        want = demand[row] - held[row]
        if want <= 0:
            continue
        best[: last - first], second[: last - first], taken[: last - first] = _NEVER, _NEVER, False
        for pair in range(first, last):
            if chosen[pair]:
                taken[unit[pair]] = True
        for pair in range(first, last):
            group = unit[pair]
            profit = value[pair] - price[column[pair]]
            if taken[group] or profit <= second[group]:
                continue
            if profit > best[group]:
                second[group], best[group], arc[group] = best[group], profit, pair
            else:
                second[group] = profit
        picks = np.empty(want, np.int64)
        floor, picked = _NEVER, 0
        while True:
            top = -1
            for group in range(last - first):
                if not taken[group] and best[group] > _NEVER and (top < 0 or best[group] > best[top]):
                    top = group
            if top < 0:
                break
            # The last review is worth ``fill``, each earlier one ``fair`` more.
            if picked == want or best[top] + fill + fair * (want - 1 - picked) <= 0:
                floor = best[top]
                break
            picks[picked], taken[top] = top, True
            picked += 1
        if picked:
            floor = max(floor, -(fill + fair * (want - picked)))
        for place in range(picked):
            pair = arc[picks[place]]
            expert = column[pair]
            bid = value[pair] - max(floor, second[picks[place]]) + step
            low, high = seats[expert], seats[expert] + count[expert]
            if high < seats[expert + 1]:
                _push(bids, holder, low, high, bid, pair)
                count[expert] += 1
            else:
                loser = holder[low]
                chosen[loser] = False
                held[owner[loser]] -= 1
                if not waiting[owner[loser]]:
                    waiting[owner[loser]] = True
                    queue[(line[0] + line[1]) % len(queue)] = owner[loser]
                    line[1] += 1
                _replace(bids, holder, low, high, bid, pair)
            chosen[pair] = True
            held[row] += 1
            if seats[expert] + count[expert] == seats[expert + 1]:
                price[expert] = bids[low]


@numba.njit(cache=True)
def _push(bids: np.ndarray, holder: np.ndarray, low: int, place: int, bid: int, pair: int) -> None:
    """Add a bid to the heap that starts at ``low``; the lowest stands first."""
    while place > low:
        above = low + (place - low - 1) // 2
        if bids[above] <= bid:
            break
        bids[place], holder[place] = bids[above], holder[above]
        place = above
    bids[place], holder[place] = bid, pair


@numba.njit(cache=True)
def _replace(bids: np.ndarray, holder: np.ndarray, low: int, high: int, bid: int, pair: int) -> None:
    """Put a bid in the place of the lowest one."""
    place = low
    while True:
        below = low + 2 * (place - low) + 1
        if below >= high:
            break
        if below + 1 < high and bids[below + 1] < bids[below]:
            below += 1
        if bids[below] >= bid:
            break
        bids[place], holder[place] = bids[below], holder[below]
        place = below
    bids[place], holder[place] = bid, pair
