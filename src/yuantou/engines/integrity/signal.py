"""What every detector says: a kind, a sentence, and the places a person can look at."""

from dataclasses import dataclass

from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Signal:
    """A place to look. ``evidence``: quotations or numbers, each enough to find it by hand."""

    kind: str
    explanation: LocalText
    evidence: tuple[str, ...]
