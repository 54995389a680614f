"""Search for the experts whose works are closest to each proposal, in two stages and bounded memory.

First the proposal's rarest terms are looked up in an inverted index of the experts' summed works; then the best
``pool`` experts are scored exactly, work by work. With ``pool`` experts or fewer the first stage is passed over and the
result is exact. Time O(proposals × pool × terms of a profile), memory O(terms of all works).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from yuantou.engines.matching.views import SIEVE, pooled
from yuantou.engines.text import TERMS, Vectors

PROFILE_TERMS: Final = 200
QUERY_TERMS: Final = 80
_CHUNK: Final = 512


@dataclass(frozen=True)
class ExpertIndex:
    """For each term the experts who use it: ``start`` (by term) cuts ``expert`` and ``weight``."""

    start: np.ndarray
    expert: np.ndarray
    weight: np.ndarray


def index_experts(works: Vectors, first: np.ndarray, asked: np.ndarray) -> ExpertIndex:
    """Build the index from the strongest terms of each expert's works together, of those ``asked`` for at all."""
    wanted = np.zeros(TERMS, np.bool_)
    wanted[asked] = True
    size = min(PROFILE_TERMS * (len(first) - 1), len(works.term))
    terms, experts, weights = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.float32)
    used = _profiles(works.start, works.term, works.weight, first, wanted, terms, experts, weights, PROFILE_TERMS)
    return ExpertIndex(*_by_term(terms[:used], experts[:used], weights[:used], TERMS))


def search(
    proposals: Vectors,
    works: Vectors,
    first: np.ndarray,
    excluded: tuple[np.ndarray, np.ndarray],
    *,
    keep: int,
    top: int,
    pool: int,
    step: Callable[[int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each proposal its best ``keep`` experts (int32, -1 where there are fewer) and their scores (float32).

    ``excluded`` is (start, expert): for each proposal the experts that are no candidates, ascending. A score is the
    mean of the ``top`` closest works; experts without any similarity are left out. Equal scores go by expert index.
    """
    size, experts = len(proposals.start) - 1, len(first) - 1
    found = np.full((size, keep), -1, np.int32), np.zeros((size, keep), np.float32)
    index = index_experts(works, first, proposals.term) if experts > pool else None

    def part(low: int) -> int:
        high = min(low + _CHUNK, size)
        rows = np.arange(low, high)
        near = np.empty((0, 0), np.int32)
        if index:
            near = _nearest(
                rows,
                proposals.start,
                proposals.term,
                proposals.weight,
                index.start,
                index.expert,
                index.weight,
                *(experts, pool, QUERY_TERMS),
            )
        _score(
            rows,
            near,
            proposals.start,
            proposals.term,
            proposals.weight,
            works.start,
            works.term,
            works.weight,
            first,
            *excluded,
            *found,
            top,
        )
        return high - low

    done = 0
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        try:
            for count in threads.map(part, range(0, size, _CHUNK)):
                done += count
                step(done)
        except BaseException:
            threads.shutdown(wait=True, cancel_futures=True)
            raise
    return found


@numba.njit(cache=True, nogil=True)
def _profiles(
    start: np.ndarray,
    term: np.ndarray,
    weight: np.ndarray,
    first: np.ndarray,
    wanted: np.ndarray,
    terms: np.ndarray,
    experts: np.ndarray,
    weights: np.ndarray,
    most: int,
) -> int:
    """Write the ``most`` strongest terms of each expert's summed works; return how many were written."""
    total, used = np.zeros(TERMS, np.float32), 0
    for expert in range(len(first) - 1):
        low, high = start[first[expert]], start[first[expert + 1]]
        for place in range(low, high):
            total[term[place]] += weight[place]
        distinct = np.unique(term[low:high][wanted[term[low:high]]])
        sums = np.empty(len(distinct), np.float32)
        for place in range(len(distinct)):
            sums[place] = total[distinct[place]]
        for place in range(low, high):
            total[term[place]] = 0
        for place in np.argsort(-sums, kind="mergesort")[:most]:
            terms[used], experts[used], weights[used] = distinct[place], expert, sums[place]
            used += 1
    return used


@numba.njit(cache=True, nogil=True)
def _by_term(
    terms: np.ndarray, experts: np.ndarray, weights: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort by term, the order of experts kept, with no more memory than the result."""
    start = np.zeros(size + 1, np.int64)
    for term in terms:
        start[term + 1] += 1
    start = np.cumsum(start)
    place, expert, weight = start[:-1].copy(), np.empty_like(experts), np.empty_like(weights)
    for posting in range(len(terms)):
        where = place[terms[posting]]
        expert[where], weight[where] = experts[posting], weights[posting]
        place[terms[posting]] += 1
    return start, expert, weight


@numba.njit(cache=True, nogil=True)
def _nearest(
    rows: np.ndarray,
    start: np.ndarray,
    term: np.ndarray,
    weight: np.ndarray,
    index_start: np.ndarray,
    index_expert: np.ndarray,
    index_weight: np.ndarray,
    experts: int,
    pool: int,
    query_terms: int,
) -> np.ndarray:
    """Return for each row the ``pool`` experts with the largest summed similarity, ascending, -1 at the end."""
    near = np.full((len(rows), pool), -1, np.int32)
    score, touched = np.zeros(experts, np.float32), np.empty(experts, np.int32)
    for number in range(len(rows)):
        low, high = start[rows[number]], start[rows[number] + 1]
        count, left = 0, query_terms
        for place in np.argsort(-weight[low:high], kind="mergesort"):
            left -= index_start[term[low + place] + 1] > index_start[term[low + place]]
            if left < 0:
                break
            for posting in range(index_start[term[low + place]], index_start[term[low + place] + 1]):
                expert = index_expert[posting]
                if score[expert] == 0:
                    touched[count] = expert
                    count += 1
                score[expert] += weight[low + place] * index_weight[posting]
        reached = np.sort(touched[:count])
        limit = np.float32(0)
        if count > pool:
            limit = np.partition(score[reached], count - pool)[count - pool]
        used, ties = 0, pool - np.sum(score[reached] > limit)
        for expert in reached:
            tie = score[expert] == limit
            if score[expert] > limit or (tie and ties > 0):
                near[number, used] = expert
                used += 1
                ties -= tie
            score[expert] = 0
    return near


@numba.njit(cache=True, nogil=True)
def _score(  # noqa: C901  one tight loop over one state
    rows: np.ndarray,
    near: np.ndarray,
    start: np.ndarray,
    term: np.ndarray,
    weight: np.ndarray,
    work_start: np.ndarray,
    work_term: np.ndarray,
    work_weight: np.ndarray,
    first: np.ndarray,
    excluded_start: np.ndarray,
    excluded: np.ndarray,
    found: np.ndarray,
    scores: np.ndarray,
    top: int,
) -> None:
    """Score the experts ``near`` each row (all, if ``near`` is empty) exactly and write the best ones."""
    asked, out, everyone = np.zeros(TERMS, np.float32), np.zeros(len(first), np.bool_), np.arange(len(first) - 1)
    maybe = np.zeros(SIEVE, np.bool_)  # small enough to stay at hand: most terms of a work need no look at ``asked``
    best = np.empty(top, np.float32)
    for number in range(len(rows)):
        row = rows[number]
        for place in range(start[row], start[row + 1]):
            asked[term[place]], maybe[term[place] & (SIEVE - 1)] = weight[place], True
        no = excluded[excluded_start[row] : excluded_start[row + 1]]
        out[no] = True
        experts = near[number].astype(np.int64) if near.size else everyone
        score = np.zeros(len(experts), np.float32)
        for place in range(len(experts)):
            expert = experts[place]
            if expert < 0 or out[expert]:
                continue
            best[:] = 0
            for work in range(first[expert], first[expert + 1]):
                similar = np.float32(0)
                for posting in range(work_start[work], work_start[work + 1]):
                    if maybe[work_term[posting] & (SIEVE - 1)]:
                        similar += asked[work_term[posting]] * work_weight[posting]
                if similar > best[0]:
                    best[0] = similar
                    best.sort()
            score[place] = pooled(best, first[expert + 1] - first[expert]) / top
        order = np.argsort(-score, kind="mergesort")[: found.shape[1]]
        for place in range(len(order)):
            if score[order[place]] > 0:
                found[row, place], scores[row, place] = experts[order[place]], min(score[order[place]], np.float32(1))
        out[no] = False
        for place in range(start[row], start[row + 1]):
            asked[term[place]], maybe[term[place] & (SIEVE - 1)] = 0, False
