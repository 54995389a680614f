"""Templates are read by people: no line runs off the screen, not even where the formatter cannot break it."""

from pathlib import Path

import yuantou

PACKAGE = Path(yuantou.__file__).parent
COLUMNS = 140


def test_no_line_of_a_template_is_over_long() -> None:
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{number}"
        for path in sorted(PACKAGE.rglob("templates/**/*.html"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > COLUMNS
    ]
    assert found == []
