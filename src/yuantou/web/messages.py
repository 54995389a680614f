"""Collects translatable messages of templates and modules into the one catalogue (`make messages`; needs gettext)."""

import os
from pathlib import Path

import polib

PACKAGE = Path(__file__).resolve().parents[1]
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def main() -> None:
    """Run Django's collector, then sort, so that two branches merge without conflicts over order."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.test")
    django.setup()
    os.chdir(PACKAGE)
    (PACKAGE / "locale").mkdir(exist_ok=True)
    call_command("makemessages", locale=["zh_Hans"], no_location=True, no_obsolete=True, no_wrap=True, verbosity=0)
    tidy()


def tidy() -> None:
    """Sort the catalogue by message and drop the dates that change at every run."""
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=0)
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    catalogue.header = ""
    for entry in catalogue:
        if "fuzzy" in entry.flags:  # a guess of gettext is no translation
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = {0: ""} if entry.msgid_plural else {}
    catalogue.save(str(CATALOGUE))
    missing = len(catalogue.untranslated_entries())
    print(f"{len(catalogue)} messages, {missing} without translation")


if __name__ == "__main__":
    main()
