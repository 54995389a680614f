"""A meeting is planned: members, agenda, and who must leave the room for which proposal."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from yuantou.apps.accounts.facade import User, recipients_of
from yuantou.apps.audit.facade import append
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.meetings.models import Absence, AgendaItem, Meeting, Seat
from yuantou.apps.proposals.facade import own_keys, refuse_own_call
from yuantou.apps.registry.models import Affiliation
from yuantou.apps.review.models import STANDING, Conflict
from yuantou.apps.workflow.facade import announce, roles_of
from yuantou.kernel.errors import InputError, NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

LEAST_QUORUM = 3


@transaction.atomic
def plan_meeting(*, call: Call, starts_at: datetime, quorum: int, user: User, now: datetime) -> Meeting:
    """Plan a meeting over the draft list of a call.

    Raises
    ------
    NotAllowedError
        If the user is no officer of the call, its kind has no meetings, or no list is drafted.
    InputError
        If fewer than three could vote: one could then tell how another voted.
    """
    refuse_own_call(user, call)
    current = call.decision_lists.filter(state__means="drafted").first()
    if "officer" not in roles_of(user, call) or current is None or "meeting" not in call.programme.machines:
        raise _refused("先按规则起草名单，再召开评审会。", "Draft the list by the rule first, then call the panel.")
    if quorum < LEAST_QUORUM:
        raise InputError(
            LocalText(f"法定人数至少 {LEAST_QUORUM} 人。", f"The quorum is at least {LEAST_QUORUM}."),
            LocalText("人数更少时投票无法保密。", "A vote of fewer cannot be secret."),
            code="meeting.quorum",
        )
    meeting = Meeting.objects.create(
        call=call, decision_list=current, starts_at=starts_at, quorum=quorum, created_at=now
    )
    _note("meeting.plan", meeting, user, now, {"list": current.pk, "quorum": quorum})
    return meeting


@transaction.atomic
def seat_member(*, meeting: Meeting, email: str, user: User, now: datetime) -> Seat:
    """Give an account a seat and write to its owner.

    Raises
    ------
    InputError
        If there is no such account, or its owner takes part in the call.
    """
    meeting = _planned(meeting, user)
    member = User.objects.filter(email__iexact=email.strip(), is_active=True).select_related("person").first()
    if member is None or member.person is None:
        raise InputError(
            LocalText(f"没有账号 {email}。", f"There is no account {email}."),
            LocalText("请先邀请其注册。", "Invite that person to register first."),
            code="meeting.no_account",
        )
    refuse_own_call(member, meeting.call)
    seat, made = meeting.seats.get_or_create(user=member)
    if made:
        _note("meeting.seat", meeting, user, now, {"member": member.actor})
        renew_absences(meeting)
        announce("seated", meeting, now=now, once="seat", to=recipients_of(member))
    return seat


@transaction.atomic
def set_agenda(*, meeting: Meeting, proposals: Collection[str], user: User, now: datetime) -> None:
    """Put proposals of the list on the agenda, in this order; what is there already and not named is taken off."""
    meeting = _planned(meeting, user)
    listed = set(meeting.decision_list.decisions.filter(proposal__in=proposals).values_list("proposal_id", flat=True))
    chosen = [key for key in dict.fromkeys(proposals) if key in listed]
    meeting.items.exclude(proposal__in=chosen).delete()
    for position, key in enumerate(chosen, 1):
        meeting.items.update_or_create(proposal_id=key, defaults={"position": position})
    renew_absences(meeting)
    _note("meeting.agenda", meeting, user, now, {"proposals": chosen})


def renew_absences(meeting: Meeting) -> None:
    """Find out who must leave for which item, from known conflicts, own proposals and a common institution."""
    known = {(row.item_id, row.seat_id) for row in Absence.objects.filter(item__meeting=meeting)}
    items = list(meeting.items.select_related("proposal"))
    Absence.objects.bulk_create(
        Absence(item=item, seat=seat, kind=kind)
        for seat in meeting.seats.select_related("user__person")
        for item, kind in _conflicts(seat, items)
        if (item.pk, seat.pk) not in known
    )


def _conflicts(seat: Seat, items: Collection[AgendaItem]) -> list[tuple[AgendaItem, str]]:
    person, keys = seat.user.person_id, [item.proposal_id for item in items]
    own = set(own_keys(seat.user))
    told = Conflict.objects.filter(STANDING, proposal__in=keys, expert__person=person)
    named = set(told.values_list("proposal_id", flat=True))
    now_at = Affiliation.objects.filter(Q(end__isnull=True), person=person)
    homes = set(now_at.values_list("organisation_id", flat=True))
    found = []
    for item in items:
        if item.proposal_id in own:
            found.append((item, "own"))
        elif item.proposal_id in named:
            found.append((item, "conflict"))
        elif item.proposal.organisation_id in homes:
            found.append((item, "institution"))
    return found


@transaction.atomic
def declare_absence(*, item: AgendaItem, reason: str, user: User, now: datetime) -> None:
    """Declare a conflict of one's own: from here on the member sees nothing of that proposal."""
    seat = item.meeting.seats.filter(user=user).first()
    if seat is None or item.is_now.settled or item.marks.filter(seat=seat).exists():
        raise _refused("投票之后或该项结束后不能再声明。", "It is too late to declare a conflict on this item.")
    if not reason.strip():
        raise _refused("请写明理由。", "Please give a reason.")
    left = now if item.is_now.under_discussion else None
    Absence.objects.get_or_create(
        item=item, seat=seat, defaults={"kind": "declared", "reason": reason, "left_at": left}
    )
    data = {"proposal": item.proposal_id, "reason_hash": content_hash(reason)}
    _note("meeting.declare", item.meeting, user, now, data)


def _planned(meeting: Meeting, user: User) -> Meeting:
    rows = Meeting.objects.select_for_update(of=("self",)).select_related("call__programme_type", "decision_list")
    meeting = rows.get(pk=meeting.pk)
    if "officer" not in roles_of(user, meeting) or not meeting.is_now.planned:
        raise _refused("会议开始后不能更改名单与议程。", "Members and agenda are set before the meeting begins.")
    return meeting


def _refused(zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(LocalText(zh, en), code="meeting.order")


def _note(act: str, meeting: Meeting, user: User, now: datetime, data: Mapping[str, object]) -> None:
    append(at=now, actor=user.actor, act=act, kind="meeting", key=meeting.pk, data=data)


def drafts_of(call: Call) -> DecisionList | None:
    """Return the draft list that a meeting could be about."""
    return call.decision_lists.filter(state__means="drafted").first()
