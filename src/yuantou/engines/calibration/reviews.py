"""Reviews as the model needs them: one number for each review, on one scale, by reviewers who are told apart."""

from collections.abc import Mapping

import polars as pl

from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale


def overall_scores(reviews: pl.DataFrame, weights: Mapping[str, float] | None = None) -> pl.DataFrame:
    """Return one score for each review: the overall one, or the weighted mean of its criteria.

    Parameters
    ----------
    reviews:
        ``proposal_id``, ``reviewer_id``, ``score`` and, where reviews have criteria, ``criterion``.
    weights:
        Weight of each criterion; equal weights if not given. A review that lacks a criterion counts by those it has.

    Returns
    -------
    pl.DataFrame
        ``proposal_id``, ``reviewer_id``, ``panel``, ``score``, ordered by the first two.
    """
    frame = reviews.with_columns(
        panel=pl.col("panel").fill_null("") if "panel" in reviews.columns else pl.lit(""),
        criterion=pl.col("criterion").fill_null("") if "criterion" in reviews.columns else pl.lit(""),
    )
    weight = pl.col("criterion").replace_strict(dict(weights), default=0.0) if weights else pl.lit(1.0)
    scored = frame.with_columns(weight=weight).filter(pl.col("weight") > 0)
    keys = ["proposal_id", "reviewer_id", "panel"]
    mean = (pl.col("score") * pl.col("weight")).sum() / pl.col("weight").sum()
    return scored.group_by(keys).agg(score=mean).sort(keys)


def check(reviews: pl.DataFrame, scale: Scale, *, shared: bool = False) -> None:
    """Refuse what the model must not be built on.

    Raises
    ------
    InputError
        If there is no review, a score lies off the scale, or a reviewer's label stands for several people: the same
        label in several panels (Heyard et al. 2022 pooled four people as one; a label must be unique over the call),
        and ``shared`` does not say that it is one.
    """
    if reviews.is_empty():
        raise InputError(
            LocalText("没有可用的评审。", "There are no reviews."),
            LocalText("请先收集评审意见。", "Collect reviews first."),
            code="calibration.empty",
        )
    off = reviews.filter(~pl.col("score").is_between(scale.low, scale.high))
    several = (reviews.group_by("reviewer_id").agg(panels=pl.col("panel").n_unique()).filter(pl.col("panels") > 1))[
        "reviewer_id"
    ]
    problems = [
        Problem(
            "calibration.off_scale",
            LocalText(f"分数 {row['score']:g} 超出范围。", f"The score {row['score']:g} is off the scale."),
            LocalText("请更正该评审。", "Correct this review."),
            Place(column=f"{row['proposal_id']} / {row['reviewer_id']}"),
        )
        for row in off.iter_rows(named=True)
    ] + [
        Problem(
            "calibration.shared_label",
            LocalText(f"“{label}”出现在多个评审组。", f"“{label}” reviews in several panels."),
            LocalText(
                "若非同一人，请改用全批次唯一的编号。", "If these are different people, give them unique labels."
            ),
            Place(column=label),
        )
        for label in sorted([] if shared else several)
    ]
    if problems:
        raise InputError(
            LocalText("评审数据不能用于排序。", "The reviews cannot be ranked."),
            LocalText("请逐条更正。", "Correct each point."),
            code="calibration.input",
            problems=tuple(problems),
        )
