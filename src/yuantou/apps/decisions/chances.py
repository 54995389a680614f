"""The chances of a draw within a budget: whoever is drawn, the money suffices. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import polars as pl

from yuantou.apps.decisions.models import Outcome, Ranking
from yuantou.apps.decisions.what_if import RuleShown, rule_shown, table_of
from yuantou.engines.selection import LOTTERIES, chances_of_award, freeze_entries
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText


def is_lottery(rule: str) -> bool:
    """Tell rules that draw from those that follow the order."""
    return rule in LOTTERIES and rule != "line"


@dataclass(frozen=True)
class Entries:
    """The list that is frozen, and how far one grade of one reviewer moves a chance under its rule."""

    rule: str
    frozen: Mapping[str, Any]
    shown: RuleShown | None = None
    sure: int = field(init=False)

    def __post_init__(self) -> None:
        """Count whom no draw can touch."""
        whole = sum(units == self.frozen["unit"] for units in self.frozen["entries"].values())
        object.__setattr__(self, "sure", whole)

    def chance(self, key: str) -> float:
        """Return the chance of one proposal, as frozen."""
        return float(self.frozen["entries"][key] / self.frozen["unit"])

    def standing(self, key: str) -> tuple[Outcome, LocalText]:
        """Return whether a proposal is sure, out or in the draw, and the reason in both languages."""
        chance = self.chance(key)
        if chance == 1:
            return Outcome.FUND, LocalText("按规则无需抽签即获资助。", "Funded by the rule without a draw.")
        if chance == 0:
            return Outcome.DECLINE, LocalText("按规则未进入抽签。", "By the rule not in the draw.")
        return Outcome.DRAW, LocalText(f"抽签机会 {chance:.1%}。", f"In the draw with a chance of {chance:.1%}.")

    def record(self) -> dict[str, Any]:
        """Return what the record of decisions keeps of the rule."""
        moved = {"own": self.shown.own, "others": self.shown.others} if self.shown else {}
        figures = {"places": self.frozen["places"], "sure": self.sure, "entries": len(self.frozen["entries"])}
        return {"method": {"selection": self.rule, "draw": self.frozen["method"]}, "figures": figures, "moved": moved}


def entries_of(ranking: Ranking, rule: str) -> Entries:
    """Return the entries of the draw of a ranking under the budget of its call.

    Raises
    ------
    InputError
        If a proposal says no amount: nobody could tell whether the money suffices.
    """
    table = table_of(ranking)
    if table.height != ranking.rows.count():
        raise InputError(
            LocalText("有申请未填金额，无法抽签。", "Some proposals ask for no amount; there can be no draw."),
            LocalText("请补齐金额后重新排序。", "Complete the amounts and rank again."),
            code="draw.amount",
        )
    frozen = entries_within(table, float(ranking.call.budget or 0), rule)
    plan, variance = ranking.call.programme.review, float(ranking.summary.get("variance_proposal", 0) or 0)
    step = plan.scale.step if plan.scale and plan.scale.step else 1.0
    inside = 0 < frozen["places"] < table.height
    return Entries(rule, frozen, rule_shown(table, frozen["places"], rule, step, variance) if inside else None)


def entries_within(table: pl.DataFrame, budget: float, rule: str) -> dict[str, Any]:
    """Return frozen entries with the most places such that even the dearest result of the draw stays in the budget.

    Starts from the places of the line; each step gives up the fewest that could suffice. What is left over is reported
    with the list, not spent on whoever would be next.
    """
    amounts = table["requested"].to_numpy()
    order = np.argsort(table["expected_rank"].to_numpy(), kind="stable")
    places = int((np.cumsum(amounts[order]) <= budget).sum())
    while True:
        chances = chances_of_award(table, places, rule=rule)
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
