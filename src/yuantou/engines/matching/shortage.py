"""When not every slot can be filled: fill what can be, and show the sets that prove that no more is possible."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from scipy import sparse

from yuantou.engines.matching.bound import reviews_possible
from yuantou.engines.matching.problem import AssignmentProblem
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText


@dataclass(frozen=True, slots=True)
class Cause:
    """A set of proposals that want more than they can get, which proves the shortage.

    ``experts`` are full and give at most ``capacity``; ``others`` is what all other eligible experts can add, at most
    one for each organisation and proposal. So ``wanted - capacity - others`` slots stay empty, whoever is chosen.
    """

    proposals: tuple[str, ...]
    experts: tuple[str, ...]
    wanted: int
    capacity: int
    others: int

    @property
    def missing(self) -> int:
        """Slots that must stay empty."""
        return self.wanted - self.capacity - self.others

    @property
    def binding(self) -> Literal["eligible", "load"]:
        """What binds: too few eligible experts or organisations, or the load of those there are."""
        return "load" if self.experts else "eligible"

    def problem(self) -> Problem:
        """Say in words what binds and what would mend it."""
        names = _some(self.proposals)
        if not self.experts and not self.others:
            return Problem(
                "matching.no_candidates",
                LocalText(f"申请 {names} 没有可用的专家。", f"Proposal {names} has no eligible expert."),
                LocalText(
                    "请补充该领域专家，或复核其利益冲突。", "Add experts of this field, or look at its conflicts."
                ),
                Place(column=names),
                fatal=False,
            )
        if not self.experts:
            return Problem(
                "matching.eligible",
                LocalText(
                    f"申请 {names} 需 {self.wanted} 份评审，可用专家（每单位至多一位）只能给 {self.others} 份。",
                    f"Proposal {names} wants {self.wanted} reviews; its eligible experts (one an organisation) "
                    f"can give {self.others}.",
                ),
                LocalText(
                    "请扩大候选名单，增补其他单位的专家，或减少该项目的评审数。",
                    "Widen its list of candidates, add experts of other organisations, or ask for fewer reviews.",
                ),
                Place(column=names),
                fatal=False,
            )
        return Problem(
            "matching.capacity",
            LocalText(
                f"{len(self.proposals)} 份申请（{names}）共需 {self.wanted} 份评审，而可用的 {len(self.experts)} 位专家"
                f"（{_some(self.experts)}）最多承担 {self.capacity} 份，其余专家至多 {self.others} 份。",
                f"{len(self.proposals)} proposals ({names}) want {self.wanted} reviews, but the {len(self.experts)} "
                f"experts open to them ({_some(self.experts)}) can give {self.capacity}, all others {self.others}.",
            ),
            LocalText(
                f"请将这些专家的上限合计提高 {self.missing}，或增补专家，或减少这些申请的评审数。",
                f"Raise the limits of these experts by {self.missing} in all, add experts, or ask for fewer reviews.",
            ),
            fatal=False,
        )


@dataclass(frozen=True, slots=True)
class Shortage:
    """Slots that stay empty (``missing``: proposal → slots), and the ``causes`` that prove each of them."""

    missing: Mapping[str, int]
    causes: tuple[Cause, ...]

    @property
    def proposals(self) -> tuple[str, ...]:
        """Proposals of all causes."""
        return tuple(sorted(name for cause in self.causes for name in cause.proposals))

    @property
    def experts(self) -> tuple[str, ...]:
        """Experts of all causes: raising the load of any of them would help."""
        return tuple(sorted(name for cause in self.causes for name in cause.experts))

    @property
    def wanted(self) -> int:
        """Reviews that the proposals of all causes want."""
        return sum(cause.wanted for cause in self.causes)

    @property
    def offered(self) -> int:
        """Reviews that they can get at most."""
        return sum(cause.capacity + cause.others for cause in self.causes)

    @property
    def no_candidates(self) -> tuple[str, ...]:
        """Proposals without any eligible expert."""
        return tuple(
            name for cause in self.causes if not cause.experts and not cause.others for name in cause.proposals
        )

    def problems(self) -> tuple[Problem, ...]:
        """Say in words which constraint binds where and what would mend it."""
        return tuple(cause.problem() for cause in self.causes)


def _some(names: tuple[str, ...], most: int = 5) -> str:
    return ", ".join(names[:most]) + ("…" if len(names) > most else "")


def fill(problem: AssignmentProblem, chosen: np.ndarray) -> tuple[np.ndarray, Shortage | None]:
    """Fill every slot that can be filled by moving others, and prove that the rest cannot (Ford and Fulkerson, 1956).

    Time O(pairs) a round; rounds are few.
    """
    chosen = chosen.copy()
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    if (given == problem.demand).all():
        return chosen, None
    rows, columns = _augment(
        problem.start, problem.column, problem.unit, problem.row, problem.demand, problem.seats, chosen
    )
    given = np.bincount(problem.row[chosen], minlength=len(problem.demand))
    short = np.flatnonzero(given < problem.demand)
    if not len(short):
        return chosen, None
    missing = {problem.proposal_ids[i]: int(problem.demand[i] - given[i]) for i in short}
    return chosen, Shortage(missing, _causes(problem, np.flatnonzero(rows), np.flatnonzero(columns)))


def _causes(problem: AssignmentProblem, rows: np.ndarray, columns: np.ndarray) -> tuple[Cause, ...]:
    """Part the set into pieces that have no pair in common; those that lack nothing prove nothing."""
    size = (len(problem.demand), len(problem.load))
    inside = np.isin(problem.row, rows) & np.isin(problem.column, columns)
    links = sparse.coo_array(
        (np.ones(inside.sum()), (problem.row[inside], size[0] + problem.column[inside])), shape=(sum(size), sum(size))
    )
    piece = sparse.csgraph.connected_components(links, directed=False)[1]
    found = [
        _cause(problem, rows[piece[rows] == label], columns[piece[size[0] + columns] == label])
        for label in np.unique(piece[rows])
    ]
    return tuple(sorted((cause for cause in found if cause.missing), key=lambda cause: cause.proposals))


def _cause(problem: AssignmentProblem, rows: np.ndarray, columns: np.ndarray) -> Cause:
    return Cause(
        tuple(problem.proposal_ids[i] for i in rows),
        tuple(problem.expert_ids[i] for i in columns),
        int(problem.demand[rows].sum()),
        *reviews_possible(problem, rows, columns),
    )


@numba.njit(cache=True, nogil=True)
def _augment(  # noqa: C901  one search over one state
    start: np.ndarray,
    column: np.ndarray,
    unit: np.ndarray,
    owner: np.ndarray,
    demand: np.ndarray,
    seats: np.ndarray,
    chosen: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Change ``chosen`` along augmenting paths until there is none; return which proposals and experts are cut off.

    In each round a tree grows from every proposal in want, no two with an expert in common, until it reaches a free
    expert; a round in which none does proves the rest (as in Hopcroft and Karp, 1973, doi:10.1137/0202019).
    """
    experts = len(seats) - 1
    seat, count, held = np.empty(seats[-1], np.int64), np.zeros(experts, np.int64), np.zeros(len(demand), np.int64)
    for pair in range(len(column)):
        if chosen[pair]:
            seat[seats[column[pair]] + count[column[pair]]] = pair
            count[column[pair]] += 1
            held[owner[pair]] += 1
    rows, seen = np.zeros(len(demand), np.bool_), np.zeros(experts, np.bool_)
    over, instead, tree = np.empty(experts, np.int64), np.empty(experts, np.int64), np.empty(experts, np.int64)
    queue, used = np.empty(experts, np.int64), np.zeros(len(column), np.bool_)
    done, found = np.zeros(len(demand), np.bool_), True
    while found:
        found, first, last = False, 0, 0
        for row in range(len(demand)):
            rows[row], done[row] = held[row] < demand[row], False
        seen[:] = False
        for root in range(len(demand)):
            if not rows[root]:
                continue
            before = last
            last, goal = _look(
                root, -1, start, column, unit, seats, chosen, count, seen, over, instead, queue, last, used
            )
            tree[queue[before:last]] = root
            if goal >= 0:
                _flip(goal, column, seats, seat, count, over, instead, chosen)
                held[root] += 1
                found = done[root] = True
        while first < last:
            expert = queue[first]
            root, first = tree[expert], first + 1
            for place in range(seats[expert], seats[expert] + count[expert]):
                if done[root]:
                    break
                entry = seat[place]
                row, before = owner[entry], last
                only = -2 - entry if rows[row] else entry
                rows[row] = True
                last, goal = _look(
                    row, only, start, column, unit, seats, chosen, count, seen, over, instead, queue, last, used
                )
                tree[queue[before:last]] = root
                if goal >= 0:
                    _flip(goal, column, seats, seat, count, over, instead, chosen)
                    held[root] += 1
                    found = done[root] = True
    return rows, seen


@numba.njit(cache=True)
def _look(
    row: int,
    entry: int,
    start: np.ndarray,
    column: np.ndarray,
    unit: np.ndarray,
    seats: np.ndarray,
    chosen: np.ndarray,
    count: np.ndarray,
    seen: np.ndarray,
    over: np.ndarray,
    instead: np.ndarray,
    queue: np.ndarray,
    last: int,
    used: np.ndarray,
) -> tuple[int, int]:
    """Reach the experts that a proposal could take if it gave up ``entry``; return the queue's end and a free one.

    ``entry`` is -1 where nothing need be given up; -2 - pair where only the organisation of that pair is left to see.
    """
    given = entry if entry >= -1 else -2 - entry
    low, high = start[row], start[row + 1]
    for pair in range(low, high):
        if chosen[pair]:
            used[low + unit[pair]] = True
    goal = -1
    for pair in range(low, high):
        expert = column[pair]
        same = given >= 0 and unit[pair] == unit[given]
        if chosen[pair] or seen[expert] or not (same or (entry >= -1 and not used[low + unit[pair]])):
            continue
        seen[expert], over[expert], instead[expert] = True, pair, given
        queue[last] = expert
        last += 1
        if count[expert] < seats[expert + 1] - seats[expert]:
            goal = expert
            break
    for pair in range(low, high):
        used[low + unit[pair]] = False
    return last, goal


@numba.njit(cache=True)
def _flip(
    expert: int,
    column: np.ndarray,
    seats: np.ndarray,
    seat: np.ndarray,
    count: np.ndarray,
    over: np.ndarray,
    instead: np.ndarray,
    chosen: np.ndarray,
) -> None:
    """Follow the path back from a free expert: take each pair, give up the one before."""
    seat[seats[expert] + count[expert]] = over[expert]
    count[expert] += 1
    while True:
        chosen[over[expert]] = True
        given = instead[expert]
        if given < 0:
            return
        chosen[given] = False
        expert = column[given]
        for place in range(seats[expert], seats[expert] + count[expert]):
            if seat[place] == given:
                seat[place] = over[expert]
