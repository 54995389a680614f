"""Nobody reviews somebody who reviews him: short cycles among applicants who review, found and broken.

Forbidding all cycles is hard, short ones rarely cost anything (Boehmer, Bredereck, Nichterlein, 2022, arXiv
2112.08444). Of each cycle found the pair of the least affinity is barred and the auction goes on from there, until
there is none (rows as they are needed; Leyton-Brown et al., 2024, doi:10.1016/j.artint.2024.104119).
"""

from collections.abc import Mapping, Sequence

import polars as pl

from yuantou.engines.matching.assignment import AssignConfig
from yuantou.engines.matching.candidates import PAIR, Candidates
from yuantou.engines.matching.panels import PanelAssignment, assign_panels
from yuantou.engines.matching.problem import Numbers
from yuantou.engines.matching.rules import Rule
from yuantou.kernel.progress import Progress, silent


def cycles(
    pairs: pl.DataFrame, applicants: Mapping[str, str], *, longest: int = 3
) -> list[tuple[tuple[str, str], ...]]:
    """Return the cycles of at most ``longest`` people, each as its pairs (proposal, expert).

    ``applicants`` maps a proposal to the expert who applies for it; others can be on no cycle. A cycle of one is an
    expert who reviews his own proposal. Time O(pairs × reviews of a person ^ (longest − 1)).
    """
    reviews: dict[str, list[tuple[str, str]]] = {}
    involved = set(applicants.values())
    by_expert = pairs.filter(pl.col("expert_id").is_in(involved) & pl.col("proposal_id").is_in(applicants.keys()))
    for proposal, expert in by_expert.select(PAIR).sort(PAIR).iter_rows():
        reviews.setdefault(expert, []).append((proposal, applicants[proposal]))
    found: list[tuple[tuple[str, str], ...]] = []
    for root in sorted(reviews):
        _follow(root, root, (), reviews, longest, found)
    return found


def _follow(
    root: str,
    person: str,
    path: tuple[tuple[str, str], ...],
    reviews: Mapping[str, Sequence[tuple[str, str]]],
    longest: int,
    found: list[tuple[tuple[str, str], ...]],
) -> None:
    """Follow who reviews whom from ``person``; a cycle is listed from its first person in order of ids."""
    for proposal, applicant in reviews.get(person, ()):
        here = (*path, (proposal, person))
        if applicant == root:
            found.append(here)
        elif len(here) < longest and applicant > root and all(applicant != expert for _, expert in here):
            _follow(root, applicant, here, reviews, longest, found)


def break_cycles(
    candidates: Candidates,
    result: PanelAssignment,
    applicants: Mapping[str, str],
    rules: Sequence[Rule] = (),
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    longest: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[PanelAssignment, pl.DataFrame]:
    """Return an assignment without cycles of at most ``longest`` people, and the pairs barred for it.

    Rules and limits hold as in ``assign_panels``. The bound of the first ``result`` still holds for the second, so that
    the difference of their objectives is the most that the cycles cost. Ends after at most as many rounds as pairs.
    """
    barred = pl.DataFrame(schema=dict.fromkeys(PAIR, pl.String))
    while found := cycles(result.assignment.pairs, applicants, longest=longest):
        pairs = result.assignment.pairs
        worth = dict(zip(pairs.select(PAIR).iter_rows(), pairs["affinity"], strict=True))
        weakest = sorted({min(cycle, key=lambda pair: (worth[pair], pair)) for cycle in found})
        barred = pl.concat([barred, pl.DataFrame(weakest, schema=barred.schema, orient="row")])
        result = assign_panels(
            candidates,
            rules,
            demand=demand,
            load=load,
            forbidden=barred if forbidden is None else pl.concat([forbidden.select(PAIR), barred]),
            group=group,
            config=config,
            start=result,
            seed=seed,
            progress=progress,
        )
    return result, barred
