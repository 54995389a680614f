"""Reads what was written by hand: disciplines with their themes, organisations, names, sentences of reviews."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from yuantou.kernel.seed import Seed

SOURCE: Final = Path(__file__).parent / "source"
SEED: Final = Seed(2026)


@dataclass(frozen=True, slots=True)
class Theme:
    """A subtopic of a discipline: one proposal and the works of those who study it.

    ``number`` counts over the whole call, ``place`` within the discipline; ``works`` are pairs of title and abstract.
    """

    number: int
    place: int
    discipline: dict[str, str]
    key: str
    zh: str
    en: str
    proposal: dict[str, Any]
    works: tuple[tuple[str, str], ...]


def rng(use: str) -> np.random.Generator:
    """Return the random numbers of one use: adding a theme elsewhere leaves them as they are."""
    return np.random.default_rng(SEED.stream(use))


def is_chinese(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@cache
def table(name: str) -> dict[str, Any]:
    """Return one source file."""
    return tomllib.loads((SOURCE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def disciplines() -> tuple[dict[str, str], ...]:
    """Return code and names of every discipline, in the order of their codes."""
    codes = sorted(path.stem for path in SOURCE.glob("[A-Z]??.toml"))
    return tuple({key: table(code)[key] for key in ("code", "zh", "en")} for code in codes)


@cache
def themes() -> tuple[Theme, ...]:
    """Return every theme of every discipline."""
    found: list[Theme] = []
    for discipline in disciplines():
        for place, raw in enumerate(table(discipline["code"])["theme"]):
            found.append(_theme(len(found), place, discipline, raw))
    return tuple(found)


def rows(text: str) -> list[list[str]]:
    """Split lines at ``|`` into trimmed cells."""
    return [[cell.strip() for cell in line.split(" |")] for line in text.strip().splitlines()]


def _theme(number: int, place: int, discipline: dict[str, str], raw: dict[str, Any]) -> Theme:
    works = tuple((title, abstract) for title, abstract in rows(raw["works"]))
    own = {key: value for key, value in raw.items() if key not in {"key", "zh", "en", "works"}}
    return Theme(number, place, discipline, raw["key"], raw["zh"], raw["en"], own, works)
