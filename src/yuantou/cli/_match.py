"""What ``yuantou match scores``, ``benchmark`` and ``verify`` do."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from yuantou.cli.console import show_problems
from yuantou.cli.language import say
from yuantou.connectors.files import RECORD, whole_folder, write_table
from yuantou.connectors.score_files import read_score_files, write_assignments
from yuantou.engines.matching import AssignConfig, Assignment, Candidates, assign, make_instance, verify_assignment
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress

_EXACT_SIZE = 100_000
"""Proposals up to which the exact optimum is found (a minute, 2 GB); beyond that the auction with its bound."""
_PAIR = ("proposal_id", "expert_id")


def assign_scores(
    files: Sequence[Path],
    out: Path,
    options: Mapping[str, Any],
    *,
    fair: bool,
    seed: int,
    language: str,
    progress: Progress,
) -> tuple[str, bool]:
    """Assign from score files and write the results; return what to say and whether every slot was filled."""
    call = read_score_files(files, **options)
    limits: dict[str, Any] = {
        "demand": call.demand,
        "load": call.load,
        "forbidden": call.forbidden,
        "fixed": call.fixed,
    }
    result = assign(call.candidates, config=AssignConfig(fair=fair), seed=seed, progress=progress, **limits)
    broken = verify_assignment(call.candidates, result, **limits)
    with whole_folder(out) as fresh:
        write_table(fresh, "assignments", result.pairs)
        write_assignments(fresh / "assignments.json", result.pairs, call.scale)
        if result.shortage:
            write_table(fresh, "shortage", _missing(result))
        _write_json(fresh / "certificate.json", result.certificate)
        _write_json(fresh / RECORD, {"step": "match scores", "method": result.method, "seed": seed, "fair": fair})
    show_problems((*broken, *(result.shortage.problems() if result.shortage else ())))
    return _summary(result, call.scale, out), not result.shortage and not broken


def write_benchmark(out: Path, *, size: int, use: float, seed: int, progress: Progress) -> str:
    """Write an instance, its best assignment and the certificate that bounds every other."""
    made = make_instance(size, use=use, seed=seed)
    config = AssignConfig(solver="exact" if size <= _EXACT_SIZE else "auction")
    # What is solved is what is written: affinities of six digits.
    table = made.candidates.to_frame()
    candidates = Candidates.from_frame(table.drop("rank"), expert_ids=made.candidates.expert_ids)
    result = assign(
        candidates, demand=made.demand, load=made.load, group=made.group, config=config, seed=seed, progress=progress
    )
    experts = pl.DataFrame(
        {
            "expert_id": candidates.expert_ids,
            "load": [made.load[name] for name in candidates.expert_ids],
            "organisation": [made.group[name] for name in candidates.expert_ids],
        }
    )
    with whole_folder(out) as fresh:
        write_table(fresh, "candidates", candidates.to_frame())
        write_table(fresh, "experts", experts)
        write_table(fresh, "assignments", result.pairs)
        _write_json(fresh / "certificate.json", result.certificate)
        _write_json(fresh / RECORD, {"size": size, "use": use, "seed": seed, "demand": made.demand})
    return _summary(result, 1.0, out)


def check_benchmark(folder: Path, assignment: Path | None) -> tuple[str, bool]:
    """Check an assignment of an instance: limits, and its value against the bound that the stored prices prove."""
    try:
        pairs = pl.read_parquet(folder / "candidates.parquet")
        experts = pl.read_parquet(folder / "experts.parquet")
        stored = pl.read_parquet(folder / "assignments.parquet")
        certificate = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
        demand = json.loads((folder / RECORD).read_text(encoding="utf-8"))["demand"]
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise _unusable(folder, str(error)) from None
    candidates = Candidates.from_frame(pairs.select(*_PAIR, "affinity"), expert_ids=experts["expert_id"])
    group = dict(experts.select("expert_id", "organisation").iter_rows())
    load = dict(experts.select("expert_id", "load").iter_rows())
    limits: dict[str, Any] = {"demand": demand, "load": load, "group": group}
    result = Assignment(stored, certificate, None, certificate["method"])
    codes = {"matching.check.missing", "matching.check.shortage"}  # what stays empty is not stored
    found = [problem for problem in verify_assignment(candidates, result, **limits) if problem.code not in codes]
    given_pairs, filled = stored, certificate["filled"]
    if assignment and not found:
        given_pairs = _read_assignment(assignment, pairs)
        other = Assignment(given_pairs, certificate, None, "given")
        claims = {f"matching.check.{name}" for name in ("value", "gap", "bound", "filled", "missing", "shortage")}
        found = [problem for problem in verify_assignment(candidates, other, **limits) if problem.code not in claims]
    show_problems(found)
    value = given_pairs["affinity"].sum()
    below = 100 * (certificate["bound"] - value) / certificate["bound"] if certificate["bound"] else 0.0
    empty = certificate["wanted"] - given_pairs.height
    text = say(
        f"价值 {value:,.6f}，空缺 {empty:,}（可填 {filled:,}），距界 {below:.4f} %，违规 {len(found)}",
        f"value {value:,.6f}, {empty:,} empty ({filled:,} can be filled), {below:.4f} % below the bound, "
        f"{len(found)} breaches",
    )
    return text, not found


def _read_assignment(path: Path, candidates: pl.DataFrame) -> pl.DataFrame:
    try:
        chosen = pl.read_csv(path, columns=list(_PAIR), schema_overrides=dict.fromkeys(_PAIR, pl.String))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unusable(path, str(error)) from None
    return chosen.join(candidates, on=list(_PAIR), how="left").with_columns(pl.col("affinity").fill_null(0))


def _unusable(path: Path, reason: str) -> InputError:
    reason = reason.splitlines()[0] if reason else path.name
    return InputError(
        LocalText(f"{path} 无法读取：{reason}", f"{path} cannot be read: {reason}"),
        LocalText(
            "请给出 yuantou match benchmark 生成的文件夹，或含 proposal_id、expert_id 两列的 CSV。",
            "Give a folder that yuantou match benchmark made, or a CSV with the columns proposal_id and expert_id.",
        ),
        code="matching.instance",
        place=Place(path.name),
    )


def _missing(result: Assignment) -> pl.DataFrame:
    rows = sorted(result.shortage.missing.items()) if result.shortage else []
    return pl.DataFrame(rows, schema={"proposal_id": pl.String, "missing": pl.Int64}, orient="row")


def _summary(result: Assignment, scale: float, out: Path) -> str:
    stated = result.certificate
    return say(
        f"已分配 {stated['filled']:,}/{stated['wanted']:,}，价值 {stated['value'] / scale:,.6f}，证明差距不超过 "
        f"{100 * stated['gap']:.4f} %\n结果在 {out}",
        f"filled {stated['filled']:,} of {stated['wanted']:,}, value {stated['value'] / scale:,.6f}, proven gap at most"
        f" {100 * stated['gap']:.4f} %\nResults in {out}",
    )


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
