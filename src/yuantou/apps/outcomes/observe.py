"""The platform's own record as observations: what indicators of agency, programme and institution are made of.

Only calls whose decisions are published count; nothing of a call under way leaks through a sum. Statistics over fewer
than five proposals or projects are withheld by ``figures.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from yuantou.apps.decisions.models import Decision, DecisionList, Outcome
from yuantou.apps.projects.models import Project
from yuantou.apps.proposals.models import Member, MemberState, Proposal
from yuantou.apps.workflow.facade import FEWEST
from yuantou.engines.indicators import Level, Observation, Vintage

"""States in which a proposal was never handed to the agency, or was taken back."""
STABLE: Final = "M24"
"""The clause of the mission that makes a kind of call one of stable support."""
MONEY: Final = "CNY"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom figures speak of: an agency, an institution, or a kind of call."""

    level: Level
    key: str

    @property
    def of_decisions(self) -> Q:
        """Which decisions are the subject's."""
        return {
            Level.AGENCY: Q(decision_list__call__agency=self.key),
            Level.INSTITUTION: Q(proposal__organisation=self.key),
            Level.PROGRAMME: Q(decision_list__call__programme_type__type_id=self.key),
        }[self.level]

    @property
    def of_calls(self) -> Q:
        """Which published lists are the subject's; an institution has no calls of its own."""
        return {
            Level.AGENCY: Q(call__agency=self.key),
            Level.INSTITUTION: Q(pk__in=[]),
            Level.PROGRAMME: Q(call__programme_type__type_id=self.key),
        }[self.level]

    @property
    def of_records(self) -> Q:
        """Which proposals and projects are the subject's."""
        return {
            Level.AGENCY: Q(call__agency=self.key),
            Level.INSTITUTION: Q(organisation=self.key),
            Level.PROGRAMME: Q(call__programme_type__type_id=self.key),
        }[self.level]


def decisions_of(subject: Subject) -> "QuerySet[Decision]":
    """Return the published decisions on the proposals of a subject."""
    return Decision.objects.filter(subject.of_decisions, decision_list__state__means="published")


def observations(subject: Subject) -> list[Observation]:
    """Return everything observed of a subject, by year of the decision."""
    rows = [
        *_counts(subject),
        *_ages(subject),
        *_money(subject),
        *_teams(subject),
        *_days(subject),
        *_closures(subject),
    ]
    return [_observation(subject, series, year, value) for series, year, value in rows]


Row = tuple[str, int, Decimal]


def _observation(subject: Subject, series: str, year: int, value: Decimal) -> Observation:
    name = f"{series}-{subject.key}-{year}"
    return Observation(name, series, subject.key, subject.level, year, value, Decimal(0), Vintage.FINAL, "platform")


def _counts(subject: Subject) -> Iterator[Row]:
    year = "decision_list__published_at__year"
    rows = decisions_of(subject).values_list(year).order_by(year)
    for period, reviewed, funded in rows.annotate(n=Count("pk"), k=Count("pk", filter=Q(outcome=Outcome.FUND))):
        yield "reviewed", period, Decimal(reviewed)
        yield "funded", period, Decimal(funded)
    lists = DecisionList.objects.filter(state__means="published").values_list("call", "published_at__year")
    years = dict(lists)
    handed = Proposal.objects.filter(subject.of_records, call__in=list(years)).exclude(
        state__means=["editable", "with_institution", "withdrawn"]
    )
    totals: dict[int, int] = {}
    for call, count in handed.values_list("call").order_by("call").annotate(n=Count("pk")):
        totals[years[call]] = totals.get(years[call], 0) + count
    for period, count in totals.items():
        yield "submitted", period, Decimal(count)


def _ages(subject: Subject) -> Iterator[Row]:
    """Leaders of awards by age on 1 January of the year of application; who has no date of birth is in no row."""
    births = decisions_of(subject).filter(outcome=Outcome.FUND, proposal__applicant__career__birth_date__isnull=False)
    columns = births.values_list(
        "decision_list__published_at__year",
        "proposal__call__closes_at__year",
        "proposal__applicant__career__birth_date",
        "amount",
        "decision_list__call__programme_type",
    )
    types = _types()
    known: dict[int, int] = {}
    sums: dict[tuple[str, int], Decimal] = {}
    for period, applied, born, amount, kind in columns:
        if born is None or applied is None:
            continue
        known[period] = known.get(period, 0) + 1
        age = age_on(born, date(applied, 1, 1))
        money = Decimal(amount or 0) if types[kind].budget.currency == MONEY else Decimal()
        counted = {f"funded_young_{limit}": Decimal(age < limit) for limit in (35, 40, 45)}
        counted |= {f"money_young_{limit}": money * (age < limit) for limit in (35, 40, 45)}
        counted["money_known_age"] = money
        for series, value in counted.items():
            sums[series, period] = sums.get((series, period), Decimal()) + value
    for period, count in known.items():
        yield "funded_known_age", period, Decimal(count)
    for (series, period), total in sums.items():
        if series.startswith("funded") or known[period] >= FEWEST:  # a sum over few people would tell their ages
            yield series, period, total


def age_on(born: date, day: date) -> int:
    """Return an age in whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _money(subject: Subject) -> Iterator[Row]:
    year, kind = "decision_list__published_at__year", "decision_list__call__programme_type"
    rows = decisions_of(subject).filter(outcome=Outcome.FUND).values_list(year, kind).order_by(year)
    types = _types()
    sums: dict[tuple[str, int], Decimal] = {}
    for period, key, amount in rows.annotate(total=Sum("amount")):
        programme = types[key]
        if programme.budget.currency != MONEY:
            continue
        for series in ("money", *(["money_stable"] if STABLE in programme.clauses else [])):
            sums[series, period] = sums.get((series, period), Decimal()) + Decimal(amount or 0)
        sums.setdefault(("money_stable", period), Decimal())
    for (series, period), total in sums.items():
        yield series, period, total


def _teams(subject: Subject) -> Iterator[Row]:
    """Awards whose team reaches beyond the institution, or the country, of the leader: confirmed members alone."""
    year = "decision_list__published_at__year"
    awards = decisions_of(subject).filter(outcome=Outcome.FUND, proposal__organisation__isnull=False)
    homes = {
        key: (period, house, country)
        for key, period, house, country in awards.values_list(
            "proposal", year, "proposal__organisation", "proposal__organisation__country"
        )
    }
    partners: dict[str, set[str]] = {"team_partner": set(), "team_abroad": set()}
    members = Member.objects.filter(
        proposal__in=awards.values("proposal"), state=MemberState.CONFIRMED, person__affiliations__end__isnull=True
    )
    columns = "person__affiliations__organisation", "person__affiliations__organisation__country"
    for key, house, country in members.values_list("proposal", *columns):
        if house is None:
            continue
        _period, home, home_country = homes[key]
        if house != home:
            partners["team_partner"].add(key)
        if country != home_country:
            partners["team_abroad"].add(key)
    totals: dict[tuple[str, int], int] = {}
    for key, (period, _house, _country) in homes.items():
        counted = {"funded_with_house": 1} | {series: key in found for series, found in partners.items()}
        for series, value in counted.items():
            totals[series, period] = totals.get((series, period), 0) + value
    for (series, period), count in totals.items():
        yield series, period, Decimal(count)


def _types() -> dict[int, Any]:
    from yuantou.apps.workflow.models import ProgrammeTypeVersion

    return {row.pk: row.programme for row in ProgrammeTypeVersion.objects.all()}


def _days(subject: Subject) -> Iterator[Row]:
    lists = DecisionList.objects.filter(subject.of_calls, state__means="published", call__closes_at__isnull=False)
    days: dict[int, list[int]] = {}
    for published, closed in lists.values_list("published_at", "call__closes_at"):
        if published is None or closed is None:
            continue
        days.setdefault(published.year, []).append((published - closed).days)
    for period, values in days.items():
        yield "decision_days", period, Decimal(round(median(values)))


def _closures(subject: Subject) -> Iterator[Row]:
    rows = Project.objects.filter(subject.of_records, state__means="ended", closed_at__isnull=False)
    counted = (
        rows.values_list("closed_at__year")
        .order_by("closed_at__year")
        .annotate(
            n=Count("pk"),
            d=Count("pk", filter=Q(state__means="diligent")),
            o=Count("pk", filter=~Q(outcome="")),
        )
    )
    for period, closed, diligent, told in counted:
        yield "closed", period, Decimal(closed)
        yield "closed_diligent", period, Decimal(diligent)
        yield "closed_open", period, Decimal(told)
