"""``yuantou atlas prepare | search | frontier | map | fields | partners``: the literature used, on files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli.language import both, say

Folder = Annotated[Path, typer.Argument(help=both("图谱文件夹。", "Folder of the atlas."))]
Works = Annotated[
    Path, typer.Argument(help=both("文献库，或 Parquet、CSV、JSONL 文件。", "A lake, or a Parquet, CSV or JSONL file."))
]
Json = Annotated[bool, typer.Option("--json", help=both("输出 JSON。", "Print JSON."))]


def register(group: typer.Typer) -> None:
    """Add the commands that use a corpus."""
    group.command("prepare", help=both("由文献建立检索、地图与前沿。", "Work out search, map and frontier."))(prepare)
    group.command("search", help=both("检索文献。", "Search works."))(search)
    group.command("frontier", help=both("可能增长的词及其回测。", "What is likely to grow, with its backtest."))(
        frontier
    )
    group.command("map", help=both("导出地图（SVG 或 VOSviewer JSON）。", "Write the map as SVG or VOSviewer JSON."))(
        map_
    )
    group.command("fields", help=both("薄弱领域。", "Weak and cold fields."))(fields)
    group.command("partners", help=both("可互补的合作方。", "Partners that complement a party."))(partners)


def prepare(
    works: Works,
    folder: Folder,
    year: Annotated[
        int, typer.Option(help=both("预测所在年份；0 为倒数第二年。", "Year of the forecast; 0: the last but one."))
    ] = 0,
    topics: Annotated[int, typer.Option(help=both("主题数；0 为自动。", "Number of topics; 0: by size."))] = 0,
    seed: int = 1,
) -> None:
    """Interrupted, it leaves the atlas that was there."""
    from yuantou.cli.console import watching
    from yuantou.connectors.atlas import Plan, prepare, read_works

    with watching() as progress:
        plan = Plan(year=year, topics=topics, seed=seed)
        made = prepare(read_works(works), folder, plan=plan, now=datetime.now(UTC), progress=progress)
    typer.echo(
        say(
            f"{made['works']:,} 篇，{made['topics']} 个主题，预测年份 {made['year']}",
            f"{made['works']:,} works, {made['topics']} topics, forecast of {made['year']}",
        )
    )
    for name, why in made["left_out"].items():
        typer.echo(f"{name}: {say(why['zh'], why['en'])}")


def search(
    folder: Folder,
    words: Annotated[
        str, typer.Argument(help=both("检索词；引号内须相邻。", "Words; those in quotation marks side by side."))
    ],
    first: Annotated[int | None, typer.Option(help=both("起始年份。", "From this year."))] = None,
    last: Annotated[int | None, typer.Option(help=both("截止年份。", "Up to this year."))] = None,
    like: Annotated[
        bool, typer.Option("--like", help=both("按示例文本检索。", "Take the words as an example text."))
    ] = False,
    limit: int = 10,
    as_json: Json = False,
) -> None:
    """Print the works found, the best first."""
    from yuantou.connectors.atlas import Atlas
    from yuantou.connectors.search import Narrowing

    index, narrowing = Atlas(folder).index, Narrowing(first, last)
    found = (
        index.like(words, narrowing=narrowing, limit=limit)
        if like
        else index.search(words, narrowing=narrowing, limit=limit)
    )
    for hit in found.hits:
        title = "".join(piece.text for piece in hit.title)
        if as_json:
            typer.echo(
                json.dumps(
                    {"work_id": hit.work_id, "year": hit.year, "title": title, "score": hit.score}, ensure_ascii=False
                )
            )
        else:
            typer.echo(f"{hit.score:7.2f}  {hit.year or '—'}  {hit.work_id}  {title}")
    if not as_json:
        typer.echo(say(f"共 {found.total:,} 篇", f"{found.total:,} in all"))


def frontier(folder: Folder, first: int = 30, as_json: Json = False) -> None:
    """Print the likeliest terms, and how the method did on years whose outcome is known."""
    from yuantou.connectors.atlas import Atlas

    content = Atlas(folder).part("frontier")
    if as_json or not content:
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    typer.echo(
        say(
            f"{content['year']} 年末，展望 {content['horizon']} 年",
            f"End of {content['year']}, {content['horizon']} years ahead",
        )
    )
    for row in content["terms"][:first]:
        typer.echo(f"{row['chance']:.2f}  {row['growth']:+.2f}  {row['recent']:4d}  {row['term']}")
    for row in content["backtest"]["years"]:
        typer.echo(
            f"{row['year']}: P@50 {row['precision']:.2f} (burst {row['precision_burst']:.2f}), AUC {row['auc']:.3f} "
            f"({row['auc_burst']:.3f}), Spearman {row['spearman']:.3f}, "
            f"Brier {row['brier']:.4f} ({row['brier_base']:.4f})"
        )


def map_(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help=both("输出文件：.svg 或 .json。", "File to write: .svg or .json."))],
    source: Annotated[
        Path | None, typer.Option("--from", help=both("改用 VOSviewer 文件。", "Draw a VOSviewer file instead."))
    ] = None,
) -> None:
    """Write the map of an atlas, or redraw one that VOSviewer made."""
    from yuantou.connectors.atlas import Atlas
    from yuantou.connectors.vosviewer import from_vosviewer, to_svg, to_vosviewer

    content = from_vosviewer(source) if source else Atlas(folder).part("map")
    title = say("文献地图", "Map of the literature")
    text = (
        to_svg(content, title=title) if out.suffix == ".svg" else json.dumps(to_vosviewer(content), ensure_ascii=False)
    )
    out.write_text(text, "utf-8")


def fields(folder: Folder, as_json: Json = False) -> None:
    """Print fields, those with most signs of weakness first."""
    from yuantou.connectors.atlas import Atlas

    rows = Atlas(folder).part("fields").get("rows", [])
    for row in sorted(rows, key=lambda row: (-len(row["signs"]), row["change"])):
        if as_json:
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            interval = f"{row['change_low']:+.2f} … {row['change_high']:+.2f}"
            typer.echo(
                f"{row['change']:+.2f} ({interval})  {row['people']:5d}  {row['groups']:4d}  {row['name']}  "
                f"{' '.join(row['signs'])}"
            )


def partners(folder: Folder, party: Annotated[str, typer.Argument()] = "") -> None:
    """Print partners for a party; without one, the parties known and the test on the past."""
    from yuantou.connectors.atlas import Atlas

    content = Atlas(folder).part("partners")
    for row in content.get("suggestions", {}).get(party, []):
        typer.echo(f"{row['score']:.2f}  {row['common']:3d}  {row['party']}")
    if not party:
        for row in content.get("backtest", []):
            typer.echo(json.dumps(row))
        typer.echo("\n".join(sorted(content.get("suggestions", {}))))
