"""Fund in the order of the ranking while the money of each pot lasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money

METHOD: Final = "budget-line/1"
SCHEMA: Final = {
    "proposal_id": pl.String,
    "decision": pl.String,
    "amount": pl.Float64,
    "pot": pl.String,
    "rank": pl.Int64,
    "reason_zh": pl.String,
    "reason_en": pl.String,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Decisions with reasons, what each pot spent, and the rank of the last funded proposal of each pot."""

    decisions: pl.DataFrame
    spent: Mapping[str, float]
    line: Mapping[str, int]
    method: str = METHOD


def budget_line(
    ranking: pl.DataFrame,
    requests: pl.DataFrame,
    budgets: pl.DataFrame,
    *,
    rule: str = "skip",
    currency: str = "CNY",
) -> Selection:
    """Decide by rank within budgets.

    Parameters
    ----------
    ranking:
        ``proposal_id`` in order, best first.
    requests:
        ``proposal_id``, ``requested`` and, with several pots, ``pot``.
    budgets:
        ``pot``, ``amount``. With one pot every proposal belongs to it.
    rule:
        ``skip``: a proposal that does not fit is passed over and the next is looked at;
        ``stop``: nothing of this pot is funded after the first that does not fit.

    Raises
    ------
    InputError
        If the rule is unknown, there is no budget, or an amount is missing.
    """
    pots = _pots(budgets, rule)
    asked = {row["proposal_id"]: row for row in requests.iter_rows(named=True)}
    only = next(iter(pots)) if len(pots) == 1 else None
    left = dict(pots)
    closed: set[str] = set()
    line: dict[str, int] = {}
    rows = []
    for rank, proposal in enumerate(ranking["proposal_id"], start=1):
        amount = _amount(asked.get(proposal), proposal)
        pot = only or str((asked[proposal].get("pot")) or "")
        fits = pot in left and amount <= left[pot] and pot not in closed
        if fits:
            left[pot] -= amount
            line[pot] = rank
        elif rule == "stop":
            closed.add(pot)
        rows.append(
            _row(proposal, rank, pot, amount, fits=fits, left=left.get(pot), known=pot in left, currency=currency)
        )
    spent = {pot: float(total - left[pot]) for pot, total in pots.items()}
    return Selection(pl.DataFrame(rows, schema=SCHEMA, orient="row"), spent, line)


def _pots(budgets: pl.DataFrame, rule: str) -> dict[str, Decimal]:
    if rule not in {"skip", "stop"}:
        raise InputError(
            LocalText(f"未知的规则“{rule}”。", f"Unknown rule “{rule}”."),
            LocalText("请用 skip 或 stop。", "Use skip or stop."),
        )
    if budgets.is_empty():
        raise InputError(LocalText("没有经费。", "There is no budget."), LocalText("请填写经费。", "Give a budget."))
    return {row["pot"]: Decimal(str(row["amount"])) for row in budgets.iter_rows(named=True)}


def _amount(row: dict[str, object] | None, proposal: str) -> Decimal:
    if row is None or row["requested"] is None:
        raise InputError(
            LocalText(f"申请 {proposal} 缺少申请金额。", f"Proposal {proposal} asks for no amount."),
            LocalText("请补充金额。", "Add the amount."),
            code="selection.no_amount",
        )
    return Decimal(str(row["requested"]))


def _row(
    proposal: str,
    rank: int,
    pot: str,
    amount: Decimal,
    *,
    fits: bool,
    left: Decimal | None,
    known: bool,
    currency: str,
) -> tuple[object, ...]:
    if fits:
        reason = LocalText(f"排名第 {rank}，在经费之内。", f"Rank {rank}, within the budget.")
    elif not known:
        reason = LocalText(f"“{pot}”没有经费。", f"There is no budget for “{pot}”.")
    else:
        rest, want = Money(left or Decimal(0), currency), Money(amount, currency)
        reason = LocalText(
            f"排名第 {rank}；所余经费 {rest.in_language('zh')}，少于申请的 {want.in_language('zh')}或已到资助线。",
            f"Rank {rank}; {rest.in_language('en')} were left, {want.in_language('en')} asked for, or past the line.",
        )
    return (proposal, "fund" if fits else "decline", float(amount) if fits else 0.0, pot, rank, reason.zh, reason.en)
