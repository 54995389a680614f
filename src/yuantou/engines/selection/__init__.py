"""From a ranking to decisions: lines, lotteries that can be verified, portfolios under rules."""

from yuantou.engines.selection.budget_line import Selection, budget_line
from yuantou.engines.selection.dissent import Dissent, advise_reviews, find_dissent
from yuantou.engines.selection.draw import (
    by_beacon,
    by_reveal,
    commit,
    freeze_entries,
    hold_draw,
    verify_draw,
)
from yuantou.engines.selection.lottery import LOTTERIES, chances_of_award
from yuantou.engines.selection.merit import merit_chances
from yuantou.engines.selection.portfolio import (
    Portfolio,
    award_probability,
    choose_portfolio,
    conflicting_rules,
    price_rules,
)
from yuantou.engines.selection.portfolio_rules import GroupRule
from yuantou.engines.selection.sensitivity import Sensitivity, one_grade_change

__all__ = [
    "LOTTERIES",
    "Dissent",
    "GroupRule",
    "Portfolio",
    "Selection",
    "Sensitivity",
    "advise_reviews",
    "award_probability",
    "budget_line",
    "by_beacon",
    "by_reveal",
    "chances_of_award",
    "choose_portfolio",
    "commit",
    "conflicting_rules",
    "find_dissent",
    "freeze_entries",
    "hold_draw",
    "merit_chances",
    "one_grade_change",
    "price_rules",
    "verify_draw",
]
