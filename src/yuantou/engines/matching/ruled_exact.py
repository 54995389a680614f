"""The exact optimum under rules for small calls, as an integer programme (HiGHS in SciPy); prices from its relaxation.

Crossing rules make it no flow, but its relaxation is nearly whole-numbered, so that HiGHS (Huangfu and Hall, 2018,
doi:10.1007/s12532-017-0130-5) ends soon, and the prices of the relaxation bound it closely.
"""

from typing import Final

import numpy as np
from scipy import optimize, sparse

from yuantou.engines.matching.problem import SCALE, AssignmentProblem
from yuantou.engines.matching.ruled import FILL, LACK
from yuantou.engines.matching.rules import NO_LIMIT, RuleBook

METHOD: Final = "ruled-exact/1"


def ruled_exact(problem: AssignmentProblem, book: RuleBook, *, fair: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs are chosen (bool) and the prices of the experts (int64, in units of ``1 / SCALE``).

    Variables: pairs, slots (each earlier one worth more with ``fair``), reviewers missing under a rule.
    """
    slot_row = np.repeat(np.arange(len(problem.demand)), problem.demand)
    later = np.concatenate([np.arange(count)[::-1] for count in problem.demand] or [np.zeros(0, np.int64)])
    lack_row, lack_rule = np.nonzero(book.under() & (book.least > book.given))
    need = (book.least - book.given)[lack_row, lack_rule].astype(np.float64)
    cost = np.concatenate([-problem.value, -(FILL + (SCALE if fair else 0) * later), np.full(len(need), LACK)]) / SCALE
    matrix, limit = _constraints(problem, book, slot_row, (lack_row, lack_rule), need)
    upper = np.concatenate([np.ones(len(problem.value) + len(slot_row)), need])
    bounds, whole = optimize.Bounds(0, upper), np.ones(len(cost))
    best = optimize.milp(
        cost, integrality=whole, bounds=bounds, constraints=optimize.LinearConstraint(matrix, ub=limit)
    )
    relaxed = optimize.linprog(cost, A_ub=matrix, b_ub=limit, bounds=np.stack([0 * upper, upper], axis=1))
    if best.x is None or relaxed.x is None:
        raise RuntimeError(f"the solver ended with {best.message}, {relaxed.message}")
    price = np.round(-SCALE * relaxed.ineqlin.marginals[: len(problem.load)]).astype(np.int64)
    return best.x[: len(problem.value)] > 0.5, np.maximum(price, 0)


def _constraints(
    problem: AssignmentProblem,
    book: RuleBook,
    slot_row: np.ndarray,
    lack: tuple[np.ndarray, np.ndarray],
    need: np.ndarray,
) -> tuple[sparse.csr_array, np.ndarray]:
    """Return matrix and limits of rows ≤ limit: loads first, then slots, organisations, rules."""
    row, width, pairs = problem.row.astype(np.int64), int(problem.unit.max(initial=0)) + 1, len(problem.value)
    size = pairs + len(slot_row) + len(need)
    blocks, limits = [_block(problem.column, np.arange(pairs), 1, len(problem.load), size)], [problem.load]
    # A proposal's reviewers are as many as its filled slots, or fewer.
    used = _block(row, np.arange(pairs), 1, len(problem.demand), size)
    filled = _block(slot_row, pairs + np.arange(len(slot_row)), 1, len(problem.demand), size)
    blocks += [used - filled, filled - used]
    limits += [np.zeros(len(problem.demand)), np.zeros(len(problem.demand))]
    keys, place = np.unique(row * width + problem.unit, return_inverse=True)
    blocks.append(_block(place, np.arange(pairs), 1, len(keys), size))
    limits.append(np.ones(len(keys)))
    under = book.under()
    for number in range(len(book.names)):
        member = ((book.experts[problem.column] >> np.uint64(number)) & np.uint64(1)).astype(bool) & under[row, number]
        counted = _block(row[member], np.flatnonzero(member), 1, len(problem.demand), size)
        if book.most[number] < NO_LIMIT:
            blocks.append(counted)
            limits.append(np.where(under[:, number], book.most[number] - book.given[:, number].astype(np.int64), 0))
        own = np.flatnonzero(lack[1] == number)
        missing = _block(np.arange(len(own)), pairs + len(slot_row) + own, 1, len(own), size)
        blocks.append(-counted[lack[0][own]] - missing)
        limits.append(-need[own])
    return sparse.csr_array(sparse.vstack(blocks)), np.concatenate(limits).astype(np.float64)


def _block(row: np.ndarray, column: np.ndarray, value: float, rows: int, columns: int) -> sparse.csr_array:
    return sparse.csr_array((np.full(len(row), float(value)), (row, column)), shape=(rows, columns))
