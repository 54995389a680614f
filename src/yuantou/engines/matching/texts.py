"""The texts of a call as vectors: proposals, and the works of each expert."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from yuantou.engines.matching.views import DenseView, View, WordView
from yuantou.engines.text import BLOCK, Encoder, Vectors, Weights, count_blocks, count_terms, weigh
from yuantou.kernel.progress import Progress

TOPICS: Final = ""
"""In the place of a work id: the topics that an expert has declared, read as one more short text."""
REPEATS: Final = 3
"""How often a term counts at most in an abstract: who says a word thirty times says it no more than thrice."""
FULL_REPEATS: Final = 30
"""The same in a full text, some ten times as long."""


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
    weights: Weights
    views: tuple[View, ...] = ()


def read_texts(
    proposals: pl.DataFrame,
    experts: pl.DataFrame,
    works: pl.DataFrame,
    *,
    most: int,
    top: int,
    weights: Weights | None = None,
    encoder: Encoder | None = None,
    progress: Progress,
) -> Texts:
    """Read tables sorted by id; of each expert the ``most`` latest works and the declared topics are taken.

    ``weights`` of an earlier reading make what arrives later comparable with it.
    """
    profile = _profiles(experts, works, most)
    number = dict(zip(experts["expert_id"], range(experts.height), strict=True))
    owner = np.fromiter(map(number.__getitem__, profile["expert_id"]), np.int64, profile.height)
    asked = _text(proposals, ("title", "abstract", "keywords"))
    total = 2 * len(asked) + profile.height  # each proposal is read, and then searched for
    questions = count_terms(asked, lambda done: progress("expertise", done, total))
    answers = count_blocks(
        _blocks(profile, works, experts), lambda done: progress("expertise", len(asked) + done, total)
    )
    weights = weights or Weights.of(questions, answers)
    first = np.searchsorted(owner, np.arange(experts.height + 1))
    views: list[View] = [*_full_texts(_text(proposals, ("full_text",)), profile, works, owner, experts.height)]
    if encoder:
        written = [text for block in _blocks(profile, works, experts) for text in block]
        vectors = encoder.encode(asked.to_list()), encoder.encode(written)
        views.append(DenseView(*vectors, first, encoder.name))
    return Texts(
        weigh(questions, weights, role="query", most=REPEATS),
        weigh(answers, weights, role="document", most=REPEATS),
        first,
        profile["work_id"],
        asked,
        top,
        weights,
        tuple(views),
    )


def _full_texts(
    asked: pl.Series, profile: pl.DataFrame, works: pl.DataFrame, owner: np.ndarray, experts: int
) -> Iterator[WordView]:
    """Yield the view of full texts, if both sides have any; works without one are left out of it."""
    there = profile["full"].to_numpy()
    if not there.any() or not (asked != "").any():
        return
    written = profile.filter("full")["place"]
    questions = count_terms(asked)
    answers = count_blocks(
        _text(works[written.slice(low, BLOCK)], ("full_text",)).to_list() for low in range(0, len(written), BLOCK)
    )
    weights = Weights.of(questions, answers)
    first = np.searchsorted(owner[there], np.arange(experts + 1))
    yield WordView(
        weigh(questions, weights, role="query", most=FULL_REPEATS),
        weigh(answers, weights, role="document", most=FULL_REPEATS),
        first,
    )


def _profiles(experts: pl.DataFrame, works: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return ``expert_id``, ``work_id``, ``place`` in works, ``full``: latest first, each title once, topics last.

    Texts are left where they are: they are by far the largest part, and needed block by block only.
    """
    rows = works.select(
        "expert_id",
        "work_id",
        "year",
        title=pl.col("title").str.to_lowercase().hash(),
        place=pl.int_range(pl.len(), dtype=pl.Int64),
        full=_text(works, ("full_text",)) != "",
    )
    recent = (
        rows.join(experts.select("expert_id"), on="expert_id", how="semi")
        .sort("expert_id", "year", "work_id", descending=[False, True, False], nulls_last=True)
        .unique(["expert_id", "title"], keep="first", maintain_order=True)
        .group_by("expert_id", maintain_order=True)
        .head(most)
        .select("expert_id", "work_id", "place", "full")
    )
    declared = experts.select(
        "expert_id",
        work_id=pl.lit(TOPICS),
        place=pl.lit(None, pl.Int64),
        full=pl.lit(value=False),
    ).filter(_text(experts, ("topics",)) != "")
    return pl.concat([recent, declared], how="vertical_relaxed").sort("expert_id", maintain_order=True)


def _blocks(profile: pl.DataFrame, works: pl.DataFrame, experts: pl.DataFrame) -> Iterator[list[str]]:
    """Yield the texts of a profile, block by block."""
    declared = dict(zip(experts["expert_id"], _text(experts, ("topics",)), strict=True))
    for low in range(0, profile.height, BLOCK):
        part = profile.slice(low, BLOCK)
        written = iter(_text(works[part["place"].drop_nulls()], ("title", "abstract")))
        yield [
            declared[expert] if place is None else next(written)
            for expert, place in zip(part["expert_id"], part["place"], strict=True)
        ]


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
