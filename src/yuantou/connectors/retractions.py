"""Reads the open retraction data (Crossref / Retraction Watch, CSV of 20 columns) into notices."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from yuantou.engines.integrity import Retraction
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

COLUMNS = ("Title", "RetractionDate", "OriginalPaperDOI", "RetractionNature", "Reason")
"""The columns that are read; the others may lack."""

_DATES = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M")


def read_retractions(path: Path) -> Iterator[Retraction]:
    """Yield the notices of a file, one for each row with a DOI or a title.

    Raises
    ------
    InputError
        If a column lacks, or a row cannot be read; it names file, row and column.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(
                LocalText(f"缺少列：{', '.join(missing)}。", f"These columns are missing: {', '.join(missing)}."),
                LocalText("请使用 Crossref 发布的 CSV。", "Use the CSV that Crossref publishes."),
                place=Place(path.name, None, missing[0]),
            )
        for number, row in enumerate(rows, 1):
            doi = "" if (row["OriginalPaperDOI"] or "").lower() in {"", "unavailable"} else row["OriginalPaperDOI"]
            if doi or row["Title"]:
                date = _date(row["RetractionDate"] or "", path, number)
                reason = (row["Reason"] or "").replace(";", "; ").replace("+", "").strip("; ")
                yield Retraction(doi, row["Title"] or "", date, row["RetractionNature"] or "", reason)


def _date(text: str, path: Path, number: int) -> str:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()  # noqa: DTZ007 a day, without an hour
        except ValueError:
            continue
    raise InputError(
        LocalText(f"日期“{text}”无法识别。", f"The date “{text}” cannot be read."),
        LocalText("应为 月/日/年。", "It should read month/day/year."),
        place=Place(path.name, number, "RetractionDate"),
    )
