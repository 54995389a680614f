"""The files of the demonstration as records."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"
FILES: Final = ("disciplines", "organisations", "people", "proposals", "works", "reviews", "conflicts")


@cache
def demo_records(name: str) -> tuple[dict[str, Any], ...]:
    """Return one file of the demonstration as records.

    Parameters
    ----------
    name:
        ``disciplines``, ``organisations``, ``people``, ``proposals``, ``works``, ``reviews`` or ``conflicts``.
        The fields are listed in ``docs/reference/demonstration-call.md``.

    Raises
    ------
    KeyError
        If there is no such file.
    """
    if name not in FILES:
        raise KeyError(f"the demonstration has no {name}; it has {', '.join(FILES)}")
    text = (DATA / f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())
