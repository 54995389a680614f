"""``yuantou match``: on a folder, on files of scores as conferences have them, and as an open benchmark."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from yuantou.cli.call import Bom, Candidates, Folder, Load, OneEach, Out, Reviews, Seed, Year
from yuantou.cli.console import watching
from yuantou.cli.language import both, current
from yuantou.cli.steps import run_step


class _FolderFirst(TyperGroup):
    """Takes ``match FOLDER`` as ``match folder FOLDER``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["folder", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add ``match`` and what is below it."""
    group = typer.Typer(
        cls=_FolderFirst, no_args_is_help=True, help=both("匹配、回避与分配。", "Match, check conflicts and assign.")
    )
    group.command("folder", help=both("批次文件夹（可省略此词）。", "A folder of a call (this word may be left out)."))(
        folder
    )
    group.command(
        "scores", help=both("由现成的分数文件分配。", "Assign from files of scores (paper, reviewer, score).")
    )(scores)
    group.command("benchmark", help=both("生成公开算例及其最优解。", "Make an open instance and its optimum."))(
        benchmark
    )
    group.command("verify", help=both("核对任一求解器对算例的分配。", "Check any solver's assignment of an instance."))(
        verify
    )
    app.add_typer(group, name="match")


def folder(
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
    run_step(folder, out, "match", options, bom=bom)


Files = Annotated[
    list[Path], typer.Argument(help=both("分数文件（CSV），或一个 JSON。", "Score files (CSV), or one JSON."))
]
Weights = Annotated[
    list[float] | None, typer.Option("--weight", help=both("各文件的权重。", "Weight of each file, in their order."))
]
Constraints = Annotated[
    Path | None, typer.Option(help=both("约束：-1 回避，1 固定。", "Constraints: -1 conflict, 1 fixed."))
]
Quotas = Annotated[Path | None, typer.Option("--max-papers", help=both("每人上限。", "Most papers of each reviewer."))]
Target = Annotated[Path, typer.Option(help=both("结果文件夹。", "Folder for the results."))]
Size = Annotated[int, typer.Option(min=60, help=both("项目数。", "Number of proposals."))]
Use = Annotated[float, typer.Option(min=0.05, max=2, help=both("需求与容量之比。", "Demand over capacity."))]
Fair = Annotated[
    bool, typer.Option("--fair", help=both("评审不足时尽量均匀。", "Even out reviews when they are short."))
]
Zero = Annotated[bool, typer.Option("--allow-zero", help=both("允许零分组合。", "Take pairs of score zero too."))]
Number = Annotated[int, typer.Option(help=both("随机种子。", "Seed of every random draw."))]


def scores(
    files: Files,
    out: Target = Path("results-match"),
    weight: Weights = None,
    constraints: Constraints = None,
    max_papers: Quotas = None,
    max_papers_default: Annotated[int, typer.Option(min=0, help=both("默认上限。", "Most papers by default."))] = 6,
    num_reviewers: Annotated[int, typer.Option(min=0, help=both("每篇评审数。", "Reviews wanted for a paper."))] = 3,
    fair: Fair = False,
    allow_zero: Zero = False,
    seed: Number = 0,
) -> None:
    """Assign from files of scores."""
    from yuantou.cli._match import assign_scores

    with watching() as progress:
        text, whole = assign_scores(
            files,
            out,
            {
                "weights": weight or (),
                "constraints": constraints,
                "quotas": max_papers,
                "demand": num_reviewers,
                "load": max_papers_default,
                "zero": allow_zero,
            },
            fair=fair,
            seed=seed,
            language=current(),
            progress=progress,
        )
    typer.echo(text)
    raise typer.Exit(0 if whole else 1)


def benchmark(out: Target, size: Size = 1000, use: Use = 0.78, seed: Number = 7) -> None:
    """Make an instance and its exact optimum."""
    from yuantou.cli._match import write_benchmark

    with watching() as progress:
        text = write_benchmark(out, size=size, use=use, seed=seed, progress=progress)
    typer.echo(text)


def verify(
    instance: Annotated[Path, typer.Argument(help=both("算例文件夹。", "Folder of the instance."))],
    assignment: Annotated[
        Path | None, typer.Argument(help=both("分配（CSV：项目、专家）。", "Assignment (CSV: proposal_id, expert_id)."))
    ] = None,
) -> None:
    """Check an assignment of an instance."""
    from yuantou.cli._match import check_benchmark

    text, sound = check_benchmark(instance, assignment)
    typer.echo(text)
    raise typer.Exit(0 if sound else 1)
