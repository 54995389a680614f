"""Text in the two languages of the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

ZH, EN = "zh-hans", "en"


@dataclass(frozen=True, slots=True)
class LocalText:
    """A short text in Simplified Chinese and English; at least one side is given.

    >>> LocalText("形式审查", "Formal check").in_language("en-gb")
    'Formal check'
    >>> LocalText("形式审查").in_language("en")
    '形式审查'
    """

    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        if not (self.zh or self.en):
            raise ValueError("a LocalText needs text in at least one language")

    @classmethod
    def from_mapping(cls, value: "Mapping[str, str] | str") -> Self:
        """Read ``{"zh": …, "en": …}`` as used in programme-type files, or one string for both languages."""
        if isinstance(value, str):
            return cls(value, value)
        return cls(value.get("zh", ""), value.get("en", ""))

    def in_language(self, language: str) -> str:
        """Return the side for a language code, or the other side where that one is empty."""
        first, second = (self.zh, self.en) if language.lower().startswith("zh") else (self.en, self.zh)
        return first or second

    def as_dict(self) -> dict[str, str]:
        """Return ``{"zh": …, "en": …}`` for JSON."""
        return {"zh": self.zh, "en": self.en}

    def __str__(self) -> str:
        return self.en or self.zh
