"""Where reviewers contradict one another on the same question: criterion by criterion, their severity taken out."""

import polars as pl

SURPRISE = 2.5
"""Standard deviations of a difference of two reviews from which on it is worth reading both reasons."""


def contradictions(reviews: pl.DataFrame, reviewers: pl.DataFrame, *, most: int = 50) -> pl.DataFrame:
    """Return the criteria on which two reviewers of a proposal judged most differently.

    Parameters
    ----------
    reviews:
        Table ``reviews`` of the call contract, one row for each criterion.
    reviewers:
        ``reviewer_id``, ``effect`` of the calibration.
    most:
        Rows returned at most, the greatest difference first.

    Returns
    -------
    polars.DataFrame
        ``proposal_id``, ``criterion``, ``low`` and ``high`` (scores as given), ``low_by``, ``high_by``, ``surprise``:
        the difference once severity is taken out, in standard deviations of such differences on that criterion. Only
        those of ``SURPRISE`` or more: with many proposals some arise by chance, so read the reasons before concluding.

    Notes
    -----
    The deviation is the pooled one within proposals, times the square root of two. Time O(reviews · log reviews).
    """
    known = reviews.join(reviewers.select("reviewer_id", "effect"), on="reviewer_id", how="left").with_columns(
        pl.col("criterion").fill_null(""), cleaned=pl.col("score") - pl.col("effect").fill_null(0.0)
    )
    keys = ["proposal_id", "criterion"]
    ordered = known.sort(*keys, "cleaned", "reviewer_id")
    each = ordered.group_by(keys, maintain_order=True).agg(
        n=pl.len(),
        squares=((pl.col("cleaned") - pl.col("cleaned").mean()) ** 2).sum(),
        gap=pl.col("cleaned").last() - pl.col("cleaned").first(),
        low=pl.col("score").first(),
        high=pl.col("score").last(),
        low_by=pl.col("reviewer_id").first(),
        high_by=pl.col("reviewer_id").last(),
    )
    several = each.filter(pl.col("n") > 1)
    pooled = (pl.col("squares").sum() / (pl.col("n") - 1).sum()).over("criterion").sqrt()
    found = several.with_columns(surprise=pl.col("gap") / (pooled * 2**0.5)).filter(
        pl.col("surprise").is_finite() & (pl.col("surprise") >= SURPRISE)
    )
    columns = [*keys, "low", "high", "low_by", "high_by", "surprise"]
    return found.sort("surprise", *keys, descending=[True, False, False]).head(most).select(columns)
