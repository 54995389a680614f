"""What a call would decide under another rule: chances of lotteries, portfolios and their price. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from yuantou.apps.decisions.models import Ranking
from yuantou.engines.selection import (
    LOTTERIES,
    GroupRule,
    Portfolio,
    Sensitivity,
    chances_of_award,
    choose_portfolio,
    largest_shift,
    one_grade_change,
    price_rules,
)
from yuantou.kernel.local_text import LocalText

COLUMNS: Final = (
    *("proposal_id", "mean", "sd", "n_reviews", "expected_rank", "p_top"),
    *("rank_low50", "rank_high50", "rank_low90", "rank_high90"),
)
PRICED: Final = 5_000  # up to here every binding rule is decided again while people wait


@dataclass(frozen=True)
class RuleShown:
    """A lottery rule over a ranking: how many are sure, drawn and out, and how far one grade moves a chance."""

    rule: str
    sure: int
    drawn: int
    own: float
    others: float


@dataclass(frozen=True)
class PortfolioShown:
    """A portfolio with the price of every binding rule, dearest first."""

    chosen: Portfolio
    prices: Sequence[dict[str, Any]]
    unpriced: bool


def table_of(ranking: Ranking) -> pl.DataFrame:
    """Return the ranking with amount, discipline and institution; proposals that ask for nothing are left out."""
    names = (*COLUMNS, "proposal__requested", "proposal__discipline", "proposal__organisation")
    rows = ranking.rows.filter(proposal__requested__isnull=False).values_list(*names)
    shown = (*COLUMNS, "requested", "discipline", "organisation")
    table = pl.DataFrame(list(rows), schema=list(shown), orient="row", infer_schema_length=None)
    return table.with_columns(pl.col("requested").cast(pl.Float64), value=pl.col("mean").cast(pl.Float64))


def rules_shown(
    table: pl.DataFrame, places: int, *, step: float, proposal_variance: float, residual_variance: float
) -> list[RuleShown]:
    """Return every lottery side by side."""
    shift = largest_shift(table, step=step, residual_variance=residual_variance)
    return [rule_shown(table, places, rule, step, proposal_variance, shift) for rule in LOTTERIES]


def rule_shown(table: pl.DataFrame, places: int, rule: str, step: float, variance: float, shift: float) -> RuleShown:
    """Return one lottery: who is sure, drawn and out, and what one grade moves."""
    chance = chances_of_award(table, places, rule=rule, shift=shift)["chance"]
    moved: Sensitivity = one_grade_change(
        table, places, rule=rule, step=step, proposal_variance=variance, near=4, shift=shift
    )
    sure, out = int((chance > 1 - 1e-9).sum()), int((chance < 1e-9).sum())
    return RuleShown(rule, sure, table.height - sure - out, moved.own, moved.others)


def group_rules(
    table: pl.DataFrame, *, floor: float, cap: float, names: dict[str, LocalText], homes: dict[str, LocalText]
) -> list[GroupRule]:
    """Return a floor for each discipline (a part of its share of demand) and a cap for each institution."""
    share = table.group_by("discipline").agg(pl.col("requested").sum() / table["requested"].sum()).sort("discipline")
    floors = [
        GroupRule(f"discipline-{code}", names[code], "discipline", code, "requested", floor * part, share_of="budget")
        for code, part in share.iter_rows()
        if floor > 0 and code in names
    ]
    return floors + [
        GroupRule(f"institution-{key}", homes[key], "organisation", key, "requested", at_most=cap, share_of="budget")
        for key in table["organisation"].unique().sort()
        if 0 < cap < 1 and key in homes
    ]


def portfolio_shown(table: pl.DataFrame, *, budget: float, rules: Sequence[GroupRule]) -> PortfolioShown:
    """Choose under the rules and price those that bind.

    Raises
    ------
    InfeasibleError
        If the rules contradict one another; its problems name a smallest conflicting set.
    """
    chosen = choose_portfolio(table, budget=budget, rules=rules, seconds=5)
    small = table.height <= PRICED
    prices = price_rules(table, chosen, budget=budget, rules=rules) if small else []
    return PortfolioShown(chosen, sorted(prices, key=lambda price: -price["score"]), not small)
