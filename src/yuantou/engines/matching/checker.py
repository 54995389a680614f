"""Checks an assignment without any solver: every constraint, and by its prices that no better one exists."""

from collections.abc import Mapping

import polars as pl

from yuantou.engines.matching.assignment import SCALE, Assignment
from yuantou.engines.matching.expertise import Candidates
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText


def verify_assignment(
    candidates: Candidates,
    assignment: Assignment,
    *,
    demand: Mapping[str, int] | int,
    load: Mapping[str, int] | int,
    forbidden: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return every breach of a constraint; none if the assignment is sound."""
    pairs = list(assignment.pairs.select("proposal_id", "expert_id").iter_rows())
    wanted = {p: demand if isinstance(demand, int) else demand.get(p, 0) for p in candidates.proposal_ids}
    limits = {e: load if isinstance(load, int) else load.get(e, 0) for e in candidates.expert_ids}
    found = [_breach("twice", f"{p} – {e}") for p, e in pairs if pairs.count((p, e)) > 1]
    found += _over(pairs, 0, wanted, "demand") + _over(pairs, 1, limits, "load")
    if forbidden is not None:
        banned = set(forbidden.select("proposal_id", "expert_id").iter_rows())
        found += [_breach("forbidden", f"{p} – {e}") for p, e in pairs if (p, e) in banned]
    if group:
        seen: set[tuple[str, str]] = set()
        for p, e in pairs:
            key = (p, group.get(e, ""))
            if key[1] and key in seen:
                found.append(_breach("group", f"{p} – {key[1]}"))
            seen.add(key)
    value = sum(round(a * SCALE) for a in assignment.pairs["affinity"]) / SCALE
    if abs(value - assignment.certificate["value"]) > 1e-6:
        found.append(_breach("value", f"{value}"))
    return found


def _over(pairs: list[tuple[str, str]], side: int, limits: Mapping[str, int], kind: str) -> list[Problem]:
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair[side]] = counts.get(pair[side], 0) + 1
    return [_breach(kind, name) for name, count in counts.items() if count > limits.get(name, 0)]


def _breach(kind: str, what: str) -> Problem:
    return Problem(
        f"matching.check.{kind}",
        LocalText(f"{what}：违反约束 {kind}。", f"{what} breaks the constraint “{kind}”."),
        LocalText("请重新运行匹配。", "Run the matching again."),
        Place(column=what),
    )
