"""Who is what with regard to facilities, and which fields records have."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Grant, Named, Role, User
from yuantou.apps.facilities.book import rulebook, word
from yuantou.apps.facilities.models import (
    Booking,
    Facility,
    Instrument,
    Purchase,
    Staff,
    Substitute,
    TimeRequest,
    UseReport,
    YearPlan,
)
from yuantou.apps.workflow.facade import NONE, About, Source, guarded, plays, rows_as

POSTS = ("manager", "scientist", "safety")


class Posts(Source):
    """The posts that an account holds at a facility; never while somebody looks through it."""

    names = POSTS

    def held(self, user: Any, record: Facility) -> set[str]:
        """The posts there."""
        return set() if user.seen_by else posts_of(user).get(record.pk, set())

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The facilities, by post."""
        held = {} if user.seen_by else posts_of(user)
        return {post: Q(pk__in=[key for key, posts in held.items() if post in posts]) for post in POSTS}

    def people(self, record: Facility, name: str) -> Iterable[Any]:
        """The accounts that hold the post."""
        return User.objects.filter(facility_posts__facility=record, facility_posts__role=name, is_active=True)


def posts_of(user: User) -> dict[str, set[str]]:
    """Return the posts of an account by facility (one query for each request)."""
    cached: dict[str, set[str]] | None = getattr(user, "_posts", None)
    if cached is None:
        cached = {}
        for facility, role in Staff.objects.filter(user=user).values_list("facility", "role"):
            cached.setdefault(facility, set()).add(role)
        user._posts = cached  # type: ignore[attr-defined]
    return cached


class Team(Source):
    """Who works on an experiment beside its lead."""

    names = ("team",)

    def held(self, user: Any, record: TimeRequest) -> set[str]:
        """Whether the person is in the team."""
        return {"team"} if any(person.pk == user.person_id for person in record.team.all()) else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """The requests with the person in the team."""
        if user.person_id is None:
            return {"team": NONE}
        return {"team": Q(pk__in=TimeRequest.objects.filter(team=user.person_id).values("pk"))}

    def people(self, record: TimeRequest, name: str) -> Iterable[Any]:
        """The team."""
        return record.team.all()


plays(Facility, [Posts(), Grant("office", "organisation", Role.INSTITUTION)])
for _model in (Instrument, YearPlan):
    plays(_model, [About("facility", Facility)])
plays(Substitute, [About("instrument", Instrument)])
plays(UseReport, [About("substitute", Substitute)])
# The research office of the buyer, and the managers of the facility it is for.
plays(
    Purchase,
    [About("facility", Facility, only=["manager"]), Grant("office", "organisation", Role.INSTITUTION)],
)
# Nobody judges or places a request of one's own.
plays(TimeRequest, [Named("experimenter", "lead")], [Team()], [About("facility", Facility, but=["office"])])
plays(Booking, [About("request", TimeRequest)])


def own_requests(user: User) -> "QuerySet[TimeRequest]":
    """Return the requests that a user leads or works on."""
    return rows_as(TimeRequest, user, "experimenter", "team")


def requests_for(user: User, *roles: str) -> "QuerySet[TimeRequest]":
    """Return the requests at the facilities where a user holds one of the posts, their own left out."""
    return rows_as(TimeRequest, user, *roles)


def own_bookings(user: User, *meanings: str) -> "QuerySet[Booking]":
    """Return the bookings of a user's requests in states that mean this: what a phone and a calendar show."""
    return Booking.objects.filter(request__in=own_requests(user), state__means=meanings)


def purchases_for(user: User) -> "QuerySet[Purchase]":
    """Return the purchases that a user decides on or asked for."""
    return rows_as(Purchase, user, "office", "manager")


# --- guarded fields -----------------------------------------------------------------------------------------------


guarded(
    Facility,
    "facility",
    {
        "name": lambda f: f.name,
        "organisation": lambda f: f.organisation,
        "class": lambda f: word("class", f.kind),
        "discipline": lambda f: f.discipline,
        "place": lambda f: f.place,
        "state": lambda f: f.programme.machine("facility").state(f.state),
        "stages": lambda f: f.stages,
        "value": lambda f: f.value,
        "instruments": lambda f: list(f.instruments.all()),
        "staff": lambda f: list(f.staff.select_related("user__person")),
        "equipment": lambda f: list(f.equipment.all()),
        "plans": lambda f: list(f.plans.all()[:20]),
    },
    kind=rulebook,
)
guarded(
    Instrument,
    "instrument",
    {
        "name": lambda i: i.name,
        "code": lambda i: i.code,
        "facility": lambda i: i.facility,
        "pid": lambda i: i.pid,
        "pidinst": lambda i: i.pidinst,
        "model": lambda i: i.model,
        "manufacturers": lambda i: i.manufacturers,
        "origin": lambda i: word("origin", i.origin),
        "techniques": lambda i: list(i.techniques.all()),
        "configurations": lambda i: list(i.configurations.all()),
        "rates": lambda i: (i.rate_full, i.rate_subsidised),
        "state": lambda i: i.programme.machine("instrument").state(i.state),
        "value": lambda i: i.value,
        "acquired": lambda i: i.acquired_on,
        "open": lambda i: i.is_open,
        "substitutes": lambda i: list(i.substitutes.all()),
        "closures": lambda i: list(i.closures.all()),
        "contact": lambda i: i.contact,
        "usage": lambda i: i.usage,
        "source": lambda i: i.source,
    },
    kind=rulebook,
)
guarded(
    TimeRequest,
    "time_request",
    {
        "number": lambda r: r.proposal.number,
        "title": lambda r: r.proposal.title,
        "lead": lambda r: r.lead,
        "shifts": lambda r: (r.shifts_min, r.shifts, r.shifts_max),
        "window": lambda r: (r.window_start, r.window_end),
        "ways": lambda r: r.ways,
        "needs": lambda r: r.needs,
        "hazards": lambda r: r.hazards,
        "notes": lambda r: r.notes,
        "state": lambda r: r.programme.machine("time_request").state(r.state),
        "bookings": lambda r: list(r.bookings.exclude(state__means="planned").select_related("instrument", "plan")),
        "products": lambda r: list(r.products.all()),
        "team": lambda r: list(r.team.all()),
        "merit": lambda r: r.merit,
        "partner": lambda r: r.partner,
        "contact": lambda r: r.contact,
        "wait": lambda r: r.pk,
    },
    kind=rulebook,
)
guarded(
    YearPlan,
    "year_plan",
    {
        "title": lambda p: p.title,
        "state": lambda p: p.programme.machine("year_plan").state(p.state),
        "bookings": lambda p: p.bookings,
        "record": lambda p: p.record,
        "figures": lambda p: (p.value, p.bound, p.gap),
    },
    kind=rulebook,
)
guarded(
    Booking,
    "booking",
    {
        "time": lambda b: (b.starts_at, b.ends_at),
        "instrument": lambda b: b.instrument,
        "title": lambda b: b.request.proposal.title,
        "state": lambda b: b.programme.machine("booking").state(b.state),
        "contact": lambda b: b.request.contact or b.instrument.contact,
        "configuration": lambda b: b.configuration,
        "usage": lambda b: list(b.usage.filter(corrected_by=None)),
        "charge": lambda b: sum(event.charge for event in b.usage.filter(corrected_by=None)),
        "value": lambda b: b.value,
    },
    kind=rulebook,
)
guarded(
    Purchase,
    "purchase",
    {"name": lambda p: p.name, "found": lambda p: p.found, "text": lambda p: p.text, "state": lambda p: p.state},
    kind=rulebook,
)
guarded(
    UseReport,
    "use_report",
    {"hours": lambda r: r.hours, "task": lambda r: r.task, "measured": lambda r: r.measured},
    kind=rulebook,
)
