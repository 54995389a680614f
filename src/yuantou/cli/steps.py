"""``yuantou rank`` and ``select``: the single steps of a call, by the same engines."""

from typing import Any

import typer

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
from yuantou.cli.language import both


def register(app: typer.Typer) -> None:
    """Add the commands of the single steps."""
    app.command("rank", help=both("由评审排序。", "Rank proposals from their reviews."))(rank)
    app.command("select", help=both("由评审和经费遴选。", "Rank, then decide within the budget."))(select)


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
