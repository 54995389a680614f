"""From bytes to text: the encodings that spreadsheets and offices really write, never guessed in silence."""

import codecs
from typing import Final

from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, *, file: str = "") -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    A byte-order mark decides; else UTF-8 is tried strictly, then UTF-16 (half its bytes are zero), then GB18030, which
    is taken only if what comes out is mostly everyday Chinese: Latin-1 and Big5 bytes decode as rare characters.

    Raises
    ------
    InputError
        If no encoding fits beyond doubt.

    >>> decode("源头".encode("gb18030"))
    ('源头', 'gb18030')
    """
    for name in _candidates(content):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name != "gb18030" or _everyday_chinese(text):
            return text, name
    raise InputError(
        LocalText("看不出文件的编码。", "The encoding of the file cannot be told."),
        LocalText("请另存为 UTF-8（Excel：“CSV UTF-8”）。", "Save it as UTF-8 (in Excel: “CSV UTF-8”)."),
        code="input.encoding",
        place=Place(file),
    )


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return (name,)
    head = content[:4096]
    if b"\0" in head:
        return ("utf-16-le",) if head[1::2].count(0) > head[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "gb18030")


def _everyday_chinese(text: str) -> bool:
    foreign = [character for character in text[:200_000] if ord(character) > 127]
    known = sum(bool(character.encode("gb2312", "ignore")) for character in foreign)
    return known >= 0.9 * len(foreign)
