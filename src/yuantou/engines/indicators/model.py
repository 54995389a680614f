"""What an indicator is: its definition, the units it may be computed for, and the observations it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from yuantou.kernel.errors import YuantouError
from yuantou.kernel.local_text import LocalText


class Level(StrEnum):
    """The unit that a figure speaks of, from the largest to the smallest."""

    NATION = "nation"
    AGENCY = "agency"
    PROGRAMME = "programme"
    INSTITUTION = "institution"
    TEAM = "team"
    PERSON = "person"


class Kind(StrEnum):
    """How an indicator is computed; nothing else can be."""

    VALUE = "value"  # one series as it was observed
    SHARE = "share"  # part / whole, in per cent; never above 100
    RATIO = "ratio"  # one series by another, in a unit of its own
    CHANGE = "change"  # difference of a share, computed or as published, between two periods, in points
    GROWTH = "growth"  # by how much a series grew from one period to a later one, in per cent
    ANNUAL_GROWTH = "annual_growth"  # the same as a constant yearly rate, in per cent
    MULTIPLE = "multiple"  # how many times the earlier value


class Vintage(StrEnum):
    """How settled a published number is, from the first release on."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Series:
    """A series of observations: what is counted, in which unit, with years before which it is not comparable."""

    id: str
    name: LocalText
    unit: str
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """A declared indicator.

    ``numerator`` and ``denominator`` name series; ``permitted`` are the units it may be computed for, and ``clause``
    the rule that forbids the others. ``decimals`` is how it is printed.
    """

    id: str
    name: LocalText
    definition: LocalText
    kind: Kind
    numerator: str
    denominator: str
    unit: str
    permitted: frozenset[Level]
    decimals: int
    source: str
    clause: LocalText


@dataclass(frozen=True, slots=True)
class Observation:
    """A number as somebody published it.

    ``step`` is the unit of its last digit (1 for 2778, 0.01 for 7.08 %; 0 for an exact count): the true value lies
    within half a step. ``account`` names the money or people behind it, so that the same are never counted twice.
    """

    id: str
    series: str
    subject: str
    level: Level
    period: int
    value: Decimal
    step: Decimal
    vintage: Vintage
    source: str
    account: str = ""

    @property
    def low(self) -> Decimal:
        """The least value that rounds to what was published."""
        return self.value - self.step / 2

    @property
    def high(self) -> Decimal:
        """The bound that what was published stays below."""
        return self.value + self.step / 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed number with the interval that rounding leaves open, and everything it was made of."""

    indicator: Indicator
    subject: str
    level: Level
    period: int
    value: Decimal
    low: Decimal
    high: Decimal
    parts: tuple[Observation, ...]

    @property
    def rounded(self) -> Decimal:
        """The value as it is printed."""
        return round(self.value, self.indicator.decimals)


@dataclass(frozen=True, slots=True)
class Registry:
    """Series and indicators by their ids."""

    series: Mapping[str, Series]
    indicators: Mapping[str, Indicator]


class RefusedError(YuantouError):
    """The engine will not compute this number; the reason, the remedy and the clause or definition are in the text."""

    code = "indicator"
