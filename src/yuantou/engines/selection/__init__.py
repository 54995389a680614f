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
from yuantou.engines.selection.lottery import LOTTERIES, MOST, chances_of_award, largest_shift
from yuantou.engines.selection.merit import merit_chances
from yuantou.engines.selection.portfolio import (
    Portfolio,
    award_probability,
    choose_portfolio,
    conflicting_rules,
    price_rules,
)
from yuantou.engines.selection.portfolio_rules import GroupRule
from yuantou.engines.selection.rank_picture import rank_distribution
from yuantou.engines.selection.sensitivity import Sensitivity, one_grade_change

__all__ = [
    "LOTTERIES",
    "MOST",
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
    "largest_shift",
    "merit_chances",
    "one_grade_change",
    "price_rules",
    "rank_distribution",
    "verify_draw",
]
