"""What one cell says: numbers with 万 and separators, full-width digits, lists, years, identifiers."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from yuantou.connectors.files.columns import UNITS, Kind
from yuantou.kernel.errors import InputError
from yuantou.kernel.identifiers import normalise_orcid
from yuantou.kernel.local_text import LocalText

LIST_MARK: Final = "\x1f"  # stands before and between the items of a list that came as a list (JSON lines)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1e]")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?(\d{1,3}([,' ])\d{3}(\2\d{3})*|\d{1,4}([,' ])\d{4}(\4\d{4})*)(\.\d*)?")
_MONEY = re.compile(
    r"^(?:CNY|RMB|人民币|[¥$€£])?\s*(.*?)\s*(亿元|亿|万元|万|千元|元|CNY|RMB)?(?:人民币|整)?$", re.IGNORECASE
)
_YEAR = re.compile(
    r"(\d{4})(?:\.0+|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\s*年"
    r"|\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2})?\s*[月日]?(?:[ T].*)?)?"
)


class CellError(ValueError):
    """A cell that cannot be read; says why and what to write instead."""

    def __init__(self, code: str, message: LocalText, remedy: LocalText) -> None:
        super().__init__(message.en)
        self.code, self.message, self.remedy = code, message, remedy


def tidy(text: str) -> str:
    r"""Strip blanks and characters that nobody sees.

    >>> tidy(" P1\u200b ")
    'P1'
    """
    return _INVISIBLE.sub("", text).strip()


def parse_text(text: str) -> str:
    r"""Return text as it is; a list that came as a list is joined.

    >>> parse_text("\x1f物理\x1f化学")
    '物理; 化学'
    """
    return "; ".join(_split(text, "")) if text.startswith(LIST_MARK) else text


def parse_id(text: str) -> str:
    """Return an identifier with full-width letters and digits narrowed and the ``.0`` of a spreadsheet removed.

    >>> parse_id("Ｐ００１"), parse_id("12.0")
    ('P001', '12')
    """
    return re.sub(r"^(\d+)\.0$", r"\1", unicodedata.normalize("NFKC", parse_text(text)).strip())


def parse_number(text: str) -> float:
    """Return a number, plain or with well-formed thousands separators; widths do not matter.

    >>> parse_number("１，２３４．５")
    1234.5

    Raises
    ------
    CellError
        Where the text is no finite number or its separators can be read in two ways (``1,5``).
    """
    narrow = unicodedata.normalize("NFKC", text).replace("\u2019", "'").strip()
    if _GROUPED.fullmatch(narrow):
        narrow = re.sub(r"[,' ]", "", narrow)
    if not _PLAIN.fullmatch(narrow) or not math.isfinite(float(narrow)):
        raise CellError(
            "cell.number",
            LocalText(f"“{_short(text)}”不是数字。", f"“{_short(text)}” is not a number."),
            LocalText("请写成 1234.5 或 1,234.5。", "Write it as 1234.5 or 1,234.5."),
        )
    return float(narrow)


def parse_money(text: str, unit: float = 1.0) -> float:
    """Return an amount of money, zero or more; a unit in the cell (万, 亿元) goes before that of the heading.

    >>> parse_money("120 万元"), parse_money("¥1,250,000.50"), parse_money("1.2亿")
    (1200000.0, 1250000.5, 120000000.0)
    """
    match = _MONEY.match(unicodedata.normalize("NFKC", text).strip())
    body, own = (match[1], match[2] or "") if match else (text, "")
    return _not_negative(round(parse_number(body) * UNITS.get(own.upper(), unit), 6), text)


def parse_count(text: str) -> int:
    """Return a whole number, zero or more.

    >>> parse_count("３")
    3
    """
    value = _not_negative(parse_number(text), text)
    if value != int(value):
        raise CellError(
            "cell.count",
            LocalText(f"“{_short(text)}”不是整数。", f"“{_short(text)}” is not a whole number."),
            LocalText("请写 0、1、2、3……", "Write 0, 1, 2, 3, …"),
        )
    return int(value)


def parse_year(text: str) -> int:
    """Return the year of a year or date.

    >>> parse_year("2021年5月"), parse_year("2021-05-03 00:00:00"), parse_year("2019")
    (2021, 2021, 2019)
    """
    match = _YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not match or not 1000 <= int(match[1]) <= 2999:
        raise CellError(
            "cell.year",
            LocalText(f"“{_short(text)}”不是年份或日期。", f"“{_short(text)}” is neither a year nor a date."),
            LocalText("请写 2024 或 2024-05-01。", "Write 2024 or 2024-05-01."),
        )
    return int(match[1])


def parse_list(text: str) -> list[str]:
    """Split keywords at ``; ； 、 |`` and line ends, or else at commas.

    >>> parse_list("拓扑、超导; 输运"), parse_list("graph, tree")
    (['拓扑', '超导', '输运'], ['graph', 'tree'])
    """
    return _split(text, "[,，]")


def parse_names(text: str) -> list[str]:
    """Split names at ``; ； 、 |`` and line ends, or else at ``，``; a comma may stand inside an English name.

    >>> parse_names("Smith, John; 李雷"), parse_names("李雷，韩梅梅")
    (['Smith, John', '李雷'], ['李雷', '韩梅梅'])
    """
    return _split(text, "，")


def parse_orcid(text: str) -> str:
    """Return an ORCID iD in its canonical form."""
    try:
        return normalise_orcid(unicodedata.normalize("NFKC", text))
    except ValueError as error:
        raise CellError(
            "cell.orcid",
            LocalText(f"“{_short(text)}”不是有效的 ORCID。", f"“{_short(text)}” is not a valid ORCID iD: {error}."),
            LocalText("请核对 16 位数字；不确定就留空。", "Check the 16 digits, or leave the cell empty."),
        ) from None


def read_money(text: str) -> float:
    """Return an amount of money that stands outside a table, such as an option.

    Raises
    ------
    InputError
        If the text is no amount.
    """
    try:
        return parse_money(text)
    except CellError as error:
        raise InputError(error.message, error.remedy, code=error.code) from None


PARSERS: Final[Mapping[Kind, Callable[[str], object]]] = MappingProxyType(
    {
        "id": parse_id,
        "text": parse_text,
        "list": parse_list,
        "names": parse_names,
        "number": parse_number,
        "money": parse_money,
        "count": parse_count,
        "year": parse_year,
        "orcid": parse_orcid,
    }
)


def _split(text: str, weaker: str) -> list[str]:
    if text.startswith(LIST_MARK):
        parts = text[1:].split(LIST_MARK)
    else:
        parts = re.split(r"[;；、|｜\n]", text)
        parts = parts if len(parts) > 1 else re.split(weaker, text)
    return [part for part in map(tidy, parts) if part]


def _not_negative(value: float, text: str) -> float:
    if value < 0:
        raise CellError(
            "cell.negative",
            LocalText(f"“{_short(text)}”小于零。", f"“{_short(text)}” is below zero."),
            LocalText("请写零或正数。", "Write zero or more."),
        )
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
