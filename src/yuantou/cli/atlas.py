"""``yuantou atlas``: the literature on files, without the web application."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli import atlas_use
from yuantou.cli.language import both, say

LakeFolder = Annotated[Path, typer.Argument(help=both("文献库文件夹。", "Folder of the literature lake."))]


def register(app: typer.Typer) -> None:
    """Add the commands on literature."""
    group = typer.Typer(help=both("文献与科学图谱。", "Literature and the map of science."))
    group.command("load", help=both("载入文献文件。", "Load files of literature into a lake."))(load)
    group.command("show", help=both("显示文献库的内容。", "Show what a lake holds."))(show)
    atlas_use.register(group)
    app.add_typer(group, name="atlas")


def load(
    lake: LakeFolder,
    sources: Annotated[list[Path], typer.Argument(help=both("文件或文件夹。", "Files or folders."))],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=both("来源的日期。", "Day the sources speak of."))
    ] = None,
    keep_readable: Annotated[
        bool, typer.Option(help=both("截断的文件也取可读部分。", "Take what can be read of a truncated file."))
    ] = False,
) -> None:
    """Exit status 1 if something was left out."""
    from yuantou.cli.console import show_problems, watching
    from yuantou.connectors.literature import load_files

    day: date | None = as_of.date() if as_of else None
    with watching() as progress:
        found = load_files(
            lake, sources, now=datetime.now(UTC), as_of=day, keep_readable=keep_readable, progress=progress
        )
    show_problems(found.problems)
    for name in found.skipped:
        typer.echo(say(f"{name}：已在库中，未重复载入。", f"{name}: already in the lake, not loaded again."))
    for name, count in found.counts.items():
        typer.echo(f"{name}: {count:,}")
    typer.echo(found.lake.stamp)
    if any(problem.fatal for problem in found.problems):
        raise typer.Exit(1)


def show(lake: LakeFolder) -> None:
    """Print loads and sizes of tables."""
    import polars as pl

    from yuantou.connectors.literature import open_lake
    from yuantou.connectors.literature.schema import TABLES

    found = open_lake(lake)
    for load_ in found.loads:
        typer.echo(f"{load_.number}  {load_.as_of}  {', '.join(sorted(load_.sources.values()))}")
    for table in TABLES:
        typer.echo(f"{table}: {found.scan(table).select(pl.len()).collect().item():,}")
    typer.echo(found.stamp)
