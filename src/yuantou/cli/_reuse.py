"""What ``yuantou reuse`` does, apart from its options."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from yuantou.connectors.documents import extract_text
from yuantou.engines.reuse import (
    Document,
    Finding,
    Limits,
    Section,
    boilerplate,
    build_postings,
    find_pairs,
    text_of,
)
from yuantou.engines.reuse.planted import CELLS, PlantedTest, make_test, score
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.pipelines.planted import dictionary_words, made_clauses


def documents_in(files: Iterable[Path]) -> list[Document]:
    """Read documents: a line of JSON each (``id``, ``text``, optional ``lead``, ``team``, ``date``), or a whole file.

    Raises
    ------
    InputError
        Naming file and line, if one cannot be read.
    """
    found: list[Document] = []
    for path in files:
        found += list(_lines(path)) if path.suffix == ".jsonl" else [_whole(path)]
    return found


def _lines(path: Path) -> Iterator[Document]:
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            parts = tuple(Section(str(part["name"]), int(part["start"])) for part in row.get("sections", ()))
            lead, team = str(row.get("lead", "")), tuple(map(str, row.get("team", ())))
            yield Document(str(row["id"]), str(row["text"]), lead, team, str(row.get("date", "")), parts)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                LocalText(f"此行无法读取：{error}。", f"This line cannot be read: {error}."),
                LocalText("每行一个 JSON 对象，含 id 与 text。", "One JSON object a line, with id and text."),
                place=Place(path.name, number),
            ) from error


def _whole(path: Path) -> Document:
    made = extract_text(path.read_bytes())
    if made.status != "ok":
        raise InputError(
            LocalText(f"未能取得文字（{made.status}）。", f"No text could be read ({made.status})."),
            LocalText("扫描件请先做文字识别。", "Run text recognition on scans first."),
            place=Place(path.name),
        )
    return Document(path.name, made.text)


def as_row(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    spans = [[s.new_start, s.new_end, s.old_start, s.old_end] for s in finding.spans]
    row = {"new": finding.new, "old": finding.old, "relation": finding.relation, "date": finding.date}
    return row | {"size": finding.size, "share": round(finding.share, 4), "spans": spans}


def lines_of(finding: Finding, document: Document, language: str) -> Iterator[str]:
    """Yield a finding for reading: who with whom, how much, each passage with its place."""
    size, share, how = f"{finding.size:.0f}", f"{finding.share:.0%}", finding.relation
    said = LocalText(f"{size} 字，占 {share}（{how}）", f"{size} characters, {share} ({how})")
    yield f"{finding.new} ← {finding.old} {finding.date}: {said.in_language(language)}"
    for span in finding.spans:
        text = " ".join(document.text[span.new_start : span.new_end].split())
        yield f"    {span.new_start}–{span.new_end} ← {span.old_start}–{span.old_end}  {text[:60]}"


def planted(size: int, seed: int) -> PlantedTest:
    """Return the planted test of a size and a seed."""
    return make_test(round(7.5 * size), size, words=dictionary_words(), clauses=made_clauses(seed), seed=seed)


def write_test(test: PlantedTest, folder: Path) -> None:
    """Write the test for other programs: documents as JSON lines, the key as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in (("old", test.old), ("new", test.new)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(len(texts)):
                row = {"id": f"{name}{number}", "text": text_of(texts.one(number))}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "key.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["new", "old", "share", "changed"])
        rows.writerows([f"new{a}", f"old{b}", share, changed] for a, b, share, changed in test.plants.tolist())


def read_pairs(path: Path) -> list[tuple[int, int]]:
    """Read pairs that some program found: columns ``new`` and ``old``, ids as in the files of the test."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = []
        for number, row in enumerate(csv.DictReader(file), 1):
            try:
                found.append((int(row["new"].removeprefix("new")), int(row["old"].removeprefix("old"))))
            except (KeyError, ValueError, AttributeError) as error:
                raise InputError(
                    LocalText(
                        "需要 new、old 两列，形如 new12,old7。", "The columns new and old are needed, as in new12,old7."
                    ),
                    place=Place(path.name, number),
                ) from error
        return found


def found_by_us(test: PlantedTest) -> list[tuple[int, int]]:
    """Return the pairs that our engine finds, boilerplate learned from the old texts."""
    sample = (text_of(test.old.one(number)) for number in range(min(len(test.old), 30_000)))
    stop = boilerplate.learned(sample, common=Limits().common)
    index = build_postings(test.old, Limits().rate)
    rows = find_pairs(test.new, test.old, index, stop, limits=Limits(), threads=2)
    return [(a, b) for a, b, _size in rows.tolist()]


def scored(test: PlantedTest, pairs: list[tuple[int, int]]) -> Iterator[str]:
    """Yield recall by cell, and false pairs in 10,000 new texts."""
    recall, false = score(test, pairs)
    for share, changed in CELLS:
        yield f"{share:3} %  ±{changed:2} %  {recall[share, changed]:.4f}"
    yield f"false: {10_000 * false / len(test.new):.2f} / 10,000 ({len(test.new)} × {len(test.old)})"
