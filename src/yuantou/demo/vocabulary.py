"""Words of statistical calls: phrases of science from the demonstration, sentence patterns, names, organisations."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from yuantou.demo.records import demo_records

LANGUAGES: Final = ("zh", "en")
_TITLES: Final = {
    "zh": ("{}中的{}：{}的作用", "面向{}的{}与{}研究", "{}调控{}的机制及其对{}的影响", "基于{}的{}{}分析"),
    "en": ("{} and {} in {}", "How {} shapes {} under {}", "{}: {} revisited through {}", "From {} to {} by {}"),
}
_SENTENCES: Final = {
    "zh": (
        "{}是理解{}的关键，但其与{}的关系尚不清楚。",
        "本研究结合{}与{}，系统分析{}。",
        "我们比较{}和{}，给出{}的定量判据。",
        "在此基础上发展{}方法，检验{}并解释{}。",
    ),
    "en": (
        "The relation of {} with {} is poorly understood in {}.",
        "We combine {} with {} and measure {}.",
        "A comparison of {} and {} yields limits on {}.",
        "On this basis we model {} and test {} against {}.",
    ),
}
_SPLIT: Final = {
    "zh": re.compile(
        r"[：，、。；（）/“”]|中的|的|与|和|及|并|研究|影响|作用|机制|揭示|显示|表明|证明|给出|提出|利用|建立|通过|基于|测得|获得"
        r"|发现|本项目|拟"
    ),
    "en": re.compile(
        r"[^\w\s'-]|\b(?:the|a|an|of|in|on|at|and|or|for|with|by|from|to|is|are|as|their|its|that|not|how|what|why|when|"
        r"under|through|after|before|between|without|against|than|into|using|across|over|it)\b",
        re.IGNORECASE,
    ),
}
_PLACE: Final = ("云山岚川泽海岱沧澜松桐梧青白金玉", "原阳州江陵渚屿峰溪浦湖汀台丘林关")
_KIND: Final = ("大学", "科技大学", "理工大学", "师范大学", "医科大学", "物理研究所", "生命科学研究院", "工程研究院")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The vocabulary: phrases of each language, those of a theme side by side.

    ``text[language]`` holds the phrases; those of theme ``t`` start at ``first[language][t]`` and are
    ``length[language][t]`` many. ``discipline`` gives for each theme the number of its discipline in ``codes``.
    """

    text: dict[str, pl.Series]
    first: dict[str, NDArray[np.int64]]
    length: dict[str, NDArray[np.int64]]
    themes: tuple[str, ...]
    discipline: NDArray[np.int64]
    codes: tuple[str, ...]


@cache
def phrases() -> Phrases:
    """Return keywords and parts of titles between function words, for each theme of the demonstration."""
    proposals = demo_records("proposals")
    codes = tuple(sorted({proposal["discipline"] for proposal in proposals}))
    found = {language: [_phrases(index, language) for index in range(len(proposals))] for language in LANGUAGES}
    length = {language: np.array([len(part) for part in parts]) for language, parts in found.items()}
    return Phrases(
        {language: pl.Series([phrase for part in parts for phrase in part]) for language, parts in found.items()},
        {language: np.concatenate(([0], np.cumsum(counts)[:-1])) for language, counts in length.items()},
        length,
        tuple(proposal["theme"] for proposal in proposals),
        np.array([codes.index(proposal["discipline"]) for proposal in proposals]),
        codes,
    )


def _phrases(number: int, language: str) -> list[str]:
    """Return the phrases of one theme: its keywords, then parts of the titles of its proposal and its works."""
    proposal = demo_records("proposals")[number]
    works = [work for work in _works_of(number) if work["language"] == language]
    texts = [proposal[f"title_{language}"], *(work["title"] for work in works)]
    parts = [part.strip(" -'") for text in texts for part in _SPLIT[language].split(text)]
    fit = (part for part in parts if _fits(part, language))
    return list(dict.fromkeys([*proposal[f"keywords_{language}"], *fit]))


def _works_of(number: int) -> list[dict[str, str]]:
    """Return the works of a theme; they stand in the order of the themes, as many for each."""
    works = demo_records("works")
    each = len(works) // len(demo_records("proposals"))
    return list(works[number * each : (number + 1) * each])


def _fits(part: str, language: str) -> bool:
    if language == "zh":
        return 3 <= len(part) <= 10 and not re.search(r"[\d\s]", part)
    return 2 <= len(part.split()) <= 4 and not re.search(r"\d", part)


def coined(count: int) -> pl.Series:
    """Return invented names such as genes and compounds have, all different: ``QDA7``, ``QDB7`` …"""
    number = np.arange(count)
    letters = [chr(65 + letter) for letter in range(26)]
    parts = [pl.Series(letters)[(number // 26**place) % 26] for place in (2, 1, 0)]
    return _joined(*parts, pl.Series(number // 26**3 + 2).cast(pl.String))


def templates(language: str, kind: str) -> tuple[str, ...]:
    """Return patterns with three gaps for a ``title`` or a ``sentence``."""
    return (_TITLES if kind == "title" else _SENTENCES)[language]


class Names:
    """Names drawn from parts: ``own`` in the person's first script, ``latin`` as English works print them.

    Surnames follow a power law, so that many people share a name, as they do in China.
    """

    def __init__(self, rng: np.random.Generator, count: int, *, foreign: float) -> None:
        surnames, given = _characters()
        family = rng.choice(len(surnames), count, p=_weights(len(surnames)))
        first, second = rng.integers(0, len(given), (2, count))
        zh = _joined(surnames["zh"][family], given["zh"][first], given["zh"][second])
        roman = pl.DataFrame({"a": given["latin"][first], "b": given["latin"][second], "c": surnames["latin"][family]})
        latin = roman.select(pl.concat_str(pl.concat_str("a", "b").str.to_titlecase(), pl.lit(" "), "c")).to_series()
        abroad = pl.Series(rng.random(count) < foreign)
        others = _foreign(rng, count)
        self.own = pl.select(pl.when(abroad).then(others).otherwise(zh)).to_series()
        self.latin = pl.select(pl.when(abroad).then(others).otherwise(latin)).to_series()


def _weights(count: int) -> NDArray[np.float64]:
    weights = 1 / np.arange(2, count + 2)
    return weights / weights.sum()


def _joined(*parts: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(*parts)).to_series()


@cache
def _characters() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return surnames and single given-name characters of the people of the demonstration, with pinyin."""
    names = sorted({person["name_zh"] for person in demo_records("people") if person["country"] == "CN"})
    surnames = sorted({name[:-2] for name in names})
    given = sorted({character for name in names for character in name[-2:]})
    family = [
        lazy_pinyin(name)[0].capitalize() if len(name) == 1 else "".join(lazy_pinyin(name)).capitalize()
        for name in surnames
    ]
    return (
        pl.DataFrame({"zh": surnames, "latin": family}),
        pl.DataFrame({"zh": given, "latin": [lazy_pinyin(character)[0] for character in given]}),
    )


def _foreign(rng: np.random.Generator, count: int) -> pl.Series:
    """Return names of the foreign experts taken apart and mixed, with a middle initial."""
    names = [person["name_en"].split(" ") for person in demo_records("people") if person["country"] != "CN"]
    first, last = (pl.Series([name[place] for name in names]) for place in (0, -1))
    initial = pl.Series([f" {chr(65 + number)}. " for number in range(26)])
    draw = [part[rng.integers(0, len(part), count)] for part in (first, initial, last)]
    return _joined(*draw)


def organisation_names(count: int) -> pl.Series:
    """Return different names of organisations; beyond 2,048 they carry a number."""
    names = [first + last + kind for kind in _KIND for first in _PLACE[0] for last in _PLACE[1]]
    rounds = [
        f"{name}{'' if lap == 0 else f'（第{lap + 1}）'}" for lap in range(count // len(names) + 1) for name in names
    ]
    step = 577  # prime to the number of names: neighbours by size are not alike
    return pl.Series(
        [rounds[(number * step) % len(names) + number // len(names) * len(names)] for number in range(count)]
    )
