"""The facts of a proposal that eligibility and quota rules ask for; each is read only when a rule needs it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from yuantou.apps.proposals.answers import as_typed, read_money
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.registry.facade import career_of
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow.eligibility import Checked, check, needed, rules_at
from yuantou.kernel.money import UNITS

_ended: "list[Callable[[], QuerySet[Any, Any]]]" = []


def count_as_ended(proposals: "Callable[[], QuerySet[Any, Any]]") -> None:
    """Let a later stage (projects) say which awards have come to their end, as a query of the keys of proposals."""
    _ended.append(proposals)


def _of_money(rows: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
    """Leave out what asks for another thing than money: an experiment at a facility is no project of a programme."""
    other = [row.pk for row in ProgrammeTypeVersion.objects.all() if row.programme.budget.currency in UNITS]
    return rows.exclude(call__programme_type__in=other)


def _running(rows: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
    """Keep the awards that are still carried out."""
    rows = _of_money(rows.filter(state__means="awarded"))
    for ended in _ended:
        rows = rows.exclude(pk__in=ended())
    return rows


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal and the day its rules are judged by: 1 January of the year in which the call closes."""

    proposal: Proposal
    year: int

    @property
    def day(self) -> date:
        """The day ages are counted on."""
        return date(self.year, 1, 1)


def rules_of(proposal: Proposal, *, now: datetime) -> list[Checked]:
    """Return every rule for submitting with its verdict, in the order of the programme type."""
    zone = ZoneInfo(proposal.call.time_zone)
    closes = proposal.call.closes_at or now
    rules = rules_at(proposal.programme, when="submit", on=closes.astimezone(zone).date())
    case = Case(proposal, closes.astimezone(zone).year)
    facts = {name: _fact(case, name) for name in needed(rules)}
    return [check(rule, facts) for rule in rules]


def _fact(case: Case, name: str) -> Any:
    kind, _, field = name.partition(".")
    if kind == "answers":
        return read_money(as_typed(case.proposal.answers.get(field)))
    if kind == "amounts":
        return _amounts(as_typed(case.proposal.answers.get(field)))
    return _FACTS[name](case)


def _amounts(text: str) -> list[Any]:
    """Read the amount at the end of each line: ``云泽大学 300 万元`` is 3,000,000."""
    found = (re.search(r"[\d０-９][\d０-９,，.．\s]*(?:万元|万|元)?\s*$", line) for line in text.splitlines())
    return [amount for match in found if match and (amount := read_money(match[0])) is not None]


def _career(reading: Callable[[Any, date], Any]) -> Callable[[Case], Any]:
    def fact(case: Case) -> Any:
        career = career_of(case.proposal.applicant_id)
        return reading(career, case.day) if career else None

    return fact


def _whole_years(start: date | None, day: date) -> int | None:
    return None if start is None else day.year - start.year - ((day.month, day.day) < (start.month, start.day))


def _others(case: Case) -> "QuerySet[Proposal]":
    return Proposal.objects.exclude(pk=case.proposal.pk)


def _taken_part(case: Case) -> Q:
    """Match proposals of the applicant, own or joined."""
    person = case.proposal.applicant_id
    joined = Member.objects.filter(person=person, state=MemberState.CONFIRMED).values("proposal")
    return Q(applicant=person) | Q(pk__in=joined)


def _partners(case: Case, column: str) -> list[Any]:
    """Return institutions (or their countries) of the applicant and of those who consented."""
    people = [m.person_id for m in case.proposal.members.all() if m.state == MemberState.CONFIRMED]
    homes = {getattr(case.proposal.organisation, column)} if case.proposal.organisation else set()
    current = Q(affiliations__person__in=people, affiliations__end=None)
    return sorted(homes | set(Organisation.objects.filter(current).values_list(column, flat=True)))


def _awards_of_type(case: Case, type_id: str) -> "QuerySet[Proposal]":
    return _others(case).filter(state__means="awarded", call__programme_type__type_id=type_id)


_FACTS: Mapping[str, Callable[[Case], Any]] = {
    "applicant.age": _career(lambda career, day: _whole_years(career.birth_date, day)),
    "applicant.sex": _career(lambda career, day: career.sex or None),
    "applicant.leave_years": _career(lambda career, day: career.leave_months / 12),
    "applicant.career_years": _career(lambda career, day: _whole_years(career.independent_since, day)),
    "applicant.earlier_awards_of_type": lambda case: (
        _awards_of_type(case, case.proposal.call.programme_type.type_id)
        .filter(applicant=case.proposal.applicant_id)
        .count()
    ),
    "applicant.other_proposals_in_call": lambda case: (
        _others(case)
        .filter(call=case.proposal.call_id, applicant=case.proposal.applicant_id, state__means="live")
        .count()
    ),
    "applicant.live_proposals": lambda case: _of_money(
        _others(case).filter(_taken_part(case), state__means="live")
    ).count(),
    "applicant.running_projects": lambda case: _running(_others(case).filter(_taken_part(case))).count(),
    "institution.proposals_in_call": lambda case: (
        _others(case)
        .filter(call=case.proposal.call_id, organisation=case.proposal.organisation_id, state__means="live")
        .count()
    ),
    "partner_organisations": lambda case: _partners(case, "pk"),
    "applicant_countries": lambda case: _partners(case, "country"),
    "stable_agreements": lambda case: (
        _running(_awards_of_type(case, "stable-support")).filter(_taken_part(case)).count()
    ),
    "requested": lambda case: case.proposal.requested,
    "call.year": lambda case: case.year,
}
