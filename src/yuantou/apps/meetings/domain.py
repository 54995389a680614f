"""A meeting runs: attendance, one item after the other, secret votes, minutes, signatures.

What is kept of a vote: that a member voted (``Mark``), and a ballot in the box of the item under a random check code,
which the member alone was shown. The box is sorted by codes, so its order tells nothing; the ledger gets the hash of
each ballot when the vote is closed, in the same order. Reading database and ledger afterwards, nobody can link a vote
to a voter. Whoever can watch the running database at the moment of a vote could: a platform that counts cannot hide
that from its own operator, and says so on the page.
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from yuantou.apps.accounts.facade import User
from yuantou.apps.audit.facade import append
from yuantou.apps.decisions.facade import change_decision, hash_of
from yuantou.apps.decisions.models import Decision, Outcome
from yuantou.apps.meetings.models import AgendaItem, Meeting, Seat
from yuantou.apps.meetings.planning import renew_absences
from yuantou.apps.workflow.facade import change_state, roles_of, stale
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

CHOICES: Final = ("fund", "decline", "abstain")


@transaction.atomic
def note_presence(*, meeting: Meeting, present: set[int], user: User, now: datetime) -> None:
    """Note who is in the room; seats not named are absent."""
    if "officer" not in roles_of(user, meeting) or meeting.is_now.closed:
        raise _refused("只有主管在会议结束前登记出席。", "An officer notes who is there, until the meeting is closed.")
    for seat in meeting.seats.all():
        if (seat.present_at is not None) != (seat.pk in present):
            seat.present_at = now if seat.pk in present else None
            seat.save(update_fields=["present_at"])
    _note("meeting.presence", meeting, user.actor, now, {"present": sorted(present)})


@transaction.atomic
def open_meeting(*, meeting: Meeting, user: User, now: datetime) -> None:
    """Begin, once a quorum is there; conflicts are looked up once more."""
    renew_absences(meeting)
    change_state(meeting, "open", user=user, now=now, changes={"opened_at": now})


@transaction.atomic
def take_item(*, item: AgendaItem, user: User, now: datetime) -> None:
    """Take up an item: members in conflict leave the room, which locks the proposal for them and is recorded."""
    changes = {"opened_at": now, "before": _decision(item).outcome}
    change_state(item, "take", user=user, now=now, changes=changes)
    away = item.absences.filter(seat__present_at__isnull=False)
    left = sorted(away.values_list("seat_id", flat=True))
    away.update(left_at=now)
    _note("meeting.leave", item.meeting, user.actor, now, {"proposal": item.proposal_id, "seats": left})


@transaction.atomic
def cast(*, item: AgendaItem, choice: str, user: User, now: datetime) -> str:
    """Put a ballot into the box and return its check code: shown once, kept nowhere beside the voter.

    Raises
    ------
    NotAllowedError
        If the user is not a member in the room, the vote is not open, or the member has voted.
    """
    item = (
        AgendaItem.objects.select_for_update(of=("self",))
        .select_related("meeting__call__programme_type")
        .get(pk=item.pk)
    )
    seat = item.meeting.seats.filter(user=user, present_at__isnull=False).first()
    if seat is None or "panel" not in roles_of(user, item) or not item.is_now.under_discussion:
        raise _refused(
            "只有在场且无须回避的委员可以投票。", "Only members in the room may vote, while the vote is open."
        )
    if choice not in CHOICES:
        raise _refused("请选择一项。", "Please choose one.")
    if not item.marks.get_or_create(seat=seat)[1]:
        raise _refused("您已投票。", "You have voted.")
    code = secrets.token_hex(8)
    item.box = sorted([*item.box, [code, choice]])
    item.save(update_fields=["box"])
    _note("meeting.vote", item.meeting, user.actor, now, {"proposal": item.proposal_id})
    return code


@transaction.atomic
def close_item(*, item: AgendaItem, reason: str, user: User, now: datetime) -> None:
    """Count, change the list where the vote departs from it, and let everybody back in.

    Without any vote the list stays as it was. A tie changes nothing.

    Raises
    ------
    NotAllowedError
        If some voted but fewer than the quorum, the vote departs from the list without a reason, or the budget would
        be exceeded.
    """
    item = (
        AgendaItem.objects.select_for_update(of=("self",))
        .select_related("meeting__call__programme_type")
        .get(pk=item.pk)
    )
    counted, decision = tally(item), _decision(item)
    outcome = result_of(counted, decision.outcome)
    change_state(
        item,
        "close",
        user=user,
        now=now,
        reason=reason,
        changes={"closed_at": now, "outcome": outcome, "reason": reason},
        data={"ballots": [content_hash(f"{code}:{choice}") for code, choice in item.box], "tally": dict(counted)},
    )
    if outcome != decision.outcome:
        change_decision(decision=decision, outcome=outcome, reason=reason, user=user, now=now)
    item.absences.filter(left_at__isnull=False).update(back_at=now)


def tally(item: AgendaItem) -> Counter[str]:
    """Count the ballots of an item."""
    return Counter(choice for _code, choice in item.box)


def result_of(counted: Mapping[str, int], before: str) -> str:
    """Return what more votes are for, or what was before."""
    ahead = counted.get("fund", 0) - counted.get("decline", 0)
    return before if ahead == 0 else str(Outcome.FUND if ahead > 0 else Outcome.DECLINE)


@transaction.atomic
def close_meeting(*, meeting: Meeting, user: User, now: datetime) -> None:
    """Close once every item is settled; the minutes are made and sealed."""
    minutes = minutes_of(meeting, now)
    changes = {"closed_at": now, "minutes": minutes, "minutes_hash": content_hash(minutes)}
    change_state(
        meeting,
        "close",
        user=user,
        now=now,
        changes=changes,
        data={"minutes": changes["minutes_hash"], "list": minutes["list_hash"]},
    )


def minutes_of(meeting: Meeting, now: datetime) -> dict[str, Any]:
    """Return what the minutes say: who was there, who left for what, what was voted, and the hash of the list."""
    items = meeting.items.prefetch_related("absences")
    return {
        "call": meeting.call_id,
        "list": meeting.decision_list_id,
        "list_hash": hash_of(meeting.decision_list),
        "opened_at": meeting.opened_at.isoformat() if meeting.opened_at else None,
        "closed_at": now.isoformat(),
        "quorum": meeting.quorum,
        "seats": [
            [seat.pk, seat.user.actor, seat.present_at is not None] for seat in meeting.seats.select_related("user")
        ],
        "items": [
            {
                "proposal": item.proposal_id,
                "before": item.before,
                "outcome": item.outcome,
                "reason": item.reason,
                "tally": dict(tally(item)),
                "ballots": [content_hash(f"{code}:{choice}") for code, choice in item.box],
                "absent": sorted([row.seat_id, row.kind] for row in item.absences.all()),
            }
            for item in items
        ],
    }


@transaction.atomic
def sign_minutes(*, meeting: Meeting, seen_hash: str, user: User, now: datetime) -> None:
    """Sign the minutes, and with them the list as it stood at the end.

    Raises
    ------
    StaleError
        If the list was changed since, or these are not the minutes the member has seen.
    """
    seat = Seat.objects.select_for_update().filter(meeting=meeting, user=user, present_at__isnull=False).first()
    if seat is None or not meeting.is_now.closed or seat.signed_at is not None:
        raise _refused("出席的委员在会后各签署一次。", "Members who were there sign once, after the meeting.")
    if seen_hash != meeting.minutes_hash or hash_of(meeting.decision_list) != meeting.minutes["list_hash"]:
        raise stale()
    seat.signed_at, seat.signed_hash = now, seen_hash
    seat.save(update_fields=["signed_at", "signed_hash"])
    data = {"minutes": seen_hash, "list": meeting.minutes["list_hash"]}
    _note("meeting.sign", meeting, user.actor, now, data)


def _decision(item: AgendaItem) -> Decision:
    rows = Decision.objects.select_related("decision_list__call__programme_type", "proposal")
    return rows.get(decision_list=item.meeting.decision_list_id, proposal=item.proposal_id)


def _refused(zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(LocalText(zh, en), code="meeting.order")


def _note(act: str, meeting: Meeting, actor: str, now: datetime, data: Mapping[str, object]) -> None:
    append(at=now, actor=actor, act=act, kind="meeting", key=meeting.pk, data=data)
