"""From a ranking to decisions under a budget, each with its reason."""

from yuantou.engines.selection.budget_line import Selection, budget_line

__all__ = ["Selection", "budget_line"]
