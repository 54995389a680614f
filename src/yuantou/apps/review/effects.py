"""What a change by hand would do, said before it is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Affiliation
from yuantou.apps.review.models import STANDING, Assignment, Conflict, Expert
from yuantou.apps.review.results import affinities_of, latest_run


@dataclass(frozen=True, slots=True)
class Effect:
    """The reviewers of a proposal before and after a change.

    ``before`` and ``after`` are the affinities of all its reviewers, best first; ``reviewers`` how many there would be
    of ``wanted``; ``load`` what the new one would have of ``limit``; ``conflicts`` stand in the way, ``colleagues``
    are reviewers of an institution of the new one, ``lost`` an earlier refusal or removal.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    affinity: float | None
    reviewers: int
    wanted: int
    load: int
    limit: int
    conflicts: tuple[Conflict, ...]
    colleagues: tuple[Expert, ...]
    lost: Assignment | None

    @property
    def gain(self) -> float:
        """Change of the sum of affinities."""
        return sum(self.after) - sum(self.before)

    @property
    def overload(self) -> bool:
        """Whether the new one would have more than the limit."""
        return self.load > self.limit


def effect_of(proposal: Proposal, expert: Expert, instead: Assignment | None) -> Effect:
    """Say what putting an expert on a proposal would do, in the place of somebody or beside the others."""
    rows = list(proposal.assignments.filter(state__means="live").select_related("expert__person"))
    stay = [row for row in rows if instead is None or row.pk != instead.pk]
    affinity = affinities_of(latest_run(proposal.call), proposal.pk).get(expert.pk)
    mine = Assignment.objects.filter(expert=expert, call=proposal.call)
    return Effect(
        _sorted(row.affinity for row in rows),
        _sorted([*(row.affinity for row in stay), affinity]),
        affinity,
        len(stay) + 1,
        proposal.call.reviews_wanted,
        mine.filter(state__means="live").count() + 1,
        expert.max_load or proposal.call.max_load,
        tuple(standing_conflicts(proposal, expert)),
        tuple(_colleagues(expert, [row.expert for row in stay])),
        mine.filter(proposal=proposal, state__means=["refused", "cancelled"]).first(),
    )


def standing_conflicts(proposal: Proposal, expert: Expert) -> "QuerySet[Conflict]":
    """Return what nobody dismissed between a proposal and an expert."""
    return Conflict.objects.filter(STANDING, proposal=proposal, expert=expert)


def _sorted(affinities: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(sorted((one or 0.0 for one in affinities), reverse=True))


def _colleagues(expert: Expert, others: list[Expert]) -> list[Expert]:
    """Return who of the others is at an institution of the expert today."""
    present = Affiliation.objects.filter(end=None)
    homes = present.filter(person=expert.person_id).values("organisation")
    people = set(
        present.filter(person__in=[one.person_id for one in others], organisation__in=homes).values_list(
            "person_id", flat=True
        )
    )
    return [one for one in others if one.person_id in people]
