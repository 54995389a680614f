"""Rules for the reviewers of one proposal together: mixes, spreads, panels that cover its aspects, people apart."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from yuantou.engines.matching.problem import AssignmentProblem
from yuantou.kernel.errors import InputError, Place
from yuantou.kernel.local_text import LocalText

MOST_RULES: Final = 63
NO_LIMIT: Final = 255


@dataclass(frozen=True)
class Rule:
    """Of the reviewers of a proposal, ``at_least`` and ``at_most`` so many are among ``experts``.

    ``at_most`` is never broken. ``at_least`` gives way only where nobody can be found: a reviewer who is missing under
    a rule costs as much as the largest difference of affinity, and each one is reported. ``proposals`` (none: all) are
    those it is for.
    """

    name: str
    experts: Collection[str]
    at_least: int = 0
    at_most: int | None = None
    proposals: Collection[str] | None = None


def spread(attribute: Mapping[str, str], at_most: int) -> tuple[Rule, ...]:
    """Return rules by which at most so many reviewers of a proposal share a value, such as a province."""
    return tuple(
        Rule(value, frozenset(owners), at_most=at_most)
        for value, owners in sorted(_by_value(attribute.items()).items())
    )


def cover(wanted: Mapping[str, Collection[str]], known: Mapping[str, Collection[str]]) -> tuple[Rule, ...]:
    """Return rules by which each aspect that a proposal wants (``wanted``) is known to one of its reviewers."""
    asking = _by_value((proposal, aspect) for proposal, aspects in wanted.items() for aspect in aspects)
    knowing = _by_value((expert, aspect) for expert, aspects in known.items() for aspect in aspects)
    return tuple(
        Rule(aspect, frozenset(knowing.get(aspect, ())), at_least=1, proposals=frozenset(asking[aspect]))
        for aspect in sorted(asking)
    )


def apart(*groups: Collection[str]) -> tuple[Rule, ...]:
    """Return rules by which no two experts of a group review one proposal."""
    return tuple(Rule(" / ".join(sorted(group)), frozenset(group), at_most=1) for group in groups)


def _by_value(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for owner, value in pairs:
        if value:
            found.setdefault(value, set()).add(owner)
    return found


@dataclass(frozen=True)
class RuleBook:
    """Rules as bits: which rules an expert counts for, which a proposal is under, limits, and what fixed pairs give.

    ``experts`` and ``proposals`` are uint64; ``least`` and ``most`` are the limits by rule; ``given`` (proposals ×
    rules, uint8) counts fixed reviewers.
    """

    names: tuple[str, ...]
    experts: np.ndarray
    proposals: np.ndarray
    least: np.ndarray
    most: np.ndarray
    given: np.ndarray

    @classmethod
    def of(cls, problem: AssignmentProblem, rules: Sequence[Rule]) -> "RuleBook":
        """Read rules for a problem.

        Raises
        ------
        InputError
            If there are too many rules, or one contradicts itself or names somebody unknown.
        """
        if len(rules) > MOST_RULES:
            raise _error(f"{len(rules)}", "条规则，多于", "rules are more than", f"{MOST_RULES}")
        expert_place = {name: place for place, name in enumerate(problem.expert_ids)}
        proposal_place = {name: place for place, name in enumerate(problem.proposal_ids)}
        experts = np.zeros(len(problem.load), np.uint64)
        proposals = np.zeros(len(problem.demand), np.uint64)
        for number, rule in enumerate(rules):
            bit = np.uint64(1 << number)
            if not 0 <= rule.at_least <= (NO_LIMIT if rule.at_most is None else rule.at_most):
                raise _error(rule.name, "：下限高于上限或为负。", "asks for less than nothing or more than it allows.")
            experts[_places(rule.experts, expert_place, rule.name)] |= bit
            under = slice(None) if rule.proposals is None else _places(rule.proposals, proposal_place, rule.name)
            proposals[under] |= bit
        given = np.zeros((len(problem.demand), len(rules)), np.uint8)
        for number in range(len(rules)):
            counts = (experts[problem.fixed.column] >> np.uint64(number)) & np.uint64(1)
            np.add.at(given[:, number], problem.fixed.row, counts.astype(np.uint8))
        most = np.array([NO_LIMIT if rule.at_most is None else rule.at_most for rule in rules], np.int64)
        bits = np.arange(len(rules), dtype=np.uint64)
        many = np.argwhere((given > most) & (((proposals[:, None] >> bits) & np.uint64(1)) > 0))
        if len(many):
            what = f"{problem.proposal_ids[many[0][0]]} – {rules[many[0][1]].name}"
            raise _error(what, "：固定的专家已超过上限。", "has more fixed experts than it allows.")
        least = np.array([rule.at_least for rule in rules], np.int64)
        return cls(tuple(rule.name for rule in rules), experts, proposals, least, most, given)

    def counts(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Return how many reviewers count for each rule at each proposal (proposals × rules, int16), fixed included."""
        found = self.given.astype(np.int16)
        for number in range(len(self.names)):
            member = (self.experts[column] >> np.uint64(number)) & np.uint64(1)
            found[:, number] += np.bincount(row, weights=member, minlength=len(found)).astype(np.int16)
        return found

    def under(self) -> np.ndarray:
        """Return which proposal is under which rule (proposals × rules, bool)."""
        bits = np.arange(len(self.names), dtype=np.uint64)
        return ((self.proposals[:, None] >> bits) & np.uint64(1)).astype(bool)


def _places(names: Collection[str], places: Mapping[str, int], rule: str) -> list[int]:
    unknown = sorted(set(names) - places.keys())
    if unknown:
        raise _error(rule, "：没有", "names somebody who is not there:", unknown[0])
    return [places[name] for name in names]


def _error(rule: str, zh: str, en: str, what: str = "") -> InputError:
    return InputError(
        LocalText(f"{rule}{zh}{what}", f"{rule} {en} {what}".strip()),
        LocalText("请改正该规则。", "Correct this rule."),
        code="matching.rule",
        place=Place(column=rule),
    )
