"""CSV, XLSX and JSON lines as one thing: headings, rows of text cells, row numbers."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from yuantou.connectors.files.call_tables import table_named
from yuantou.connectors.files.cells import LIST_MARK
from yuantou.connectors.files.columns import Table
from yuantou.connectors.files.decode import decode
from yuantou.connectors.files.workbook import check_workbook
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson")
_DELIMITERS: Final = (",", "\t", ";", "，", "|")
_SEARCHED_FOR_HEADINGS: Final = 10
_LONGEST_CELL: Final = 16 << 20

Cells = list[str | None]


@dataclass(slots=True)
class Sheet:
    """A table as found in a file, all cells text; ``numbers`` count its ``rows`` from 1 under the heading."""

    file: str
    headings: list[str] = field(default_factory=list)
    rows: list[Cells] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    encoding: str = ""

    def add(self, number: int, cells: Cells) -> None:
        """Take a row: blank ones are passed over, one with cells beyond the last heading is refused."""
        width = len(self.headings)
        if any(cells[width:]):
            self.problems.append(_too_many_cells(self.file, number, width, len(cells)))
        elif any(cells):
            self.rows.append(cells[:width] + [None] * (width - len(cells)))
            self.numbers.append(number)


def read_sheet(path: Path, table: Table, *, sheet: str | None = None) -> Sheet:
    """Read one table from a file; of an XLSX workbook the named sheet, or the first.

    Lines above the headings (a title, a date) are passed over: the heading row is the one among the first ten that
    names most columns.

    Raises
    ------
    InputError
        If the file is empty, unreadable, or broken in a way that makes its rows uncertain.
    """
    if path.suffix.lower() == ".xlsx":
        return _tabular(path.name, table, _workbook_rows(path, sheet))
    text, encoding = decode(_content(path), file=path.name)
    if not text.strip():
        raise _empty(path.name)
    read = _json_lines if path.suffix.lower() in {".jsonl", ".ndjson"} else _delimited
    found = read(path.name, table, text)
    found.encoding = encoding
    return found


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook that hold tables of a call."""
    import fastexcel

    check_workbook(path)
    return [name for name in fastexcel.read_excel(path).sheet_names if table_named(name)]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            LocalText(f"读不了文件：{error.strerror}。", f"The file cannot be read: {error.strerror}."),
            LocalText("请检查文件和权限。", "Check the file and its permissions."),
            code="input.unreadable",
            place=Place(path.name),
        ) from error


def _workbook_rows(path: Path, sheet: str | None) -> Iterator[Cells]:
    import fastexcel

    check_workbook(path)
    loaded = fastexcel.read_excel(path).load_sheet(sheet or 0, header_row=None, dtypes="string")
    return ([cell and (cell.strip() or None) for cell in cells] for cells in loaded.to_polars().iter_rows())


def _delimited(file: str, table: Table, text: str) -> Sheet:
    top = text[:65536].splitlines()[:_SEARCHED_FOR_HEADINGS]
    delimiter = max(_DELIMITERS, key=lambda mark: max((_known(table, line.split(mark)) for line in top), default=0))
    return _tabular(file, table, _csv_rows(file, text, delimiter))


def _csv_rows(file: str, text: str, delimiter: str) -> Iterator[Cells]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield [cell.strip() or None for cell in cells]
    except csv.Error as error:
        raise InputError(
            LocalText(
                f"第 {reader.line_num} 行附近引号不成对。", f"Quotation marks do not pair near line {reader.line_num}."
            ),
            LocalText('文字中的引号须写成两个（""）。', 'Write a quotation mark inside a cell twice ("").'),
            code="input.quotes",
            place=Place(file),
        ) from error


def _tabular(file: str, table: Table, rows: Iterable[Cells]) -> Sheet:
    remaining = iter(rows)
    top = list(islice(remaining, _SEARCHED_FOR_HEADINGS))
    if not any(any(cells) for cells in top):
        raise _empty(file)
    start = max(range(len(top)), key=lambda i: (_known(table, top[i]), any(top[i]), -i))
    headings = [(cell or "").strip() for cell in top[start]]
    while headings and not headings[-1]:
        headings.pop()
    sheet = Sheet(file, headings)
    for number, cells in enumerate(chain(top[start + 1 :], remaining), start=1):
        sheet.add(number, cells)
    return sheet


def _known(table: Table, headings: Iterable[str | None]) -> int:
    columns = (table.column_for(heading.strip().strip('"')) for heading in headings if heading)
    return len({column.name for column in columns if column})


def _json_lines(file: str, table: Table, text: str) -> Sheet:
    sheet = Sheet(file)
    records: list[tuple[int, dict[str, str | None]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append((number, _record(line)))
        except ValueError as error:
            sheet.problems.append(_bad_line(file, number, str(error)))
    sheet.headings = list(dict.fromkeys(heading for _, record in records for heading in record))
    for number, record in records:
        sheet.add(number, [record.get(heading) for heading in sheet.headings])
    return sheet


def _record(line: str) -> dict[str, str | None]:
    value = json.loads(line, parse_constant=_refuse_constant)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return {key.strip(): _cell(item) for key, item in value.items()}


def _cell(value: Any) -> str | None:
    match value:
        case None | "" | []:
            return None
        case str():
            return value.strip() or None
        case list():
            return "".join(LIST_MARK + (_cell(item) or "") for item in value if not isinstance(item, list | dict))
        case dict():
            raise ValueError("an object inside a field")
        case _:
            return json.dumps(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _empty(file: str) -> InputError:
    return InputError(
        LocalText("文件是空的。", "The file is empty."),
        LocalText("请填写数据，或删去这个文件。", "Fill it in, or remove it."),
        code="input.empty",
        place=Place(file),
    )


def _too_many_cells(file: str, number: int, width: int, found: int) -> Problem:
    return Problem(
        "row.too_many_cells",
        LocalText(f"此行有 {found} 格，表头只有 {width} 格。", f"The row has {found} cells, the heading {width}."),
        LocalText("文字中含分隔符时请加引号。", "Put cells that contain the separator in quotation marks."),
        Place(file, number),
    )


def _bad_line(file: str, number: int, reason: str) -> Problem:
    return Problem(
        "row.json",
        LocalText(f"此行不是 JSON 对象（{reason}）。", f"The line is not a JSON object ({reason})."),
        LocalText('每行写一个对象，如 {"id": "P1"}。', 'Write one object a line, like {"id": "P1"}.'),
        Place(file, number),
    )
