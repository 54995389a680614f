"""Figures as CSV, XLSX and JSON: every number leaves with its definition, its parts and its source."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from yuantou.apps.outcomes.figures import Line
from yuantou.engines.indicators import Figure

COLUMNS: Final = (
    *("indicator", "name_zh", "name_en", "definition_zh", "definition_en", "unit", "level", "subject", "period"),
    *("value", "low", "high", "numerator", "denominator", "release", "source"),
)
KINDS: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def rows_of(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return one row for each figure, with everything needed to check it."""
    return [_row(figure) for line in lines for figure in line.figures]


def _row(figure: Figure) -> dict[str, Any]:
    indicator = figure.indicator
    parts = [f"{part.series}={part.value}" for part in figure.parts]
    return {
        "indicator": indicator.id,
        "name_zh": indicator.name.zh,
        "name_en": indicator.name.en,
        "definition_zh": indicator.definition.zh,
        "definition_en": indicator.definition.en,
        "unit": indicator.unit,
        "level": str(figure.level),
        "subject": figure.subject,
        "period": figure.period,
        "value": str(figure.rounded),
        "low": f"{figure.low:.4f}",
        "high": f"{figure.high:.4f}",
        "numerator": parts[0],
        "denominator": parts[1] if len(parts) > 1 else "",
        "release": "; ".join(sorted({str(part.vintage) for part in figure.parts})),
        "source": "; ".join(dict.fromkeys([indicator.source, *(part.source for part in figure.parts)])),
    }


def as_file(lines: Iterable[Line], kind: str) -> bytes:
    """Return the figures as the bytes of a file of one of ``KINDS``."""
    rows = rows_of(lines)
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1).encode()
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode("utf-8-sig")
    return _xlsx(rows)


def _xlsx(rows: list[dict[str, Any]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("figures")
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, [row[column] for column in COLUMNS])
        sheet.autofit()
    return buffer.getvalue()
