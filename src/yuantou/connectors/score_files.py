"""Files of the usual conference matcher: scores, constraints and quotas as CSV without headings, or all as one JSON.

Rows are ``paper, reviewer, score``; ``paper, reviewer, constraint`` (-1 conflict, 1 fixed, 0 nothing); ``reviewer, most
papers``. The JSON object has ``scores_by_type`` (each with ``edges``), ``weight_by_type``, ``constraints``,
``reviewers``, ``papers``, ``maximums`` and ``demands``. Results are written as ``{paper: [{aggregate_score, user}]}``.
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from yuantou.connectors.files.decode import decode
from yuantou.engines.matching import Candidates
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

Triple = tuple[str, str, float]
_PAIR = {"proposal_id": pl.String, "expert_id": pl.String}


@dataclass(frozen=True)
class ScoredCall:
    """A call from scores: candidates in [0, 1] (``scale`` times the sum), limits, forbidden and fixed pairs."""

    candidates: Candidates
    demand: dict[str, int]
    load: dict[str, int]
    forbidden: pl.DataFrame
    fixed: pl.DataFrame
    scale: float


def read_score_files(
    scores: Sequence[Path],
    *,
    weights: Sequence[float] = (),
    constraints: Path | None = None,
    quotas: Path | None = None,
    demand: int = 3,
    load: int = 6,
    zero: bool = False,
) -> ScoredCall:
    """Read score files (CSV), or one JSON file that holds everything.

    Scores of several files are added by ``weights`` (1 each without), a missing one is 0. As that matcher does, pairs
    of no positive sum are left out, unless ``zero``.

    Raises
    ------
    InputError
        If a file is missing or a row is not as it must be; file and row are named.
    """
    if len(scores) == 1 and scores[0].suffix == ".json":
        return _from_json(scores[0], demand=demand, load=load, zero=zero)
    given = list(weights) or [1.0] * len(scores)
    if len(given) != len(scores):
        raise _wrong("weights", 0, f"{len(given)} ≠ {len(scores)}")
    edges = [_triples(path) for path in scores]
    most = {str(name): int(count) for name, count in _pairs(quotas)} if quotas else {}
    bounds = _triples(constraints) if constraints else []
    return _call(edges, given, bounds, most, {}, demand=demand, load=load, zero=zero)


def write_assignments(path: Path, pairs: pl.DataFrame, scale: float) -> None:
    """Write ``{paper: [{aggregate_score, user}]}``, best first, scores on the scale of the input."""
    found: dict[str, list[dict[str, Any]]] = {}
    for paper, user, score in pairs.select("proposal_id", "expert_id", "affinity").iter_rows():
        found.setdefault(paper, []).append({"aggregate_score": round(score / scale, 6), "user": user})
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _from_json(path: Path, *, demand: int, load: int, zero: bool) -> ScoredCall:
    try:
        data = json.loads(_text(path))
        kinds = data["scores_by_type"]
        edges = [[_triple(path, row, edge) for row, edge in enumerate(kinds[kind]["edges"], 1)] for kind in kinds]
        weights = [float(data.get("weight_by_type", {}).get(kind, 1)) for kind in kinds]
        bounds = [_triple(path, row, bound) for row, bound in enumerate(data.get("constraints", ()), 1)]
        if not edges:
            raise _wrong(path.name, 0, "scores_by_type")
        most = dict(zip(data.get("reviewers", ()), data.get("maximums", ()), strict=False))
        wanted = dict(zip(data.get("papers", ()), data.get("demands", ()), strict=False))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong(path.name, 0, str(error)) from None
    return _call(edges, weights, bounds, most, wanted, demand=demand, load=load, zero=zero)


def _call(
    edges: Sequence[Sequence[Triple]],
    weights: Sequence[float],
    bounds: Sequence[Triple],
    most: Mapping[str, int],
    wanted: Mapping[str, int],
    *,
    demand: int,
    load: int,
    zero: bool,
) -> ScoredCall:
    parts = [
        pl.DataFrame(part, schema=_PAIR | {"score": pl.Float64}, orient="row").with_columns(pl.col("score") * weight)
        for part, weight in zip(edges, weights, strict=True)
    ]
    whole = pl.concat(parts).group_by("proposal_id", "expert_id", maintain_order=True).agg(pl.col("score").sum())
    papers = {*whole["proposal_id"], *wanted, *(paper for paper, _, _ in bounds)}
    users = {*whole["expert_id"], *most, *(user for _, user, _ in bounds)}
    kept = whole.filter(pl.col("score") >= 0 if zero else pl.col("score") > 0)
    highest = kept["score"].max()
    scale = 1 / highest if isinstance(highest, float) and highest > 1 else 1.0
    pairs = kept.select("proposal_id", "expert_id", affinity=pl.col("score") * scale)
    return ScoredCall(
        Candidates.from_frame(pairs, proposal_ids=papers, expert_ids=users),
        {paper: int(wanted.get(paper, demand)) for paper in sorted(papers)},
        {user: int(most.get(user, load)) for user in sorted(users)},
        _bounded(bounds, -1),
        _bounded(bounds, 1),
        scale,
    )


def _bounded(bounds: Iterable[Triple], sign: int) -> pl.DataFrame:
    return pl.DataFrame([(p, u) for p, u, value in bounds if value == sign], schema=_PAIR, orient="row").unique(
        maintain_order=True
    )


def _triples(path: Path) -> list[Triple]:
    return [_triple(path, number, row) for number, row in _rows(path)]


def _triple(path: Path, number: int, row: Sequence[Any]) -> Triple:
    try:
        paper, user, value = (str(cell).strip() for cell in row)
        score = float(value)
    except ValueError:
        raise _wrong(path.name, number, ", ".join(map(str, row))) from None
    if not (paper and user and math.isfinite(score)):
        raise _wrong(path.name, number, ", ".join(map(str, row)))
    return paper, user, score


def _pairs(path: Path) -> list[tuple[str, int]]:
    found = []
    for number, row in _rows(path):
        try:
            name, count = row
            found.append((name.strip(), int(count)))
        except ValueError:
            raise _wrong(path.name, number, ", ".join(row)) from None
    return found


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    lines = csv.reader(_text(path).splitlines())
    return [(number, row) for number, row in enumerate(lines, 1) if any(map(str.strip, row))]


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError(
            LocalText(f"没有文件 {path}。", f"There is no file {path}."), code="input.no_file", place=Place(path.name)
        )
    return decode(path.read_bytes(), file=path.name)[0]


def _wrong(file: str, row: int, what: str) -> InputError:
    return InputError(
        LocalText(f"{file} 第 {row} 行无法读取：{what}", f"{file}, row {row}, cannot be read: {what}"),
        LocalText(
            "每行应为：论文、评审人、数值（限额表为：评审人、上限）。",
            "A row is: paper, reviewer, number (of quotas: reviewer, most papers).",
        ),
        code="matching.score_file",
        place=Place(file, row=row),
    )
