"""What is to be assigned, as arrays: eligible pairs, demand, load, organisations; fixed pairs taken out beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numba
import numpy as np
import polars as pl

from yuantou.engines.matching.candidates import Candidates, find_pairs, indices
from yuantou.kernel.errors import InfeasibleError, InputError, Place, Problem
from yuantou.kernel.local_text import LocalText

SCALE: Final = 1_000_000
"""Affinities are whole numbers of this size inside: sums are exact, and equal on every machine."""

Numbers = Mapping[str, int] | int


@dataclass(frozen=True)
class Pairs:
    """Pairs of a proposal and an expert, by index, with their whole-numbered affinity and rank (0 = no candidate)."""

    row: np.ndarray
    column: np.ndarray
    value: np.ndarray
    rank: np.ndarray


@dataclass(frozen=True)
class AssignmentProblem:
    """Pairs that may be chosen (``start`` cuts them by proposal) under ``demand`` and ``load``.

    ``unit`` (int32) numbers within each proposal the organisations of its pairs: of pairs with one unit at most one is
    chosen. ``origin`` is the place of a pair among the candidates. ``fixed`` pairs are already taken off demand, load
    and units.
    """

    proposal_ids: tuple[str, ...]
    expert_ids: tuple[str, ...]
    start: np.ndarray
    column: np.ndarray
    value: np.ndarray
    unit: np.ndarray
    origin: np.ndarray
    demand: np.ndarray
    load: np.ndarray
    fixed: Pairs

    @cached_property
    def row(self) -> np.ndarray:
        """Index of the proposal of each pair (int32)."""
        return np.repeat(np.arange(len(self.demand), dtype=np.int32), np.diff(self.start))

    @cached_property
    def seats(self) -> np.ndarray:
        """Where the seats of each expert begin: as many as can be taken at all (int64)."""
        most = np.minimum(self.load, np.bincount(self.column, minlength=len(self.load)))
        return np.concatenate([[0], np.cumsum(most)]).astype(np.int64)

    def open(self) -> tuple["AssignmentProblem", np.ndarray]:
        """Return the problem of pairs that a slot and a seat are left for, and where they stand in this one."""
        there = np.flatnonzero((self.demand[self.row] > 0) & (self.load[self.column] > 0))
        if len(there) == len(self.column):
            return self, there
        counts = np.bincount(self.row[there], minlength=len(self.demand))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        trimmed = replace(
            self,
            start=start,
            column=self.column[there],
            value=self.value[there],
            unit=_renumbered(start, self.unit[there]),
            origin=self.origin[there],
        )
        return trimmed, there

    @classmethod
    def build(
        cls,
        candidates: Candidates,
        demand: Numbers,
        load: Numbers,
        *,
        forbidden: pl.DataFrame | None = None,
        fixed: pl.DataFrame | None = None,
        group: Mapping[str, str] | None = None,
    ) -> "AssignmentProblem":
        """Read a problem from tables.

        Raises
        ------
        InputError
            If a demand or load is missing or negative.
        InfeasibleError
            If fixed pairs contradict a limit or one another; ``problems`` names each.
        """
        proposals, experts = candidates.proposal_ids, candidates.expert_ids
        wanted, limits = _numbers(demand, proposals, "demand"), _numbers(load, experts, "load")
        groups = _groups(group, experts)
        banned, pinned = _keys(forbidden, proposals, experts), _fixed(candidates, fixed)
        problems = _contradictions(candidates, wanted, limits, groups, banned, pinned)
        if problems:
            raise _contradiction(tuple(problems))
        row, column = candidates.rows(), candidates.expert
        keep = np.ones(len(column), np.bool_)
        place = find_pairs(candidates.start, column, *np.divmod(banned, max(len(experts), 1)))
        keep[place[place >= 0]] = False
        _settle(candidates.start, column, groups, pinned.row, pinned.column, keep)
        start = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=len(proposals)))]).astype(np.int64)
        value = np.round(candidates.affinity[keep].astype(np.float64) * SCALE).astype(np.int32)
        return cls(
            proposals,
            experts,
            start,
            column[keep],
            value,
            _units(start, column[keep], groups, int(groups.max(initial=0)) + 1),
            np.flatnonzero(keep).astype(np.int32),
            wanted - np.bincount(pinned.row, minlength=len(proposals)),
            limits - np.bincount(pinned.column, minlength=len(experts)),
            pinned,
        )


def _numbers(given: Numbers, names: tuple[str, ...], field: str) -> np.ndarray:
    if isinstance(given, int):
        given = dict.fromkeys(names, given)
    for name in names:
        if not isinstance(given.get(name), int) or given[name] < 0:
            raise InputError(
                LocalText(f"{name} 的 {field} 缺失或为负。", f"The {field} of {name} is missing or negative."),
                LocalText("请给出不小于零的整数。", "Give a whole number of zero or more."),
                code=f"matching.{field}",
                place=Place(column=name),
            )
    return np.array([given[name] for name in names], np.int64)


def _groups(group: Mapping[str, str] | None, experts: tuple[str, ...]) -> np.ndarray:
    """Number the organisations; -1 is none."""
    names = [(group or {}).get(expert) or "" for expert in experts]
    number = {name: place for place, name in enumerate(sorted({*names} - {""}))}
    return np.array([number.get(name, -1) for name in names], np.int64)


def _keys(pairs: pl.DataFrame | None, proposals: tuple[str, ...], experts: tuple[str, ...]) -> np.ndarray:
    """Return proposal × expert as one number each, sorted; pairs of unknown ids cannot be chosen anyway."""
    if pairs is None:
        return np.zeros(0, np.int64)
    row, column = indices(pairs["proposal_id"], proposals), indices(pairs["expert_id"], experts)
    known = (row >= 0) & (column >= 0)
    return np.unique(row[known] * len(experts) + column[known])


def _fixed(candidates: Candidates, fixed: pl.DataFrame | None) -> Pairs:
    if fixed is None or fixed.is_empty():
        return Pairs(*(np.zeros(0, np.int64) for _ in range(4)))
    unknown = fixed.filter(
        ~pl.col("proposal_id").is_in(candidates.proposal_ids) | ~pl.col("expert_id").is_in(candidates.expert_ids)
    )
    if unknown.height:
        raise _contradiction((_problem("unknown", " – ".join(unknown.row(0)[:2])),))
    keys = _keys(fixed, candidates.proposal_ids, candidates.expert_ids)
    row, column = np.divmod(keys, max(len(candidates.expert_ids), 1))
    place = find_pairs(candidates.start, candidates.expert, row, column)
    known = place >= 0
    value, rank = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    value[known] = np.round(candidates.affinity[place[known]].astype(np.float64) * SCALE)
    rank[known] = place[known] - candidates.start[row[known]] + 1
    return Pairs(row, column, value, rank)


@numba.njit(cache=True)
def _settle(
    start: np.ndarray, column: np.ndarray, groups: np.ndarray, rows: np.ndarray, columns: np.ndarray, keep: np.ndarray
) -> None:
    """Drop pairs that a fixed pair decides: itself, and its organisation at the same proposal."""
    for number in range(len(rows)):
        expert = columns[number]
        for pair in range(start[rows[number]], start[rows[number] + 1]):
            if column[pair] == expert or (groups[expert] >= 0 and groups[column[pair]] == groups[expert]):
                keep[pair] = False


@numba.njit(cache=True)
def _units(start: np.ndarray, column: np.ndarray, groups: np.ndarray, width: int) -> np.ndarray:
    unit = np.empty(len(column), np.int32)
    seen, place = np.full(width, -1, np.int64), np.zeros(width, np.int32)
    for row in range(len(start) - 1):
        count = 0
        for pair in range(start[row], start[row + 1]):
            group = groups[column[pair]]
            if group >= 0 and seen[group] == row:
                unit[pair] = place[group]
                continue
            if group >= 0:
                seen[group], place[group] = row, count
            unit[pair] = count
            count += 1
    return unit


@numba.njit(cache=True)
def _renumbered(start: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Number the units of each row without gaps, so that there are no more of them than pairs."""
    found = np.empty(len(unit), np.int32)
    for row in range(len(start) - 1):
        count = 0
        for pair in range(start[row], start[row + 1]):
            found[pair] = -1
            for other in range(start[row], pair):
                if unit[other] == unit[pair]:
                    found[pair] = found[other]
                    break
            if found[pair] < 0:
                found[pair] = count
                count += 1
    return found


def _contradictions(
    candidates: Candidates,
    demand: np.ndarray,
    load: np.ndarray,
    groups: np.ndarray,
    banned: np.ndarray,
    pinned: Pairs,
) -> list[Problem]:
    proposals, experts = candidates.proposal_ids, candidates.expert_ids
    clash = np.isin(pinned.row * len(experts) + pinned.column, banned)
    found = [
        _problem("forbidden", f"{proposals[p]} – {experts[e]}")
        for p, e in zip(pinned.row[clash], pinned.column[clash], strict=True)
    ]
    over = np.bincount(pinned.row, minlength=len(demand)) > demand
    found += [_problem("demand", proposals[p]) for p in np.flatnonzero(over)]
    over = np.bincount(pinned.column, minlength=len(load)) > load
    found += [_problem("load", experts[e]) for e in np.flatnonzero(over)]
    grouped = groups[pinned.column] >= 0
    keys, counts = np.unique((pinned.row * (len(groups) + 1) + groups[pinned.column])[grouped], return_counts=True)
    return found + [_problem("group", proposals[key // (len(groups) + 1)]) for key in keys[counts > 1]]


def _contradiction(problems: tuple[Problem, ...]) -> InfeasibleError:
    return InfeasibleError(
        LocalText("固定的指派互相矛盾。", "The fixed pairs contradict one another."),
        LocalText("请取消其中一些。", "Unfix some of them."),
        code="matching.fixed",
        problems=problems,
    )


_TEXTS: Final = {
    "unknown": ("：没有这个项目或专家。", " names a proposal or an expert that is not there."),
    "forbidden": ("：既固定又须回避。", " is both fixed and forbidden."),
    "demand": ("：固定的专家多于所需评审数。", " has more fixed experts than reviews wanted."),
    "load": ("：固定的项目超过其评审上限。", " has more fixed proposals than its limit."),
    "group": ("：固定的专家中有两位同属一个单位。", " has two fixed experts of one organisation."),
}


def _problem(kind: str, what: str) -> Problem:
    zh, en = _TEXTS[kind]
    remedy = LocalText("请取消固定或放宽限制。", "Unfix it or widen the limit.")
    return Problem(f"matching.fixed.{kind}", LocalText(what + zh, what + en), remedy, Place(column=what))
