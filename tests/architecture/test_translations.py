"""Both languages are complete: no message without Chinese, no text outside translation."""

import re
import shutil
from pathlib import Path

import polib
import pytest

import yuantou

PACKAGE = Path(yuantou.__file__).parent
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/**/*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_every_message_has_a_chinese_text() -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []


def test_every_placeholder_of_a_translation_exists_in_the_message() -> None:
    for entry in polib.pofile(str(CATALOGUE)):
        known = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            assert set(PLACEHOLDER.findall(text)) <= known, entry.msgid


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed (Debian: gettext)")
def test_the_catalogue_holds_every_message_of_code_and_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.management import call_command

    copy = tmp_path / "yuantou"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__", "*.mo"))
    known = {entry.msgid for entry in polib.pofile(str(CATALOGUE))}
    monkeypatch.chdir(copy)
    call_command("makemessages", locale=["zh_Hans"], no_location=True, no_obsolete=True, no_wrap=True, verbosity=0)
    found = {entry.msgid for entry in polib.pofile(str(copy / "locale/zh_Hans/LC_MESSAGES/django.po"))}
    assert found - known == set(), "run `make messages` and translate"


TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
BLOCKS = re.compile(
    r"\{% blocktranslate.*?%\}.*?\{% endblocktranslate %\}|\{% block main_class %\}.*?\{% endblock %\}", re.DOTALL
)
MARKUP = re.compile(r"<(script|style|svg)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
LETTERS = re.compile(r"[A-Za-z]{3,}|[\u4e00-\u9fff]+")
NAMES = {
    "English",
    "中文",
    "源头",
    "Yuantou",
    "ORCID",
    "ROR",
    "SHA",
    "PDF",
    "CSV",
    "DOI",
    "nbsp",
    "middot",
    "times",
    "rarr",
    "TOML",
    "JSON",
    "SVG",
    "PNG",
    "VOSviewer",
    "AUC",
    "Spearman",
    "Brier",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_stands_outside_translation(path: Path) -> None:
    text = BLOCKS.sub(" ", path.read_text("utf-8"))
    text = MARKUP.sub(" ", TAGS.sub(" ", text))
    assert [word for word in LETTERS.findall(text) if word not in NAMES] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_breaks_the_content_security_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=", text), "inline style"
    assert not re.search(r"\son[a-z]+\s*=", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text), "inline script"
