"""A call from its tables to assignments, ranking and decisions, with a record by which anyone can run it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final

import polars as pl

import yuantou
from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import StepResult, match, rank, select
from yuantou.pipelines.tables import CallInput, table_hash

RECORD_VERSION: Final = 1
_PACKAGES: Final = ("numpy", "scipy", "numba", "polars", "ortools")


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result tables of a run, figures that sum it up, problems that are no errors, and the record."""

    tables: Mapping[str, pl.DataFrame]
    figures: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...]
    record: Mapping[str, Any]


def run_call(call: CallInput, parameters: CallParameters, progress: Progress = silent) -> CallResult:
    """Match, check conflicts, assign, rank and decide, as far as the tables of the call reach.

    Matching needs experts, ranking needs reviews, deciding needs reviews and a budget. The result depends on the
    content of the tables, the parameters and the seed alone.

    Raises
    ------
    InputError
        If the tables allow no step at all, or a step cannot use its input.
    CancelledError
        If ``progress`` raises it.
    """
    ordered = call.canonical()
    _check_ranking(ordered, parameters)
    results: dict[str, StepResult] = {}
    if "match" in parameters.steps and not ordered.experts.is_empty():
        results["match"] = match(ordered, parameters, progress)
    if {"rank", "select"} & set(parameters.steps) and not ordered.reviews.is_empty():
        results["rank"] = rank(ordered, parameters, progress)
        if "select" in parameters.steps and (not ordered.budgets.is_empty() or parameters.budget is not None):
            results["select"] = select(ordered, results["rank"].tables["ranking"], parameters)
    if not results:
        raise _nothing_to_do()
    tables = {name: table for result in results.values() for name, table in result.tables.items()}
    return CallResult(
        MappingProxyType(tables),
        {step: result.figures for step, result in results.items()},
        tuple(problem for result in results.values() for problem in result.problems),
        _record(ordered, parameters, results, tables),
    )


def replay(record: Mapping[str, Any], call: CallInput, progress: Progress = silent) -> tuple[CallResult, list[Problem]]:
    """Run a record again on the same call; return the new result and every difference, none if it is identical.

    A difference of input, method or package version is named first, since it explains those of the outputs.

    Raises
    ------
    InputError
        If the record is not one that this version can read.
    """
    if record.get("record") != RECORD_VERSION:
        raise InputError(
            LocalText("不是本版本可读的运行记录。", "This is no record of a run that this version can read."),
            LocalText("请用写下它的版本回放。", "Replay it with the version that wrote it."),
            code="record.version",
        )
    result = run_call(call, CallParameters.from_mapping(record["parameters"]), progress)
    return result, compare_records(record, result.record)


def compare_records(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """Return what differs between two records, causes before consequences."""
    return [
        difference(part, name, old.get(part, {}).get(name), new.get(part, {}).get(name))
        for part in ("inputs", "methods", "packages", "outputs")
        for name in sorted({*old.get(part, {}), *new.get(part, {})})
        if old.get(part, {}).get(name) != new.get(part, {}).get(name)
    ]


_PARTS: Final = {
    "inputs": LocalText("输入表", "input table"),
    "methods": LocalText("方法", "method"),
    "packages": LocalText("软件包", "package"),
    "outputs": LocalText("结果表", "output table"),
    "files": LocalText("文件", "file"),
}


def difference(part: str, name: str, before: str | None, after: str | None) -> Problem:
    """Say that one entry of a part of a record (``inputs``, ``files``, …) is not what it was."""
    label = _PARTS[part]
    return Problem(
        f"replay.{part}",
        LocalText(
            f"{label.zh} {name} 不同：记录 {before or '无'}，现在 {after or '无'}。",
            f"The {label.en} {name} differs: {before or 'none'} in the record, {after or 'none'} now.",
        ),
        _EXPLAINED.get(part, LocalText("见其上列出的原因。", "See the causes listed above.")),
    )


_EXPLAINED: Final = {
    "inputs": LocalText("输入已被改动；请找回原文件。", "The input was changed; find the original files."),
    "methods": LocalText("请安装记录中的版本。", "Install the version that the record names."),
    "packages": LocalText("请安装记录中的版本。", "Install the version that the record names."),
}


def _record(
    call: CallInput, parameters: CallParameters, results: Mapping[str, StepResult], tables: Mapping[str, pl.DataFrame]
) -> dict[str, Any]:
    return {
        "record": RECORD_VERSION,
        "inputs": call.hashes(),
        "parameters": parameters.as_dict(),
        "methods": {name: value for result in results.values() for name, value in result.method.items()},
        "packages": {"yuantou": yuantou.__version__} | {name: version(name) for name in _PACKAGES},
        "figures": {step: dict(result.figures) for step, result in results.items()},
        "outputs": {name: table_hash(table) for name, table in tables.items()},
    }


def _check_ranking(call: CallInput, parameters: CallParameters) -> None:
    """Miss what ranking and deciding need before the long work, not after it."""
    if call.reviews.is_empty() or not {"rank", "select"} & set(parameters.steps):
        return
    if parameters.scale is None:
        raise InputError(
            LocalText("有评审，但未给出评分范围。", "There are reviews but no scale of their scores."),
            LocalText("请用 --scale 1:5 或写入 call.toml。", "Give it as --scale 1:5, or in call.toml."),
            code="input.no_scale",
            place=Place(column="scale"),
        )
    criteria = set(call.reviews["criterion"].fill_null("").unique())
    if parameters.weights and (odd := criteria ^ set(parameters.weights)):
        raise InputError(
            LocalText(
                f"权重与评审的指标不一致：{'、'.join(sorted(odd))}。",
                f"Weights and criteria differ: {', '.join(sorted(odd))}.",
            ),
            LocalText("请使二者一致。", "Give a weight to each criterion, and to nothing else."),
            code="input.weights",
            place=Place(column="weights"),
        )
    if "select" in parameters.steps and (not call.budgets.is_empty() or parameters.budget is not None):
        _check_amounts(call)


def _check_amounts(call: CallInput) -> None:
    reviewed = call.proposals.join(call.reviews, on="proposal_id", how="semi")
    if missing := reviewed.filter(pl.col("requested").is_null())["proposal_id"].to_list():
        shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        raise InputError(
            LocalText(
                f"{len(missing)} 个项目没有申请经费：{shown}。", f"{len(missing)} proposals ask for no amount: {shown}."
            ),
            LocalText("请补填；若只需排序，请用 yuantou rank。", "Fill it in; for a ranking alone use `yuantou rank`."),
            code="input.no_amount",
            place=Place(column="requested"),
        )


def _nothing_to_do() -> InputError:
    return InputError(
        LocalText("表不够，一步也做不了。", "The tables allow no step."),
        LocalText(
            "匹配需要专家表；排序需要评审表；立项还需要经费。",
            "Matching needs experts; ranking needs reviews; deciding needs a budget too.",
        ),
        code="input.nothing_to_do",
    )
