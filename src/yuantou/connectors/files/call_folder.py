"""A folder with the files of a call: found by name, read, checked row by row and against one another."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from yuantou.connectors.files.call_tables import TABLE, TABLES, table_named
from yuantou.connectors.files.columns import Table
from yuantou.connectors.files.rows import CheckedTable, check_rows
from yuantou.connectors.files.sheets import SUFFIXES, read_sheet, sheet_names
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.score import Scale
from yuantou.pipelines.tables import CallInput

SETTINGS: Final = "call.toml"


@dataclass(frozen=True, slots=True)
class CallFolder:
    """What a folder held: the call, and everything that was wrong with it.

    ``sources`` names for each table the file (and sheet) it came from, with the encoding where that is not UTF-8;
    ``contents`` gives for (file, row) of each problem the cells as found, as JSON.
    """

    call: CallInput
    sources: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    contents: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """Count the rows that were left out."""
        return len({(p.place.file, p.place.row) for p in self.problems if p.fatal})


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    sheet: str | None = None

    def __str__(self) -> str:
        return f"{self.path.name} [{self.sheet}]" if self.sheet else self.path.name


def read_call_folder(folder: Path, *, scale: Scale | None = None, progress: Progress = silent) -> CallFolder:
    """Read the tables of a call from CSV, XLSX or JSON lines and check them, scores against ``scale`` if it is given.

    Raises
    ------
    InputError
        If there is nothing to work on: no folder, no proposals, a file that cannot be read as a table, or two files
        for one table.
    """
    sources = _find(folder)
    checked: dict[str, CheckedTable] = {}
    for done, (name, source) in enumerate(sources.items()):
        progress("read", done, len(sources))
        checked[name] = check_rows(read_sheet(source.path, TABLE[name], sheet=source.sheet), TABLE[name])
    progress("read", len(sources), len(sources))
    linked = _check_links(checked)
    if "reviews" in linked and scale:
        linked["reviews"] = linked["reviews"].without(_off_scale(linked["reviews"], scale))
    if linked["proposals"].frame.is_empty():
        raise _no_valid_row(linked["proposals"])
    problems = [problem for table in linked.values() for problem in table.problems]
    return CallFolder(
        CallInput(**{name: table.frame for name, table in linked.items()}),
        {name: _described(sources[name], table) for name, table in linked.items()},
        (*problems, *_check_pots(linked)),
        {key: content for table in linked.values() for key, content in table.contents.items()},
    )


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the content of ``call.toml``, or nothing if the folder has none.

    Raises
    ------
    InputError
        If it is no TOML.
    """
    path = folder / SETTINGS
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            LocalText(f"不是正确的 TOML：{error}。", f"This is not TOML: {error}."),
            LocalText("请对照文档改正。", "Correct it as the reference shows."),
            code="input.settings",
            place=Place(SETTINGS),
        ) from error


def _find(folder: Path) -> dict[str, _Source]:
    if not folder.is_dir():
        raise InputError(
            LocalText(f"没有文件夹 {folder}。", f"There is no folder {folder}."),
            LocalText("请检查路径。", "Check the path."),
            code="input.no_folder",
        )
    found: dict[str, list[_Source]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(("~", ".")):
            for name, source in _tables_in(path):
                found.setdefault(name, []).append(source)
    if twice := next((sources for sources in found.values() if len(sources) > 1), None):
        shown = ", ".join(map(str, twice))
        raise InputError(
            LocalText(f"同一张表有几个文件：{shown}。", f"Several files hold the same table: {shown}."),
            LocalText("请只留一个。", "Keep one of them."),
            code="input.several_files",
            place=Place(twice[0].path.name),
        )
    if "proposals" not in found:
        raise InputError(
            LocalText("文件夹里没有项目表。", "The folder has no table of proposals."),
            LocalText(
                "请放入 proposals.csv（或 .xlsx、.jsonl；也可名为“项目”）。用 yuantou call template 可得空表。",
                "Add proposals.csv (or .xlsx, .jsonl); `yuantou call template` writes empty files.",
            ),
            code="input.no_proposals",
        )
    return {table.name: found[table.name][0] for table in TABLES if table.name in found}


def _tables_in(path: Path) -> Iterable[tuple[str, _Source]]:
    if table := table_named(path.stem):
        yield table.name, _Source(path)
    elif path.suffix.lower() == ".xlsx":
        for sheet in sheet_names(path):
            if table := table_named(sheet):
                yield table.name, _Source(path, sheet)


def _described(source: _Source, table: CheckedTable) -> str:
    return str(source) if table.encoding in {"", "utf-8", "utf-8-sig"} else f"{source} ({table.encoding})"


def _check_links(checked: Mapping[str, CheckedTable]) -> dict[str, CheckedTable]:
    """Leave out rows that name a proposal or an expert that is not there."""
    linked = dict(checked)
    for name, column, target in (
        ("works", "expert_id", "experts"),
        ("conflicts", "proposal_id", "proposals"),
        ("conflicts", "expert_id", "experts"),
        ("reviews", "proposal_id", "proposals"),
    ):
        if name in linked:
            known = linked[target].frame[column] if target in linked else pl.Series(column, [], dtype=pl.String)
            linked[name] = linked[name].without(_unknown(linked[name], TABLE[target], column, known))
    return linked


def _unknown(table: CheckedTable, target: Table, column: str, known: pl.Series) -> dict[int, Problem]:
    positions = (~table.frame[column].is_in(known.implode())).arg_true()
    return {
        position: Problem(
            "row.unknown_reference",
            LocalText(
                f"{target.label.zh}表中没有“{table.frame[column][position]}”，此行未采用。",
                f"There is no “{table.frame[column][position]}” among the {target.name}; the row was not used.",
            ),
            LocalText("请核对编号，或补上被引用的行。", "Check the id, or add the row it refers to."),
            Place(table.file, table.rows[position], column),
        )
        for position in positions
    }


def _off_scale(reviews: CheckedTable, scale: Scale) -> dict[int, Problem]:
    wrong = {score: scale.problem(score) for score in reviews.frame["score"].unique()}
    return {
        position: Problem(
            "cell.off_scale",
            LocalText(f"分数 {score:g} 不在评分范围内。", f"The score {score:g} is {wrong[score]}."),
            LocalText(f"范围是 {scale.low:g} 至 {scale.high:g}。", "Correct the score, or the scale of the call."),
            Place(reviews.file, reviews.rows[position], "score"),
        )
        for position, score in enumerate(reviews.frame["score"])
        if wrong[score]
    }


def _check_pots(linked: Mapping[str, CheckedTable]) -> list[Problem]:
    """Warn of pots that no proposal belongs to; with one pot there is nothing to match."""
    if "budgets" not in linked or linked["budgets"].frame.height < 2:
        return []
    budgets, disciplines = linked["budgets"], set(linked["proposals"].frame["discipline"])
    return [
        Problem(
            "row.unused_pot",
            LocalText(f"没有项目属于经费池“{pot}”。", f"No proposal belongs to the pot “{pot}”."),
            LocalText("请核对名称：须与项目的学科相同。", "Check the name: it must equal the discipline of proposals."),
            Place(budgets.file, row, "pot"),
            fatal=False,
        )
        for pot, row in zip(budgets.frame["pot"], budgets.rows, strict=True)
        if pot not in disciplines
    ]


def _no_valid_row(table: CheckedTable) -> InputError:
    return InputError(
        LocalText("没有一行可用。", "Not one row can be used."),
        LocalText("请按各行的提示改正。", "Correct the rows as told for each."),
        code="input.no_valid_row",
        place=Place(table.file),
        problems=table.problems,
    )
