"""Bids that subjects do not explain: eager for each other's papers, or for one paper far from one's field.

Labelled data and the strategies people use: Jecmen et al., 2022, arXiv:2207.02303; bids alone tell little.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bid:
    """A wish of a reviewer for a paper: -1 not willing, 0 indifferent, 1 eager; ``fit`` in [0, 1] by subject."""

    reviewer: str
    paper: str
    wish: int
    fit: float


@dataclass(frozen=True, slots=True)
class BidSignal:
    """A bid to look at. ``surprise``: how rare an eager bid is at this fit and zeal; ``partner`` if it is returned."""

    reviewer: str
    paper: str
    surprise: float
    partner: str = ""


def bid_signals(bids: Iterable[Bid], authors: Mapping[str, Iterable[str]], *, least: float = 0.85) -> list[BidSignal]:
    """Return bids that subjects do not explain, the most surprising first.

    Parameters
    ----------
    authors:
        Papers (key) with the reviewers who wrote them.
    least:
        Surprise (1 - chance of an eager bid) that is told without a partner; with one, half of it.

    The chance of an eager bid is its frequency at that fit times the reviewer's own zeal, each with one bid added.
    """
    rows = list(bids)
    eager = {(one.reviewer, one.paper) for one in rows if one.wish > 0}
    at_fit = _rates((one.fit, one.wish > 0) for one in rows)
    zeal = _rates((one.reviewer, one.wish > 0) for one in rows)
    overall = len(eager) / max(len(rows), 1)
    wrote: dict[str, set[str]] = {}
    for paper, people in authors.items():
        for person in people:
            wrote.setdefault(person, set()).add(paper)
    found = []
    for one in rows:
        if one.wish <= 0:
            continue
        chance = min(1.0, at_fit[one.fit] * zeal[one.reviewer] / max(overall, 1e-9))
        back = (person for person in authors.get(one.paper, ()) if person != one.reviewer)
        partner = next((p for p in back if any((p, own) in eager for own in wrote.get(one.reviewer, ()))), "")
        if 1 - chance >= (least / 2 if partner else least):
            found.append(BidSignal(one.reviewer, one.paper, 1 - chance, partner))
    return sorted(found, key=lambda one: (-bool(one.partner), -one.surprise, one.reviewer, one.paper))


def _rates(pairs: Iterable[tuple[object, bool]]) -> dict[object, float]:
    counts: dict[object, list[int]] = {}
    for key, hit in pairs:
        row = counts.setdefault(key, [0, 0])
        row[0] += hit
        row[1] += 1
    return {key: (hits + 1) / (whole + 2) for key, (hits, whole) in counts.items()}
