"""What a decision rule makes of a ranking: the list, its reasons, and the entries of a draw; pure and repeatable."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.engines.selection import LOTTERIES, chances_of_award, freeze_entries, largest_shift, one_grade_change
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import select
from yuantou.pipelines.tables import CallInput

NEAR: Final = 4
"""Proposals on either side of the line tried when saying how far one grade moves a chance."""
DRAWN, NOT_DRAWN = LocalText("中签。", "Drawn."), LocalText("未中签。", "Not drawn.")


def is_lottery(rule: str) -> bool:
    """Tell rules that draw from those that follow the order."""
    return rule in LOTTERIES and rule != "line"


@dataclass(frozen=True)
class Ruled:
    """A list as its rule makes it, before any draw and before any person departs from it.

    ``decisions``: ``proposal_id``, ``rank``, ``decision`` (``fund``, ``draw``, ``decline``), ``amount`` (null where
    nothing is given), ``chance`` (null without a lottery), ``reason_zh``, ``reason_en``. ``frozen``: the entries of the
    draw, none where nobody is in it. ``moved``: how far one grade of one reviewer moves the own chance, and others'.
    """

    decisions: pl.DataFrame
    method: Mapping[str, str]
    figures: Mapping[str, Any]
    frozen: Mapping[str, Any] | None = None
    moved: Mapping[str, float] | None = None


def apply_rule(
    call: CallInput,
    ranking: pl.DataFrame,
    parameters: CallParameters,
    rule: str,
    *,
    variances: Mapping[str, float],
) -> Ruled:
    """Apply a rule to a ranking within the budget of the call.

    Parameters
    ----------
    call:
        ``proposals`` and ``budgets``; nothing else is read.
    ranking:
        Table ``ranking`` of the call contract, best first.
    rule:
        A rule of ``LOTTERIES`` that draws; any other decides by the order.
    variances:
        ``proposal`` and ``residual``, from which follows how far one grade moves a mean.

    Raises
    ------
    InputError
        If a proposal asks for no amount, or there is no budget.
    """
    if is_lottery(rule):
        return _by_chance(call, ranking, parameters, rule, variances)
    found = select(call, ranking, parameters)
    decisions = found.tables["decisions"].with_columns(
        amount=pl.when(pl.col("decision") == "fund").then("amount"), chance=pl.lit(None, pl.Float64)
    )
    return Ruled(_explained(decisions, ranking), dict(found.method), dict(found.figures))


def _by_chance(
    call: CallInput, ranking: pl.DataFrame, parameters: CallParameters, rule: str, variances: Mapping[str, float]
) -> Ruled:
    table = ranking.join(call.proposals.select("proposal_id", "requested"), on="proposal_id", how="left")
    if table["requested"].null_count():
        raise InputError(
            LocalText("有申请未填金额，无法抽签。", "Some proposals ask for no amount; there can be no draw."),
            LocalText("请补齐金额后重新排序。", "Complete the amounts and rank again."),
            code="draw.amount",
        )
    step = parameters.scale.step if parameters.scale and parameters.scale.step else 1.0
    shift = largest_shift(table, step=step, residual_variance=variances["residual"])
    frozen = entries_within(table, float(call.budgets["amount"].sum()), rule, shift=shift)
    unit, entries = frozen["unit"], frozen["entries"]
    rows = [_standing(entries[row["proposal_id"]], unit, row["requested"]) for row in table.iter_rows(named=True)]
    columns = ("decision", "amount", "chance", "reason_zh", "reason_en")
    schema = {name: pl.Float64 if name in {"amount", "chance"} else pl.String for name in columns}
    standing = pl.DataFrame(rows, schema=schema, orient="row")
    decisions = table.select("proposal_id", rank=pl.int_range(1, pl.len() + 1)).hstack(standing)
    sure = sum(units == unit for units in entries.values())
    places = frozen["places"]
    figures = {"places": places, "sure": sure, "entries": len(entries)}
    inside = 0 < places < table.height
    moved = _moved(table, places, rule, step, variances["proposal"], shift) if inside else None
    open_ = frozen if any(0 < units < unit for units in entries.values()) else None
    return Ruled(_explained(decisions, ranking), {"selection": rule, "draw": frozen["method"]}, figures, open_, moved)


def _standing(units: int, unit: int, requested: float) -> tuple[str, float | None, float, str, str]:
    if units == unit:
        return "fund", requested, 1.0, "按规则无需抽签即获资助。", "Funded by the rule without a draw."
    if units == 0:
        return "decline", None, 0.0, "按规则未进入抽签。", "By the rule not in the draw."
    chance = units / unit
    return "draw", None, chance, f"抽签机会 {chance:.1%}。", f"In the draw with a chance of {chance:.1%}."


def _moved(table: pl.DataFrame, places: int, rule: str, step: float, variance: float, shift: float) -> dict[str, float]:
    found = one_grade_change(table, places, rule=rule, step=step, proposal_variance=variance, near=NEAR, shift=shift)
    return {"own": found.own, "others": found.others}


def _explained(decisions: pl.DataFrame, ranking: pl.DataFrame) -> pl.DataFrame:
    """Add to each reason the own interval: a rank without it says more than the reviews do."""
    ends = ranking.select("proposal_id", *(pl.col(f"rank_{end}90").round(0).cast(pl.Int64) for end in ("low", "high")))
    joined = decisions.join(ends, on="proposal_id", how="left", maintain_order="left")
    zh = pl.format("{}名次的 90% 区间为第 {} 至第 {}。", "reason_zh", "rank_low90", "rank_high90")
    en = pl.format("{} The rank lies between {} and {} with 90 %.", "reason_en", "rank_low90", "rank_high90")
    columns = ["proposal_id", "rank", "decision", "amount", "chance", "reason_zh", "reason_en"]
    return joined.with_columns(zh.alias("reason_zh"), en.alias("reason_en")).select(columns)


def entries_within(table: pl.DataFrame, budget: float, rule: str, *, shift: float | None = None) -> dict[str, Any]:
    """Return frozen entries with the most places such that even the dearest result of the draw stays in the budget.

    Starts from the places of the line; each step gives up the fewest that could suffice. What is left over is reported
    with the list, not spent on whoever would be next.
    """
    amounts = table["requested"].to_numpy()
    order = np.argsort(table["expected_rank"].to_numpy(), kind="stable")
    places = int((np.cumsum(amounts[order]) <= budget).sum())
    while True:
        chances = chances_of_award(table, places, rule=rule, shift=shift)
        frozen = freeze_entries(dict(zip(chances["proposal_id"], chances["chance"].clip(0, 1), strict=True)), places)
        over = _dearest(frozen, dict(zip(table["proposal_id"], amounts, strict=True))) - budget
        if over <= 0 or places == 0:
            return frozen
        places = max(0, places - ceil(over / amounts.max()))


def _dearest(frozen: Mapping[str, Any], amounts: Mapping[str, float]) -> float:
    unit, entries = frozen["unit"], frozen["entries"]
    sure = [amounts[key] for key, units in entries.items() if units == unit]
    drawn = sorted((amounts[key] for key, units in entries.items() if 0 < units < unit), reverse=True)
    return float(sum(sure) + sum(drawn[: frozen["places"] - len(sure)]))


def settle(decisions: pl.DataFrame, requested: Mapping[str, float], awarded: set[str]) -> pl.DataFrame:
    """Return the list after the draw: whoever waited for it is funded or not, and the reason says so."""
    waits, drawn = pl.col("decision") == "draw", pl.col("proposal_id").is_in(list(awarded))
    money = pl.col("proposal_id").replace_strict(dict(requested), default=None, return_dtype=pl.Float64)

    def said(side: str, space: str) -> pl.Expr:
        text = pl.when(drawn).then(pl.lit(DRAWN.in_language(side))).otherwise(pl.lit(NOT_DRAWN.in_language(side)))
        column = pl.col(f"reason_{side}")
        return pl.when(waits).then(column + space + text).otherwise(column).alias(f"reason_{side}")

    return decisions.with_columns(
        pl.when(waits & drawn).then(money).otherwise("amount").alias("amount"),
        pl.when(waits).then(pl.when(drawn).then(pl.lit("fund")).otherwise(pl.lit("decline"))).otherwise("decision")
        .alias("decision"),
        said("zh", ""),
        said("en", " "),
    )  # fmt: skip
