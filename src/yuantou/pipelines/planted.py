"""Words and clauses for the planted test of reuse: from an open dictionary and, where given, from real abstracts."""

import random
import re
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict

CLAUSES = 12_000


def dictionary_words() -> list[str]:
    """Return 47,000 Chinese words of two and more characters (pypinyin's dictionary, MIT)."""
    return sorted(phrases_dict)


def made_clauses(seed: int) -> list[str]:
    """Return clauses that any document may hold, made of words."""
    draw, words = random.Random(seed), dictionary_words()
    return ["".join(draw.choices(words, k=draw.randint(3, 7))) for _ in range(CLAUSES)]


def clauses_in(folder: Path) -> list[str]:
    """Return every clause of 6 to 40 characters in the text files of a folder."""
    parts = (
        part
        for path in sorted(folder.glob("*.t[sx][vt]"))
        for part in re.split(r"[，。；：\t\n]", path.read_text("utf-8"))
    )
    return sorted({part for part in parts if 6 <= len(part) <= 40})
