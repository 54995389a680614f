"""The best assignment of experts to proposals under demand and load, with a proof that it is the best.

As many slots as possible are filled, and among all such assignments the one with the largest sum of affinities is
taken: exactly for small and middle calls (``flow``), to a proven gap for large ones (``auction``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from yuantou.engines.matching import auction, flow
from yuantou.engines.matching.bound import slot_worth, upper_bound
from yuantou.engines.matching.candidates import Candidates
from yuantou.engines.matching.problem import SCALE, AssignmentProblem, Numbers
from yuantou.engines.matching.shortage import Shortage, fill
from yuantou.engines.matching.warm import Standing
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.progress import Progress, silent

EXACT_PAIRS: Final = 1_000_000
"""Up to this many pairs the exact solver is taken (a second or two)."""


@dataclass(frozen=True, slots=True)
class AssignConfig:
    """How to assign.

    Parameters
    ----------
    one_per_group:
        At most one expert of a group (an organisation) for a proposal.
    fair:
        When reviews are short, even them out: a review for a proposal that lacks two outweighs any fit elsewhere.
    solver:
        ``exact``, ``auction``, or ``auto`` by the number of pairs.
    epsilon:
        Smallest step of a bid in the auction; its gap is below ``epsilon`` per filled slot.
    """

    one_per_group: bool = True
    fair: bool = False
    solver: Literal["auto", "exact", "auction"] = "auto"
    epsilon: float = 1e-3

    def __post_init__(self) -> None:
        if not 1 / SCALE <= self.epsilon <= 1 or self.solver not in {"auto", "exact", "auction"}:
            raise InputError(
                LocalText("匹配参数无效。", "A parameter of the matching is not valid."),
                LocalText("epsilon 应在 1e-6 与 1 之间。", "epsilon lies between 1e-6 and 1."),
                code="matching.parameter",
                place=Place(column="epsilon"),
            )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Pairs with affinity and rank, the certificate that bounds all others, and what could not be filled.

    ``pairs``: ``proposal_id``, ``expert_id``, ``affinity``, ``rank`` (among the proposal's candidates; null for a fixed
    pair beyond them). ``certificate`` is plain JSON: method, seed, value, filled, wanted, bound, gap, prices (of
    experts that are full), input_hash.
    """

    pairs: pl.DataFrame
    certificate: Mapping[str, Any]
    shortage: Shortage | None
    method: str


def assign(
    candidates: Candidates,
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    fixed: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    start: Assignment | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Assignment:
    """Assign experts to proposals.

    Parameters
    ----------
    demand, load:
        Reviews wanted for each proposal, and the most for each expert; one number or a mapping by id.
    forbidden, fixed:
        Pairs (``proposal_id``, ``expert_id``) that may not, or must, be.
    group:
        Organisation of each expert, for ``config.one_per_group``; empty or missing is none.
    start:
        An earlier assignment to go on from by its pairs and prices, so that few of them move (by auction).
    seed:
        Decides among equally good assignments.

    Returns
    -------
    Assignment
        Every slot is either filled or listed in ``shortage``. Independent of the order of rows.

    Raises
    ------
    InputError
        If a demand or load is missing or negative.
    InfeasibleError
        If fixed pairs contradict forbidden ones, a demand, a load or one another; ``problems`` names each.
    CancelledError
        If ``progress`` raises it.

    Complexity: auction about 15 s for 24 million pairs; exact about 1 s for 600,000.
    """
    config = config or AssignConfig()
    problem = AssignmentProblem.build(
        candidates, demand, load, forbidden=forbidden, fixed=fixed, group=group if config.one_per_group else None
    )
    wanted = int(problem.demand.sum())
    progress("assign", 0, wanted)
    solved, place = problem.open()
    large = config.solver == "auto" and len(solved.column) > EXACT_PAIRS
    if start or large or config.solver == "auction":
        method = auction.METHOD
        before = Standing.of(solved, start.pairs, start.certificate["prices"]) if start else None
        taken, price = auction.auction(
            solved, epsilon=config.epsilon, fair=config.fair, seed=seed, progress=progress, start=before
        )
    else:
        method = flow.METHOD
        taken, price = flow.exact(solved, fair=config.fair, seed=seed)
    chosen = np.zeros(len(problem.column), np.bool_)
    chosen[place[taken]] = True
    chosen, shortage = fill(problem, chosen)
    prices = [price, _earlier(problem, start)] if start else [price]  # any prices bound; the closer bound is kept
    certificate = min(
        (_certificate(problem, chosen, one, config) for one in prices), key=lambda stated: stated["bound"]
    )
    progress("assign", wanted, wanted)
    return Assignment(
        chosen_pairs(problem, chosen, candidates), {"method": method, "seed": seed, **certificate}, shortage, method
    )


def _earlier(problem: AssignmentProblem, start: Assignment) -> np.ndarray:
    return np.array([round(start.certificate["prices"].get(name, 0) * SCALE) for name in problem.expert_ids], np.int64)


def chosen_pairs(problem: AssignmentProblem, chosen: np.ndarray, candidates: Candidates) -> pl.DataFrame:
    """Return the table of chosen and fixed pairs, best first in each proposal."""
    free, fixed = problem.row[chosen], problem.fixed
    rank = problem.origin[chosen] - candidates.start[free] + 1
    row, column = np.concatenate([free, fixed.row]), np.concatenate([problem.column[chosen], fixed.column])
    frame = pl.DataFrame(
        {
            "proposal_id": pl.Series(problem.proposal_ids, dtype=pl.String).gather(row),
            "expert_id": pl.Series(problem.expert_ids, dtype=pl.String).gather(column),
            "affinity": np.concatenate([problem.value[chosen], fixed.value]) / SCALE,
            "rank": pl.Series(np.concatenate([rank, fixed.rank])).replace(0, None),
        }
    )
    return frame.sort("proposal_id", "affinity", "expert_id", descending=[False, True, False])


def _certificate(
    problem: AssignmentProblem, chosen: np.ndarray, price: np.ndarray, config: AssignConfig
) -> dict[str, Any]:
    fixed, filled = int(problem.fixed.value.sum()), int(chosen.sum())
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    slots = slot_worth(problem.demand, given) if config.fair else 0
    value = fixed + int(problem.value[chosen].sum(dtype=np.int64))
    bound = fixed + upper_bound(problem, price, filled, fair=config.fair) - slots
    return {
        "value": value / SCALE,
        "bound": bound / SCALE,
        "gap": (bound - value) / value if value else 0.0,
        "filled": filled + len(problem.fixed.row),
        "wanted": int(problem.demand.sum()) + len(problem.fixed.row),
        "fair": config.fair,
        "prices": {problem.expert_ids[i]: int(price[i]) / SCALE for i in np.flatnonzero(price)},
        "input_hash": input_hash(problem),
    }


def input_hash(problem: AssignmentProblem) -> str:
    """Return the SHA-256 of all that decides: ids, pairs, affinities, organisations, demand, load, fixed pairs."""
    arrays = (problem.start, problem.column, problem.value, problem.unit, problem.demand, problem.load)
    fixed = (problem.fixed.row, problem.fixed.column, problem.fixed.value)
    return content_hash(
        {
            "proposals": content_hash(list(problem.proposal_ids)),
            "experts": content_hash(list(problem.expert_ids)),
            "arrays": [content_hash(np.ascontiguousarray(part).tobytes()) for part in (*arrays, *fixed)],
        }
    )
