"""``yuantou call``: run a call from a folder of files, check it, run its record again, start from empty files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from yuantou.cli.console import show_problems, watching
from yuantou.cli.language import both, current, say

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help=both("批次的文件夹。", "Folder of the call."))]
Out = Annotated[
    Path | None,
    typer.Option(help=both("结果文件夹（默认 FOLDER/results）。", "Folder for the results (default FOLDER/results).")),
]
Seed = Annotated[int | None, typer.Option(help=both("随机种子。", "Seed of every random draw."))]
Reviews = Annotated[
    int | None, typer.Option(help=both("每个项目的评审数（默认 3）。", "Reviews wanted for a proposal (default 3)."))
]
Load = Annotated[
    int | None, typer.Option(help=both("每位专家的上限（默认 10）。", "Most reviews of an expert (default 10)."))
]
Candidates = Annotated[
    int | None,
    typer.Option(help=both("每个项目保留的候选专家数（默认 60）。", "Candidates kept for a proposal (default 60).")),
]
OneEach = Annotated[
    bool | None,
    typer.Option(
        "--one-per-organisation/--any-organisation",
        help=both("同一单位至多一位评审。", "At most one reviewer of an organisation for a proposal."),
    ),
]
ScaleText = Annotated[
    str | None,
    typer.Option(
        help=both("分数的范围，如 1:5；5:1 表示越低越好。", "Scale of scores, as 1:5; 5:1 if lower is better.")
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        help=both("总经费，如 300万；代替经费表。", "Money to give, as 3,000,000; instead of a budgets file.")
    ),
]
Rule = Annotated[
    str | None,
    typer.Option(
        help=both("经费不足时：skip 跳过，stop 停止。", "When money is short: skip the proposal, or stop there.")
    ),
]
Year = Annotated[
    int | None,
    typer.Option(help=both("批次年份，用于合作回避期。", "Year of the call, for the window of co-authorship.")),
]
Bom = Annotated[
    bool, typer.Option(help=both("CSV 加 BOM，便于旧版 Excel。", "Write CSV with a byte-order mark, for old Excel."))
]


def register(app: typer.Typer) -> None:
    """Add ``yuantou call``."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help=both("从文件办一个批次。", "Run a call from files.")
    )
    group.command(
        "run", help=both("匹配、回避、分配、排序、遴选。", "Match, check conflicts, assign, rank and decide.")
    )(run)
    group.command("check", help=both("只检查文件。", "Check the files only."))(check)
    group.command("replay", help=both("按记录重做，逐字节比较。", "Run a record again and compare byte for byte."))(
        replay
    )
    group.command("template", help=both("写出空表。", "Write empty files to fill in."))(template)
    app.add_typer(group, name="call")


def run(
    folder: Folder,
    out: Out = None,
    seed: Seed = None,
    reviews_per_proposal: Reviews = None,
    max_load: Load = None,
    candidates: Candidates = None,
    one_per_organisation: OneEach = None,
    scale: ScaleText = None,
    budget: Budget = None,
    rule: Rule = None,
    year: Year = None,
    bom: Bom = False,
) -> None:
    """Run a call."""
    options = {
        "seed": seed,
        "reviews_per_proposal": reviews_per_proposal,
        "max_load": max_load,
        "candidates": candidates,
        "one_per_organisation": one_per_organisation,
        "scale": scale,
        "budget": money(budget),
        "rule": rule,
        "year": year,
    }
    raise typer.Exit(run_folder(folder, out, options, bom=bom))


def run_folder(folder: Path, out: Path | None, options: dict[str, Any], *, bom: bool = False) -> int:
    """Run what a folder allows, write the results, say what came out, and return the exit status."""
    from yuantou.cli._runs import run_and_write

    with watching() as progress:
        outcome = run_and_write(folder, out, options, language=current(), bom=bom, progress=progress)
    show_problems(outcome.problems)
    typer.echo(outcome.summary())
    return 1 if outcome.incomplete else 0


def check(folder: Folder) -> None:
    """Check the files of a call."""
    from yuantou.connectors.files import read_call_folder, read_settings
    from yuantou.pipelines.parameters import CallParameters

    scale = CallParameters.from_mapping(read_settings(folder)).scale
    found = read_call_folder(folder, scale=scale)
    for name, source in found.sources.items():
        rows = found.call.tables()[name].height
        typer.echo(say(f"{source}：{rows:,} 行可用", f"{source}: {rows:,} good rows"))
    show_problems(found.problems, limit=None)
    raise typer.Exit(1 if found.left_out else 0)


def replay(
    record: Annotated[
        Path,
        typer.Argument(
            metavar="RECORD",
            help=both(
                "record.json 或其文件夹；或决定记录的 ZIP。", "record.json, or its folder; or the ZIP of a decision."
            ),
        ),
    ],
    inputs: Annotated[
        Path | None, typer.Option(help=both("输入文件夹，若已移动。", "Folder of the inputs, if it was moved."))
    ] = None,
) -> None:
    """Run a record again, of a run on files or of a decision."""
    from yuantou.cli._runs import replay_and_compare
    from yuantou.connectors.files.decision_file import holds_decision

    if holds_decision(record):
        raise typer.Exit(replay_decision(record))
    with watching() as progress:
        differences, compared = replay_and_compare(record, inputs, progress=progress)
    show_problems(differences, limit=None)
    if differences:
        typer.echo(say(f"不一致：{len(differences)} 处不同。", f"Not identical: {len(differences)} differences."))
        raise typer.Exit(1)
    typer.echo(say(f"一致：{compared} 个文件逐字节相同。", f"Identical: {compared} files, byte for byte."))


def replay_decision(path: Path) -> int:
    """Rank, decide and draw again from a decision's own file, say what differs, and return the exit status."""
    from yuantou.connectors.files.decision_file import read_decision_file
    from yuantou.pipelines.decision_record import COMPARED, made_with
    from yuantou.pipelines.decision_record import replay as again

    frozen, document = read_decision_file(path)
    with watching() as progress:
        problems = again(document, frozen, progress)
    show_problems(problems, limit=None)
    if document.get("made_with") != made_with():
        typer.echo(
            say("记录由另一版本的程序写成。", "The record was written by another version of the program."), err=True
        )
    if problems:
        typer.echo(say(f"不一致：{len(problems)} 处不同。", f"Not identical: {len(problems)} differences."))
        return 1
    funded = sum(outcome == "fund" for _key, outcome, _amount in document["outcomes"])
    total, blocks = len(document["outcomes"]), len(COMPARED)
    typer.echo(
        say(
            f"一致：{blocks} 个部分逐字节相同；{total} 项中资助 {funded} 项。",
            f"Identical: {blocks} blocks, byte for byte; {funded} of {total} proposals are funded.",
        )
    )
    return 0


def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=both("写到哪里。", "Where to write."))],
) -> None:
    """Write empty files."""
    from yuantou.connectors.files import write_template

    for path in write_template(folder, language=current()):
        typer.echo(path)


def money(text: str | None) -> float | None:
    """Read an amount of money given as an option.

    Raises
    ------
    InputError
        If it is none.
    """
    if text is None:
        return None
    from yuantou.connectors.files import read_money

    return read_money(text)
