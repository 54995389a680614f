"""Phases of review: is the mix of those who judge what the type asks for, and is everybody kept apart who must be?"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from yuantou.engines.workflow.model import ProgrammeType, Separation, Share
from yuantou.kernel.local_text import LocalText

NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Unmet:
    """A demand on the mix that some reviewers do not meet: how many have the trait, and how many should."""

    share: Share
    have: int
    least: int
    most: int

    @property
    def missing(self) -> int:
        """How many more with the trait are needed; negative, how many too many there are."""
        return self.least - self.have if self.have < self.least else self.most - self.have


def bounds(share: Share, total: int) -> tuple[int, int]:
    """Return how many of ``total`` reviewers at least and at most must have a trait.

    Both are rounded towards the demand. Where no whole number lies between (half of three), the nearest ones do.

    >>> bounds(Share("foreign", low=0.2), 5), bounds(Share("a", 0.5, 0.5), 4), bounds(Share("a", 0.5, 0.5), 3)
    ((1, 5), (2, 2), (1, 2))
    """
    least, most = math.ceil(share.low * total - NEAR), math.floor(share.high * total + NEAR)
    return (least, most) if least <= most else (most, least)


def unmet(mix: Sequence[Share], traits: Sequence[Collection[str]]) -> tuple[Unmet, ...]:
    """Return the demands that a group of reviewers does not meet; ``traits`` has one collection for each of them.

    Nobody at all meets every demand: that there are too few is said elsewhere.
    """
    found = (Unmet(share, sum(share.trait in has for has in traits), *bounds(share, len(traits))) for share in mix)
    return tuple(one for one in found if traits and not one.least <= one.have <= one.most)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a role on a record: the person and the institutions that stand behind."""

    role: str
    person: str
    organisations: frozenset[str] = frozenset()


def broken(
    programme: ProgrammeType, holders: Collection[Holder], *, by: Holder | None = None
) -> tuple[Separation, ...]:
    """Return the separations of a type that the holders of roles on one record break.

    One person with both roles breaks any of them; one institution behind both, those of scope ``organisation``. With
    ``by``, only what this holder breaks together with the others counts.
    """
    everybody = [*holders, *([by] if by else [])]
    return tuple(separation for separation in programme.separations if any(_pairs(separation, everybody, by)))


def _pairs(separation: Separation, holders: Collection[Holder], by: Holder | None) -> Iterator[bool]:
    first, second = separation.roles
    for one in (holder for holder in holders if holder.role == first):
        for other in (holder for holder in holders if holder.role == second):
            if by is not None and by not in (one, other):
                continue
            same_house = separation.scope == "organisation" and bool(one.organisations & other.organisations)
            yield one.person == other.person or same_house


TRAITS = {
    "foreign": LocalText("境外专家", "experts from abroad"),
    "peer": LocalText("同行专家", "peers"),
    "user": LocalText("用户专家", "users"),
}
"""Traits that every type may ask for; ``named_by_<pot>`` is one for each pot of its decision."""


def traits_of(programme: ProgrammeType) -> frozenset[str]:
    """Return the traits that the mix of a type may speak of."""
    return frozenset(TRAITS) | {f"named_by_{pot}" for pot in programme.decision.pots}


def trait_name(programme: ProgrammeType, trait: str) -> LocalText:
    """Return what a trait is called."""
    if trait in TRAITS:
        return TRAITS[trait]
    pot = trait.removeprefix("named_by_")
    agency = next((agency.name for agency in programme.project.agencies if agency.id == pot), LocalText(pot, pot))
    return LocalText(f"{agency.zh}提名的专家", f"experts named by: {agency.en}")
