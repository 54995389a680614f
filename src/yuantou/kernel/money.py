"""Amounts of money, exact, and how Chinese and English print them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from yuantou.kernel.local_text import LocalText

UNITS = {"shift": LocalText("班次", "shifts")}
"""What calls share out beside money: time at a facility, printed in words."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount in one currency (minor units to two places).

    >>> (Money(Decimal("120000")) + Money(Decimal("80000"))).in_language("zh-hans")
    '20 万元'
    >>> Money(Decimal("1250000.5")).in_language("en")
    'CNY 1,250,000.50'
    >>> Money(Decimal(12), "shift").in_language("zh-hans")
    '12 班次'
    """

    amount: Decimal
    currency: str = "CNY"

    def __post_init__(self) -> None:
        amount = Decimal(self.amount)
        if not amount.is_finite():
            raise ValueError("an amount of money is a finite number")
        object.__setattr__(self, "amount", amount.quantize(Decimal("0.01"), ROUND_HALF_UP))

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")

    def in_language(self, language: str) -> str:
        """Print in full for a language: 元, 万元 or 亿元 in Chinese, code and grouped digits in English."""
        if self.currency in UNITS:
            return f"{_grouped(self.amount)} {UNITS[self.currency].in_language(language)}"
        if not language.lower().startswith("zh") or self.currency != "CNY":
            return f"{self.currency} {_grouped(self.amount)}"
        for size, unit in ((Decimal(10) ** 8, "亿元"), (Decimal(10) ** 4, "万元")):
            if abs(self.amount) >= size:
                return f"{_grouped((self.amount / size).normalize())} {unit}"
        return f"{_grouped(self.amount)} 元"


def _grouped(amount: Decimal) -> str:
    return f"{amount:,f}" if amount != amount.to_integral_value() else f"{amount.to_integral_value():,f}"
