"""From a sheet of text to a typed table: good rows kept, each bad one reported with reason and remedy."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from yuantou.connectors.files.cells import LIST_MARK, PARSERS, CellError, parse_money, tidy
from yuantou.connectors.files.columns import Column, Table, split_unit
from yuantou.connectors.files.sheets import Cells, Sheet
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.tables import SCHEMAS


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table of good rows with ``row`` numbers alongside, what was wrong, and the cells of the rows concerned."""

    name: str
    file: str
    frame: pl.DataFrame
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]
    contents: Mapping[tuple[str, int], str] = field(default_factory=dict)
    encoding: str = ""

    def without(self, problems: Mapping[int, Problem]) -> "CheckedTable":
        """Return the table without some rows, given by position, each for a reason."""
        if not problems:
            return self
        kept = [position for position in range(len(self.rows)) if position not in problems]
        left_out = {
            (self.file, self.rows[position]): json.dumps(row, ensure_ascii=False)
            for position, row in zip(problems, self.frame[list(problems)].iter_rows(named=True), strict=True)
        }
        return CheckedTable(
            self.name,
            self.file,
            self.frame[kept],
            tuple(self.rows[position] for position in kept),
            self.problems + tuple(problems.values()),
            {**left_out, **self.contents},
            self.encoding,
        )


def check_rows(sheet: Sheet, table: Table) -> CheckedTable:
    """Read every cell of a sheet as its column says and keep the rows without a fatal problem.

    Columns that the table does not know are carried along as text under their own heading.

    Raises
    ------
    InputError
        If a required column is missing or two headings mean the same column.
    """
    columns = _match_headings(sheet, table)
    problems: dict[int, list[Problem]] = {}
    data: dict[str, pl.Series] = {}
    for position, (heading, column) in enumerate(zip(sheet.headings, columns, strict=True)):
        raw = [_tidy_cell(cells[position]) for cells in sheet.rows]
        name = column.name if column else heading
        if column:
            data[name] = _parse_column(sheet, column, heading, raw, problems, SCHEMAS[table.name][name])
        elif heading and name not in data:
            data[name] = pl.Series(name, raw, dtype=pl.String)
    frame = pl.DataFrame(data).with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMAS[table.name].items() if name not in data
    )
    if table.name == "works" and frame["work_id"].has_nulls():
        frame = frame.with_columns(pl.Series("work_id", list(map(_work_id, frame.to_dicts())), dtype=pl.String))
    _refuse_repeats(sheet, table, frame, problems)
    return _keep_good(sheet, table, frame, problems)


def _work_id(work: Mapping[str, object]) -> object:
    """Name a work without identifier by its content, so that two experts' copies of it get one name."""
    return work["work_id"] or "w" + content_hash([str(work["title"]).casefold(), work["year"]])[:12]


def _tidy_cell(cell: str | None) -> str | None:
    return None if cell is None else (tidy(cell) if not cell.startswith(LIST_MARK) else cell) or None


def _match_headings(sheet: Sheet, table: Table) -> list[Column | None]:
    columns = _settle(sheet, [table.column_for(heading) if heading else None for heading in sheet.headings])
    claims = Counter(column.name for column in columns if column)
    if twice := [name for name, count in claims.items() if count > 1]:
        raise _claimed_twice(sheet, table, columns, twice[0])
    if missing := [column for column in table.columns if column.required and not claims[column.name]]:
        raise InputError(
            LocalText(
                "缺少必需的列：" + "、".join(column.label.zh for column in missing) + "。",
                "Required columns are missing: " + ", ".join(column.name for column in missing) + ".",
            ),
            LocalText(*(_accepted(missing, language) for language in ("zh", "en"))),
            code="input.missing_column",
            place=Place(sheet.file, column=missing[0].name),
        )
    return columns


def _settle(sheet: Sheet, columns: list[Column | None]) -> list[Column | None]:
    """Where several headings claim a column, let its own name have it (``proposal_id`` rather than ``id``)."""
    own = {
        column.name
        for heading, column in zip(sheet.headings, columns, strict=True)
        if column and column.is_named(heading)
    }
    return [
        column if column and (column.name not in own or column.is_named(heading)) else None
        for heading, column in zip(sheet.headings, columns, strict=True)
    ]


def _accepted(columns: Sequence[Column], language: str) -> str:
    lead, stop = ("可用的表头：", "。") if language == "zh" else ("Accepted headings: ", ".")
    return lead + "; ".join(f"{column.name} = {' | '.join(column.known_as())}" for column in columns) + stop


def _claimed_twice(sheet: Sheet, table: Table, columns: list[Column | None], name: str) -> InputError:
    headings = [h for h, column in zip(sheet.headings, columns, strict=True) if column and column.name == name]
    return InputError(
        LocalText(
            f"列 {'、'.join(headings)} 都表示“{name}”。", f"The headings {', '.join(headings)} all mean “{name}”."
        ),
        LocalText("请只留一列，或给另一列改名。", "Keep one of them, or rename the other."),
        code="input.column_twice",
        place=Place(sheet.file, column=name),
    )


def _parse_column(
    sheet: Sheet, column: Column, heading: str, raw: Cells, problems: dict[int, list[Problem]], dtype: pl.DataType
) -> pl.Series:
    """Read each different cell once; note a problem at every place where a bad one stands."""
    parse = partial(parse_money, unit=split_unit(heading)[1]) if column.kind == "money" else PARSERS[column.kind]
    errors: dict[str | None, CellError] = {None: _nothing(column)} if column.required else {}
    order: dict[str | None, int] = {}
    values: list[object] = []
    for cell in dict.fromkeys(raw):
        order[cell] = len(values)
        values.append(None)
        try:
            if cell is not None:
                values[-1] = parse(cell)
                if cell.startswith("=") and column.kind in {"id", "text"}:
                    errors[cell] = _formula(cell, column)
        except CellError as error:
            errors[cell] = error
    for position, cell in enumerate(raw) if errors else ():
        if wrong := errors.get(cell):
            place = Place(sheet.file, sheet.numbers[position], column.name)
            fatal = column.kind != "orcid" and not (wrong.code == "cell.formula" and column.kind == "text")
            problems.setdefault(position, []).append(Problem(wrong.code, wrong.message, wrong.remedy, place, fatal))
    return pl.Series(column.name, values, dtype=dtype).gather([order[cell] for cell in raw])


def _nothing(column: Column) -> CellError:
    return CellError(
        "cell.empty",
        LocalText(f"“{column.label.zh}”未填。", f"“{column.name}” is empty."),
        LocalText("请填写。", "Fill it in."),
    )


def _formula(cell: str, column: Column) -> CellError:
    return CellError(
        "cell.formula",
        LocalText(
            f"“{column.label.zh}”以 = 开头，像是公式。", f"“{column.name}” starts with = like a formula: {cell[:40]}"
        ),
        LocalText("请改为值（选择性粘贴为数值）。", "Put the value there (paste as values)."),
    )


def _refuse_repeats(sheet: Sheet, table: Table, frame: pl.DataFrame, problems: dict[int, list[Problem]]) -> None:
    if not frame.select(table.key).is_duplicated().any():
        return
    first: dict[tuple[object, ...], int] = {}
    for position, key in enumerate(frame.select(table.key).iter_rows()):
        if key[0] is None or any(problem.fatal for problem in problems.get(position, ())):
            continue
        if (earlier := first.setdefault(key, sheet.numbers[position])) != sheet.numbers[position]:
            shown = " · ".join(str(part) for part in key if part is not None)
            problem = Problem(
                "row.duplicate",
                LocalText(f"“{shown}”与第 {earlier} 行重复。", f"“{shown}” repeats row {earlier}."),
                LocalText(
                    "请删去一行或改编号；已采用先出现的一行。", "Remove one or change its id; the first one was used."
                ),
                Place(sheet.file, sheet.numbers[position], table.key[0]),
            )
            problems.setdefault(position, []).append(problem)


def _keep_good(sheet: Sheet, table: Table, frame: pl.DataFrame, problems: dict[int, list[Problem]]) -> CheckedTable:
    good = [i for i in range(frame.height) if not any(problem.fatal for problem in problems.get(i, ()))]
    contents = {
        (sheet.file, sheet.numbers[i]): json.dumps(
            dict(zip(sheet.headings, sheet.rows[i], strict=True)), ensure_ascii=False
        ).replace("\\u001f", ";")
        for i in problems
    }
    found = [problem for position in sorted(problems) for problem in problems[position]]
    return CheckedTable(
        table.name,
        sheet.file,
        frame[good] if len(good) < frame.height else frame,
        tuple(sheet.numbers[i] for i in good),
        tuple(sorted([*sheet.problems, *found], key=lambda problem: problem.place.row or 0)),
        contents,
        sheet.encoding,
    )
