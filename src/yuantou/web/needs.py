"""What needs a person now: one short list over all stages, each with the place to go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from yuantou.apps.accounts.facade import Role, User, organisations_of
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.facilities.facade import waiting_at_facilities
from yuantou.apps.hearing.models import Response
from yuantou.apps.integrity.facade import integrity_needs
from yuantou.apps.language import page_language
from yuantou.apps.meetings.models import Seat
from yuantou.apps.outcomes.facade import waiting_for
from yuantou.apps.projects.models import Project
from yuantou.apps.projects.tables import my_duties
from yuantou.apps.proposals.facade import counts_of_calls, own_keys
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.tables import my_invitations
from yuantou.apps.review.facade import assignments_of
from yuantou.apps.workflow.facade import counted, tagged, visible_as

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: how many, what, a detail, where, and whether it presses."""

    count: int
    title: str
    detail: str
    url: str
    urgent: bool = False


def address(name: str, *arguments: str, query: str = "") -> str:
    """Return an address, or that of the start page if the site has no such page."""
    try:
        return reverse(name, args=arguments) + query
    except NoReverseMatch:
        return reverse("home")


def needs_of(user: Any, now: datetime) -> list[Need]:
    """Return what waits for a person in every role they have, the pressing first."""
    found = [*_as_applicant(user, now), *_as_reviewer(user, now), *_as_institution(user), *_as_agency(user, now)]
    found += _in_projects(user, now)
    found += _in_panels(user)
    found += _in_evaluations(user)
    found += [Need(*row, urgent=True) for row in integrity_needs(user)]
    found += _at_facilities(user)
    return sorted(found, key=lambda need: not need.urgent)


def _in_evaluations(user: User) -> Iterator[Need]:
    waiting = waiting_for(user)
    if waiting.assessments:
        yield Need(waiting.assessments, _("Representative works to assess"), "", address("outcomes:rounds"))
    if waiting.pages:
        yield Need(waiting.pages, _("One page within the cycle"), "", address("outcomes:rounds"))


def _in_panels(user: User) -> Iterator[Need]:
    waiting = Q(meeting__state__means=["planned", "in_session"]) | Q(present_at__isnull=False, signed_at__isnull=True)
    for seat in Seat.objects.filter(waiting, user=user).select_related("meeting__call")[:5]:
        title = _("Sign the minutes") if seat.meeting.is_now.closed else _("Panel meeting")
        urgent = not seat.meeting.is_now.planned
        yield Need(1, title, seat.meeting.call.title, address("meetings:meeting", seat.meeting_id), urgent=urgent)


def _at_facilities(user: User) -> Iterator[Need]:
    titles = {
        "fill_in": (_("Request for time to fill in"), _("Window, instruments, samples")),
        "confirm": (_("Time to confirm"), _("At shared facilities")),
        "technical": (_("Technical reviews"), _("Requests for time")),
        "safety": (_("Safety reviews"), _("Requests for time")),
    }
    for one in waiting_at_facilities(user):
        title, detail = titles[one.kind]
        yield Need(one.count, title, detail, address(one.address, *([one.key] if one.key else [])), urgent=True)


def _as_applicant(user: User, now: datetime) -> Iterator[Need]:
    for member in my_invitations(user):
        link = address("proposals:invitation", member.pk)
        yield Need(1, _("Invitation to take part"), str(member.proposal.title), link, urgent=True)
    asked = Response.objects.filter(state__means="due", due_at__gt=now, proposal__applicant=user.person_id)
    for response in asked.filter(proposal__state__means="under_review").select_related("proposal__call")[:5]:
        link = address("hearing:response", response.pk)
        yield Need(1, _("Respond to the reviews"), response.proposal.title, link, urgent=True)
    mine = Proposal.objects.filter(applicant=user.person_id).select_related("call").defer("answers")
    for proposal in mine.filter(state__means="returned")[:5]:
        yield Need(1, _("Returned for changes"), proposal.title, address("proposals:edit", proposal.pk), urgent=True)
    for proposal in mine.filter(state__means="draft", call__state__means="announced", call__closes_at__gt=now)[:5]:
        closes = proposal.call.closes_at
        urgent = closes is not None and closes - now < SOON
        yield Need(1, _("Draft to finish"), proposal.title, address("proposals:edit", proposal.pk), urgent=urgent)


def _as_reviewer(user: User, now: datetime) -> Iterator[Need]:
    if user.person_id is None:
        return
    mine = assignments_of(user)
    invited, accepted = mine.filter(state__means="asked").count(), mine.filter(state__means="working")
    if invited:
        yield Need(invited, _("Invitations to review"), _("Accept or decline"), address("review:mine"), urgent=True)
    writing = accepted.count()
    if writing:
        pressing = accepted.filter(due_at__lt=now + SOON).exists()
        yield Need(writing, _("Reviews to write"), _("Saved while you write"), address("review:mine"), urgent=pressing)


def _as_institution(user: User) -> Iterator[Need]:
    waiting = visible_as(Proposal, user, Role.INSTITUTION).filter(state__means="with_institution").count()
    if waiting:
        link = address("proposals:institution")
        yield Need(waiting, _("Proposals to endorse"), _("Read, endorse or return"), link, urgent=True)


def _as_agency(user: User, now: datetime) -> Iterator[Need]:
    running = Call.objects.filter(agency__in=organisations_of(user, Role.OFFICER)).select_related("programme_type")
    calls = list(running.exclude(state__means=["decided", "cancelled"])[:10])
    counts = counts_of_calls([call.pk for call in calls], without=own_keys(user))
    for call in calls:
        yield from needs_of_call(call, counts[call.pk], now)
    to_sign = DecisionList.objects.filter(
        call__agency__in=organisations_of(user, Role.SIGNATORY), state__means="drafted"
    )
    for decision_list in to_sign.select_related("call")[:5]:
        link = address("decisions:room", decision_list.call_id)
        yield Need(1, _("Decisions to sign"), decision_list.call.title, link, urgent=True)


def _in_projects(user: User, now: datetime) -> Iterator[Need]:
    for duty in my_duties(user, now)[:5]:
        name = duty.name.in_language(page_language())
        yield Need(1, name, duty.title, duty.url, urgent=duty.late)
    roles = set(user.grants.values_list("role", flat=True))
    if Role.INSTITUTION in roles:
        signing = visible_as(Project, user, Role.INSTITUTION).filter(state__means="with_institution").count()
        link = address("projects:institution", query=f"?state={tagged('project', 'with_institution')[0]}")
        yield from _if_any(signing, _("Agreements to sign"), _("For your institution"), link, urgent=True)
    if Role.OFFICER in roles:
        running = visible_as(Project, user, Role.OFFICER)
        signing, closing = (running.filter(state__means=meaning).count() for meaning in ("with_agency", "closing"))
        answered = running.filter(gates__state__means="answered").count()
        desk, agency = address("projects:desk"), _("For your agency")
        yield from _if_any(
            signing, _("Agreements to sign"), agency, f"{desk}?state={tagged('project', 'with_agency')[0]}", urgent=True
        )
        yield from _if_any(answered, _("Gates to judge"), _("Results are in"), f"{desk}?due=gate", urgent=True)
        yield from _if_any(closing, _("Projects to close"), agency, f"{desk}?state={tagged('project', 'closing')[0]}")


def _if_any(count: int, title: str, detail: str, link: str, *, urgent: bool = False) -> Iterator[Need]:
    if count:
        yield Need(count, title, detail, link, urgent=urgent)


def needs_of_call(call: Call, counts: dict[str, int], now: datetime) -> list[Need]:
    """Return what a call asks of its officer now."""
    room = address("call_room", call.pk)
    found = []
    if call.is_now.preparing:
        found.append(Need(1, _("Call to publish"), call.title, room))
    if call.is_now.announced and call.last_instant is not None and now > call.last_instant:
        found.append(Need(1, _("Call to close"), call.title, room, urgent=True))
    if handed_in := counted(counts, "proposal", "handed_in"):
        link = address("proposals:formal_check", call.pk)
        found.append(Need(handed_in, _("Formal check"), call.title, link, urgent=call.is_now.received))
    if (call.is_now.received or call.is_now.reviewing) and (admitted := counted(counts, "proposal", "admitted")):
        found.append(Need(admitted, _("Find reviewers"), call.title, address("review:room", call.pk)))
    if call.is_now.deciding:
        found.append(Need(1, _("Ranking and decisions"), call.title, address("decisions:room", call.pk)))
    return found
