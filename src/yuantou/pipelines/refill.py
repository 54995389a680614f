"""New reviewers after declines: from the candidates of an earlier run, with nobody else moved or few."""

from typing import Literal

import polars as pl

from yuantou.engines import matching
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.seed import Seed
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.steps import PAIR, limits_of, present

Keep = Literal["all", "most"]


def refill(
    scored: pl.DataFrame,
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    parameters: CallParameters,
    *,
    standing: pl.DataFrame,
    firm: pl.DataFrame,
    barred: pl.DataFrame,
    keep: Keep,
    progress: Progress = silent,
) -> matching.Assignment:
    """Fill what is empty as well as can be.

    Parameters
    ----------
    scored:
        Candidates of an earlier run: ``proposal_id``, ``expert_id``, ``affinity``.
    proposals, experts:
        ``proposal_id``, ``demand``; the table ``experts``.
    standing:
        Pairs that stand; with ``keep="all"`` none of them moves, with ``most`` a few may.
    firm:
        Those among them that may not move in any case.
    barred:
        Pairs that nobody may choose.
    """
    here, there = proposals["proposal_id"], experts["expert_id"]
    pairs = scored.filter(pl.col("proposal_id").is_in(here.to_list()) & pl.col("expert_id").is_in(there.to_list()))
    candidates = matching.Candidates.from_frame(pairs, proposal_ids=here, expert_ids=there)
    fixed = present(standing if keep == "all" else firm, candidates)
    loose = present(standing, candidates).join(fixed, on=PAIR, how="anti")
    start = matching.Assignment(loose, {"prices": {}}, None, "standing") if keep == "most" else None
    return matching.assign(
        candidates,
        demand=limits_of(proposals, "proposal_id", "demand", parameters.reviews_per_proposal, fixed),
        load=limits_of(experts, "expert_id", "max_load", parameters.max_load, fixed),
        forbidden=barred.join(fixed, on=PAIR, how="anti"),
        fixed=fixed,
        group=matching.organisation_groups(experts) if parameters.one_per_organisation else None,
        config=matching.AssignConfig(one_per_group=parameters.one_per_organisation),
        start=start,
        seed=Seed(parameters.seed).stream("assignment"),
        progress=progress,
    )
