"""The texts of a call as vectors: proposals, and the works of each expert."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.text import Vectors, Weights, count_terms, weigh
from yuantou.kernel.progress import Progress

TOPICS: Final = ""
"""In the place of a work id: the topics that an expert has declared, read as one more short text."""


@dataclass(frozen=True)
class Texts:
    """Vectors and printed texts.

    The works of expert ``e`` are rows ``first[e]`` to ``first[e + 1]``, latest first;
    an affinity is the mean of the ``top`` closest.
    """

    proposals: Vectors
    works: Vectors
    first: np.ndarray
    work_ids: pl.Series
    proposal_texts: pl.Series
    top: int


def read_texts(
    proposals: pl.DataFrame, experts: pl.DataFrame, works: pl.DataFrame, *, most: int, top: int, progress: Progress
) -> Texts:
    """Read tables sorted by id; of each expert the ``most`` latest works and the declared topics are taken."""
    profile = _profiles(experts, works, most)
    place = dict(zip(experts["expert_id"], range(experts.height), strict=True))
    owner = np.array([place[expert] for expert in profile["expert_id"]], np.int64)
    asked = _text(proposals, ("title", "abstract", "keywords", "full_text"))
    total = 2 * len(asked) + profile.height  # each proposal is read, and then searched for
    questions = count_terms(asked.to_list(), lambda done: progress("expertise", done, total))
    answers = count_terms(profile["text"].to_list(), lambda done: progress("expertise", len(asked) + done, total))
    weights = Weights.of(questions, answers)
    return Texts(
        weigh(questions, weights, role="query"),
        weigh(answers, weights, role="document"),
        np.searchsorted(owner, np.arange(experts.height + 1)),
        profile["work_id"],
        asked,
        top,
    )


def _profiles(experts: pl.DataFrame, works: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return ``expert_id``, ``work_id``, ``text``: latest works first, each title once, topics last."""
    known = experts.select("expert_id")
    recent = (
        works.select(
            "expert_id", "work_id", "year", title="title", text=_text(works, ("title", "abstract", "full_text"))
        )
        .join(known, on="expert_id", how="semi")
        .sort("expert_id", "year", "work_id", descending=[False, True, False], nulls_last=True)
        .unique(["expert_id", pl.col("title").str.to_lowercase()], keep="first", maintain_order=True)
        .group_by("expert_id", maintain_order=True)
        .head(most)
        .select("expert_id", "work_id", "text")
    )
    topics = experts.select("expert_id", work_id=pl.lit(TOPICS), text=_text(experts, ("topics",)))
    rows = pl.concat([recent, topics.filter(pl.col("text") != "")], how="vertical_relaxed")
    return rows.sort("expert_id", maintain_order=True)


def _text(table: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """Join the columns there are as clauses, so that no term spans two of them."""
    parts = [
        (pl.col(name).cast(pl.List(pl.String)).list.join(" ; ") if dtype == pl.List else pl.col(name).cast(pl.String))
        for name, dtype in table.schema.items()
        if name in columns
    ]
    if not parts:
        return pl.Series("text", [""] * table.height, dtype=pl.String)
    return table.select(text=pl.concat_str(parts, separator=" ; ", ignore_nulls=True))["text"]
