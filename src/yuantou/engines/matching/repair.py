"""New reviewers after declines, with nobody else moved or few."""

from collections.abc import Mapping
from typing import Literal

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
    keep: Literal["all", "most"] = "all",
    seed: int = 0,
    progress: Progress = silent,
) -> Assignment:
    """Fill the slots of pairs that declined, as well as can be with all other pairs kept, or most.

    Parameters
    ----------
    assignment:
        What stands.
    declined:
        Pairs (``proposal_id``, ``expert_id``) that are given up and not asked again. An expert who declines altogether
        has a ``load`` of what is kept.
    keep:
        ``all`` other pairs stay as fixed; ``most`` stay, while some move where that fits clearly better.

    Returns
    -------
    Assignment
        The whole assignment; its certificate proves it best among those that keep the rest, or bounds its gap to
        the best of all (``most``). The price of keeping the rest is its ``value`` against that of a new run.

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
        fixed=kept if keep == "all" else None,
        start=assignment if keep == "most" else None,
        group=group,
        config=config,
        seed=seed,
        progress=progress,
    )
