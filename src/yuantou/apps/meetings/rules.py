"""Who is what in a panel meeting: a member sees the proposals on the agenda, but never one in conflict."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yuantou.apps.accounts.facade import Role, User, has_role
from yuantou.apps.meetings.models import Absence, AgendaItem, Meeting
from yuantou.apps.proposals.facade import takes_part
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.proposals.rules import add_proposal_roles
from yuantou.apps.workflow.facade import resolves_roles


@resolves_roles(Meeting)
def meeting_roles(user: User, meeting: Meeting) -> set[str]:
    """Officer and signatory of the agency unless they take part in the call; members of the panel."""
    if takes_part(user, meeting.call):
        return set()
    roles = {str(role) for role in (Role.OFFICER, Role.SIGNATORY) if has_role(user, role, meeting.call.agency_id)}
    seated = not user.seen_by and meeting.seats.filter(user=user).exists()
    return roles | ({"panel"} if seated else set())


@resolves_roles(AgendaItem)
def item_roles(user: User, item: AgendaItem) -> set[str]:
    """As for the meeting; a member in conflict is no member for this item."""
    roles = meeting_roles(user, item.meeting)
    return roles - {"panel"} if item.absences.filter(seat__user=user).exists() else roles


def items_of(user: User) -> "QuerySet[AgendaItem]":
    """Return the items that a user may discuss as a member, once the agenda is sent out."""
    if user.seen_by:
        return AgendaItem.objects.none()
    absent = Absence.objects.filter(item=OuterRef("pk"), seat__user=user)
    return AgendaItem.objects.filter(meeting__seats__user=user).exclude(Exists(absent))


def _panel_roles(user: User, proposal: Proposal) -> set[str]:
    return {"panel"} if items_of(user).filter(proposal=proposal).exists() else set()


def _visible_to_panel(user: User, field: str, granted: Any) -> Q:
    return Q(pk__in=items_of(user).values("proposal")) & granted("panel", field)


add_proposal_roles(_panel_roles, _visible_to_panel)
