"""Characters that nobody sees, and text that speaks to a language model instead of a reader."""

import re
import unicodedata
from typing import Final

from yuantou.engines.integrity.signal import Signal
from yuantou.kernel.local_text import LocalText

_JOINERS: Final = {0x200C, 0x200D}  # needed in Persian, Indic scripts and emoji
_INVISIBLE: Final = {
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xE0000, 0xE0080),
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
}
LEAST: Final = 3
"""Invisible characters from which on they are told: word processors leave one or two."""

_ORDERS: Final = re.compile(
    r"(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|the\s+)*(?:previous|prior|above|earlier|preceding)\s+\w*\s*"
    r"(?:instruction|prompt|direction|text|rule)"
    r"|(?:do\s+not|don'?t|never)\s+(?:highlight|mention|report)\s+(?:any\s+)?(?:negative|weakness|flaw|limitation)"
    r"|(?:give|write|provide|recommend|assign)\b[^.\n]{0,40}\b(?:positive|favou?rable|highest|top|perfect)\s+"
    r"(?:review|score|rating|grade|mark|evaluation)\w*\s*(?:only|to this|for this|here)?"
    r"|(?:as|if)\s+(?:you\s+are\s+)?an?\s+(?:AI|LLM|language\s+model|chatbot|AI\s+reviewer)\b[^.\n]{0,60}\b(?:must|should|please|recommend|accept)"
    r"|(?:忽略|无视|忘记)[^。\n]{0,8}(?:以上|之前|前面|上述|先前|所有)[^。\n]{0,8}(?:指令|提示|要求|规则|内容)"
    r"|(?:仅|只)(?:给出|提供|输出|写)[^。\n]{0,6}(?:正面|积极|肯定)[^。\n]{0,6}(?:评价|评审|意见)"
    r"|(?:不要|请勿|不得)(?:提及|指出|列出)[^。\n]{0,6}(?:缺点|不足|负面|弱点|问题)"
    r"|(?:给(?:出|予)?|打)(?:最高|满|高)分[^。\n]{0,10}|(?:如果|若)?(?:你是|作为)[^。\n]{0,6}(?:大模型|语言模型|AI|人工智能)[^。\n]{0,20}(?:请|必须|应当|务必)",
    re.IGNORECASE,
)


def hidden_text(text: str) -> Signal | None:
    """Return where characters without a shape stand, and what hidden tag characters spell. O(length).

    One or two are what programs leave; joiners are left out between letters that need them.
    """
    found = [place for place, sign in enumerate(text) if ord(sign) in _INVISIBLE and not _joins(text, place)]
    tags = "".join(chr(ord(sign) - 0xE0000) for sign in text if 0xE0020 <= ord(sign) < 0xE007F)
    overrides = [place for place in found if text[place] in "\u202d\u202e"]
    if len(found) < LEAST and not tags and not overrides:
        return None
    lines = [f"U+{ord(text[place]):04X} @ {place}: …{_shown(text, place)}…" for place in found[:5]]
    lines += [f"tags: {tags}"] if tags else []
    said = LocalText(f"{len(found)} 个不可见字符。", f"{len(found)} characters that nobody sees.")
    return Signal("hidden_text", said, tuple(lines))


def _joins(text: str, place: int) -> bool:
    """Tell whether a joiner stands between letters of a script that uses it, or inside an emoji."""
    if ord(text[place]) not in _JOINERS or not 0 < place < len(text) - 1:
        return False
    return all(_uses_joiners(ord(sign)) for sign in (text[place - 1], text[place + 1]))


def _uses_joiners(point: int) -> bool:
    return 0x0590 <= point < 0x1100 or 0x2190 <= point < 0x2E80 or 0xFE00 <= point < 0xFE10 or point >= 0x1F000


def _shown(text: str, place: int) -> str:
    around = text[max(0, place - 12) : place + 13]
    return "".join(sign for sign in around if unicodedata.category(sign)[0] != "C")


def instructions(text: str) -> Signal | None:
    """Return sentences that tell a language model what to do. Invisible characters are left out first. O(length)."""
    visible = "".join(
        chr(ord(sign) - 0xE0000) if 0xE0020 <= ord(sign) < 0xE007F else sign
        for sign in unicodedata.normalize("NFKC", text)
        if ord(sign) not in _INVISIBLE or 0xE0020 <= ord(sign) < 0xE007F
    )
    found = [visible[max(0, m.start() - 10) : m.end() + 20].strip() for m in _ORDERS.finditer(visible)]
    if not found:
        return None
    said = LocalText(
        f"{len(found)} 处文字像是写给语言模型的指令。", f"{len(found)} places read like orders to a language model."
    )
    return Signal("instruction", said, tuple(found[:5]))
