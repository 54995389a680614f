"""``yuantou reuse``: index earlier texts, check new ones against them, repeat or beat the planted test."""

import json
from pathlib import Path
from typing import Annotated

import typer

from yuantou.cli.language import both, current, say

Folder = Annotated[Path, typer.Option("--index", help=both("索引文件夹。", "Folder of the index."))]
Files = Annotated[list[Path], typer.Argument(help=both("PDF、DOCX、TXT 或 JSONL。", "PDF, DOCX, TXT or JSON lines."))]


def register(app: typer.Typer) -> None:
    """Add the commands on text reuse."""
    group = typer.Typer(help=both("文本重复：建索引、核对、基准测试。", "Text used before: index, check, benchmark."))
    group.command("index", help=both("把文本加入索引。", "Add texts to an index."))(index)
    group.command("check", help=both("逐段列出与既有文本相同之处。", "List passages that stand in earlier texts."))(
        check
    )
    group.command("benchmark", help=both("生成植入测试并给结果评分。", "Make the planted test and score results."))(
        benchmark
    )
    app.add_typer(group, name="reuse")


def index(
    files: Files,
    folder: Folder,
    boilerplate: Annotated[
        Path | None, typer.Option(help=both("模板文字（不计重复）。", "Template text that counts for nothing."))
    ] = None,
    learn: Annotated[
        bool, typer.Option(help=both("从这些文本学习模板。", "Learn boilerplate from these texts."))
    ] = False,
) -> None:
    """Add texts; the index is made if there is none. An id (file name, or ``id`` of a line) may stand in it once."""
    from yuantou.cli._reuse import documents_in
    from yuantou.connectors.reuse_index import add_documents, create_index
    from yuantou.engines.reuse import Index

    documents = documents_in(files)
    if not folder.exists():
        declared = [boilerplate.read_text("utf-8-sig")] if boilerplate else []
        empty = Index().with_boilerplate(learned=[one.text for one in documents] if learn else [], declared=declared)
        create_index(folder, empty)
    add_documents(folder, documents)
    typer.echo(say(f"已加入 {len(documents)} 份文本。", f"{len(documents)} texts added."))


def check(
    files: Files,
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help=both("逐行输出 JSON。", "One JSON object a line."))] = False,
) -> None:
    """List findings, largest first; exit status 1 if there is any."""
    from yuantou.cli._reuse import as_row, documents_in, lines_of
    from yuantou.connectors.reuse_index import open_index

    known, found = open_index(folder), 0
    for document in documents_in(files):
        for finding in known.check(document):
            found += 1
            rows = (
                [json.dumps(as_row(finding), ensure_ascii=False)] if as_json else lines_of(finding, document, current())
            )
            for line in rows:
                typer.echo(line)
    if not as_json:
        typer.echo(say(f"共 {found} 处，供人工核实。", f"{found} to be read by a person."))
    if found:
        raise typer.Exit(1)


def benchmark(
    size: Annotated[
        int, typer.Option(help=both("新文本数（旧文本为其 7.5 倍）。", "New texts; 7.5 times as many old."), min=10)
    ] = 1000,
    seed: Annotated[int, typer.Option(help=both("随机种子。", "Seed."))] = 1,
    write: Annotated[
        Path | None,
        typer.Option(help=both("写出 old.jsonl、new.jsonl、key.csv。", "Write old.jsonl, new.jsonl, key.csv here.")),
    ] = None,
    score: Annotated[
        Path | None, typer.Option(help=both("评分：CSV 两列 new,old。", "Score a CSV with the columns new,old."))
    ] = None,
) -> None:
    """Make the test from its seed; find with our engine, or write it for another, or score what another found."""
    from yuantou.cli import _reuse

    test = _reuse.planted(size, seed)
    if write is not None:
        _reuse.write_test(test, write)
        typer.echo(say(f"已写入 {write}。", f"Written to {write}."))
        return
    pairs = _reuse.read_pairs(score) if score is not None else _reuse.found_by_us(test)
    for line in _reuse.scored(test, pairs):
        typer.echo(line)
