"""Numbers that do not fit each other: means that no sample can have, p-values that the test does not give.

GRIM: Brown and Heathers, 2017, doi:10.1177/1948550616673876. Recomputed p-values: Nuijten et al., 2016,
doi:10.3758/s13428-015-0664-2. Everything reported is taken with the rounding it was printed with.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Final

from scipy import stats

from yuantou.engines.integrity.signal import Signal
from yuantou.kernel.local_text import LocalText

_NUMBER = r"([-−]?\d*\.?\d+)"
_P = r"\s*[,;，；]\s*(?:p|P|P值)\s*(<|>|=|≤|≥)\s*(\.?\d*\.?\d+)"
_N = r"(?:\s*[,，]\s*[Nn]\s*=\s*\d+)?"
_TESTS: Final = re.compile(
    rf"(?<![A-Za-z])(t|r|[zZ])\s*(?:\(\s*(\d+\.?\d*)\s*\))?\s*=\s*{_NUMBER}{_P}"
    rf"|(?<![A-Za-z])(F)\s*\(\s*(\d+\.?\d*)\s*,\s*(\d+\.?\d*)\s*\)\s*=\s*{_NUMBER}{_P}"
    rf"|(χ2|χ²|chi2|X2)\s*\(\s*(\d+){_N}\s*\)\s*=\s*{_NUMBER}{_P}"
)
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Reported:
    """A test as printed, the p-values it allows (two-sided), and whether significance itself turns."""

    text: str
    low: float
    high: float
    consistent: bool
    decisive: bool


def grim(mean: str, n: int, *, items: int = 1) -> bool:
    """Tell whether ``n`` whole numbers (each the mean of ``items``) can have a mean that prints as ``mean``.

    >>> grim("3.45", 20), grim("3.47", 20)
    (True, False)
    """
    printed = Decimal(mean)
    half = Decimal(5).scaleb(int(printed.as_tuple().exponent) - 1)
    cells = n * items
    return ceil((printed - half) * cells) <= floor((printed + half) * cells)


def read_tests(text: str) -> list[Reported]:
    """Return every test in APA form or its Chinese print, with the p-values that its rounding allows. O(length)."""
    flat = unicodedata.normalize("NFKC", text).replace("χ2", "χ2")
    return [found for match in _TESTS.finditer(flat) if (found := _judged(match, flat)) is not None]


def check_statistics(text: str) -> Signal | None:
    """Return the tests of a text whose p-value does not fit, those that turn significance marked with ‼."""
    wrong = [one for one in read_tests(text) if not one.consistent]
    if not wrong:
        return None
    turned = sum(one.decisive for one in wrong)
    said = LocalText(
        f"{len(wrong)} 处 p 值与检验统计量不符，其中 {turned} 处改变显著性。",
        f"{len(wrong)} p-values do not follow from the test; {turned} of them turn significance.",
    )
    lines = tuple(f"{'‼ ' if one.decisive else ''}{one.text} → p {one.low:.4g}–{one.high:.4g}" for one in wrong)
    return Signal("statistics", said, lines)


def _judged(match: re.Match[str], flat: str) -> Reported | None:
    groups = match.groups()
    if groups[0]:
        kind, first, second, value, sign, p = groups[0], groups[1], None, *groups[2:5]
    elif groups[5]:
        kind, first, second, value, sign, p = groups[5:11]
    else:
        kind, first, second, value, sign, p = "chi2", groups[12], None, *groups[13:16]
    if first is None and kind not in {"z", "Z"}:
        return None
    low, high = _allowed(kind, float(first or 0), float(second or 0), value.replace("−", "-"))
    one_sided = "one-tailed" in flat or "one-sided" in flat or "单侧" in flat or "单尾" in flat
    low = low / 2 if one_sided else low
    decimals = len(p.split(".")[1]) if "." in p else 0
    half, said = 0.5 * 10.0**-decimals, float(p)
    fits = {
        "=": low <= said + half and high >= said - half,
        "<": low < said,
        "≤": low <= said,
        ">": high > said,
        "≥": high >= said,
    }[sign]
    significant = said <= ALPHA if sign in "=<≤" else False
    turns = not fits and ((significant and low > ALPHA) or (not significant and sign != "<" and high < ALPHA))
    return Reported(match[0], low, high, fits, turns)


def _allowed(kind: str, first: float, second: float, value: str) -> tuple[float, float]:
    """Return the least and the greatest p-value that the printed statistic allows."""
    decimals = len(value.split(".")[1]) if "." in value else 0
    half, size = 0.5 * 10.0**-decimals, abs(float(value))
    ends = [_p(kind, first, second, edge) for edge in (max(size - half, 0.0), size + half)]
    return min(ends), max(ends)


def _p(kind: str, first: float, second: float, size: float) -> float:
    if kind == "t":
        return float(2 * stats.t.sf(size, first))
    if kind == "r":
        size = min(size, 0.999999)
        return float(2 * stats.t.sf(size * (first / (1 - size * size)) ** 0.5, first))
    if kind == "F":
        return float(stats.f.sf(size, first, second))
    if kind == "chi2":
        return float(stats.chi2.sf(size, first))
    return float(2 * stats.norm.sf(size))
