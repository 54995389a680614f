"""What a call folder may hold: tables, their columns, and every heading by which a column is known."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from yuantou.kernel.local_text import LocalText

Kind = Literal["id", "text", "list", "names", "number", "money", "count", "year", "orcid"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the contract, how its cells read, and the headings it goes by besides its name."""

    name: str
    kind: Kind
    label: LocalText
    meaning: LocalText
    headings: tuple[str, ...] = ()
    required: bool = False

    def known_as(self) -> Iterator[str]:
        """Return every heading of the column, the contract name first, then the labels in both languages."""
        yield from dict.fromkeys((self.name, self.label.zh, self.label.en, *self.headings))

    def is_named(self, heading: str) -> bool:
        """Tell whether a heading is the column's own name in the contract or in a language, not just a spelling."""
        return fold(split_unit(heading)[0]) in map(fold, (self.name, self.label.zh, self.label.en))


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name in the contract, the file or sheet names it goes by, its columns and its key."""

    name: str
    label: LocalText
    files: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    _by_heading: dict[str, Column] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_heading.update({fold(h): column for column in self.columns for h in column.known_as()})

    def column_for(self, heading: str) -> Column | None:
        """Return the column that a heading means, or None."""
        return self._by_heading.get(fold(split_unit(heading)[0])) or self._by_heading.get(fold(heading))

    def known_as(self) -> Iterator[str]:
        """Return every file or sheet name of the table."""
        yield from (self.name, self.label.zh, *self.files)


_UNIT = re.compile(r"^(.*?)\s*[((\[【]\s*(亿元|亿|万元|万|千元|元)\s*[))\]】]\s*$")
UNITS: Final = {"亿元": 1e8, "亿": 1e8, "万元": 1e4, "万": 1e4, "千元": 1e3, "元": 1.0, "CNY": 1.0, "RMB": 1.0}


def fold(text: str) -> str:
    """Reduce a heading to what matters: width, case, spaces and joining marks do not."""
    return re.sub(r"[\s_\-./*:\ufeff\u200b]+", "", unicodedata.normalize("NFKC", text).casefold())


def split_unit(heading: str) -> tuple[str, float]:
    """Split the unit of money off a heading.

    >>> split_unit("申请经费（万元）")
    ('申请经费', 10000.0)
    """
    match = _UNIT.match(unicodedata.normalize("NFKC", heading))
    return (match[1], UNITS[match[2]]) if match else (heading, 1.0)
