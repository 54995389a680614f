"""What code can answer, take and send, as one frozen value handed to the loader: a kind that asks for more is refused.

Every word stands in a space, which names what it is and, after a colon, of which record:

``fact:R``        facts that a function provides (``fact:*`` for every record)
``column:R``      what ``record.…`` may be in an expression
``given:R``       what ``given.…`` may be
``field:R``       guarded fields of a record
``state:R``       states of a record that has no machine of its own
``tag:R``         meanings of states that code asks for; every kind gives each to a state
``is:R``          states and what they mean everywhere: ``state`` or ``state meaning``
``act:R``         transitions that code takes by name, and that a kind must have
``acts``          records whose transitions are taken by whatever name they have
``event:R``       what sends letters about a record beside its steps
``says:R``        placeholders of the letters about a record
``to:R``          roles that letters about a record reach
``role``          roles that somebody can hold
``form``          fields of the form that code reads by name
``clause``, ``decision rule``, ``currency``, ``pack``
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Vocabulary:
    """Words by space.

    >>> known = Vocabulary(frozenset({("role", "officer"), ("fact:call", "open")}))
    >>> [known.has("role", "officer"), known.has("role", "king"), sorted(known.names("fact:call"))]
    [True, False, ['open']]
    """

    words: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, spaces: Iterable[tuple[str, Iterable[str]]]) -> "Vocabulary":
        """Return a vocabulary from spaces and their words."""
        return cls(frozenset((space, name) for space, names in spaces for name in names))

    @cached_property
    def _spaces(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for space, name in self.words:
            found.setdefault(space, set()).add(name)
        return {space: frozenset(names) for space, names in found.items()}

    def names(self, space: str) -> frozenset[str]:
        """Return the words of a space."""
        return self._spaces.get(space, frozenset())

    def has(self, space: str, name: str) -> bool:
        """Tell whether a word stands in a space."""
        return (space, name) in self.words

    def spaces(self) -> list[str]:
        """Return the spaces that have words."""
        return sorted(self._spaces)
