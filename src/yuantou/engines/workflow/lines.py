"""Where in the text of a programme type something stands, so that an error can name the line."""

import re
from collections.abc import Iterator, Sequence


def line_of(source: str, where: str) -> int | None:
    r"""Return the line (1 = first) that a dotted place such as ``machine.call.transition.publish`` means.

    The longest part of the place that heads a table is looked for first, then, within its blocks, the rest of the
    words as keys, ids or values. Nothing is returned if no part of the place stands in the text.

    >>> line_of('[review]\ncount = 3\n', "review.count")
    2
    """
    lines, parts = source.splitlines(), where.split(".")
    for cut in range(len(parts), 0, -1):
        blocks = list(_blocks(lines, ".".join(parts[:cut])))
        found = [line for start, end in blocks if (line := _within(lines, start, end, parts[cut:])) is not None]
        if found:
            return found[0] + 1
        if blocks:
            return blocks[0][0] + 1
    top = next((i for i, line in enumerate(lines) if line.startswith("[")), len(lines))
    position = _key(lines, 0, top, parts[0])
    return None if position is None else position + 1


def _blocks(lines: Sequence[str], head: str) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each table with a heading, tables below it included."""
    own = re.compile(rf"\[\[?{re.escape(head)}\]\]?\s*(#.*)?$")
    inner = re.compile(rf"\[\[?{re.escape(head)}\.")
    for start, line in enumerate(lines):
        if own.match(line):
            rest = range(start + 1, len(lines))
            heads = (i for i in rest if re.match(r"\[\[?[\w.-]+\]", lines[i]) and not inner.match(lines[i]))
            yield start, next(heads, len(lines))


def _within(lines: Sequence[str], start: int, end: int, words: Sequence[str]) -> int | None:
    """Return the line of the last word, if all words stand in the block in this order or on one line."""
    place = start
    for word in words:
        found = _key(lines, place, end, word)
        if found is None:
            found = _key(lines, start, end, word)
        if found is None:
            return None
        place = found
    return place


def _key(lines: Sequence[str], start: int, end: int, word: str) -> int | None:
    escaped = re.escape(word)
    for pattern in (rf'\bid\s*=\s*"{escaped}"', rf"(?:^|[{{,\s]){escaped}\s*=", rf'"{escaped}"'):
        for i in range(start, end):
            if re.search(pattern, lines[i]):
                return i
    return None
