"""The record of a decision: frozen inputs, model, every proposal, rules, draw, human steps; and the same once more.

The blocks ``inputs``, ``model``, ``proposals``, ``rules`` and ``draw`` follow from the frozen tables alone (and from
the secrets of a draw); ``human`` and ``publication`` are what people did, and the outcomes follow from both. ``replay``
makes all of it anew and compares byte for byte.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import polars as pl

import yuantou
from yuantou.engines import calibration
from yuantou.engines.selection import find_dissent, verify_draw
from yuantou.kernel.errors import InputError, Problem
from yuantou.kernel.hashing import canonical_json
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.seed import Seed
from yuantou.pipelines.decision import Ruled, apply_rule, settle
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import StepResult, rank
from yuantou.pipelines.tables import CallInput, canonical_table, table_hash

RECORD: Final = "decision/1"
FORMULA: Final = "score = mean + proposal + reviewer + panel + noise; all normal"
PACKAGES: Final = ("numpy", "scipy", "numba", "polars")
FROZEN: Final = ("proposals", "reviews", "budgets")
"""The tables that a decision rests on."""
COMPARED: Final = ("inputs", "model", "rules", "draw", "proposals", "outcomes")
DISCUSS: Final = (0.05, 0.95)
"""Chances of being within the line between which a proposal is for the panel to discuss."""
_CODE: Final = ("engines/calibration", "engines/selection", "pipelines", "kernel")


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the SHA-256 over the source of everything that ranks and decides."""
    root, whole = Path(yuantou.__file__).parent, sha256()
    for path in sorted(path for part in _CODE for path in (root / part).rglob("*.py")):
        whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def made_with() -> dict[str, Any]:
    """Return versions and code of this installation: they explain a difference, they are none themselves."""
    return {
        "code": code_hash(),
        "packages": {"yuantou": yuantou.__version__} | {name: version(name) for name in PACKAGES},
    }


def evidence_of(call: CallInput, parameters: CallParameters, ranked: StepResult) -> dict[str, Any]:
    """Return what else must be known of a ranking: dissent with its reliability, and how it bears other methods.

    ``dissent`` has ``reliability`` (None where it cannot be told), ``halves``, and by proposal ``[disagreement, q]`` of
    those flagged or with q below a half; ``contradictions`` the rows of ``calibration.contradictions``; ``sensitivity``
    the runs of ``calibration.sensitivity_runs``.
    """
    ranking, weights = ranked.tables["ranking"], dict(parameters.weights) or None
    variances = {name: ranked.figures[f"variance_{name}"] for name in ("proposal", "reviewer", "panel", "residual")}
    assert parameters.scale is not None  # checked before any work began
    places = min(max(1, round(float(ranking["p_top"].sum()))), ranking.height)
    runs = calibration.sensitivity_runs(
        call.reviews,
        ranking,
        scale=parameters.scale,
        places=places,
        variances=variances,
        weights=weights,
        seed=Seed(parameters.seed).stream("sensitivity"),
    )
    against = calibration.contradictions(call.reviews, ranked.tables["reviewers"])
    return {
        "dissent": _dissent(call, ranked, weights, variances["residual"], parameters.seed),
        "contradictions": against.to_dicts(),
        "sensitivity": runs,
    }


def _dissent(
    call: CallInput, ranked: StepResult, weights: Mapping[str, float] | None, residual: float, seed: int
) -> dict[str, Any]:
    if residual <= 0:
        return {"reliability": None, "halves": 0, "proposals": {}, "flagged": []}
    scores = calibration.overall_scores(call.reviews, weights)
    found = find_dissent(
        scores, ranked.tables["reviewers"], residual_variance=residual, seed=Seed(seed).stream("dissent")
    )
    shown = found.proposals.filter(pl.col("q_value") < 0.5).sort("proposal_id")
    return {
        "reliability": found.reliability,
        "halves": found.halves,
        "proposals": {row["proposal_id"]: [row["disagreement"], row["q_value"]] for row in shown.iter_rows(named=True)},
        "flagged": shown.filter("flag")["proposal_id"].to_list(),
    }


def machine_blocks(
    call: CallInput,
    parameters: CallParameters,
    rule: str,
    ranked: StepResult,
    evidence: Mapping[str, Any],
    ruled: Ruled,
    draw: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the blocks that follow from frozen inputs, parameters and rule; ``draw`` is the document of a held draw.

    ``ranked`` needs ``method``, ``figures`` and the tables ``ranking`` and ``reviewers``.
    """
    tables = {name: table for name, table in call.tables().items() if name in FROZEN}
    return {
        "inputs": {name: table_hash(canonical_table(name, table)) for name, table in tables.items()},
        "model": {
            "name": ranked.method["calibration"],
            "formula": FORMULA,
            "priors": _priors(call),
            "parameters": parameters.as_dict(),
            "figures": dict(ranked.figures),
            "sensitivity": list(evidence["sensitivity"]),
            "output": table_hash(ranked.tables["ranking"]),
        },
        "proposals": _proposal_rows(call, parameters, ranked, evidence["dissent"], ruled),
        "rules": {
            "rule": rule,
            "method": dict(ruled.method),
            "figures": dict(ruled.figures),
            "budget": float(call.budgets["amount"].sum()),
            "one_grade_moves": dict(ruled.moved) if ruled.moved else None,
            "dissent_reliability": evidence["dissent"]["reliability"],
        },
        "draw": dict(draw) if draw else (dict(ruled.frozen) if ruled.frozen else None),
    }


def _priors(call: CallInput) -> str:
    few = call.reviews.select("proposal_id", "reviewer_id").n_unique() <= calibration.CalibrationConfig().integrated
    bounded = "standard deviations flat from 0 to 0.4 of the range of the scale"
    return bounded if few else "none: variances by restricted maximum likelihood"


def _proposal_rows(
    call: CallInput,
    parameters: CallParameters,
    ranked: StepResult,
    dissent: Mapping[str, Any],
    ruled: Ruled,
) -> list[dict[str, Any]]:
    """Return a row for each proposal, best first: scores, interval, chance, group, corrections, flags, reason."""
    scores = calibration.overall_scores(call.reviews, dict(parameters.weights) or None)
    effects = ranked.tables["reviewers"].select("reviewer_id", "effect")
    taken = scores.join(effects, on="reviewer_id", how="left").sort("proposal_id", "reviewer_id")
    corrections: dict[str, list[list[Any]]] = {}
    for key, reviewer, effect in taken.select("proposal_id", "reviewer_id", "effect").iter_rows():
        corrections.setdefault(key, []).append([reviewer, effect])
    flagged = set(dissent["flagged"])
    rows = ranked.tables["ranking"].join(ruled.decisions, on="proposal_id", how="left", maintain_order="left")
    return [
        row
        | {
            "discuss": DISCUSS[0] < row["p_top"] < DISCUSS[1],
            "corrections": corrections.get(row["proposal_id"], []),
            "dissent": dissent["proposals"].get(row["proposal_id"]),
            "flagged": row["proposal_id"] in flagged,
        }
        for row in rows.iter_rows(named=True)
    ]


def outcomes_of(
    call: CallInput, ruled: Ruled, draw: Mapping[str, Any] | None, departures: Sequence[Mapping[str, Any]]
) -> list[list[Any]]:
    """Return ``[proposal, outcome, amount]`` in order: the rule, then the draw, then what people changed."""
    requested = dict(call.proposals.select("proposal_id", "requested").iter_rows())
    drawn = draw["awarded"] if draw and "awarded" in draw else None
    decided = ruled.decisions if drawn is None else settle(ruled.decisions, requested, set(drawn))
    changed = {row["proposal"]: row["outcome"] for row in departures}
    return [
        [key, changed[key], requested[key] if changed[key] == "fund" else None]
        if key in changed
        else [key, outcome, amount]
        for key, outcome, amount in decided.select("proposal_id", "decision", "amount").iter_rows()
    ]


def replay(record: Mapping[str, Any], call: CallInput, progress: Progress = silent) -> list[Problem]:
    """Rank, decide and draw again from frozen inputs; return every difference from the record, none if identical.

    Raises
    ------
    InputError
        If the record is none that this version can read.
    """
    if record.get("record") != RECORD:
        raise InputError(
            LocalText("不是本版本可读的决定记录。", "This is no record of a decision that this version can read."),
            LocalText("请用写下它的版本回放。", "Replay it with the version that wrote it."),
            code="record.version",
        )
    parameters = CallParameters.from_mapping(record["model"]["parameters"])
    call = call.canonical()
    ranked = rank(call, parameters, progress)
    variances = {name: float(ranked.figures[f"variance_{name}"]) for name in ("proposal", "residual")}
    rule = record["rules"]["rule"]
    ruled = apply_rule(call, ranked.tables["ranking"], parameters, rule, variances=variances)
    draw, problems = record["draw"], []
    if draw and "awarded" in draw:
        problems += verify_draw(draw)
        if ruled.frozen is None or ruled.frozen["entries_hash"] != draw["entries_hash"]:
            problems.append(_differs("draw"))
    held = draw if draw and "awarded" in draw else None
    again = machine_blocks(call, parameters, rule, ranked, evidence_of(call, parameters, ranked), ruled, held)
    again["outcomes"] = outcomes_of(call, ruled, held, record["human"]["departures"])
    for name in COMPARED:
        problems += differences(name, record.get(name), again[name])
    return problems


def differences(name: str, before: Any, after: Any) -> list[Problem]:
    """Compare one block byte by byte and name the parts that differ, at most ten."""
    if canonical_json(before) == canonical_json(after):
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        parts = [key for key in keys if canonical_json(before.get(key)) != canonical_json(after.get(key))]
        return [_differs(f"{name}.{part}") for part in parts[:10]]
    return [_differs(name)]


def _differs(name: str) -> Problem:
    return Problem(
        "replay.differs",
        LocalText(f"记录的“{name}”与重做的结果不同。", f"“{name}” in the record is not what comes out again."),
        LocalText(
            "请核对冻结的输入与软件版本；在查明之前不要采用该名单。",
            "Compare the frozen inputs and the versions; do not rely on the list before the cause is known.",
        ),
    )
