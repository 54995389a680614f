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
    group.command("score", help=both("用标注过的句子给检查器评分。", "Score the reader on labelled sentences."))(score)
    group.command("compute", help=both("由观测表计算指标。", "Compute indicators from a table of observations."))(
        compute
    )
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


def score(cases: TextFile) -> None:
    """Print precision and recall with 95 % intervals (Wilson 1927).

    A line of the file is: the clause that bans it or ``-``, a tab, the language, a tab, the sentence. Exit status 1
    unless every sentence gets exactly its clause.
    """
    from yuantou.engines.indicators import check_text, load_rules

    rules = load_rules(_packed("rules.toml"))
    found = right = banned = wrong = total = 0
    for line in cases.read_text("utf-8-sig").splitlines():
        clause, _language, text = line.split("\t", 2)
        cited = {finding.clause.id for finding in check_text(text, rules)}
        total += 1
        banned += clause != "-"
        found += bool(cited)
        right += clause in cited
        if cited != ({clause} - {"-"}):
            wrong += 1
            typer.echo(f"✗ {clause} ≠ {', '.join(sorted(cited)) or '-'}: {text}")
    for name, whole in ((say("查准率", "precision"), found), (say("查全率", "recall"), banned)):
        low, high = _wilson(right, whole)
        typer.echo(f"{name} {right}/{whole} [{low:.3f}, {high:.3f}]")
    typer.echo(say(f"{total - wrong}/{total} 句完全正确。", f"{total - wrong}/{total} sentences exactly right."))
    if wrong:
        raise typer.Exit(1)


def _wilson(hits: int, whole: int, z: float = 1.96) -> tuple[float, float]:
    if not whole:
        return 0.0, 1.0
    share = hits / whole
    middle, half = share + z * z / (2 * whole), z * (share * (1 - share) / whole + z * z / (4 * whole * whole)) ** 0.5
    return (middle - half) / (1 + z * z / whole), (middle + half) / (1 + z * z / whole)


def compute(
    table: TextFile,
    pack: Annotated[str, typer.Option(help=both("house_rd 或 national_rd。", "house_rd or national_rd."))] = "house_rd",
    since: Annotated[int | None, typer.Option(help=both("基期（年）。", "Earlier year, for growth."))] = None,
) -> None:
    """Print every indicator of the pack for every subject and year of a CSV table, or why there is none.

    Columns: ``series,subject,level,period,value,source``, and ``unit``, ``vintage``, ``step``, ``account`` where they
    are known. Rows with errors are named; exit status 1 if there are any.
    """
    import csv

    from yuantou.cli.console import show_problems
    from yuantou.engines.indicators import RefusedError, load_pack, read_observations
    from yuantou.engines.indicators import compute as figure_of

    if pack not in {"house_rd", "national_rd"}:
        raise typer.BadParameter(say(f"没有指标包“{pack}”。", f"There is no pack “{pack}”."))
    registry = load_pack(_packed(f"{pack}.toml")).registry
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows, problems = read_observations(csv.DictReader(lines), registry, file=table.name)
    for subject, level, period in sorted({(row.subject, row.level, row.period) for row in rows}):
        typer.echo(f"{subject} {period}")
        for indicator in registry.indicators.values():
            name = indicator.name.in_language(current())
            try:
                made = figure_of(registry, indicator.id, rows, subject=subject, level=level, period=period, since=since)
            except RefusedError as refused:
                typer.echo(f"  – {name}: {refused.message.in_language(current())}")
            else:
                places = indicator.decimals
                between = f"[{made.low:.{places + 1}f}, {made.high:.{places + 1}f}]" if made.low < made.high else ""
                typer.echo(f"  {name}: {made.rounded} {indicator.unit} {between}".rstrip())
    show_problems(problems)
    if problems:
        raise typer.Exit(1)


def _packed(name: str) -> str:
    return (files("yuantou") / "indicators" / name).read_text("utf-8")
