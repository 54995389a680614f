"""Why an expert fits a proposal: the closest works and the words they share with it, as printed."""

from dataclasses import dataclass

import numpy as np

from yuantou.engines.matching.candidates import Candidates
from yuantou.engines.matching.texts import TOPICS, Texts
from yuantou.engines.matching.views import pooled
from yuantou.engines.text import Unit, pair_term, term_id, units
from yuantou.kernel.errors import InputError
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Why a pair fits.

    ``works`` are (work id, similarity in [0, 1]), closest first; ``terms`` are (words or phrase as printed in the
    proposal, share of the similarity); ``topics`` is the similarity of the declared topics.
    """

    affinity: float
    works: tuple[tuple[str, float], ...]
    terms: tuple[tuple[str, float], ...]
    topics: float = 0.0


def explain_pair(
    candidates: Candidates, proposal_id: str, expert_id: str, *, works: int = 3, terms: int = 8
) -> PairExplanation:
    """Say why an expert fits a proposal; any pair may be asked for, candidate or not.

    Raises
    ------
    KeyError
        If the proposal or the expert is not known.
    InputError
        If the affinities were given and no texts stand behind them.
    """
    if candidates.texts is None:
        raise InputError(
            LocalText(
                "契合度由外部给出，没有可解释的文本。", "The affinities were given; there are no texts to explain."
            ),
            code="matching.no_texts",
        )
    row = _place(candidates.proposal_ids, proposal_id)
    texts, asked = candidates.texts, candidates.texts.proposals.row(row)
    column = _place(candidates.expert_ids, expert_id)
    owned = range(*texts.first[column:][:2])
    parts = {work: _shared(asked, texts.works.row(work)) for work in owned}
    similar = sorted(((sum(part.values()), work) for work, part in parts.items()), key=lambda pair: (-pair[0], pair[1]))
    close = [(score, work) for score, work in similar[:works] if score > 0]
    total: dict[int, float] = {}
    for _score, work in close:
        for term, share in parts[work].items():
            total[term] = total.get(term, 0.0) + share
    names = texts.work_ids
    return PairExplanation(
        _affinity(candidates, row, column, _words(similar, texts.top)),
        tuple((names[work], round(score, 4)) for score, work in close if names[work] != TOPICS),
        _phrases(texts, row, total)[:terms],
        round(next((score for score, work in similar if names[work] == TOPICS), 0.0), 4),
    )


def _place(ids: tuple[str, ...], wanted: str) -> int:
    try:
        return ids.index(wanted)
    except ValueError:
        raise KeyError(wanted) from None


def _words(similar: list[tuple[float, int]], top: int) -> float:
    """Return the affinity by words: the mean of the closest works as the search takes it."""
    best = np.array([score for score, _ in similar[:top]] + [0.0] * (top - len(similar)), np.float32)
    return float(pooled(np.sort(best), len(similar))) / top


def _affinity(candidates: Candidates, row: int, column: int, words: float) -> float:
    """Return the affinity of a candidate from all its views; of others that from words."""
    part = slice(candidates.start[row], candidates.start[row + 1])
    known = candidates.affinity[part][candidates.expert[part] == column]
    return round(float(known[0]) if len(known) else min(1.0, words), 6)


def _shared(asked: dict[int, float], work: dict[int, float]) -> dict[int, float]:
    return {term: weight * asked[term] for term, weight in work.items() if term in asked}


def _phrases(texts: Texts, row: int, total: dict[int, float]) -> tuple[tuple[str, float], ...]:
    """Join neighbouring shared terms to phrases, each with the share of its terms; a term counts in one phrase only."""
    whole = sum(total.values()) or 1.0
    runs = sorted(_runs(texts.proposal_texts[row], total), key=lambda run: -sum(total[term] for term in set(run[1])))
    found, used = [], set[int]()
    for surface, numbers in runs:
        new = set(numbers) - used
        if new == set(numbers):
            found.append((surface, sum(total[term] for term in new) / whole))
            used |= new
    return tuple((surface, round(share, 4)) for surface, share in sorted(found, key=lambda one: -one[1]))


def _runs(text: str, total: dict[int, float]) -> list[tuple[str, list[int]]]:
    """Return stretches of a text whose units are shared one after the other, with the numbers of their terms."""
    runs: list[tuple[str, list[int]]] = []
    before, reached = Unit("", "", joined=False), False
    for unit in units(text):
        pair = [number for number in ([term_id(pair_term(before, unit))] if unit.joined else []) if number in total]
        own = [number for number in ([term_id(unit.term)] if unit.term else []) if number in total]
        if pair and reached:
            runs[-1] = (f"{runs[-1][0]}{' ' if unit.term else ''}{unit.surface}", [*runs[-1][1], *pair, *own])
        elif pair:
            runs.append((before.surface + unit.surface, pair))
        elif own:
            runs.append((unit.surface, own))
        before, reached = unit, bool(pair or own)
    return runs
