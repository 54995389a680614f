"""Assignment under rules for the reviewers of a proposal together, with certificate and checker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.matching import ruled_exact
from yuantou.engines.matching.assignment import AssignConfig, Assignment, chosen_pairs, input_hash
from yuantou.engines.matching.candidates import Candidates
from yuantou.engines.matching.checker import breach, breaches
from yuantou.engines.matching.problem import SCALE, AssignmentProblem, Numbers
from yuantou.engines.matching.ruled import METHOD, lacks, ruled_auction, ruled_bound, worth
from yuantou.engines.matching.rules import Rule, RuleBook
from yuantou.engines.matching.shortage import Shortage, fill
from yuantou.engines.matching.warm import Standing, places
from yuantou.kernel.errors import Problem
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.progress import Progress, silent

EXACT_PAIRS: Final = 20_000
"""Up to this many pairs the integer programme is taken (a few seconds)."""


@dataclass(frozen=True, slots=True)
class PanelAssignment:
    """An assignment under rules, and what could not be met.

    ``unmet``: ``proposal_id``, ``rule``, ``lacking``. The certificate's ``objective`` is the sum of affinities plus 1
    for a filled slot (more for earlier ones with ``fair``) less 1 for a reviewer missing under a rule; its ``bound``
    holds for the objective, its ``gap`` is their difference over the ``value``. ``causes`` of the shortage are those
    that no rule has to do with.
    """

    assignment: Assignment
    unmet: pl.DataFrame


def assign_panels(
    candidates: Candidates,
    rules: Sequence[Rule],
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    fixed: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    start: PanelAssignment | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> PanelAssignment:
    """Assign experts to proposals so that the reviewers of each keep ``rules``; the rest is as in ``assign``.

    ``start`` is an earlier assignment to go on from by its pairs and prices, so that few of them move.

    Raises
    ------
    InputError
        If a rule, demand or load is not valid.
    InfeasibleError
        If fixed pairs contradict a limit or one another.

    Exact up to 20,000 pairs; beyond that by auction, in three to five times the time of ``assign``.
    """
    config = config or AssignConfig()
    problem = AssignmentProblem.build(
        candidates, demand, load, forbidden=forbidden, fixed=fixed, group=group if config.one_per_group else None
    )
    book = RuleBook.of(problem, rules)
    earlier = start.assignment if start else None
    before = Standing.of(problem, earlier.pairs, earlier.certificate["prices"], inertia=0) if earlier else None
    small = config.solver == "auto" and len(problem.column) <= EXACT_PAIRS and not before
    if small or config.solver == "exact":
        method, (chosen, price) = ruled_exact.METHOD, ruled_exact.ruled_exact(problem, book, fair=config.fair)
    else:
        method = METHOD
        chosen, price = ruled_auction(
            problem, book, epsilon=config.epsilon, fair=config.fair, seed=seed, progress=progress, start=before
        )
    certificate = {"method": method, "seed": seed, **_certificate(problem, book, chosen, price, fair=config.fair)}
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    short = np.flatnonzero(given < problem.demand)
    missing = {problem.proposal_ids[i]: int(problem.demand[i] - given[i]) for i in short}
    _, elsewhere = fill(problem, chosen) if missing else (chosen, None)
    shortage = Shortage(missing, elsewhere.causes if elsewhere else ()) if missing else None
    pairs = chosen_pairs(problem, chosen, candidates)
    return PanelAssignment(Assignment(pairs, certificate, shortage, method), _unmet(problem, book, chosen))


def verify_panels(
    candidates: Candidates,
    rules: Sequence[Rule],
    result: PanelAssignment,
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    fixed: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return every breach of a limit or rule and every claim that does not hold, without any solver.

    Give the same input as to ``assign_panels``.
    """
    problem = AssignmentProblem.build(candidates, demand, load, forbidden=forbidden, fixed=fixed, group=group)
    stated = result.assignment
    found = breaches(problem, candidates, stated, demand, load, forbidden, fixed, group)
    found += [breach("rule", f"{proposal} – {rule}") for proposal, rule in _broken(rules, stated.pairs)]
    if found:
        return found
    book = RuleBook.of(problem, rules)
    chosen = np.zeros(len(problem.column), np.bool_)
    chosen[places(problem, stated.pairs)] = True
    price = np.array(
        [round(stated.certificate["prices"].get(name, 0) * SCALE) for name in problem.expert_ids], np.int64
    )
    truths = _certificate(problem, book, chosen, price, fair=stated.certificate["fair"])
    found = [
        breach(name, f"{stated.certificate[name]} ≠ {truth}")
        for name, truth in truths.items()
        if stated.certificate[name] != truth
    ]
    if not _unmet(problem, book, chosen).equals(result.unmet):
        found.append(breach("unmet", ", ".join(result.unmet["rule"].unique().sort())))
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    missing = {problem.proposal_ids[i]: int(n) for i, n in enumerate(problem.demand - given) if n}
    if dict(stated.shortage.missing if stated.shortage else {}) != missing:
        found.append(breach("missing", ", ".join(sorted(missing))))
    return found


def _certificate(
    problem: AssignmentProblem, book: RuleBook, chosen: np.ndarray, price: np.ndarray, *, fair: bool
) -> dict[str, object]:
    fixed = int(problem.fixed.value.sum())
    value = fixed + int(problem.value[chosen].sum(dtype=np.int64))
    objective = worth(problem, book, chosen, fair=fair)
    bound = ruled_bound(problem, book, price, fair=fair)
    arrays = (book.experts, book.proposals, book.least, book.most)
    return {
        "value": value / SCALE,
        "objective": objective / SCALE,
        "bound": bound / SCALE,
        "gap": (bound - objective) / value if value else 0.0,
        "filled": int(chosen.sum()) + len(problem.fixed.row),
        "wanted": int(problem.demand.sum()) + len(problem.fixed.row),
        "unmet": int(lacks(book, problem.row[chosen], problem.column[chosen]).sum()),
        "fair": fair,
        "prices": {problem.expert_ids[i]: int(price[i]) / SCALE for i in np.flatnonzero(price)},
        "input_hash": input_hash(problem),
        "rules_hash": content_hash([list(book.names), *(content_hash(part.tobytes()) for part in arrays)]),
    }


def _unmet(problem: AssignmentProblem, book: RuleBook, chosen: np.ndarray) -> pl.DataFrame:
    lacking = lacks(book, problem.row[chosen], problem.column[chosen])
    row, rule = np.nonzero(lacking)
    return pl.DataFrame(
        {
            "proposal_id": [problem.proposal_ids[i] for i in row],
            "rule": [book.names[i] for i in rule],
            "lacking": lacking[row, rule].astype(np.int64),
        },
        schema={"proposal_id": pl.String, "rule": pl.String, "lacking": pl.Int64},
    )


def _broken(rules: Sequence[Rule], pairs: pl.DataFrame) -> list[tuple[str, str]]:
    """Find proposals with more reviewers of a kind than a rule allows, counted in the table of pairs alone."""
    found = []
    for rule in rules:
        if rule.at_most is None:
            continue
        inside = pairs.filter(pl.col("expert_id").is_in(list(rule.experts)))
        if rule.proposals is not None:
            inside = inside.filter(pl.col("proposal_id").is_in(list(rule.proposals)))
        many = inside.group_by("proposal_id").len().filter(pl.col("len") > rule.at_most)["proposal_id"].sort()
        found += [(name, rule.name) for name in many]
    return found
