"""From a ranking to decisions: lines, lotteries that can be verified, portfolios under rules."""

from yuantou.engines.selection.budget_line import Selection, budget_line
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

__all__ = [
    "LOTTERIES",
    "Selection",
    "budget_line",
    "by_beacon",
    "by_reveal",
    "chances_of_award",
    "commit",
    "freeze_entries",
    "hold_draw",
    "merit_chances",
    "verify_draw",
]
