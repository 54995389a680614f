"""Keys under which a person or an organisation is found again, however its name is printed.

A key begins with its kind: ``orcid``, ``han`` (Chinese characters), ``latin`` (a printed Latin name), ``read`` (the
pinyin of a Chinese name), ``initial`` (printed initials), ``begin`` (the initials of a full name). Two names in
characters are compared by characters; only a Latin name is compared with a reading, so 王小明 and 王晓明 stay two
people, while both may be Xiaoming Wang.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product
from typing import Final

import polars as pl
from opencc import OpenCC
from pypinyin import Style, lazy_pinyin, pinyin

from yuantou.engines.text import normalise
from yuantou.kernel.identifiers import normalise_orcid

_MEETS: Final = {
    "read": ("latin",),
    "latin": ("latin", "read"),
    "begin": ("initial",),
    "initial": ("initial", "begin"),
}
"""Which kinds may be the same name: two readings, or the beginnings of two full names, prove nothing."""
_ORCID: Final = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dxX]")
_HAN: Final = re.compile(r"[㐀-鿿][㐀-鿿·]+")
_SYLLABLE: Final = re.compile(
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|"
    r"ou|ua|ue|ui|un|uo|a|e|i|o|u)"
)
_DOUBLE_SURNAMES: Final = frozenset(
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 公孙 公孫 慕容 令狐 长孙 宇文 司徒 夏侯".split()
)
_TITLES: Final = re.compile(
    r"^(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms)\.?\s+)+|,?\s+(?:Ph\.?D\.?|Jr\.?)$|,\s*(?:M\.?D\.?|Sr\.?)$"
)
"""Case matters: Zhou MR has two initials."""


def sought_keys(name: str) -> frozenset[str]:
    """Return the keys under which the same person may be stored.

    >>> bool(sought_keys("王小明") & stored_keys("Wang, Xiao-Ming"))
    True
    >>> bool(sought_keys("王小明") & stored_keys("王晓明"))
    False
    """
    found: set[str] = set()
    for key in stored_keys(name):
        kind, rest = key.split(" ", 1)
        found |= {f"{other} {rest}" for other in _MEETS.get(kind, (kind,))}
    return frozenset(found)


@lru_cache(maxsize=1 << 18)
def stored_keys(name: str) -> frozenset[str]:
    """Return the keys of a name as printed: order of its parts, case, hyphens, accents and initials folded."""
    orcid = _ORCID.search(name)
    keys = {f"orcid {_checked(orcid.group())}"} if orcid else set()
    for han in _HAN.findall(unicodedata.normalize("NFKC", name)):
        keys |= _han_keys(han.replace("·", ""))
    for plain in _spellings(name):
        keys |= _latin_keys(plain)
    return frozenset(keys)


def _checked(orcid: str) -> str:
    try:
        return normalise_orcid(orcid)
    except ValueError:
        return orcid.upper()


def _han_keys(han: str) -> set[str]:
    split = 2 if han[:2] in _DOUBLE_SURNAMES and len(han) > 2 else 1
    surnames = {fold("".join(reading)) for reading in _readings(han[:split])}
    keys = {f"han {_simplified(han)}"}
    for given in _readings(han[split:]):
        initials = "".join(syllable[:1] for syllable in given)
        for surname in surnames:
            keys.add("read " + " ".join(sorted((surname, fold("".join(given))))))
            keys |= {f"begin {surname} {initials}", f"begin {surname} {initials[:1]}"}
    return keys


def _readings(han: str) -> list[tuple[str, ...]]:
    """Return the readings of characters, a few at most: surnames such as 单, 曾, 解 have more than one."""
    return list(islice(product(*pinyin(han, style=Style.NORMAL, heteronym=True)), 12))


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _simplified(han: str) -> str:
    return _converter().convert(han)


_GERMAN = {ord(letter): pair for letter, pair in {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}.items()}


def _spellings(name: str) -> set[str]:
    """Return a Latin name without accents; ä, ö, ü, ø and å also in their two-letter spelling."""
    plain = normalise(_TITLES.sub("", re.sub(r"\([^)]*\d[^)]*\)", " ", _ORCID.sub(" ", name)).strip()))
    german = plain.translate(_GERMAN)
    return {_without_accents(plain), _without_accents(german)}


def _without_accents(text: str) -> str:
    text = text.replace("ø", "o").replace("ł", "l").replace("đ", "d")
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _latin_keys(name: str) -> set[str]:
    surname, _comma, rest = name.partition(",")
    words = _words(name)
    orders = [(surname, rest)]
    if not _words(rest) and len(words) > 1:
        orders = [(words[-1], " ".join(words[:-1])), (words[0], " ".join(words[1:]))]
    keys: set[str] = set()
    for last, first in orders:
        family, given = "".join(_words(last)).replace("-", ""), _words(first)
        if len(family) > 1 and given:
            keys |= _ordered_keys(fold(family), given)
    return keys


def _words(text: str) -> list[str]:
    words = re.findall(r"[a-z]+(?:['’-][a-z]+)*\.?", text)
    return [re.sub(r"['’]", "", word) for word in words]


def _ordered_keys(family: str, given: list[str]) -> set[str]:
    parts = [part for word in given for part in re.split(r"[-.]", word) if part]
    whole = "".join(parts)
    initials = "".join(part[0] for part in parts)
    if all(len(part) == 1 for part in parts) or (
        len(parts) == 1 and len(whole) <= 2 and not re.search("[aeiou]", whole)
    ):
        return {f"initial {family} {whole}"}
    syllables = _SYLLABLE.findall(whole)
    if len(parts) == 1 and "".join(syllables) == whole:
        initials = "".join(syllable[0] for syllable in syllables)
    keys = {
        "latin " + " ".join(sorted((family, fold(whole)))),
        f"begin {family} {initials}",
        f"begin {family} {initials[0]}",
    }
    first = fold(parts[0])
    if len(parts) > 1 and len(parts[0]) > 2 and all(len(part) == 1 for part in parts[1:]):
        keys.add("latin " + " ".join(sorted((family, first))))  # a middle initial is often left out
    return keys


def fold(latin: str) -> str:
    """Fold spellings of ü in pinyin (lü, lv, lyu, lu): keys are only ever compared with keys."""
    return re.sub(r"(?<=[ln])yu", "u", latin.replace("v", "u"))


@lru_cache(maxsize=1 << 16)
def organisation_keys(name: str) -> frozenset[str]:
    """Return the keys of an organisation: schools and hospitals of a university have that of the university.

    >>> bool(organisation_keys("云泽大学附属第一医院") & organisation_keys("云泽大学"))
    True
    >>> bool(organisation_keys("Dept. of Physics, Yunze Univ.") & organisation_keys("Yunze University"))
    True
    >>> bool(organisation_keys("Physics Institute, Academy A") & organisation_keys("Physics Institute, Academy B"))
    False
    """
    return frozenset(
        f"org {key}" for part in re.split(r"[/|;；(（)）]", normalise(name)) for key in _organisation(part) if key
    )


def _organisation(name: str) -> Iterable[str]:
    university = re.match(r".{2,}?大学", re.sub(r"\s", "", name))
    if university:
        whole = university.group()
        return whole, "".join(lazy_pinyin(whole[:-2])) + "university"
    words = re.sub(r"\buniv(?:ersity|\b)\.?", "university", re.sub(r"\bthe\b", "", name))
    own = [part for part in words.split(",") if "university" in part]
    return [re.sub(r"[\W_]+", "", part) for part in (own or [words])]


def organisation_groups(experts: pl.DataFrame) -> dict[str, str]:
    """Return the organisation of each expert for ``assign(group=…)``: one key for all spellings of one."""
    named = (
        (expert, organisation_keys(name or ""))
        for expert, name in experts.select("expert_id", "organisation").iter_rows()
    )
    return {expert: min(keys) for expert, keys in named if keys}
