"""``yuantou policy``: which rows of the mission work, and whether a policy text still says what they quote."""

from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli.language import both, current, say

TextFile = Annotated[
    Path, typer.Argument(help=both("政策文本（UTF-8）。", "Policy text (UTF-8)."), dir_okay=False, exists=True)
]
Short = Annotated[bool, typer.Option("--short", help=both("只列每条的状态。", "The state of each row only."))]
_MARKS = {"working": "●", "partly": "◐", "none": "○"}


def register(app: typer.Typer) -> None:
    """Add the commands on policy texts."""
    group = typer.Typer(
        help=both("政策登记：条文、引文与落实情况。", "Policy register: clauses, quotations, what works.")
    )
    group.command("coverage", help=both("逐条列出哪些可用、哪些还缺。", "What works, row by row, and what lacks."))(
        coverage
    )
    group.command("check", help=both("核对一份文本中的全部引文。", "Find every quotation in a text."))(check)
    app.add_typer(group, name="policy")


def coverage(*, short: Short = False) -> None:
    """List the rows; the last line counts those that work."""
    from yuantou.apps.policy.facade import mission

    for row in mission().rows:
        typer.echo(f"{_MARKS[row.state]} {row.id:4} {row.quotations[0].text} · {row.term.in_language(current())}")
        if not short:
            typer.echo(f"       {row.feature.in_language(current())}")
            typer.echo(f"       {say('责任模块', 'Owner')} {row.owner} · {row.checked:%Y-%m-%d}")
            if row.lacks:
                typer.echo(f"       {say('尚缺：', 'Lacks: ')}{row.lacks.in_language(current())}")
            for test in row.tests:
                typer.echo(f"       {test}")
    counts = mission().counts()
    typer.echo(say(f"部分可用 {counts['partly']} 条", f"{counts['partly']} partly"))
    typer.echo(f"{counts['working']}/{len(mission().rows)} working")


def check(file: TextFile) -> None:
    """Exit status 1 if a quotation is not found or the text is not the one registered."""
    from yuantou.apps.policy.facade import mission
    from yuantou.engines.policy import check_sources, read_policy

    policy = read_policy(file.read_text("utf-8-sig"))
    problems = check_sources(mission(), policy)
    for problem in problems:
        typer.echo(problem.text(current()))
    missing = sum(problem.code == "policy.quotation" for problem in problems)
    whole = sum(len(row.quotations) for row in mission().rows)
    typer.echo(
        say(
            f"{len(policy.clauses)} 条；引文找到 {whole - missing}/{whole}。",
            f"{len(policy.clauses)} clauses; {whole - missing}/{whole} quotations found.",
        )
    )
    if problems:
        raise typer.Exit(1)
