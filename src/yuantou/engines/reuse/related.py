"""Texts on similar questions, by the words they share and few others have. Never called reuse."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_WORDS: Final = re.compile(r"[a-z]{3,}|[\u4e00-\u9fff]+")


def related(text: str, others: Sequence[str], *, most: int = 5, least: float = 0.15) -> list[tuple[int, float]]:
    """Return numbers of the nearest other texts with their cosine (0 to 1), nearest first.

    Words are Latin words of three letters and more and overlapping pairs of Chinese characters, weighed by how rare
    they are among the texts given. Complexity: O(all letters).
    """
    counts = [_counts(one) for one in (text, *others)]
    spread = Counter(word for one in counts for word in one)
    weights = {word: 1 + math.log((1 + len(counts)) / (1 + n)) for word, n in spread.items()}
    vectors = [{word: (1 + math.log(n)) * weights[word] for word, n in one.items()} for one in counts]
    own, *rest = vectors
    size = _length(own)
    found = []
    for number, vector in enumerate(rest):
        dot = sum(value * own[word] for word, value in vector.items() if word in own)
        similarity = dot / (size * _length(vector)) if dot else 0.0
        if similarity >= least:
            found.append((number, similarity))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]


def _counts(text: str) -> Counter[str]:
    words: Counter[str] = Counter()
    for run in _WORDS.findall(text.lower()):
        words.update([run] if run[0] < "\u4e00" else [run[k : k + 2] for k in range(len(run) - 1)])
    return words


def _length(vector: dict[str, float]) -> float:
    return math.sqrt(sum(value * value for value in vector.values())) or 1.0
