"""Writes what code can answer, take and send into the package, for the command line (`make vocabulary`)."""

import json
import os
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "pipelines" / "vocabulary.json"


def text() -> str:
    """Return the vocabulary of the running product as JSON, sorted, one space a line."""
    from yuantou.apps.workflow.facade import vocabulary

    known = vocabulary()
    lines = (f"  {json.dumps(space)}: {json.dumps(sorted(known.names(space)))}" for space in known.spaces())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write the file."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuantou.web.settings.test")
    django.setup()
    FILE.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
