"""Choose awards under a budget and any number of group rules; show what every rule costs and whom it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize, sparse

from yuantou.engines.selection.portfolio_rules import BUDGET, GroupRule, Rows, rows_of
from yuantou.engines.selection.relaxation import Relaxation, relax, row_sizes
from yuantou.kernel.errors import InfeasibleError, Problem
from yuantou.kernel.local_text import LocalText

METHOD: Final = "portfolio/1"
FREE: Final = 3_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Portfolio:
    """Awards under rules.

    ``awarded`` follows the rows of the proposals; ``score`` is what they reach and ``bound`` what nobody can exceed;
    ``rules`` has ``rule_id``, ``side``, ``reached``, ``limit``, ``binding`` and ``price`` (score
    for one unit of the limit).
    """

    proposals: pl.DataFrame
    awarded: NDArray[np.bool_]
    score: float
    bound: float
    spent: float
    rules: pl.DataFrame
    method: str = METHOD

    @property
    def gap(self) -> float:
        """Return the proven distance from the best possible, as a share of it."""
        return (self.bound - self.score) / abs(self.bound) if self.bound else 0.0


def choose_portfolio(
    proposals: pl.DataFrame, *, budget: float, rules: Sequence[GroupRule] = (), free: int = FREE, seconds: float = 20
) -> Portfolio:
    """Choose the awards of greatest total ``value`` within the budget and every rule.

    Parameters
    ----------
    proposals:
        ``proposal_id``, ``value`` (above zero: what an award is worth, e.g. the calibrated mean), ``requested`` and the
        columns the rules name.
    budget:
        Money to give.
    free, seconds:
        The whole-number repair moves the ``free`` proposals nearest to their price, for at most ``seconds``.

    Raises
    ------
    InfeasibleError
        If the rules contradict one another; ``problems`` names a smallest conflicting set.
    InputError
        See ``rows_of``.

    Notes
    -----
    At the optimum of the linear program no more proposals are split than rules bind, so whole numbers cost almost
    nothing; the program's prices prove how little (weak duality).
    """
    rows, values = rows_of(proposals, rules, budget), proposals["value"].cast(pl.Float64).to_numpy()
    relaxed = relax(values, rows)
    if relaxed is None:
        raise _contradiction(values, rows, rules)
    awarded = _repair(values, rows, relaxed, free, seconds)
    if awarded is None:
        raise _contradiction(values, rows, rules)
    reached = float(values @ awarded)
    spent = float(proposals["requested"].cast(pl.Float64).to_numpy() @ awarded)
    return Portfolio(
        proposals, awarded > 0.5, reached, max(relaxed.bound, reached), spent, _table(rows, awarded, relaxed.prices)
    )


def price_rules(
    proposals: pl.DataFrame, chosen: Portfolio, *, budget: float, rules: Sequence[GroupRule]
) -> list[dict[str, Any]]:
    """Decide again without each binding rule; return its cost and whom it moves.

    Each entry has ``rule_id``, ``score`` (lost to the rule), ``money`` (the budget that would buy that back at the
    budget's price; none where money is not short), ``brought_in`` and ``kept_out`` (ids). One solve each.
    """
    price = _price(chosen.rules, BUDGET)
    binding = set(chosen.rules.filter("binding")["rule_id"]) - {BUDGET}
    ids, priced = proposals["proposal_id"].to_numpy(), []
    for rule in (rule for rule in rules if rule.rule_id in binding):
        other = choose_portfolio(proposals, budget=budget, rules=[each for each in rules if each is not rule])
        lost = max(0.0, other.score - chosen.score)
        priced.append(
            {
                "rule_id": rule.rule_id,
                "score": lost,
                "money": lost / price if price > 0 else None,
                "brought_in": ids[chosen.awarded & ~other.awarded].tolist(),
                "kept_out": ids[~chosen.awarded & other.awarded].tolist(),
            }
        )
    return priced


def award_probability(
    proposals: pl.DataFrame, draws: Floats, *, budget: float, rules: Sequence[GroupRule] = ()
) -> Floats:
    """Return for each proposal how often it is awarded when values are as in each posterior draw, shape (draws, n).

    The linear program is solved once for each draw; a split proposal counts by its share.

    Raises
    ------
    InfeasibleError
        If the rules contradict one another.
    """
    rows = rows_of(proposals, rules, budget)
    total = np.zeros(proposals.height)
    for values in draws:
        relaxed = relax(values, rows)
        if relaxed is None:
            raise _contradiction(values, rows, rules)
        total += relaxed.x
    return total / len(draws)


def conflicting_rules(proposals: pl.DataFrame, *, budget: float, rules: Sequence[GroupRule]) -> list[str]:
    """Return a set of rules that cannot be kept together though any one less could be; empty if all can be.

    Deletion filter (Chinneck and Dravnieks 1991, doi:10.1287/ijoc.3.2.157): one solve for each rule that may take part.
    """
    return _minimal(np.zeros(proposals.height), rows_of(proposals, rules, budget))


def _minimal(values: Floats, rows: Rows) -> list[str]:
    kept = _suspects(rows)
    every = set(rows.rule)
    if _possible(values, rows.without(sorted(every - set(kept)))):
        kept = list(dict.fromkeys(rows.rule))
        if _possible(values, rows):
            return []
    for rule in list(kept):
        rest = [other for other in kept if other != rule]
        if not _possible(values, rows.without(sorted(every - set(rest)))):
            kept = rest
    return kept


def _suspects(rows: Rows) -> list[str]:
    """Return the rules with a price where all may be broken at a cost: by Farkas these already contradict."""
    count, n = rows.matrix.shape
    size = row_sizes(rows.matrix)
    found = optimize.linprog(
        np.r_[np.zeros(n), np.ones(count)],
        A_ub=sparse.hstack([sparse.diags_array(1 / size) @ rows.matrix, -sparse.eye_array(count)], format="csr"),
        b_ub=rows.limit / size,
        bounds=[(0, 1)] * n + [(0, None)] * count,
        method="highs",
    )
    priced = np.abs(found.ineqlin.marginals) > 1e-9
    return list(dict.fromkeys(rule for rule, here in zip(rows.rule, priced, strict=True) if here))


def _possible(values: Floats, rows: Rows) -> bool:
    relaxed = relax(values, rows)
    return relaxed is not None and _repair(values, rows, relaxed, FREE, 5) is not None


def _contradiction(values: Floats, rows: Rows, rules: Sequence[GroupRule]) -> InfeasibleError:
    names = {rule.rule_id: rule.name for rule in rules} | {BUDGET: LocalText("经费", "the budget")}
    found = [names[rule] for rule in _minimal(np.zeros_like(values), rows)]
    zh, en = "、".join(name.in_language("zh") for name in found), ", ".join(name.in_language("en") for name in found)
    return InfeasibleError(
        LocalText(f"规则相互矛盾：{zh}。", f"These rules contradict one another: {en}."),
        LocalText("放宽其中任何一条即可。", "Loosening any one of them resolves it."),
        code="portfolio.infeasible",
        problems=tuple(
            Problem("portfolio.conflict", name, LocalText("放宽此规则。", "Loosen this rule.")) for name in found
        ),
    )


def _repair(values: Floats, rows: Rows, relaxed: Relaxation, free: int, seconds: float) -> Floats | None:
    """Turn shares into whole awards: the nearest to their price are decided by a whole-number program, others stay."""
    margin = np.abs(relaxed.margins(values, rows))
    margin[(relaxed.x > 1e-9) & (relaxed.x < 1 - 1e-9)] = -1.0
    while True:
        nearest = np.argsort(margin, kind="stable")[:free]
        x = np.round(relaxed.x)
        x[nearest] = 0
        found = _whole(values[nearest], rows.matrix[:, nearest], rows.limit - rows.matrix @ x, seconds)
        if found is not None:
            x[nearest] = found
            return x
        if free >= len(values):
            return None
        free *= 4


def _whole(values: Floats, matrix: sparse.csr_array, limit: Floats, seconds: float) -> Floats | None:
    """Solve a whole-number program; rows the solver broke within its tolerance are tightened until none is."""
    size = row_sizes(matrix)
    tighter = np.zeros(len(limit))
    for _ in range(20):
        rule = optimize.LinearConstraint(
            sparse.diags_array(1 / size) @ matrix, np.full(len(limit), -np.inf), limit / size - tighter
        )
        found = optimize.milp(
            -values,
            constraints=rule,
            integrality=np.ones(len(values)),
            bounds=optimize.Bounds(0, 1),
            options={"time_limit": seconds, "mip_rel_gap": 1e-7},
        )
        if found.x is None:
            return None
        x = np.round(found.x)
        broken = matrix @ x - limit > 1e-9 * np.maximum(np.abs(limit), size)
        if not broken.any():
            return x
        tighter[broken] += 1e-6
    return None


def _table(rows: Rows, x: Floats, prices: Floats) -> pl.DataFrame:
    sign = np.where(rows.floor, -1.0, 1.0)
    return pl.DataFrame(
        {
            "rule_id": list(rows.rule),
            "side": np.where(rows.floor, "at_least", "at_most").tolist(),
            "reached": sign * (rows.matrix @ x),
            "limit": sign * rows.limit,
            "binding": prices > 1e-12,
            "price": prices,
        }
    )


def _price(table: pl.DataFrame, rule: str) -> float:
    return float(table.filter(pl.col("rule_id") == rule)["price"].sum())
