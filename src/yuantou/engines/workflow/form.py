"""What fields of a form may ask for beyond their text: to be asked only sometimes, to begin filled in, to be few."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Condition:
    """What another answer of the form must be for a field to be asked: ids of choices, ``yes`` or ``no`` for a box."""

    field: str
    values: tuple[str, ...]

    def met(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether the answers given so far meet it."""
        value = answers.get(self.field)
        text = "yes" if value is True else str(value) if value else "no"
        return text in self.values


PREFILLS: Final = frozenset({"works", "orcid", "earlier"})
"""What a draft begins with: the person's own works, ORCID, or the same answer of the person's latest proposal."""

FIELD_BUDGET: Final = 40
"""How many fields a form may have where a type does not say less."""
