"""New reviewers after declines: from the candidates of an earlier run, with nobody else moved or few."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import polars as pl

from yuantou.engines import matching
from yuantou.kernel.progress import Progress, silent
from yuantou.kernel.seed import Seed
from yuantou.pipelines.mix import all_rules
from yuantou.pipelines.parameters import CallParameters
from yuantou.pipelines.standing import part
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
    rules: Sequence[matching.Rule] = (),
    progress: Progress = silent,
) -> matching.Assignment:
    """Fill what is empty as well as can be, under the wishes of the run; a cap on chances does not reach this far.

    Parameters
    ----------
    scored:
        Candidates of an earlier run: ``proposal_id``, ``expert_id``, ``affinity``.
    proposals, experts:
        ``proposal_id``, ``demand``, ``discipline``; the table ``experts``.
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
    group = matching.organisation_groups(experts) if parameters.one_per_organisation else None
    whole = present(standing if keep == "all" else firm, candidates)
    fixed, beyond = part(whole, group)
    loose = present(standing, candidates).join(whole, on=PAIR, how="anti")
    start = matching.Assignment(loose, {"prices": {}}, None, "standing") if keep == "most" else None
    given: dict[str, Any] = {
        "demand": beyond.lowered(
            limits_of(proposals, "proposal_id", "demand", parameters.reviews_per_proposal, whole), "proposal_id"
        ),
        "load": beyond.lowered(limits_of(experts, "expert_id", "max_load", parameters.max_load, whole), "expert_id"),
        "forbidden": beyond.barred(barred.join(whole, on=PAIR, how="anti")),
        "fixed": fixed,
        "group": group,
        "config": matching.AssignConfig(one_per_group=parameters.one_per_organisation),
        "seed": Seed(parameters.seed).stream("assignment"),
        "progress": progress,
    }
    asked = all_rules(parameters, proposals, experts, rules)
    if asked:
        before = matching.PanelAssignment(start, pl.DataFrame()) if start else None
        found = matching.assign_panels(candidates, asked, start=before, **given).assignment
    else:
        found = matching.assign(candidates, start=start, **given)
    return replace(found, pairs=beyond.added(found.pairs, candidates))
