"""How long work tells where it is and learns that it should stop."""

from typing import Protocol


class Progress(Protocol):
    """Called by engines now and then; raises ``CancelledError`` to stop them.

    ``stage`` is a stable word such as ``"expertise"``; ``done`` of ``total`` units of that stage are finished.
    """

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report progress of a stage."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing: the default progress of every engine."""
