"""The process itself under audit: how far calls depended on who reviewed, and what another rule would have done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from yuantou.apps.accounts.facade import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import Decision, DecisionList, Outcome
from yuantou.apps.decisions.rankings import inputs_of, parameters_of
from yuantou.apps.proposals.facade import takes_part
from yuantou.apps.workflow.facade import enough
from yuantou.engines.calibration import (
    Agreement,
    Rule,
    RuleEffect,
    agreement,
    expected_overlap,
    lottery_within,
    overall_scores,
    simulate_rule_change,
)
from yuantou.kernel.errors import InputError
from yuantou.kernel.seed import Seed

CALLS: Final = 10
SAMPLE: Final = 5_000
"""Proposals of one call from which agreement is told; of a larger call a sample drawn by a fixed seed."""


def lists_like(call: Call, user: User) -> list[DecisionList]:
    """Return the lists of this call and of earlier ones of its type and agency, newest first; never of one's own."""
    rows = (
        DecisionList.objects.exclude(state__means="discarded")
        .filter(call__agency=call.agency_id, call__programme_type__type_id=call.programme_type.type_id)
        .filter(ranking__frozen__isnull=False)
        .select_related("call__programme_type", "ranking__call__programme_type")
        .order_by("-created_at")
    )
    return [row for row in rows[: 2 * CALLS] if row.call_id == call.pk or not takes_part(user, row.call)][:CALLS]


@dataclass(frozen=True)
class CallShown:
    """One call of the yearly table; ``found`` is None where agreement cannot be told, and ``why`` says so.

    ``overlap`` is the share of awards that a second committee of the same kind would make too, ``luck`` that of a draw
    among all; ``sampled`` tells that agreement comes from a sample.
    """

    row: DecisionList
    proposals: int
    awards: int
    found: Agreement | None
    overlap: float | None
    luck: float
    sampled: bool
    why: InputError | None = None


def call_shown(row: DecisionList) -> CallShown | None:
    """Measure the agreement of a call from the reviews that were frozen with its ranking; None where few take part."""
    decided = row.decisions.count()
    awards = row.decisions.filter(outcome=Outcome.FUND).count()
    if not enough(decided):
        return None
    scores = overall_scores(inputs_of(row.ranking).reviews, parameters_of(row.ranking).weights or None)
    scores, sampled = _sample(scores.drop("panel"))
    luck = awards / decided
    try:
        found = agreement(scores, seed=Seed(1).stream("process"))
    except InputError as why:
        return CallShown(row, decided, awards, None, None, luck, sampled, why)
    overlap = expected_overlap(found.mean, luck) if awards else None
    return CallShown(row, decided, awards, found, overlap, luck, sampled)


def _sample(scores: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    keys = scores["proposal_id"].unique().sort()
    if len(keys) <= SAMPLE:
        return scores, False
    return scores.filter(pl.col("proposal_id").is_in(keys.sample(SAMPLE, seed=1).implode())), True


def past_of(lists: Sequence[DecisionList]) -> pl.DataFrame:
    """Return what past calls decided, one row a proposal, higher scores better, in the form the simulation takes."""
    frames = []
    for row in lists:
        sign = 1 if row.call.programme.review.scale.higher_is_better else -1
        names = ("proposal_id", "mean", "raw_mean", "sd", "n_reviews", "proposal__discipline")
        schema = {"proposal_id": pl.String, "score": pl.Float64, "plain": pl.Float64, "sd": pl.Float64}
        schema |= {"reviews": pl.Int64, "discipline": pl.String}
        table = pl.DataFrame(list(row.ranking.rows.values_list(*names)), schema=schema, orient="row")
        funded = Decision.objects.filter(decision_list=row, outcome=Outcome.FUND).values_list("proposal_id", flat=True)
        frames.append(
            table.with_columns(
                pl.col("score") * sign,
                pl.col("plain") * sign,
                call_id=pl.lit(row.call_id),
                awarded=pl.col("proposal_id").is_in(list(funded)),
            )
        )
    return pl.concat(frames)


def _plain(_past: pl.DataFrame) -> Rule:
    return Rule(score=pl.col("plain"))


def _lottery(past: pl.DataFrame) -> Rule:
    return Rule(chances=lottery_within(float(past["sd"].median() or 0)))  # type: ignore[arg-type]


CHANGES: Final[dict[str, Callable[[pl.DataFrame], Rule]]] = {"plain": _plain, "lottery": _lottery}


def effect_of(lists: Sequence[DecisionList], change: str) -> RuleEffect | None:
    """Return what a change of rule would have done to past calls: rates, load, who gains; None without any."""
    past = past_of(lists) if lists else pl.DataFrame()
    return None if past.is_empty() else simulate_rule_change(past, Rule(), CHANGES[change](past), group="discipline")


def gains_of(effect: RuleEffect) -> list[dict[str, Any]]:
    """Return the groups of an effect, whoever gains most first."""
    rows = effect.groups.with_columns(gain=pl.col("awards_after") - pl.col("awards_before"))
    return rows.sort("gain", "group", descending=[True, False]).to_dicts()
