"""The register of facilities: its workflow and grants, and its vocabularies, to which an institution adds freely."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from yuantou.apps.workflow.facade import register_of
from yuantou.engines.workflow import Register
from yuantou.kernel.local_text import LocalText


def rulebook() -> Register:
    """Return machines, grants and letters of the records of facilities."""
    return register_of("facilities")


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, dict[str, Any]]]:
    table = tomllib.loads((files("yuantou") / "registers" / "facilities.toml").read_text("utf-8"))
    return {name: {term["id"]: term for term in terms} for name, terms in table["words"].items()}


def terms(vocabulary: str) -> dict[str, LocalText]:
    """Return the terms of a vocabulary with their names, in its order."""
    return {term: LocalText.from_mapping(row["name"]) for term, row in _words()[vocabulary].items()}


def word(vocabulary: str, term: str) -> LocalText:
    """Return the name of a term, or the term itself where the vocabulary lacks it."""
    return terms(vocabulary).get(term) or LocalText(term, term)


def pack_of(kind: str) -> str:
    """Return the indicators by which facilities of a class are judged: each class has its own."""
    return str(_words()["class"].get(kind, {}).get("pack", "facility_open_sharing_2026"))


def packs() -> list[str]:
    """Return the packs of indicators that a report of a facility can be drawn up by."""
    folder = files("yuantou") / "indicators"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.startswith("facility_"))
