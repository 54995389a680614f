"""Sparse affinities: for each proposal its best experts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import numba
import numpy as np
import polars as pl

from yuantou.engines.matching.texts import Texts
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

PAIR: Final = ("proposal_id", "expert_id")


@dataclass(frozen=True)
class Candidates:
    """For each proposal its best experts, best first.

    ``start`` (n + 1, int64) cuts ``expert`` (int32, an index into ``expert_ids``) and ``affinity`` (float32 in [0, 1])
    into the lists of the proposals. Ids are sorted. ``texts`` holds what an explanation needs, if affinities come from
    texts; ``thin`` are the experts whose profile is too small to judge them by.
    """

    proposal_ids: tuple[str, ...]
    expert_ids: tuple[str, ...]
    start: np.ndarray
    expert: np.ndarray
    affinity: np.ndarray
    texts: Texts | None = None
    thin: tuple[str, ...] = ()
    method: str = "given/1"

    @classmethod
    def from_frame(
        cls,
        pairs: pl.DataFrame,
        *,
        proposal_ids: Iterable[str] = (),
        expert_ids: Iterable[str] = (),
    ) -> Self:
        """Take affinities from elsewhere: ``proposal_id``, ``expert_id``, ``affinity`` in [0, 1], in any order.

        Ids beside those of the pairs may be given, so that a proposal without any candidate is not forgotten.

        Raises
        ------
        InputError
            If an affinity is missing or outside [0, 1], or a pair stands twice.
        """
        _check(pairs)
        proposals = tuple(sorted({*pairs["proposal_id"], *proposal_ids}))
        experts = tuple(sorted({*pairs["expert_id"], *expert_ids}))
        row, column = indices(pairs["proposal_id"], proposals), indices(pairs["expert_id"], experts)
        affinity = pairs["affinity"].cast(pl.Float64).to_numpy()
        order = np.lexsort((column, -affinity, row))
        counts = np.bincount(row, minlength=len(proposals))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(proposals, experts, start, column[order].astype(np.int32), affinity[order].astype(np.float32))

    def to_frame(self) -> pl.DataFrame:
        """Return ``proposal_id``, ``expert_id``, ``affinity``, ``rank`` (1 = best), one row for each pair."""
        lengths = np.diff(self.start)
        return pl.DataFrame(
            {
                "proposal_id": pl.Series(self.proposal_ids, dtype=pl.String).gather(self.rows()),
                "expert_id": pl.Series(self.expert_ids, dtype=pl.String).gather(self.expert),
                "affinity": np.round(self.affinity.astype(np.float64), 6),
                "rank": np.arange(1, len(self.expert) + 1) - np.repeat(self.start[:-1], lengths),
            }
        )

    def rows(self) -> np.ndarray:
        """Return the index of the proposal of each pair."""
        return np.repeat(np.arange(len(self.proposal_ids), dtype=np.int64), np.diff(self.start))


def indices(names: pl.Series, ids: tuple[str, ...]) -> np.ndarray:
    """Return the place of each name in ``ids``, or -1."""
    table = pl.DataFrame({"name": ids, "place": np.arange(len(ids))}, schema={"name": pl.String, "place": pl.Int64})
    asked = pl.DataFrame({"name": names.cast(pl.String)})
    return asked.join(table, on="name", how="left", maintain_order="left")["place"].fill_null(-1).to_numpy()


@numba.njit(cache=True, nogil=True)
def find_pairs(start: np.ndarray, column: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return where each pair (row, column) stands in lists cut by ``start``, or -1. Time O(pairs × list)."""
    found = np.full(len(rows), -1, np.int64)
    for number in range(len(rows)):
        if rows[number] < 0 or columns[number] < 0:
            continue
        for place in range(start[rows[number]], start[rows[number] + 1]):
            if column[place] == columns[number]:
                found[number] = place
                break
    return found


def _check(pairs: pl.DataFrame) -> None:
    bad = pairs.with_row_index("row", 1).filter(~pl.col("affinity").is_between(0, 1).fill_null(value=False))
    if bad.height:
        raise _wrong(bad.row(0, named=True), "的契合度不在 0 与 1 之间。", "has an affinity that is not in [0, 1].")
    twice = pairs.with_row_index("row", 1).filter(pl.struct(PAIR).is_duplicated())
    if twice.height:
        raise _wrong(twice.row(1, named=True), "出现不止一次。", "stands more than once.")


def _wrong(row: dict[str, Any], zh: str, en: str) -> InputError:
    pair = f"{row['proposal_id']} – {row['expert_id']}"
    return InputError(
        LocalText(f"{pair} {zh}", f"{pair} {en}"),
        LocalText("请改正该行。", "Correct this row."),
        code="matching.affinity",
        place=Place(row=row["row"], column="affinity"),
    )
