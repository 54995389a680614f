"""``yuantou indicators``: the numbers of the policy text tried against their sources, and criteria read in texts."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli.language import both, current, say
from yuantou.kernel.local_text import LocalText

TextFile = Annotated[
    Path, typer.Argument(help=both("要检查的文本（UTF-8）。", "Text to read (UTF-8)."), dir_okay=False, exists=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands on indicators."""
    group = typer.Typer(help=both("指标：核对数字，检查标准。", "Indicators: try numbers, read criteria."))
    group.command("check", help=both("核对政策文本中的 22 项数字。", "Try the 22 numbers of the policy text."))(check)
    group.command("read", help=both("找出文本中被禁用的评价指标。", "Find banned criteria in a text."))(read)
    app.add_typer(group, name="indicators")


def check() -> None:
    """Exit status 1 if a number does not agree with its sources."""
    from yuantou.engines.indicators import load_pack, run_checks

    pack = load_pack(_packed("national_rd.toml"), _packed("policy_numbers.toml"))
    outcomes = run_checks(pack)
    for outcome in outcomes:
        mark = "✓" if outcome.agrees else "✗"
        typer.echo(f"{mark} {outcome.check.row:2} {outcome.check.name.in_language(current())}\n     {outcome.shown}")
    agreeing = sum(outcome.agrees for outcome in outcomes)
    typer.echo(say(f"{agreeing}/{len(outcomes)} 项相符。", f"{agreeing}/{len(outcomes)} agree."))
    if agreeing < len(outcomes):
        raise typer.Exit(1)


def read(file: TextFile) -> None:
    """Exit status 1 if the text uses a banned indicator as a criterion."""
    from yuantou.engines.indicators import check_text, load_rules

    text = file.read_text("utf-8-sig")
    found = check_text(text, load_rules(_packed("rules.toml")))
    for finding in found:
        line = text.count("\n", 0, finding.start) + 1
        clause = finding.clause
        what = LocalText(
            f"{file}:{line}: “{finding.words}”——{clause.name.zh}（{clause.source}）。{clause.remedy.zh}",
            f"{file}:{line}: “{finding.words}”: {clause.name.en} ({clause.source}). {clause.remedy.en}",
        )
        typer.echo(what.in_language(current()))
    typer.echo(say(f"{len(found)} 处。", f"{len(found)} found."))
    if found:
        raise typer.Exit(1)


def _packed(name: str) -> str:
    return (files("yuantou") / "indicators" / name).read_text("utf-8")
