"""The scale on which reviews give scores."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Scores from ``low`` to ``high`` in steps of ``step``; ``higher_is_better`` says which end is good.

    >>> Scale(1, 5).problem(6)
    'outside 1 to 5'
    >>> Scale(1, 5).problem(4) is None
    True
    """

    low: float
    high: float
    step: float = 1.0
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        if not self.low < self.high or self.step < 0:
            raise ValueError("a scale needs low < high and a step of zero (continuous) or more")

    def problem(self, value: float) -> str | None:
        """Say what is wrong with a score, or nothing."""
        if not self.low <= value <= self.high:
            return f"outside {self.low:g} to {self.high:g}"
        if self.step and abs((value - self.low) / self.step - round((value - self.low) / self.step)) > 1e-9:
            return f"not in steps of {self.step:g}"
        return None
