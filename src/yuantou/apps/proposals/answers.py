"""Answers to the form of a programme type: how each field type is read, and what is still missing. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from yuantou.engines.text.instructions import without_unseen
from yuantou.engines.workflow import Field, ProgrammeType, visible_answers
from yuantou.engines.workflow.model import FieldType
from yuantou.kernel.local_text import LocalText

Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend before submitting: the key of the answer, the label of its field, and what to do."""

    key: str
    label: LocalText
    message: LocalText


def tidy(programme: ProgrammeType, posted: Mapping[str, str]) -> Answers:
    """Return what was posted in the JSON form of each field type; keys that the form does not have are dropped,
    and so is what somebody else has to write.

    What cannot be read is kept as it was typed, so that nothing is lost: ``findings`` names it.
    """
    return {
        key: _READERS.get(field.type, _text)(posted[key])
        for field in programme.fields
        for key in field.keys
        if key in posted and not field.writer
    }


def _text(typed: str) -> str:
    return without_unseen(typed.replace("\r\n", "\n").replace("\0", ""))  # what nobody sees, nobody typed


def _line(typed: str) -> str:
    return " ".join(_text(typed).split())


def _keywords(typed: str) -> list[str]:
    words = (_line(word) for word in re.split(r"[;；\n]", _text(typed)))
    return list(dict.fromkeys(word for word in words if word))


def _money(typed: str) -> str:
    amount = read_money(typed)
    return _line(typed) if amount is None else f"{amount.normalize():f}"


def _integer(typed: str) -> int | str:
    digits = unicodedata.normalize("NFKC", typed).strip()
    return int(digits) if re.fullmatch(r"-?\d{1,9}", digits) else _line(typed)


def _yes(typed: str) -> bool:
    return typed.lower() in {"on", "true", "1", "yes"}


_READERS: dict[FieldType, Callable[[str], Any]] = {
    FieldType.TEXT: _line,
    FieldType.LONG_TEXT: _text,
    FieldType.KEYWORDS: _keywords,
    FieldType.MONEY: _money,
    FieldType.INTEGER: _integer,
    FieldType.CHOICE: _line,
    FieldType.YES: _yes,
    FieldType.DISCIPLINE: _line,
}


def read_money(typed: Any) -> Decimal | None:
    """Read an amount in 元 as people type it: grouped digits, full-width digits, 万 or 万元; nothing if unreadable.

    >>> read_money("１２.5 万元")
    Decimal('125000.00')
    """
    text = re.sub(r"[\s,，¥￥]|CNY|元", "", unicodedata.normalize("NFKC", str(typed)))
    factor = 10_000 if text.endswith("万") else 1
    try:
        amount = (Decimal(text.removesuffix("万")) * factor).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**12 else None


def as_typed(value: Any) -> str:
    """Return the JSON form of an answer as text for an input or a printed page."""
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None or value is False else str(value)


def findings(programme: ProgrammeType, answers: Mapping[str, Any], disciplines: Collection[str]) -> list[Finding]:
    """Return what keeps the answers from being complete, in the order of the form.

    Parameters
    ----------
    disciplines:
        Codes that the call admits.
    """
    return [
        Finding(key, _side(field, key), message)
        for field in programme.asked(answers)
        for key in field.keys
        for message in _faults(field, answers.get(key), disciplines)
    ]


def _side(field: Field, key: str) -> LocalText:
    """Name the language of the side that is meant."""
    if not field.bilingual:
        return field.label
    zh, en = ("中文", "Chinese") if key.endswith("_zh") else ("英文", "English")
    return LocalText(f"{field.label.zh}（{zh}）", f"{field.label.en} ({en})")


def _faults(field: Field, value: Any, disciplines: Collection[str]) -> Iterable[LocalText]:
    if value in (None, "", [], False):
        if field.required:
            yield LocalText("尚未填写。", "Not filled in yet.")
        return
    length = len(as_typed(value))
    if field.max_length and length > field.max_length:
        over = length - field.max_length
        yield LocalText(f"超出 {over} 个字符。", f"{over} characters too long.")
    yield from _CHECKS.get(field.type, _no_fault)(field, value, disciplines)


def _no_fault(field: Field, value: Any, disciplines: Collection[str]) -> Iterable[LocalText]:
    return ()


def _number(field: Field, value: Any, disciplines: Collection[str]) -> Iterable[LocalText]:
    number = read_money(value) if field.type == FieldType.MONEY else (value if isinstance(value, int) else None)
    if number is None:
        yield LocalText("无法识别为数字。", "This is not a number.")
    elif field.low is not None and number < field.low:
        yield LocalText(f"不得小于 {field.low:,.0f}。", f"At least {field.low:,.0f}.")
    elif field.high is not None and number > field.high:
        yield LocalText(f"不得大于 {field.high:,.0f}。", f"At most {field.high:,.0f}.")


def _choice(field: Field, value: Any, disciplines: Collection[str]) -> Iterable[LocalText]:
    if value not in {choice for choice, _label in field.choices}:
        yield LocalText("请从列表中选择。", "Please choose from the list.")


def _discipline(field: Field, value: Any, disciplines: Collection[str]) -> Iterable[LocalText]:
    if value not in disciplines:
        yield LocalText("此通知不接受该学科代码。", "The call does not take this discipline.")


_CHECKS: dict[FieldType, Callable[[Field, Any, Collection[str]], Iterable[LocalText]]] = {
    FieldType.MONEY: _number,
    FieldType.INTEGER: _number,
    FieldType.CHOICE: _choice,
    FieldType.DISCIPLINE: _discipline,
}


def for_roles(programme: ProgrammeType, answers: Mapping[str, Any], roles: Collection[str]) -> Answers:
    """Return the answers without those that the form hides from every role the reader has, or the phase of review."""
    shown = visible_answers(programme, roles)
    asked = programme.asked(answers)
    return {key: answers[key] for field in asked for key in field.keys if key in shown and key in answers}
