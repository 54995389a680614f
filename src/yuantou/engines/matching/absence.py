"""Why an expert does not review a proposal, in words that a scientist can check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from yuantou.engines.matching.assignment import Assignment
from yuantou.engines.matching.candidates import Candidates, find_pairs
from yuantou.kernel.local_text import LocalText

Reason = Literal["assigned", "forbidden", "candidate", "group", "full", "others"]


@dataclass(frozen=True, slots=True)
class Absence:
    """The ``reason`` and the sentence; ``affinity`` is null for no candidate, ``price`` is that of a full expert."""

    reason: Reason
    affinity: float | None
    price: float
    text: LocalText


def explain_absence(
    candidates: Candidates,
    assignment: Assignment,
    proposal_id: str,
    expert_id: str,
    *,
    forbidden: pl.DataFrame | None = None,
    group: Mapping[str, str] | None = None,
) -> Absence:
    """Say why an expert does not review a proposal; ``forbidden`` and ``group`` are those the assignment was made with.

    The first that holds: the pair is assigned after all, forbidden, no candidate, of the organisation of a chosen
    reviewer, full (the price is what the last place with the expert is worth elsewhere), or others fit better.

    Raises
    ------
    KeyError
        If the proposal or the expert is not known.
    """
    if proposal_id not in candidates.proposal_ids or expert_id not in candidates.expert_ids:
        raise KeyError(proposal_id if proposal_id not in candidates.proposal_ids else expert_id)
    row, column = candidates.proposal_ids.index(proposal_id), candidates.expert_ids.index(expert_id)
    place = int(find_pairs(candidates.start, candidates.expert, np.array([row]), np.array([column]))[0])
    affinity = round(float(candidates.affinity[place]), 6) if place >= 0 else None
    price = float(assignment.certificate["prices"].get(expert_id, 0))
    own = assignment.pairs.filter(proposal_id=proposal_id)
    reason, text = _why(own, expert_id, affinity, price, group or {}, _barred(forbidden, proposal_id, expert_id))
    return Absence(reason, affinity, price, text)


def _barred(forbidden: pl.DataFrame | None, proposal_id: str, expert_id: str) -> bool:
    return forbidden is not None and not forbidden.filter(proposal_id=proposal_id, expert_id=expert_id).is_empty()


def _why(
    own: pl.DataFrame, expert_id: str, affinity: float | None, price: float, group: Mapping[str, str], barred: bool
) -> tuple[Reason, LocalText]:
    if expert_id in own["expert_id"]:
        return "assigned", LocalText("已指派为评审人。", "Assigned as a reviewer.")
    if barred:
        return "forbidden", LocalText("须回避。", "In conflict of interest.")
    if affinity is None:
        return "candidate", LocalText("不在该项目的候选名单中。", "Not among the candidates of this proposal.")
    place = group.get(expert_id, "")
    same = [name for name in own["expert_id"] if place and group.get(name) == place]
    if same:
        return "group", LocalText(
            f"同单位的 {same[0]} 已是评审人（{place}）。", f"{same[0]} of the same organisation reviews ({place})."
        )
    worst = own["affinity"].min()
    lowest = float(worst) if isinstance(worst, float) else 0.0
    if price > 0:
        return "full", LocalText(
            f"名额已满：其价格 {price:.3f}，契合度 {affinity:.3f}，净值 {affinity - price:.3f}；已选评审的最低契合度 "
            f"{lowest:.3f}。",
            f"Full: the price of a place is {price:.3f}, the affinity {affinity:.3f}, which leaves "
            f"{affinity - price:.3f}; the lowest affinity chosen is {lowest:.3f}.",
        )
    return "others", LocalText(
        f"有更契合的专家：此人 {affinity:.3f}，已选的最低为 {lowest:.3f}。",
        f"Others fit better: {affinity:.3f} here, {lowest:.3f} at least of those chosen.",
    )
