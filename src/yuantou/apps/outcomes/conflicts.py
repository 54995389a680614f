"""What stands between an assessor and a candidate: from the record of people and organisations, never from names."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from yuantou.apps.accounts.facade import User
from yuantou.apps.proposals.models import Member, Proposal
from yuantou.apps.registry.models import Affiliation, Organisation, Person

YEARS: Final = 5
"""Joint proposals within this time are a conflict."""


def conflicts_of(assessor: User, candidate: Person, now: datetime) -> list[str]:
    """Return the reasons why somebody must not assess a candidate, each with its evidence; none if there is none."""
    person = assessor.person
    if person is None:
        return [str(_("The account belongs to no person on record."))]
    if person.pk == candidate.pk:
        return [str(_("The candidate."))]
    found = []
    if house := _shared_house(person, candidate):
        found.append(_("Same institution: %(name)s") % {"name": house})
    if proposal := _joint_proposal(person, candidate, now):
        found.append(_("Joint proposal: %(number)s") % {"number": proposal.number or proposal.pk})
    return found


def _houses(person: Person) -> set[str]:
    """Return where a person works, with the houses above."""
    at = Affiliation.objects.filter(person=person, end__isnull=True).values_list("organisation", "organisation__parent")
    return {key for pair in at for key in pair if key}


def _shared_house(one: Person, other: Person) -> Organisation | None:
    return Organisation.objects.filter(pk__in=_houses(one) & _houses(other)).first()


def _joint_proposal(one: Person, other: Person, now: datetime) -> Proposal | None:
    def of(person: Person) -> Q:
        joined = Member.objects.filter(person=person).values("proposal")
        return Q(applicant=person) | Q(pk__in=joined)

    recent = Proposal.objects.filter(created_at__gte=now - timedelta(days=365 * YEARS))
    return recent.filter(of(one)).filter(of(other)).first()
