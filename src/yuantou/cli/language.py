"""Which language the command line speaks, and texts that carry both."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from yuantou.kernel.local_text import LocalText

_MARK = "\x1e"
_state = {"language": "en"}


def both(zh: str, en: str) -> str:
    """Return a help text that holds both languages until ``settle`` picks one."""
    return f"{zh}{_MARK}{en}"


def use(language: str) -> None:
    """Speak a language from here on."""
    _state["language"] = "zh" if language.lower().startswith("zh") else "en"


def current() -> str:
    """Return ``zh`` or ``en``."""
    return _state["language"]


def say(zh: str, en: str) -> str:
    """Return the side of the language in use."""
    return LocalText(zh, en).in_language(current())


def split_language(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Take ``--lang X`` out of the arguments, wherever it stands; without it the environment decides.

    >>> split_language(["call", "run", "x", "--lang", "zh"], {})
    ('zh', ['call', 'run', 'x'])
    """
    rest, chosen = list(arguments), ""
    for position, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang" and position + 1 < len(arguments):
            chosen = arguments[position + 1]
            del rest[position : position + 2]
            break
        if argument.startswith("--lang="):
            chosen = argument.removeprefix("--lang=")
            del rest[position]
            break
    names = ("YUANTOU_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    return chosen or next((environment[name] for name in names if environment.get(name)), "en"), rest


def settle(command: Any) -> Any:
    """Pick the language in use in every help text of a command and those below it."""
    for item in (command, *command.params):
        for attribute in ("help", "short_help", "epilog"):
            text = getattr(item, attribute, None)
            if text and _MARK in text:
                setattr(item, attribute, LocalText(*text.split(_MARK)).in_language(current()))
    if current() == "zh":
        command.context_class = _chinese(command.context_class)
    for child in getattr(command, "commands", {}).values():
        settle(child)
    return command


_WORDS: Final = {
    "Options": "选项",
    "Arguments": "参数",
    "Commands": "命令",
    "Show this message and exit.": "显示帮助。",
}


def _chinese(context: Any) -> Any:
    """Return a context class that lays out help as the given one does, under Chinese headings."""
    formatter = context.formatter_class

    def write_usage(self: Any, program: str, arguments: str = "", prefix: str | None = None) -> None:
        formatter.write_usage(self, program, arguments, "用法：")

    def write_heading(self: Any, heading: str) -> None:
        formatter.write_heading(self, _WORDS.get(heading, heading))

    def write_dl(self: Any, rows: Any, *arguments: Any, **options: Any) -> None:
        formatter.write_dl(self, [(name, _WORDS.get(text, text)) for name, text in rows], *arguments, **options)

    words = {"write_usage": write_usage, "write_heading": write_heading, "write_dl": write_dl}
    return type("Context", (context,), {"formatter_class": type("Formatter", (formatter,), words)})
