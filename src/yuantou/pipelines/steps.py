"""The steps of a call, each one engine or two: match, rank, select."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.engines import calibration, matching, selection
from yuantou.engines.matching import conflicts
from yuantou.kernel.errors import Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress
from yuantou.kernel.seed import Seed
from yuantou.pipelines.mix import choose
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.standing import part
from yuantou.pipelines.tables import CallInput

_TOLD_ONLY: Final = ("unknown",)
"""Kinds of conflict that are shown but rule nobody out; one that is merely possible does, as no one is asked here."""


PAIR: Final = ["proposal_id", "expert_id"]
DISMISSED: Final = "dismissed"
"""Kind of a row in the table of conflicts by which an officer says that a pair is in no conflict after all, or,
followed by a colon and a kind, in none of that kind."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step gives: tables by name, figures for people, the method by name and version, problems."""

    method: Mapping[str, str]
    tables: Mapping[str, pl.DataFrame]
    figures: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


def match(call: CallInput, parameters: CallParameters, progress: Progress) -> StepResult:
    """Find conflicts, score the expertise of everyone else, and assign reviewers to proposals."""
    return match_with_candidates(call, parameters, progress)[0]


def match_with_candidates(
    call: CallInput,
    parameters: CallParameters,
    progress: Progress,
    *,
    kept: pl.DataFrame | None = None,
    barred: pl.DataFrame | None = None,
    rules: Sequence[matching.Rule] = (),
) -> tuple[StepResult, matching.Candidates]:
    """Do what ``match`` does and return the candidates too, for whoever wants to overrule the assignment.

    Pairs in ``kept`` stand, unless in conflict, and count against demand and load; those in ``barred`` are not chosen.
    ``rules`` speak of the reviewers of one proposal together, such as the mix that a programme type asks for.
    """
    tables = call.proposals, call.experts, call.works
    dismissals = pl.col("kind").fill_null("").str.starts_with(DISMISSED)
    dismissed, declared = call.conflicts.filter(dismissals), call.conflicts.filter(~dismissals)
    year = call.works["year"].max() if parameters.year is None else parameters.year
    config = matching.ConflictConfig(year=year if isinstance(year, int) else None)
    found = _without(matching.find_conflicts(*tables, declared, config=config, progress=progress), dismissed)
    forbidden = found.filter(~pl.col("kind").is_in(_TOLD_ONLY))
    expert = matching.ExpertiseConfig(candidates=parameters.candidates)
    candidates = matching.score_candidates(*tables, config=expert, exclude=forbidden, progress=progress)
    group = matching.organisation_groups(call.experts) if parameters.one_per_organisation else None
    nobody = pl.DataFrame(schema=dict.fromkeys(PAIR, pl.String))
    whole = present(nobody if kept is None else kept, candidates).join(forbidden, on=PAIR, how="anti")
    standing, beyond = part(whole, group)
    demand = limits_of(call.proposals, "proposal_id", "demand", parameters.reviews_per_proposal, whole)
    load = limits_of(call.experts, "expert_id", "max_load", parameters.max_load, whole)
    chosen = choose(
        candidates,
        call.proposals,
        call.experts,
        parameters,
        demand=beyond.lowered(demand, "proposal_id"),
        load=beyond.lowered(load, "expert_id"),
        group=group,
        forbidden=beyond.barred(barred),
        fixed=standing,
        rules=rules,
        progress=progress,
    )
    assigned = chosen.assignment
    pairs = beyond.added(assigned.pairs, candidates)
    result = {"assignments": explained(candidates, pairs), "conflicts": found}
    problems: tuple[Problem, ...] = ()
    prices = assigned.certificate.get("prices")
    if prices:
        rows = sorted(prices.items())
        result["prices"] = pl.DataFrame(rows, schema={"expert_id": pl.String, "price": pl.Float64}, orient="row")
    if not chosen.unmet.is_empty():
        result["unmet"] = chosen.unmet
    if chosen.support is not None:
        result["propensities"] = chosen.support
    if assigned.shortage:
        eligible = dict(zip(candidates.proposal_ids, np.diff(candidates.start).tolist(), strict=True))
        result["shortage"] = _shortage_table(assigned.shortage, eligible, demand)
        problems = _shortage_problems(result["shortage"])
    certificate = assigned.certificate
    step = StepResult(
        {"expertise": candidates.method, "conflicts": conflicts.METHOD, "assignment": assigned.method},
        result,
        {name: certificate[name] for name in ("value", "bound", "gap")}
        | {name: certificate[name] + beyond.pairs.height for name in ("filled", "wanted")}
        | {"pairs_in_conflict": forbidden.select("proposal_id", "expert_id").n_unique()},
        problems,
    )
    return step, candidates


def _without(found: pl.DataFrame, dismissed: pl.DataFrame) -> pl.DataFrame:
    """Leave out what officers dismissed: all conflicts of a pair, or those of one kind (``dismissed:coauthor``)."""
    kinds = dismissed.with_columns(pl.col("kind").str.strip_prefix(DISMISSED).str.strip_prefix(":"))
    whole, one = kinds.filter(pl.col("kind") == ""), kinds.filter(pl.col("kind") != "")
    return found.join(whole, on=PAIR, how="anti").join(one, on=[*PAIR, "kind"], how="anti")


def present(pairs: pl.DataFrame, candidates: matching.Candidates) -> pl.DataFrame:
    return pairs.select(PAIR).filter(
        pl.col("proposal_id").is_in(candidates.proposal_ids) & pl.col("expert_id").is_in(candidates.expert_ids)
    )


def limits_of(
    table: pl.DataFrame, key: str, column: str, default: int, standing: pl.DataFrame | None = None
) -> dict[str, int]:
    """Return a limit for each row; never below what stands already."""
    limits = dict(table.select(key, pl.col(column).fill_null(default)).iter_rows())
    taken = {} if standing is None else dict(standing[key].value_counts().iter_rows())
    return {name: max(limit, taken.get(name, 0)) for name, limit in limits.items()}


def explained(candidates: matching.Candidates, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add to each pair the expert's closest works and the terms they share with the proposal, each with its share."""
    reasons = [
        matching.explain_pair(candidates, proposal, expert)
        for proposal, expert in pairs.select("proposal_id", "expert_id").iter_rows()
    ]
    texts, numbers = pl.List(pl.String), pl.List(pl.Float64)
    return pairs.with_columns(
        pl.Series("works", [[work for work, _ in reason.works] for reason in reasons], dtype=texts),
        pl.Series("terms", [[term for term, _ in reason.terms] for reason in reasons], dtype=texts),
        pl.Series("work_similarities", [[near for _, near in reason.works] for reason in reasons], dtype=numbers),
        pl.Series("term_shares", [[share for _, share in reason.terms] for reason in reasons], dtype=numbers),
    )


def _shortage_table(shortage: matching.Shortage, eligible: dict[str, int], wanted: dict[str, int]) -> pl.DataFrame:
    """Return a row for each proposal that lacks reviews: how many, which constraint binds, what would mend it."""
    told = {problem.place.column: problem for problem in shortage.problems()}
    rows = []
    for proposal, missing in sorted(shortage.missing.items()):
        few = _too_few(eligible[proposal], wanted[proposal]) if eligible[proposal] < wanted[proposal] else None
        problem = told.get(proposal) or few or told.get("") or _ORGANISATIONS
        texts = [text.in_language(side) for text in (problem.message, problem.remedy) for side in ("zh", "en")]
        rows.append((proposal, missing, problem.code, *texts))
    names = ("proposal_id", "missing", "binds", "reason_zh", "reason_en", "remedy_zh", "remedy_en")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"missing": pl.Int64}, orient="row")


def _shortage_problems(table: pl.DataFrame) -> tuple[Problem, ...]:
    """Say each different reason once, with the proposals it concerns."""
    reasons = ["binds", "reason_zh", "reason_en", "remedy_zh", "remedy_en"]
    return tuple(
        Problem(
            row["binds"],
            LocalText(
                f"评审不足（{_named(row, '、')}）：{row['reason_zh']}",
                f"Short: {_named(row, ', ')}. {row['reason_en']}",
            ),
            LocalText(row["remedy_zh"], row["remedy_en"]),
            fatal=False,
        )
        for row in table.group_by(reasons, maintain_order=True).agg("proposal_id").iter_rows(named=True)
    )


def _named(row: dict[str, Any], comma: str) -> str:
    names = row["proposal_id"]
    return comma.join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")


def _too_few(eligible: int, wanted: int) -> Problem:
    return Problem(
        "matching.too_few_experts",
        LocalText(
            f"需要 {wanted} 份评审，只有 {eligible} 位可用专家。",
            f"{wanted} reviews wanted, {eligible} eligible experts.",
        ),
        LocalText(
            "请补充该领域专家，复核利益冲突，或减少所需评审数。",
            "Add experts of this field, look at the conflicts, or ask for fewer reviews.",
        ),
    )


_ORGANISATIONS: Final = Problem(
    "matching.organisations",
    LocalText(
        "同一单位至多一位评审，使可用专家不足。", "At most one reviewer of an organisation leaves too few experts."
    ),
    LocalText("请增补其他单位的专家，或取消此限制。", "Add experts of other organisations, or lift this limit."),
)


_SETTLED: Final = ("draws", "components", "converged", "r_hat", "effective_draws")


def rank(call: CallInput, parameters: CallParameters, progress: Progress) -> StepResult:
    """Calibrate the reviews and rank the proposals with intervals.

    Where one pot is to be given, ``p_top`` is the chance of a place among as many proposals as it funds in the order of
    their calibrated means.
    """
    only = parameters.top is None and _budgets(call, parameters).height == 1
    top = (lambda order: select(call, order, parameters).figures["funded"]) if only else parameters.top
    found = _calibrated(call, parameters, top, progress)
    tables = {"ranking": found.ranking, "reviewers": found.reviewers, "variance_shares": found.shares}
    if found.criteria is not None:
        tables["criteria"] = found.criteria
    return StepResult(
        {"calibration": found.method},
        tables if found.panels.is_empty() else tables | {"panels": found.panels},
        {"proposals": found.ranking.height, "reviewers": found.reviewers.height}
        | {f"variance_{source}": share for source, share in found.variances.items()}
        | {name: found.diagnostics[name] for name in _SETTLED if name in found.diagnostics},
        _unreviewed(call)
        + calibration.remarks(
            calibration.overall_scores(call.reviews, dict(parameters.weights) or None), found.diagnostics
        ),
    )


def _calibrated(
    call: CallInput, parameters: CallParameters, top: int | Callable[[pl.DataFrame], int] | None, progress: Progress
) -> calibration.Calibration:
    assert parameters.scale is not None  # checked before any work began
    return calibration.calibrate(
        call.reviews,
        scale=parameters.scale,
        top=top,
        config=calibration.CalibrationConfig(
            weights=dict(parameters.weights) or None,
            labels_within_panels=parameters.reviewer_labels == "by_panel",
            **dict.fromkeys(parameters.reviewer_model, True),
        ),
        seed=Seed(parameters.seed).stream("calibration"),
        progress=progress,
    )


def _unreviewed(call: CallInput) -> tuple[Problem, ...]:
    missing = call.proposals.join(call.reviews, on="proposal_id", how="anti")["proposal_id"].to_list()
    if not missing:
        return ()
    shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
    return (
        Problem(
            "rank.unreviewed",
            LocalText(
                f"{len(missing)} 个项目没有评审，未参与排序：{shown}。",
                f"{len(missing)} proposals have no review and are not ranked: {shown}.",
            ),
            LocalText("请补充评审后重新运行。", "Add their reviews and run again."),
            fatal=False,
        ),
    )


def select(call: CallInput, ranking: pl.DataFrame, parameters: CallParameters) -> StepResult:
    """Decide within the budgets; a proposal belongs to the pot named like its discipline."""
    budgets = _budgets(call, parameters)
    requests = call.proposals.select("proposal_id", "requested", pl.col("discipline").alias("pot"))
    found = selection.budget_line(ranking, requests, budgets, rule=parameters.rule)
    funded = found.decisions.filter(pl.col("decision") == "fund")
    return StepResult(
        {"selection": found.method},
        {"decisions": found.decisions},
        {"funded": funded.height, "spent": float(sum(found.spent.values())), "budget": float(budgets["amount"].sum())},
    )


def _budgets(call: CallInput, parameters: CallParameters) -> pl.DataFrame:
    """Return the pots: the amount among the parameters, if given, goes before the table."""
    if parameters.budget is not None:
        return pl.DataFrame({"pot": ["total"], "amount": [parameters.budget]})
    return call.budgets.with_columns(pl.col("pot").fill_null("total"))
