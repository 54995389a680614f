"""What was wrong with the input, as a table to hand back to whoever sent it."""

from collections.abc import Iterable, Mapping

import polars as pl

from yuantou.kernel.errors import Problem

_SCHEMA = dict.fromkeys(("file", "row", "column", "left_out", "code", "reason", "remedy", "content"), pl.String) | {
    "row": pl.Int64,
    "left_out": pl.Boolean,
}


def rejects_table(
    problems: Iterable[Problem], contents: Mapping[tuple[str, int], str], *, language: str
) -> pl.DataFrame:
    """Return one row for each problem: where, why, what to do, and the cells as they were found."""
    rows = [
        (
            problem.place.file,
            problem.place.row,
            problem.place.column,
            problem.fatal,
            problem.code,
            problem.message.in_language(language),
            problem.remedy.in_language(language),
            contents.get((problem.place.file, problem.place.row or 0), ""),
        )
        for problem in problems
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
