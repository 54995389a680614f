"""Empty files to start a call from, with headings in either language and a note on every column."""

from pathlib import Path
from typing import Final

from yuantou.connectors.files.call_tables import TABLES
from yuantou.connectors.files.columns import Table
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

_OPTIONAL: Final = {"conflicts", "reviews", "budgets"}


def write_template(folder: Path, *, language: str) -> list[Path]:
    """Write one CSV with headings for each table and a README that explains the columns.

    Nothing is written where any of the files is there already.

    Raises
    ------
    InputError
        If a file is there already.
    """
    zh = language.startswith("zh")
    contents = {f"{table.label.zh if zh else table.name}.csv": _headings(table, zh=zh) for table in TABLES}
    contents["README.txt"] = "\n\n".join(_explained(table, language) for table in TABLES) + "\n"
    if there := [name for name in contents if (folder / name).exists()]:
        raise InputError(
            LocalText(f"{folder} 里已有 {there[0]}。", f"{folder} already holds {there[0]}."),
            LocalText("请换一个文件夹。", "Choose another folder."),
            code="output.not_empty",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8-sig", newline="\r\n" if name.endswith("csv") else "\n")
    return [folder / name for name in contents]


def _headings(table: Table, *, zh: bool) -> str:
    names = [column.label.zh if zh else column.name for column in table.columns]
    return ",".join(names) + "\n"


def _explained(table: Table, language: str) -> str:
    zh = language.startswith("zh")
    note = ("（可选）" if zh else " (optional)") if table.name in _OPTIONAL else ""
    lines = [f"{table.label.zh if zh else table.name}.csv{note}"]
    for column in table.columns:
        name, must = (column.label.zh, "，必填") if zh else (column.name, ", required")
        lines.append(f"  {name}{must if column.required else ''}: {column.meaning.in_language(language)}")
    return "\n".join(lines)
