"""Reviews as the model needs them: one number for each review, on one scale, by reviewers who are told apart."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from yuantou.kernel.errors import InputError, Place, Problem
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.score import Scale

ALIKE: Final = 3  # reviews from which on a reviewer's single grade is worth a remark


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
    frame = _with_panels(reviews)
    weight = pl.col("criterion").replace_strict(dict(weights), default=0.0) if weights else pl.lit(1.0)
    scored = frame.with_columns(weight=weight).filter(pl.col("weight") > 0)
    keys = ["proposal_id", "reviewer_id", "panel"]
    mean = (pl.col("score") * pl.col("weight")).sum() / pl.col("weight").sum()
    return scored.group_by(keys).agg(score=mean).sort(keys)


def _with_panels(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return reviews with a panel and a criterion each, empty where there is none."""
    return reviews.with_columns(
        panel=pl.col("panel").fill_null("") if "panel" in reviews.columns else pl.lit(""),
        criterion=pl.col("criterion").fill_null("") if "criterion" in reviews.columns else pl.lit(""),
    )


def criteria_scores(
    reviews: pl.DataFrame, weights: Mapping[str, float] | None
) -> tuple[np.ndarray[Any, Any], list[str], np.ndarray[Any, Any]]:
    """Return criteria side by side in the rows of ``overall_scores``, NaN where missing; names; weights of sum 1."""
    frame = _with_panels(reviews)
    if weights:
        frame = frame.filter(pl.col("criterion").is_in(list(weights)))
    keys = ["proposal_id", "reviewer_id", "panel"]
    names = frame["criterion"].unique().sort().to_list()
    wide = frame.pivot(on="criterion", index=keys, values="score", aggregate_function="mean")
    shares = np.array([weights[name] if weights else 1.0 for name in names])
    return wide.sort(keys).select(names).to_numpy(), names, shares / shares.sum()


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


def remarks(reviews: pl.DataFrame, diagnostics: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Say what a ranking rests on that whoever decides must know; none of it forbids ranking.

    Parameters
    ----------
    reviews:
        What ``overall_scores`` returns.
    diagnostics:
        Of the calibration of these reviews.
    """
    single = _names(reviews.group_by("proposal_id").len().filter(pl.col("len") == 1)["proposal_id"])
    flat = reviews.group_by("reviewer_id").agg(n=pl.len(), kinds=pl.col("score").n_unique())
    alike = _names(flat.filter((pl.col("n") >= ALIKE) & (pl.col("kinds") == 1))["reviewer_id"])
    equal = reviews.height > 1 and reviews["score"].n_unique() == 1
    groups = diagnostics["components"]
    told = (
        (
            equal,
            "equal",
            (
                f"全部 {reviews.height} 条评分相同，名次没有依据。",
                f"All {reviews.height} scores are the same: no order rests on them.",
            ),
            ("请勿据此排序；请专家讨论或补充评审。", "Do not decide by rank; discuss, or ask for more reviews."),
        ),
        (
            bool(single),
            "single",
            (f"只有一份评审：{_shown(single, '、')}。", f"Only one review: {_shown(single, ', ')}."),
            ("区间很宽；请补充评审。", "Their intervals are wide; ask for another review."),
        ),
        (
            bool(alike) and not equal,
            "alike",
            (
                f"所有项目打同一分数的评审人：{_shown(alike, '、')}。",
                f"Reviewers who score everything alike: {_shown(alike, ', ')}.",
            ),
            ("其评分不区分项目；请核实。", "Their scores tell no proposal from another; ask them."),
        ),
        (
            groups > 1,
            "apart",
            (f"评审人分为 {groups} 个互不相连的组。", f"Reviewers fall into {groups} groups that share no proposal."),
            (
                "跨组比较假定各组项目水平相同；请分组比较，或让部分项目交叉评审。",
                "Across them groups are taken to be alike; compare within groups, or let some be read twice.",
            ),
        ),
        (
            not diagnostics["converged"],
            "unsettled",
            ("方差估计未收敛。", "The estimate of the variances did not converge."),
            ("请勿依据区间决定；检查评审数据。", "Do not decide by these intervals; look at the reviews."),
        ),
    )
    return tuple(
        Problem(f"calibration.{code}", LocalText(*message), LocalText(*remedy), fatal=False)
        for applies, code, message, remedy in told
        if applies
    )


def _names(names: pl.Series) -> list[str]:
    return names.sort().to_list()


def _shown(names: list[str], comma: str) -> str:
    return comma.join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")
