"""Auction and bound under rules: a bid reckons with what its proposal still lacks and may not have more of.

The proposal's choice is where rules are kept, so only loads are priced. A reviewer who closes a gap is worth ``LACK``
more to the proposal; one beyond a limit is no choice. The bound relaxes rules by multipliers of each proposal's own
(Lagrange; Fisher, 1981, doi:10.1287/mnsc.27.1.1), so it needs the prices alone and no solver.
"""

from typing import Final

import numba
import numpy as np

from yuantou.engines.matching.auction import _push, _replace
from yuantou.engines.matching.bound import closed_price, slot_worth
from yuantou.engines.matching.problem import SCALE, AssignmentProblem
from yuantou.engines.matching.rules import RuleBook
from yuantou.engines.matching.warm import Standing
from yuantou.kernel.progress import Progress

METHOD: Final = "ruled-auction/1"
FILL: Final = SCALE
"""Worth of a filled slot, beside its affinity."""
LACK: Final = SCALE
"""Cost of a reviewer missing under a rule."""
_NEVER: Final = np.int64(-(2**60))
_TURNS: Final = 100_000
_STEPS: Final = 40


def ruled_auction(
    problem: AssignmentProblem,
    book: RuleBook,
    *,
    epsilon: float,
    fair: bool,
    seed: int,
    progress: Progress,
    start: Standing | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs are chosen (bool) and the prices of the experts (int64, in units of ``1 / SCALE``)."""
    start = start or Standing.nothing(problem)
    missing = start.held < problem.demand
    queue = np.random.default_rng(seed).permutation(len(problem.demand)).astype(np.int32)
    queue = np.concatenate([queue[missing[queue]], queue[~missing[queue]]])  # those who have all do not bid yet
    line = np.array([0, missing.sum()], np.int64)
    waiting = missing.copy()
    step = max(1, round(epsilon * SCALE))
    while line[1]:
        _bid(
            *(problem.start, problem.column, problem.value, problem.unit, problem.row, problem.demand),
            *(problem.seats, start.chosen, start.price, start.held, start.count, start.bids, start.holder),
            *(queue, line, waiting),
            *(book.experts, book.proposals, book.least, book.most, book.given),
            *(step, SCALE if fair else 0, _TURNS),
        )
        progress("assign", int(start.held.sum()), int(problem.demand.sum()))
    return start.chosen, np.where(np.diff(problem.seats) > 0, start.price, 0)


def worth(problem: AssignmentProblem, book: RuleBook, chosen: np.ndarray, *, fair: bool) -> int:
    """Return affinities plus the worth of filled slots less the cost of reviewers missing under rules."""
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    slots = _slots(problem.demand, given, fair=fair) + settled(problem, fair=fair)
    lacking = lacks(book, problem.row[chosen], problem.column[chosen]).sum()
    return int(problem.value[chosen].sum(dtype=np.int64)) + slots - LACK * int(lacking)


def settled(problem: AssignmentProblem, *, fair: bool) -> int:
    """Return the worth of fixed pairs: their affinities and the slots they fill."""
    fixed = np.bincount(problem.fixed.row, minlength=len(problem.demand))
    return int(problem.fixed.value.sum()) + _slots(problem.demand + fixed, fixed, fair=fair)


def _slots(demand: np.ndarray, given: np.ndarray, *, fair: bool) -> int:
    return FILL * int(given.sum()) + (slot_worth(demand, given) if fair else 0)


def lacks(book: RuleBook, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return how many reviewers each proposal lacks under each rule (proposals × rules)."""
    return np.where(book.under(), np.maximum(book.least - book.counts(row, column), 0), 0)


def ruled_bound(problem: AssignmentProblem, book: RuleBook, price: np.ndarray, *, fair: bool) -> int:
    """Return a bound on the ``worth`` of every assignment under the rules; any prices ≥ 0 are good."""
    price = closed_price(problem, price)
    own = _bound(
        *(problem.start, problem.column, problem.value, problem.unit, problem.demand, price),
        *(book.experts, book.proposals, book.least, book.most, book.given, SCALE if fair else 0),
    )
    return int(np.diff(problem.seats) @ price) + int(np.ceil(own).sum()) + settled(problem, fair=fair)


@numba.njit(cache=True)
def _bits(mask: np.uint64) -> int:
    count = 0
    while mask:
        mask &= mask - np.uint64(1)
        count += 1
    return count


@numba.njit(cache=True)
def _count(counts: np.ndarray, mask: np.uint64, change: int) -> None:
    for rule in range(len(counts)):
        if (mask >> np.uint64(rule)) & np.uint64(1):
            counts[rule] += change


@numba.njit(cache=True)
def _open(counts: np.ndarray, under: np.uint64, least: np.ndarray, most: np.ndarray) -> tuple[np.uint64, np.uint64]:
    """Return the rules that lack somebody and those that are full."""
    lack, full = np.uint64(0), np.uint64(0)
    for rule in range(len(counts)):
        bit = np.uint64(1) << np.uint64(rule)
        if under & bit:
            if counts[rule] < least[rule]:
                lack |= bit
            if counts[rule] >= most[rule]:
                full |= bit
    return lack, full


@numba.njit(cache=True, nogil=True)
def _bid(  # noqa: C901, PLR0912, PLR0915  one tight loop over one state
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
    member: np.ndarray,
    ruled: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
    given: np.ndarray,
    step: int,
    fair: int,
    turns: int,
) -> None:
    """Let proposals bid in turn until none waits or ``turns`` are over; ``line`` is (head, length) of the queue."""
    longest = 1
    for row in range(len(demand)):
        longest = max(longest, start[row + 1] - start[row])
    taken, counts = np.empty(longest, np.bool_), np.empty(len(least), np.int64)
    for _turn in range(turns):
        if line[1] == 0:
            return
        row = queue[line[0]]
        line[0], line[1] = (line[0] + 1) % len(queue), line[1] - 1
        waiting[row] = False
        first, last, under = start[row], start[row + 1], ruled[row]
        want = demand[row] - held[row]
        if want <= 0:
            continue
        taken[: last - first] = False
        counts[:] = given[row]
        for pair in range(first, last):
            if chosen[pair]:
                taken[unit[pair]] = True
                _count(counts, member[column[pair]] & under, 1)
        picks, picked = np.empty(want, np.int64), 0
        while picked < want:
            lack, full = _open(counts, under, least, most)
            top, best = -1, -(FILL + fair * (want - 1 - picked))
            for pair in range(first, last):
                mask = member[column[pair]] & under
                if taken[unit[pair]] or mask & full:
                    continue
                profit = value[pair] - price[column[pair]]
                if mask & lack:
                    profit += LACK * _bits(mask & lack)
                if profit > best:
                    top, best = pair, profit
            if top < 0:
                break
            picks[picked] = top
            picked += 1
            taken[unit[top]] = True
            _count(counts, member[column[top]] & under, 1)
        worth = np.empty(picked, np.int64)
        for place in range(picked):
            pick = picks[place]
            own = member[column[pick]] & under
            _count(counts, own, -1)
            lack, full = _open(counts, under, least, most)
            instead = -(FILL + fair * (want - picked))
            for pair in range(first, last):
                mask = member[column[pair]] & under
                if pair == pick or (taken[unit[pair]] and unit[pair] != unit[pick]) or mask & full:
                    continue
                profit = value[pair] - price[column[pair]]
                if mask & lack:
                    profit += LACK * _bits(mask & lack)
                instead = max(instead, profit)
            worth[place] = value[pick] + LACK * _bits(own & lack) - instead
            _count(counts, own, 1)
        for place in range(picked):
            pair = picks[place]
            expert = column[pair]
            bid = max(worth[place], price[expert]) + step
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


@numba.njit(cache=True, nogil=True)
def _bound(  # noqa: C901, PLR0912  one tight loop over one state
    start: np.ndarray,
    column: np.ndarray,
    value: np.ndarray,
    unit: np.ndarray,
    demand: np.ndarray,
    price: np.ndarray,
    member: np.ndarray,
    ruled: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
    given: np.ndarray,
    fair: int,
) -> np.ndarray:
    """Return for each proposal the least of its relaxed optima over multipliers found by subgradients."""
    found, rules = np.zeros(len(demand), np.float64), len(least)
    for row in range(len(demand)):
        first, size = start[row], start[row + 1] - start[row]
        weight, shift = np.zeros(rules), np.empty(size)
        best, arc = np.empty(size), np.empty(size, np.int64)
        found[row] = np.inf
        for rule in range(rules):
            if (ruled[row] >> np.uint64(rule)) & np.uint64(1):
                there = np.int64(given[row, rule])
                for place in range(first, first + size):
                    there += np.int64((member[column[place]] >> np.uint64(rule)) & np.uint64(1))
                if there < least[rule]:  # somebody is missing for certain
                    weight[rule] = LACK
        step = SCALE / 8
        for _step in range(_STEPS):
            shift[:] = 0
            for place in range(size):
                mask = member[column[first + place]] & ruled[row]
                shift[place] = value[first + place] - price[column[first + place]]
                if mask:
                    for rule in range(rules):
                        if weight[rule] and (mask >> np.uint64(rule)) & np.uint64(1):
                            shift[place] += weight[rule]
            best[:] = -np.inf
            for place in range(size):
                if shift[place] > best[unit[first + place]]:
                    best[unit[first + place]], arc[unit[first + place]] = shift[place], place
            total = 0.0
            counts = given[row].astype(np.int64)
            for slot in range(min(demand[row], size)):
                top = np.argmax(best)
                gain = best[top] + FILL + fair * (demand[row] - 1 - slot)
                if gain <= 0:
                    break
                total += gain
                _count(counts, member[column[first + arc[top]]] & ruled[row], 1)
                best[top] = -np.inf
            moved = False
            for rule in range(rules):
                if not (ruled[row] >> np.uint64(rule)) & np.uint64(1):
                    continue
                # A weight > 0 asks for members up to ``least``, one < 0 keeps them down to ``most``.
                limit = least[rule] if weight[rule] > 0 else most[rule]
                total -= weight[rule] * (limit - given[row, rule]) if weight[rule] else 0.0
                before = weight[rule]
                if counts[rule] < least[rule] or before > 0:
                    weight[rule] = min(max(before + step * (least[rule] - counts[rule]), 0), LACK)
                elif counts[rule] > most[rule] or before < 0:
                    weight[rule] = min(before - step * (counts[rule] - most[rule]), 0)
                moved = moved or weight[rule] != before
            found[row] = min(found[row], total)
            if not moved:
                break
            step *= 0.85
    return found
