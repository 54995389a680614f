"""Who is what with regard to facilities, which fields records have, and the QuerySet twins of their visibility."""

from typing import Any

from django.db.models import Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role, organisations_of
from yuantou.apps.facilities.book import word
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
from yuantou.apps.workflow.facade import guarded, resolves_roles


@resolves_roles(Facility)
def facility_roles(user: User, facility: Facility) -> set[str]:
    """Posts held at the facility, and the research office of its institution."""
    roles = set() if user.seen_by else posts_of(user).get(facility.pk, set())
    return roles | ({"office"} if has_role(user, Role.INSTITUTION, facility.organisation_id) else set())


def posts_of(user: User) -> dict[str, set[str]]:
    """Return the posts of an account by facility (one query for each request)."""
    cached: dict[str, set[str]] | None = getattr(user, "_posts", None)
    if cached is None:
        cached = {}
        for facility, role in Staff.objects.filter(user=user).values_list("facility", "role"):
            cached.setdefault(facility, set()).add(role)
        user._posts = cached  # type: ignore[attr-defined]
    return cached


def _of_facility(user: User, record: Any) -> set[str]:
    return facility_roles(user, record.facility)


def _of_instrument(user: User, record: Any) -> set[str]:
    return facility_roles(user, record.instrument.facility)


for _model in (Instrument, YearPlan):
    resolves_roles(_model)(_of_facility)
resolves_roles(Substitute)(_of_instrument)


@resolves_roles(UseReport)
def report_roles(user: User, report: UseReport) -> set[str]:
    """As for the instrument."""
    return facility_roles(user, report.substitute.instrument.facility)


@resolves_roles(Purchase)
def purchase_roles(user: User, purchase: Purchase) -> set[str]:
    """The research office of the buyer, and the managers of the facility it is for."""
    posts = facility_roles(user, purchase.facility) if purchase.facility else set()
    return (posts & {"manager"}) | ({"office"} if has_role(user, Role.INSTITUTION, purchase.organisation_id) else set())


@resolves_roles(TimeRequest)
def request_roles(user: User, request: TimeRequest) -> set[str]:
    """Lead or member of the team, or else the posts at the facility: nobody judges or places a request of one's own."""
    own = _own_role(user, request)
    return own or facility_roles(user, request.facility) - {"office"}


def _own_role(user: User, request: TimeRequest) -> set[str]:
    if user.person_id is None:
        return set()
    if request.lead_id == user.person_id:
        return {"experimenter"}
    return {"team"} if any(person.pk == user.person_id for person in request.team.all()) else set()


@resolves_roles(Booking)
def booking_roles(user: User, booking: Booking) -> set[str]:
    """As for its request."""
    return request_roles(user, booking.request)


# --- QuerySet twins -----------------------------------------------------------------------------------------------


def own_requests(user: User) -> "QuerySet[TimeRequest]":
    """Return the requests that a user leads or works on."""
    if user.person_id is None:
        return TimeRequest.objects.none()
    return TimeRequest.objects.filter(Q(lead=user.person_id) | Q(team=user.person_id)).distinct()


def facilities_of(user: User, *roles: str) -> list[str]:
    """Return the facilities where a user holds one of the posts (none through another person's account)."""
    if not user.is_authenticated or user.seen_by:
        return []
    return [facility for facility, held in posts_of(user).items() if held & set(roles)]


def requests_for(user: User, *roles: str) -> "QuerySet[TimeRequest]":
    """Return the requests at the facilities where a user holds one of the posts, their own left out."""
    rows = TimeRequest.objects.filter(facility__in=facilities_of(user, *roles))
    return rows.exclude(pk__in=own_requests(user).values("pk")) if user.person_id else rows


def own_bookings(user: User, *meanings: str) -> "QuerySet[Booking]":
    """Return the bookings of a user's requests in states that mean this: what a phone and a calendar show."""
    return Booking.objects.filter(request__in=own_requests(user), state__means=meanings)


def purchases_for(user: User) -> "QuerySet[Purchase]":
    """Return the purchases that a user decides on or asked for."""
    offices = organisations_of(user, Role.INSTITUTION)
    return Purchase.objects.filter(Q(organisation__in=offices) | Q(facility__in=facilities_of(user, "manager")))


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
)
guarded(
    Purchase,
    "purchase",
    {"name": lambda p: p.name, "found": lambda p: p.found, "text": lambda p: p.text, "state": lambda p: p.state},
)
guarded(
    UseReport, "use_report", {"hours": lambda r: r.hours, "task": lambda r: r.task, "measured": lambda r: r.measured}
)
