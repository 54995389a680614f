"""What other apps and the site may use of facilities."""

from dataclasses import dataclass

from yuantou.apps.accounts.facade import User
from yuantou.apps.facilities.models import TimeRequest
from yuantou.apps.facilities.rules import own_bookings, own_requests, requests_for

__all__ = ["Waiting", "request_of", "waiting_at_facilities"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something at a facility that waits for a person: which kind, how many, where (an address name and a key)."""

    kind: str
    count: int
    address: str
    key: str = ""


def waiting_at_facilities(user: User) -> list[Waiting]:
    """Return what waits for a person at facilities: to fill in, to confirm, to review (at most five queries)."""
    to_fill_in = own_requests(user).filter(state__means="to_be_written", lead=user.person_id)[:5]
    found = [Waiting("fill_in", 1, "facilities:request", request.pk) for request in to_fill_in]
    confirm = own_bookings(user, "announced").count()
    found += [Waiting("confirm", confirm, "facilities:mine")] if confirm else []
    for role, check in (("scientist", "technical_check"), ("safety", "safety_check")):
        rows: list[str] = list(
            requests_for(user, role).filter(state__means=check).values_list("facility", flat=True).order_by("facility")
        )
        for facility in dict.fromkeys(rows):
            found.append(Waiting(check, rows.count(facility), "facilities:requests", facility))
    return found


def request_of(proposal_id: str) -> TimeRequest | None:
    """Return the request for time made of a proposal, if there is one."""
    return TimeRequest.objects.filter(proposal=proposal_id).first()
