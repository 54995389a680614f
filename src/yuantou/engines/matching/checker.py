"""Checks an assignment without any solver: every constraint, and by its prices that no better one exists."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.matching.assignment import Assignment, input_hash
from yuantou.engines.matching.bound import reviews_possible, slot_worth, upper_bound
from yuantou.engines.matching.candidates import PAIR, Candidates, find_pairs, indices
from yuantou.engines.matching.problem import SCALE, AssignmentProblem, Numbers
from yuantou.engines.matching.shortage import Shortage
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText


def verify_assignment(
    candidates: Candidates,
    assignment: Assignment,
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    fixed: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return every breach of a constraint and every claim of the certificate that does not hold; none if all is sound.

    Give the same input as to ``assign`` (``group`` only if at most one expert of a group was asked for). Checked are:
    demand, load, forbidden and fixed pairs, groups, pairs that stand twice or were never candidates, the value, the
    bound at the stated prices, the input hash, and of a shortage that its sets prove every missing slot.

    Complexity: O(pairs log pairs); seconds for 24 million pairs.
    """
    problem = AssignmentProblem.build(candidates, demand, load, forbidden=forbidden, fixed=fixed, group=group)
    found = breaches(problem, candidates, assignment, demand, load, forbidden, fixed, group)
    return found + (_claims(problem, assignment) if not found else [])


def breaches(
    problem: AssignmentProblem,
    candidates: Candidates,
    assignment: Assignment,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None,
    fixed: pl.DataFrame | None,
    group: Mapping[str, str] | None,
) -> list[Problem]:
    """Return what the pairs break, whatever the certificate says."""
    pairs = assignment.pairs
    found = [*_twice(pairs), *_strangers(problem, candidates, pairs, forbidden)]
    found += _over(pairs, "proposal_id", problem.proposal_ids, demand, "demand")
    found += _over(pairs, "expert_id", problem.expert_ids, load, "load")
    if fixed is not None:
        lost = fixed.select(PAIR).join(pairs, on=PAIR, how="anti")
        found += [breach("fixed", f"{p} – {e}") for p, e in lost.iter_rows()]
    found += _same_group(pairs, group or {})
    return found


def _twice(pairs: pl.DataFrame) -> Iterable[Problem]:
    twice = pairs.filter(pl.struct(PAIR).is_duplicated()).select(PAIR).unique(maintain_order=True)
    return (breach("twice", f"{p} – {e}") for p, e in twice.iter_rows())


def _strangers(
    problem: AssignmentProblem, candidates: Candidates, pairs: pl.DataFrame, forbidden: pl.DataFrame | None
) -> Iterable[Problem]:
    """Find pairs that are forbidden or never were candidates."""
    if forbidden is not None:
        for p, e in pairs.select(PAIR).join(forbidden.select(PAIR).unique(), on=PAIR).iter_rows():
            yield breach("forbidden", f"{p} – {e}")
    row = indices(pairs["proposal_id"], candidates.proposal_ids)
    column = indices(pairs["expert_id"], candidates.expert_ids)
    width = len(candidates.expert_ids)
    stranger = find_pairs(candidates.start, candidates.expert, row, column) < 0
    stranger &= ~np.isin(row * width + column, problem.fixed.row * width + problem.fixed.column)
    for p, e in pairs.filter(pl.Series(stranger)).select(PAIR).iter_rows():
        yield breach("candidate", f"{p} – {e}")


def _over(pairs: pl.DataFrame, side: str, ids: tuple[str, ...], limits: Numbers, kind: str) -> Iterable[Problem]:
    counts = dict(pairs[side].value_counts(sort=True).iter_rows())
    allowed = dict.fromkeys(ids, limits) if isinstance(limits, int) else limits
    return (breach(kind, name) for name, count in sorted(counts.items()) if count > allowed.get(name, 0))


def _same_group(pairs: pl.DataFrame, group: Mapping[str, str]) -> Iterable[Problem]:
    places = pl.DataFrame({"expert_id": list(group), "group": list(group.values())}, schema=_GROUPS)
    inside = pairs.join(places.filter(pl.col("group") != ""), on="expert_id").select("proposal_id", "group")
    twice = inside.filter(inside.is_duplicated()).unique().sort("proposal_id", "group")
    return (breach("group", f"{proposal} – {name}") for proposal, name in twice.iter_rows())


def _claims(problem: AssignmentProblem, assignment: Assignment) -> list[Problem]:
    """Check what the certificate and the shortage say, from the problem and the stated prices alone."""
    stated, fixed = assignment.certificate, int(problem.fixed.value.sum())
    price = np.array([round(stated["prices"].get(name, 0) * SCALE) for name in problem.expert_ids], np.int64)
    given = np.bincount(indices(assignment.pairs["proposal_id"], problem.proposal_ids), minlength=len(problem.demand))
    given = given - np.bincount(problem.fixed.row, minlength=len(problem.demand))
    value = int(np.round(assignment.pairs["affinity"].to_numpy() * SCALE).sum())
    slots = slot_worth(problem.demand, given) if stated["fair"] else 0
    bound = fixed + upper_bound(problem, price, int(given.sum()), fair=stated["fair"]) - slots
    truths = {
        "value": value / SCALE,
        "bound": bound / SCALE,
        "gap": (bound - value) / value if value else 0.0,
        "filled": assignment.pairs.height,
        "wanted": int(problem.demand.sum()) + len(problem.fixed.row),
        "input_hash": input_hash(problem),
    }
    found = [breach(name, f"{stated[name]} ≠ {truth}") for name, truth in truths.items() if stated[name] != truth]
    missing = {problem.proposal_ids[i]: int(n) for i, n in enumerate(problem.demand - given) if n}
    return found + _shortage(problem, assignment.shortage, missing)


def _shortage(problem: AssignmentProblem, shortage: Shortage | None, missing: dict[str, int]) -> list[Problem]:
    if dict(shortage.missing if shortage else {}) != missing:
        return [breach("missing", ", ".join(sorted(missing)))]
    proven = 0
    for cause in shortage.causes if shortage else ():
        rows = indices(pl.Series(cause.proposals, dtype=pl.String), problem.proposal_ids)
        columns = indices(pl.Series(cause.experts, dtype=pl.String), problem.expert_ids)
        proven += int(problem.demand[rows].sum()) - sum(reviews_possible(problem, rows, columns))
    return [] if proven == sum(missing.values()) else [breach("shortage", f"{proven} ≠ {sum(missing.values())}")]


_GROUPS: Final = {"expert_id": pl.String, "group": pl.String}
_TEXTS: Final = {
    "twice": ("同一指派出现两次", "stands twice"),
    "forbidden": ("属须回避的组合", "is a forbidden pair"),
    "candidate": ("不在候选名单中", "never was a candidate"),
    "demand": ("评审数超过所需", "has more reviews than wanted"),
    "load": ("超过评审上限", "is above the limit of load"),
    "fixed": ("固定的指派缺失", "was fixed and is missing"),
    "group": ("同一单位不止一位专家", "has two experts of one organisation"),
    "value": ("契合度合计不符", "is not the stated value"),
    "bound": ("上界不符", "is not the stated bound"),
    "gap": ("差距不符", "is not the stated gap"),
    "filled": ("已分配数不符", "is not the stated number of reviews"),
    "wanted": ("所需数不符", "is not the stated number wanted"),
    "input_hash": ("输入与证书不符", "is not the input that the certificate was made for"),
    "missing": ("空缺未如实列出", "lack reviews, but the report lists others"),
    "rule": ("评审人数超过规则的上限", "has more reviewers than the rule allows"),
    "unmet": ("未满足的规则未如实列出", "are unmet, but the report lists others"),
    "objective": ("目标值不符", "is not the stated objective"),
    "fair": ("公平选项不符", "is not the stated option of fairness"),
    "prices": ("价格不符", "are not prices of experts of the call"),
    "rules_hash": ("规则与证书不符", "are not the rules that the certificate was made for"),
    "shortage": ("短缺未被证明", "missing reviews are not proven"),
}


def breach(kind: str, what: str) -> Problem:
    """Return a breach of a kind as a problem in words."""
    zh, en = _TEXTS[kind]
    return Problem(
        f"matching.check.{kind}",
        LocalText(f"{what}：{zh}。", f"{what} {en}."),
        LocalText("请用原输入重新运行匹配。", "Run the matching again on the original input."),
        Place(column=what),
    )
