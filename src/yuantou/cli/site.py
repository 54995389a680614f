"""``yuantou up``, ``demo``, ``manage`` and ``verify``: the site, its demonstration, its operator's commands, its proof.

The web application stands above the command line, so it is started as a process of its own, never imported here.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli.language import both, say


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("up", help=both("启动网站与后台任务。", "Start the site and its worker."))(up)
    app.command(
        "demo", help=both("载入演示数据或生成大规模测试数据。", "Load the demonstration, or generate a large call.")
    )(demo)
    app.command(
        "manage",
        help=both("运行 Django 管理命令。", "Run a management command of Django."),
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(manage)
    app.command("verify", help=both("离线验证导出的存证。", "Verify an exported ledger offline."))(verify)


def up() -> None:
    """Become the launcher."""
    _become("yuantou.web.launch")


def demo(
    scale: Annotated[
        int, typer.Option(help=both("生成 N 份申请的测试批次。", "Generate a call of N proposals."), min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help=both("随机种子。", "Seed of every random draw."))] = 1,
) -> None:
    """Load the demonstration call, or a statistical one of any size."""
    _become("yuantou.web.manage", "demonstration", "--scale", str(scale), "--seed", str(seed))


def manage(context: typer.Context) -> None:
    """Hand the arguments to Django."""
    _become("yuantou.web.manage", *context.args)


def verify(
    export: Annotated[
        Path | None,
        typer.Argument(
            metavar="[EXPORT]", help=both("导出文件夹；省略则验证本站。", "Export; this site's ledger if left out.")
        ),
    ] = None,
    witness: Annotated[
        Path | None, typer.Option(help=both("见证人保存的 heads.json。", "A heads.json that a witness kept."))
    ] = None,
) -> None:
    """Verify an export with the same single file that an outsider would use."""
    from yuantou.engines.ledger import verifier

    if export is None:
        _become("yuantou.web.manage", "verify_ledger", *(["--witness", str(witness)] if witness else []))
        return
    try:
        findings = verifier.verify(export, witness)
    except (OSError, ValueError, KeyError) as error:
        typer.echo(say(f"无法读取导出文件：{error}", f"The export cannot be read: {error}"), err=True)
        raise typer.Exit(2) from error
    for finding in findings:
        typer.echo(finding)
    typer.echo(
        say(f"发现 {len(findings)} 处问题", f"{len(findings)} findings")
        if findings
        else say(
            "全部通过：每一条记录、每一个根与签名均成立", "all good: every entry, every root and every signature holds"
        )
    )
    raise typer.Exit(1 if findings else 0)


def _become(module: str, *arguments: str) -> None:
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 our own interpreter
