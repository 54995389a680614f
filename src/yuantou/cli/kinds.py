"""``yuantou kinds``: the shipped kinds of call and registers, whether a file is one, and where its records can go."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuantou.cli.language import both, current, say

if TYPE_CHECKING:
    from yuantou.pipelines.kinds import Kind

KindFiles = Annotated[
    list[Path], typer.Argument(help=both("种类文件（TOML）。", "Files of kinds (TOML)."), dir_okay=False, exists=True)
]
KindFile = Annotated[
    Path, typer.Argument(help=both("种类文件（TOML）。", "File of a kind (TOML)."), dir_okay=False, exists=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands on kinds."""
    group = typer.Typer(help=both("项目类型与登记类型：列出、检查、试走。", "Kinds of call and registers as files."))
    group.command("list", help=both("列出随产品提供的种类。", "The kinds that are shipped."))(shipped)
    group.command("check", help=both("逐条列出文件中的错误。", "Everything that is wrong with files, line by line."))(
        check
    )
    group.command("try", help=both("试走每条记录到各终态。", "Walk every record to each of its ends."))(walk)
    app.add_typer(group, name="kinds")


def shipped() -> None:
    """List id, version, name and records of every shipped kind."""
    from yuantou.engines.workflow import ProgrammeType
    from yuantou.pipelines.kinds import judge_kind, shipped_kinds, shipped_parents, shipped_vocabulary

    for name, source in shipped_kinds().items():
        kind, _problems = judge_kind(source, name=name, parents=shipped_parents(), known=shipped_vocabulary())
        assert kind is not None, "a test holds every shipped kind sound"
        if isinstance(kind, ProgrammeType):
            typer.echo(f"{kind.id:20} v{kind.version} {kind.name.in_language(current())}")
        else:
            typer.echo(f"{kind.id:20} {say('登记：', 'register of ')}{', '.join(kind.machines)}")


def check(paths: KindFiles) -> None:
    """Print one line for each finding, with file, line and remedy; exit status 1 if there is any."""
    found = [line for path in paths for line in _findings(path)[1]]
    for line in found:
        typer.echo(line)
    typer.echo(say(f"{len(paths)} 个文件，{len(found)} 处错误。", f"{len(paths)} files, {len(found)} findings."))
    if found:
        raise typer.Exit(1)


def _findings(path: Path) -> "tuple[Kind | None, list[str]]":
    """Judge a file; what it extends stands beside it or is shipped."""
    from yuantou.pipelines.kinds import judge_kind, shipped_parents, shipped_vocabulary

    beside = {one.stem.lstrip("_"): one.read_text("utf-8-sig") for one in path.parent.glob("_*.toml")}
    parents = {**shipped_parents(), **beside}
    kind, problems = judge_kind(
        path.read_text("utf-8-sig"), name=path.name, parents=parents, known=shipped_vocabulary()
    )
    return kind, [problem.text(current()) for problem in problems]


def walk(path: KindFile) -> None:
    """Print the shortest way of each record to each of its ends, through the gate that every change of state passes."""
    from yuantou.engines.workflow import ProgrammeType, simulate

    kind, found = _findings(path)
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    assert kind is not None
    for way in simulate(kind):
        machine = kind.machines[way.record]
        line = machine.state(machine.initial).name.in_language(current())
        for step in way.steps:
            who = kind.roles[step.actor].in_language(current()) if step.actor in kind.roles else step.actor
            taken = machine.transition(step.transition)
            assert taken is not None
            reached = machine.state(step.target).name.in_language(current())
            line += f" —{taken.name.in_language(current())} ({who})→ {reached}"
        typer.echo(f"{way.record}: {line}")
    if isinstance(kind, ProgrammeType):
        phases = " → ".join(phase.name.in_language(current()) for phase in kind.phases)
        typer.echo(f"{say('评审', 'Review')}: {phases}")
