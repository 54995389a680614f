"""New reviewers after declines, everybody else staying where they are."""

from collections.abc import Mapping

import polars as pl

from yuantou.engines.matching.assignment import AssignConfig, Assignment, assign
from yuantou.engines.matching.candidates import PAIR, Candidates
from yuantou.engines.matching.problem import Numbers
from yuantou.kernel.progress import Progress, silent


def repair(
    candidates: Candidates,
    assignment: Assignment,
    declined: pl.DataFrame,
    *,
    demand: Numbers,
    load: Numbers,
    forbidden: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
    config: AssignConfig | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Assignment:
    """Fill the slots of pairs that declined, as well as can be without moving any other pair.

    Parameters
    ----------
    assignment:
        What stands; its other pairs are kept as fixed.
    declined:
        Pairs (``proposal_id``, ``expert_id``) that are given up and not asked again. An expert who declines altogether
        has a ``load`` of what is kept.

    Returns
    -------
    Assignment
        The whole assignment; its certificate proves it best among those that keep the rest. The price of keeping the
        rest is its ``value`` against that of a new run.

    Raises
    ------
    InfeasibleError
        If what is kept breaks a limit that has changed since.
    """
    kept = assignment.pairs.select(PAIR).join(declined.select(PAIR), on=PAIR, how="anti")
    barred = [table.select(PAIR) for table in (forbidden, declined) if table is not None]
    return assign(
        candidates,
        demand=demand,
        load=load,
        forbidden=pl.concat(barred),
        fixed=kept,
        group=group,
        config=config,
        seed=seed,
        progress=progress,
    )
