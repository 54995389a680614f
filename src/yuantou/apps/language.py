"""The language of the page that is being answered."""

from django.utils.translation import get_language

from yuantou.kernel.local_text import LocalText


def page_language() -> str:
    """Return the language of the page, ``zh-hans`` outside of one."""
    return get_language() or "zh-hans"


def in_page_language(text: LocalText) -> str:
    """Return a text in the language of the page."""
    return text.in_language(page_language())
