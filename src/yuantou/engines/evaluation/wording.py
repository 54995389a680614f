"""Wording must not win: promotional words found, a neutral version made, and their effect on scores measured.

The words are of the kind that N. Millar, B. Batalo and B. Budgell counted in abstracts of grants ("Trends in the use of
promotional language (hype) in abstracts of successful National Institutes of Health grant applications", JAMA Network
Open 5 (8), 2022), and what Chinese appraisals know as “国际领先”. A neutral version leaves them out and changes
nothing else. Where a round tries it, assessors are dealt one version or the other at random; the difference within
portfolios says what wording alone was worth.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scipy import stats

_ZH: Final = (
    "国际领先水平|国际领先|国际先进水平|国际先进|世界领先|世界一流|国内领先|国际一流|国际首创|国内首创|首创性?|填补了?[^，。；]{0,8}空白|"
    "重大突破|突破性|开创性|里程碑式?|颠覆性|革命性|划时代|卓越|杰出|顶尖|顶级|一流|权威|著名|知名|高水平|引领性|"
    "高度评价|广泛好评|广泛赞誉|极大地?|巨大的?|前所未有的?|独一无二的?"
)
_EN: Final = (
    r"ground-?breaking|world-(?:leading|class)|path-?breaking|pioneering|unprecedented|outstanding|exceptional(?:ly)?|"
    r"revolutionary|transformative|paradigm-shifting|cutting-edge|state-of-the-art|seminal|renowned|prestigious|"
    r"remarkabl[ey]|extraordinar(?:y|ily)|first-ever|excellent|tremendous|hugely|highly acclaimed|"
    r"top-tier|landmark|game-changing"
)
PROMOTIONAL: Final = re.compile(rf"(?:{_ZH})的?|\b(?:{_EN})\b", re.IGNORECASE)
_RUN: Final = re.compile(
    rf"(?:{PROMOTIONAL.pattern})(?:\s*(?:,|、|和|and\b)\s*(?:{PROMOTIONAL.pattern}))*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A promotional word: first and last character (exclusive) of the text, and the word."""

    start: int
    end: int
    word: str


def promotional(text: str) -> tuple[Mark, ...]:
    """Return the promotional words of a text in Chinese, English or both, in its order. Linear in its length."""
    return tuple(Mark(match.start(), match.end(), match.group()) for match in PROMOTIONAL.finditer(text))


def neutral(text: str) -> str:
    """Return a text without its promotional words; every other character that is not white space stays as it was.

    >>> neutral("We report a groundbreaking method.")
    'We report a method.'
    """
    bare = _RUN.sub("", text)
    bare = re.sub(r"[ \t]{2,}", " ", bare)
    return re.sub(r" +([.,;:!?])", r"\1", bare).strip()


@dataclass(frozen=True, slots=True)
class WordingEffect:
    """By how much scores were higher where the promotional words stood; 90 % interval; over how many portfolios."""

    difference: float
    low: float
    high: float
    portfolios: int


def wording_effect(scores: Iterable[tuple[str, bool, float]], *, level: float = 0.9) -> WordingEffect | None:
    """Estimate what wording alone was worth.

    Parameters
    ----------
    scores:
        Portfolio, whether the assessor read it as written (else the neutral version), score.

    Returns
    -------
    WordingEffect or None
        Mean over portfolios of the difference of the two means, with Student's interval; nothing if fewer than three
        portfolios were read in both versions.
    """
    read: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for portfolio, as_written, score in scores:
        read[portfolio][as_written].append(score)
    pairs = [(sum(b) / len(b)) - (sum(a) / len(a)) for a, b in read.values() if a and b]
    if len(pairs) < 3:
        return None
    mean = sum(pairs) / len(pairs)
    variance = sum((pair - mean) ** 2 for pair in pairs) / (len(pairs) - 1)
    half = float(stats.t.ppf((1 + level) / 2, len(pairs) - 1)) * math.sqrt(variance / len(pairs))
    return WordingEffect(mean, mean - half, mean + half, len(pairs))
