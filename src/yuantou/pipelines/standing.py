"""Pairs that stand against the rule of one reviewer an organisation: chosen by hand, so a run works around them."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from yuantou.engines import matching

PAIR = ["proposal_id", "expert_id"]


@dataclass(frozen=True, slots=True)
class Beyond:
    """Pairs that stand beyond the rule; they take slots and places, and are no part of what is optimised."""

    pairs: pl.DataFrame

    def lowered(self, limits: Mapping[str, int], key: str) -> dict[str, int]:
        """Take what these pairs take off the demand of proposals or the load of experts."""
        taken = dict(self.pairs[key].value_counts().iter_rows())
        return {name: limit - taken.get(name, 0) for name, limit in limits.items()}

    def barred(self, barred: pl.DataFrame | None) -> pl.DataFrame:
        """Keep a run from choosing these pairs a second time."""
        return (
            self.pairs if barred is None else pl.concat([barred.select(PAIR), self.pairs]).unique(maintain_order=True)
        )

    def added(self, pairs: pl.DataFrame, candidates: matching.Candidates) -> pl.DataFrame:
        """Put these pairs beside those of a run, with their affinity where they are candidates."""
        if self.pairs.is_empty():
            return pairs
        scored = self.pairs.join(candidates.to_frame(), on=PAIR, how="left")
        shown = [name for name in pairs.columns if name in scored.columns]
        return pl.concat([pairs, scored.select(shown)], how="diagonal_relaxed").sort(PAIR)


def part(standing: pl.DataFrame, group: Mapping[str, str] | None) -> tuple[pl.DataFrame, Beyond]:
    """Part pairs that stand: those that keep one reviewer an organisation for each proposal, and those beyond."""
    if not group or standing.is_empty():
        return standing, Beyond(standing.select(PAIR).clear())
    homes = pl.DataFrame(list(group.items()), schema=["expert_id", "home"], orient="row")
    known = standing.select(PAIR).join(homes, on="expert_id", how="left", maintain_order="left")
    known = known.with_columns(pl.col("home").fill_null(""))
    again = (pl.col("home") != "") & (pl.int_range(pl.len()).over("proposal_id", "home") > 0)
    return known.filter(~again).select(PAIR), Beyond(known.filter(again).select(PAIR))
