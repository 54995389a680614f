"""Panel meetings in the matrix: a member of the panel, one in conflict with every item, the agenda, the minutes."""

from typing import TYPE_CHECKING

from django.urls import reverse

from yuantou.apps.meetings.domain import minutes_of
from yuantou.apps.meetings.models import Absence, AgendaItem, Meeting, Seat
from yuantou.kernel.hashing import content_hash

if TYPE_CHECKING:
    from tests.apps.matrix import Planted

STANDING = {"panel": {"panel"}, "absent_panel": set[str]()}
SECRET = {"box"}
READERS = {
    "meetings/views.py": {"answers", "marks"},  # `seen.answers`; marks are that members voted
    "meetings/templates/meetings/item.html": {
        "scores",
        "box",
    },  # `comments_in_words`, if `seen` grants; ballots without names
}


def plant(planted: "Planted") -> None:
    """A meeting that is over, with every judged proposal on its agenda."""
    world = planted.world
    meeting = Meeting.objects.create(
        call=planted.call, decision_list=planted.list, starts_at=world.now, quorum=1, opened_at=world.now,
        created_at=world.now,
    )  # fmt: skip
    seats = {}
    for role in STANDING:
        user = world.user(role, world.institute)
        planted.stand(role, user)
        seats[role] = Seat.objects.create(meeting=meeting, user=user, present_at=world.now)
    for position, (state, proposal) in enumerate(planted.proposals.items(), 1):
        if planted.list.decisions.filter(proposal=proposal).exists():
            item = AgendaItem.objects.create(
                meeting=meeting, proposal=proposal, position=position, state="closed", opened_at=world.now,
                closed_at=world.now, box=[["code", "fund"]], before="fund", outcome="fund", reason=f"r{state}",
            )  # fmt: skip
            Absence.objects.create(item=item, seat=seats["absent_panel"], kind="conflict")
    meeting.minutes = minutes_of(meeting, world.now)
    meeting.minutes_hash, meeting.state, meeting.closed_at = content_hash(meeting.minutes), "closed", world.now
    meeting.save()


def record_pages(planted: "Planted", state: str) -> dict[str, str]:
    """The item of a proposal."""
    item = AgendaItem.objects.filter(proposal=planted.proposals[state]).first()
    return {"meetings:item": reverse("meetings:item", args=[item.pk])} if item else {}


def list_pages(planted: "Planted") -> dict[str, str]:
    """The plan of meetings, the meeting, its minutes, its ledger; one's own meetings."""
    meeting = Meeting.objects.get(call=planted.call)
    found = {f"meetings:{name}": reverse(f"meetings:{name}", args=[meeting.pk]) for name in ("meeting", "minutes")}
    found["meetings:plan"] = reverse("meetings:plan", args=[planted.call.pk])
    found["ledger of the meeting"] = reverse("workflow:ledger", args=["meeting", meeting.pk])
    return found | {"meetings:mine": reverse("meetings:mine")}
