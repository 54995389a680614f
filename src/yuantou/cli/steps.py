"""``yuantou match``, ``rank`` and ``select``: the single steps of a call, by the same engines."""

from typing import Any

import typer

from yuantou.cli.call import (
    Bom,
    Budget,
    Candidates,
    Folder,
    Load,
    OneEach,
    Out,
    Reviews,
    Rule,
    ScaleText,
    Seed,
    Year,
    money,
    run_folder,
)
from yuantou.cli.language import both


def register(app: typer.Typer) -> None:
    """Add the commands of the single steps."""
    app.command("match", help=both("匹配、回避与分配。", "Match, check conflicts and assign."))(match)
    app.command("rank", help=both("由评审排序。", "Rank proposals from their reviews."))(rank)
    app.command("select", help=both("由评审和经费遴选。", "Rank, then decide within the budget."))(select)


def match(
    folder: Folder,
    out: Out = None,
    seed: Seed = None,
    reviews_per_proposal: Reviews = None,
    max_load: Load = None,
    candidates: Candidates = None,
    one_per_organisation: OneEach = None,
    year: Year = None,
    bom: Bom = False,
) -> None:
    """Match and assign."""
    options = {
        "seed": seed,
        "reviews_per_proposal": reviews_per_proposal,
        "max_load": max_load,
        "candidates": candidates,
        "one_per_organisation": one_per_organisation,
        "year": year,
    }
    _step(folder, out, "match", options, bom=bom)


def rank(folder: Folder, out: Out = None, seed: Seed = None, scale: ScaleText = None, bom: Bom = False) -> None:
    """Rank from reviews."""
    _step(folder, out, "rank", {"seed": seed, "scale": scale}, bom=bom)


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
    _step(folder, out, "select", {"seed": seed, "scale": scale, "budget": money(budget), "rule": rule}, bom=bom)


def _step(folder: Folder, out: Out, step: str, options: dict[str, Any], *, bom: bool) -> None:
    out = out or folder / f"results-{step}"
    raise typer.Exit(run_folder(folder, out, {**options, "steps": [step]}, bom=bom))
