"""``yuantou rank`` and ``select``: the single steps of a call, by the same engines."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from yuantou.cli.call import (
    Bom,
    Budget,
    Folder,
    Out,
    Rule,
    ScaleText,
    Seed,
    money,
    run_folder,
)
from yuantou.cli.console import show_problems
from yuantou.cli.language import both, say
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText


def register(app: typer.Typer) -> None:
    """Add the commands of the single steps."""
    app.command("rank", help=both("由评审排序。", "Rank proposals from their reviews."))(rank)
    chosen = typer.Typer(cls=_FolderFirst, help=both("由评审和经费遴选。", "Rank, then decide within the budget."))
    chosen.command("folder", help=both("由评审和经费遴选。", "Rank, then decide within the budget."))(select)
    chosen.command("verify", help=both("离线核验抽签记录。", "Verify the document of a draw, offline."))(verify)
    app.add_typer(chosen, name="select")


class _FolderFirst(TyperGroup):
    """``yuantou select FOLDER`` is short for ``yuantou select folder FOLDER``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["folder", *args]
        return super().parse_args(ctx, args)


def rank(folder: Folder, out: Out = None, seed: Seed = None, scale: ScaleText = None, bom: Bom = False) -> None:
    """Rank from reviews."""
    run_step(folder, out, "rank", {"seed": seed, "scale": scale}, bom=bom)


def select(
    folder: Folder,
    out: Out = None,
    seed: Seed = None,
    scale: ScaleText = None,
    budget: Budget = None,
    rule: Rule = None,
    bom: Bom = False,
) -> None:
    """Rank and decide."""
    run_step(folder, out, "select", {"seed": seed, "scale": scale, "budget": money(budget), "rule": rule}, bom=bom)


def run_step(folder: Folder, out: Out, step: str, options: dict[str, Any], *, bom: bool) -> None:
    """Run one step on a folder and end with its status."""
    out = out or folder / f"results-{step}"
    raise typer.Exit(run_folder(folder, out, {**options, "steps": [step]}, bom=bom))


def verify(
    document: Annotated[Path, typer.Argument(help=both("抽签记录（JSON）", "document of a draw (JSON)"))],
) -> None:
    """Verify a draw; exit 1 if it does not stand."""
    from yuantou.engines.selection import verify_draw

    try:
        found = json.loads(document.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(
            LocalText("不是抽签记录。", "This is no document of a draw."),
            LocalText("请给出抽签的 JSON 文件。", "Give the JSON file of the draw."),
            code="draw.unreadable",
            place=Place(document.name),
        ) from None
    if problems := verify_draw(found):
        show_problems(problems)
        raise typer.Exit(1)
    awarded, entries = len(found["awarded"]), len(found["entries"])
    typer.echo(
        say(f"核验通过：{entries} 项中抽取 {awarded} 项。", f"Verified: {awarded} awards among {entries} entries.")
    )
