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

_OWNERS = {"proposal_id": pl.String, "applicant": pl.String}


def cycles(
    pairs: pl.DataFrame, applicants: Mapping[str, str], *, longest: int = 3
) -> list[tuple[tuple[str, str], ...]]:
    """Return the cycles of at most ``longest`` people, each as its pairs (proposal, expert).

    ``applicants`` maps a proposal to the expert who applies for it; others can be on no cycle. A cycle of one is an
    expert who reviews his own proposal. Time O(pairs × reviews of a person ^ (longest − 2)).
    """
    owners = pl.DataFrame(list(applicants.items()), schema=_OWNERS, orient="row")
    involved = pairs.select(PAIR).join(owners, on="proposal_id").filter(pl.col("expert_id").is_in(owners["applicant"]))
    edges = involved.sort(PAIR).with_row_index("edge").select("edge", "expert_id", "applicant")
    paths = edges.select(root="expert_id", end="applicant", e0="edge", x0="expert_id")
    found: list[tuple[int, ...]] = []
    for length in range(1, longest + 1):
        steps = [f"e{step}" for step in range(length)]
        found += paths.filter(pl.col("end") == pl.col("root")).select(steps).sort(steps).rows()
        if length == longest:
            break
        # A cycle is followed from the first of its people in order of ids, and nobody is met twice.
        known = [pl.col("end") != pl.col(f"x{step}") for step in range(length)]
        further = paths.filter(pl.col("end") > pl.col("root"), *known)
        step = edges.select(end="expert_id", **{f"x{length}": "expert_id"}, **{f"e{length}": "edge"}, next="applicant")
        if length + 1 == longest:  # the last step must lead back
            joined = further.join(step, left_on=["end", "root"], right_on=["end", "next"]).with_columns(next="root")
        else:
            joined = further.join(step, on="end")
        paths = joined.drop("end").rename({"next": "end"})
    names = involved.sort(PAIR).select(PAIR).rows()
    return [tuple(names[edge] for edge in cycle) for cycle in found]


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
        involved = pl.DataFrame(sorted({pair for cycle in found for pair in cycle}), schema=barred.schema, orient="row")
        rows = result.assignment.pairs.join(involved, on=PAIR, how="semi").select(*PAIR, "affinity").iter_rows()
        worth = {(proposal, expert): affinity for proposal, expert, affinity in rows}
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
