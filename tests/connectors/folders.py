"""Small call folders for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

PROPOSALS = (
    "proposal_id,title,keywords,requested\n"
    "P1,Topological superconductors,majorana;transport,100\n"
    "P2,水稻根际铁膜,砷；水稻,200\n"
)
EXPERTS = "expert_id,name,organisation\nE1,Li Lei,Yunze University\nE2,韩梅梅,江海大学\nE3,Ada North,North Institute\n"
WORKS = (
    "work_id,expert_id,title,year\n"
    "W1,E1,Majorana zero modes in nanowires,2020\n"
    "W2,E2,水稻根际铁膜与砷,2021\n"
    "W3,E3,Quantum transport in superconductors,2022\n"
)


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files named ``stem_suffix`` (``proposals_csv``) into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        stem, suffix = name.rsplit("_", 1)
        path = folder / f"{stem}.{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Write an XLSX workbook of literal values; text that starts with ``=`` becomes a formula."""
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path
