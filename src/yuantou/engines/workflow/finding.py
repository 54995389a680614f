"""One thing that is wrong with a kind, as everything that judges kinds says it."""

from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText

Finding = tuple[str, str, tuple[str, str], tuple[str, str]]
"""Code, place, message and remedy, the last two in Chinese and English."""


def as_problem(prefix: str, finding: Finding, place: Place) -> Problem:
    """Return a finding as a problem at a place in a file.

    >>> finding = ("dead_end", "state.a", ("无出口。", "No way out."), ("请添加。", "Add one."))
    >>> as_problem("register", finding, Place()).code
    'register.dead_end'
    """
    code, _where, message, remedy = finding
    return Problem(f"{prefix}.{code}", LocalText(*message), LocalText(*remedy), place)
