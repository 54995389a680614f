"""Rules of a portfolio as data, and the rows of numbers they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

Floats = NDArray[np.float64]
BUDGET: Final = "budget"


@dataclass(frozen=True, slots=True)
class GroupRule:
    """What a group gets at least and at most.

    Parameters
    ----------
    rule_id, name:
        Key and text for people.
    column, value:
        The group: rows of the table of proposals where ``column`` equals ``value`` (a flag column: ``True``).
        No column means all proposals.
    measure:
        What is counted: ``"count"`` of awards or the sum of a column, e.g. ``"requested"`` or what falls due
        in one year (``"due_2028"``), so that commitments of later years are rules like any other.
    at_least, at_most:
        Bounds on that sum, or on its share where ``share_of`` is given.
    share_of:
        ``""`` for plain bounds, ``"budget"`` for shares of the budget, ``"awarded"`` for shares of the measure over
        all that is awarded.
    """

    rule_id: str
    name: LocalText
    column: str = ""
    value: object = True
    measure: str = "count"
    at_least: float | None = None
    at_most: float | None = None
    share_of: str = ""

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise _bad(self.rule_id, "缺少上下限。", "has neither a floor nor a cap.")
        if self.share_of not in {"", BUDGET, "awarded"}:
            raise _bad(self.rule_id, f"份额对象“{self.share_of}”未知。", f"takes a share of unknown “{self.share_of}”.")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise _bad(self.rule_id, "下限高于上限。", "has its floor above its cap.")


@dataclass(frozen=True, slots=True)
class Rows:
    """All rules as ``matrix @ x <= limit``: row 0 is the budget; ``rule`` and ``floor`` say where a row comes from."""

    matrix: sparse.csr_array
    limit: Floats
    rule: tuple[str, ...]
    floor: NDArray[np.bool_]

    def without(self, rules: Sequence[str]) -> "Rows":
        """Return the rows but those of some rules."""
        keep = [i for i, rule in enumerate(self.rule) if rule not in rules]
        return Rows(self.matrix[keep], self.limit[keep], tuple(self.rule[i] for i in keep), self.floor[keep])

    def excess(self, x: Floats) -> Floats:
        """Return by how much each row is broken; zero or less means it is kept."""
        return self.matrix @ x - self.limit


def rows_of(proposals: pl.DataFrame, rules: Sequence[GroupRule], budget: float) -> Rows:
    """Write budget and rules as rows over the proposals; O(entries).

    Raises
    ------
    InputError
        If rules share an id, a column is missing, or an amount is missing or negative.
    """
    _check(proposals, rules, budget)
    rows: list[sparse.csr_array] = [_row(_amounts(proposals, "requested"))]
    limits, names, floors = [budget], [BUDGET], [False]
    for rule in rules:
        group, whole = _measured(proposals, rule)
        for bound, sign in ((rule.at_least, -1.0), (rule.at_most, 1.0)):
            if bound is not None:
                relative = rule.share_of == "awarded"
                rows.append(_row(sign * (group - bound * whole if relative else group)))
                limits.append(0.0 if relative else sign * bound * (budget if rule.share_of else 1.0))
                names.append(rule.rule_id)
                floors.append(sign < 0)
    return Rows(sparse.vstack(rows, format="csr"), np.array(limits), tuple(names), np.array(floors))


def _measured(proposals: pl.DataFrame, rule: GroupRule) -> tuple[Floats, Floats]:
    whole = np.ones(proposals.height) if rule.measure == "count" else _amounts(proposals, rule.measure)
    if not rule.column:
        return whole, whole
    return np.where((proposals[rule.column] == rule.value).fill_null(value=False).to_numpy(), whole, 0.0), whole


def _row(values: Floats) -> sparse.csr_array:
    at = np.flatnonzero(values)
    return sparse.csr_array((values[at], at, np.array([0, len(at)])), shape=(1, len(values)))


def _amounts(proposals: pl.DataFrame, column: str) -> Floats:
    return proposals[column].cast(pl.Float64).to_numpy()


def _check(proposals: pl.DataFrame, rules: Sequence[GroupRule], budget: float) -> None:
    if not 0 <= budget < np.inf:
        raise _bad(BUDGET, "不能小于零。", "cannot be below zero.")
    seen = {BUDGET}
    for rule in rules:
        if rule.rule_id in seen:
            raise _bad(rule.rule_id, "重复。", "appears twice.")
        seen.add(rule.rule_id)
        for column in (rule.column, rule.measure):
            if column not in {"", "count", *proposals.columns}:
                raise _bad(rule.rule_id, f"所用列 {column} 不存在。", f"needs the missing column {column}.")
    for column in {"requested", *(rule.measure for rule in rules if rule.measure != "count")}:
        wrong = proposals.with_row_index("row").filter(
            pl.col(column).is_null() | ~pl.col(column).cast(pl.Float64).is_finite() | (pl.col(column) < 0)
        )
        if not wrong.is_empty():
            raise InputError(
                LocalText(f"{column} 缺失或为负。", f"{column} is missing or below zero."),
                LocalText("请补正金额。", "Correct the amount."),
                code="portfolio.amount",
                place=Place("proposals", int(wrong["row"][0]) + 1, column),
            )


def _bad(rule: str, zh: str, en: str) -> InputError:
    return InputError(
        LocalText(f"规则 {rule} {zh}", f"The rule {rule} {en}"),
        LocalText("请改正规则。", "Correct the rule."),
        code="portfolio.rule",
    )
