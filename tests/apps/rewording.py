"""A shipped register with other words, for the length of a test."""

from importlib.resources import files

import pytest

from yuantou.apps.workflow.facade import register_of
from yuantou.apps.workflow.vocabulary import vocabulary
from yuantou.engines.workflow import load_register


def reword(monkeypatch: pytest.MonkeyPatch, name: str, *changes: tuple[str, str], more: str = "") -> None:
    """Let a register be what it would be with changes of its text; it is judged like a shipped one."""
    text = (files("yuantou") / "registers" / f"{name}.toml").read_text("utf-8") + more
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    changed, used = load_register(text, name=name, known=vocabulary()), register_of(name)
    for there, new in ((used.machines, changed.machines), (used.letters, changed.letters)):
        for key, value in new.items():
            monkeypatch.setitem(there, key, value)
