"""What a change of rules would have done to past calls, before it is adopted: success rates, load, who gains."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from yuantou.engines.calibration.agreement import chances_at_line
from yuantou.engines.calibration.design import Array
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText

Chances = Callable[[Array, int], Array]
"""From the scores of admitted proposals (higher is better) and the number of places to the chance of each."""
_EVERYONE, _REVIEWS, _SCORE = pl.lit(value=True), pl.col("reviews"), pl.col("score")


@dataclass(frozen=True)
class Rule:
    """Who is admitted, how many reviews each needs, what counts as score, and how places are given.

    All are expressions over the table of past proposals, so that a rule can use any column it has.
    """

    admits: pl.Expr = _EVERYONE
    reviews: pl.Expr = _REVIEWS
    score: pl.Expr = _SCORE
    chances: Chances = chances_at_line


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """Both rules side by side.

    ``calls`` and ``groups``: applications, reviews, expected awards and success rate under each rule; ``proposals``:
    chance before and after of everyone whose chance changes; ``reproduced``: the share of past decisions that the
    rule before explains. Where that is low, the comparison is between two rules of which neither was in force.
    """

    calls: pl.DataFrame
    groups: pl.DataFrame
    proposals: pl.DataFrame
    reproduced: float


def lottery_within(width: float) -> Chances:
    """Return a rule by which all within ``width`` of the score at the line draw lots for the places left."""

    def chances(scores: Array, places: int) -> Array:
        if not 0 < places < len(scores):
            return chances_at_line(scores, places)
        line = np.partition(scores, -places)[-places]
        above, at = scores > line + width, np.abs(scores - line) <= width
        return above + at * (places - above.sum()) / at.sum()

    return chances


def simulate_rule_change(past: pl.DataFrame, before: Rule, after: Rule, *, group: str | None = None) -> RuleEffect:
    """Apply two rules to past calls.

    Parameters
    ----------
    past:
        ``call_id``, ``proposal_id``, ``score``, ``reviews``, ``awarded`` and whatever the rules use. Each call gives as
        many places as it gave awards; who would have applied under other rules is not known and is not guessed.
    group:
        Column by which to say who gains.

    Returns
    -------
    RuleEffect
        In the order of call, group and proposal. Time O(proposals · log proposals).

    Raises
    ------
    InputError
        If there is no past proposal, a proposal stands twice in a call, or a score is missing or not finite.
    """
    _check(past)
    named = past.with_columns(group=pl.col(group).cast(pl.String).fill_null("") if group else pl.lit(""))
    whole = named.sort("call_id", "proposal_id")
    for name, rule in (("before", before), ("after", after)):
        parts = [_applied(call, rule, name) for call in whole.partition_by("call_id", maintain_order=True)]
        whole = pl.concat(parts)
    changed = whole.filter((pl.col("chance_before") - pl.col("chance_after")).abs() > 1e-12)
    explained = 1 - (whole["chance_before"] - whole["awarded"].cast(pl.Float64)).abs()
    return RuleEffect(
        _table(whole, "call_id"),
        _table(whole, "group"),
        changed.select("call_id", "proposal_id", "group", "score", "awarded", "chance_before", "chance_after"),
        float(explained.sum()) / whole.height,
    )


def _applied(call: pl.DataFrame, rule: Rule, name: str) -> pl.DataFrame:
    mask = call.with_columns(_x=rule.admits.fill_null(value=False))["_x"].to_numpy()
    scores = call.with_columns(_x=rule.score)["_x"].to_numpy().astype(float)
    chance = np.zeros(call.height)
    chance[mask] = rule.chances(scores[mask], int(call["awarded"].sum()))
    return call.with_columns(
        pl.Series(f"admitted_{name}", mask),
        pl.Series(f"chance_{name}", chance),
        rule.reviews.alias(f"reviews_{name}"),
    ).with_columns(pl.when(f"admitted_{name}").then(f"reviews_{name}").otherwise(0).alias(f"reviews_{name}"))


def _table(whole: pl.DataFrame, key: str) -> pl.DataFrame:
    sums = [
        expression
        for name in ("before", "after")
        for expression in (
            pl.col(f"admitted_{name}").sum().alias(f"applications_{name}"),
            pl.col(f"reviews_{name}").sum(),
            pl.col(f"chance_{name}").sum().alias(f"awards_{name}"),
        )
    ]
    rates = [
        pl.when(pl.col(f"applications_{name}") > 0)
        .then(pl.col(f"awards_{name}") / pl.col(f"applications_{name}"))
        .otherwise(0.0)
        .alias(f"rate_{name}")
        for name in ("before", "after")
    ]
    return whole.group_by(key).agg(*sums).with_columns(*rates).sort(key)


def _check(past: pl.DataFrame) -> None:
    remedy = LocalText("请更正往年数据。", "Correct the table of past proposals.")
    if past.is_empty():
        raise InputError(LocalText("没有往年申请。", "There are no past proposals."), remedy, code="rule_change.input")
    keys = past.select("call_id", "proposal_id")
    twice = past.filter(keys.is_duplicated())
    bad = past.filter(~pl.col("score").cast(pl.Float64).is_finite().fill_null(value=False))
    for frame, zh, en in ((twice, "出现两次", "stands twice"), (bad, "没有有效分数", "has no valid score")):
        if not frame.is_empty():
            name = min(frame["proposal_id"])
            raise InputError(
                LocalText(f"申请 {name} {zh}。", f"Proposal {name} {en}."), remedy, code="rule_change.input"
            )
