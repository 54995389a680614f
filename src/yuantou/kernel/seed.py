"""Reproducible randomness: one seed for a run, a named stream for each use."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed of a run; ``stream(name)`` gives independent, stable sub-seeds.

    >>> Seed(7).stream("lottery") == Seed(7).stream("lottery")
    True
    >>> Seed(7).stream("lottery") == Seed(7).stream("ranks")
    False
    """

    value: int

    def stream(self, name: str) -> int:
        """Return a 63-bit integer for the named use, fit for ``numpy.random.default_rng``."""
        digest = hashlib.sha256(f"{self.value}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1
