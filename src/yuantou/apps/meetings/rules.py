"""Who is what in a panel meeting: a member sees the proposals on the agenda, but never one in conflict."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yuantou.apps.accounts.facade import Accounts, User, agency
from yuantou.apps.meetings.models import Absence, AgendaItem, Meeting
from yuantou.apps.proposals.facade import TakesPart
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import NONE, Source, plays, plays_also


class AtItem(Source):
    """A member of the panel at an item of the agenda, or at the proposal it is about; not where out of the room."""

    names = ("panel",)

    def __init__(self, of: str = "pk") -> None:
        self._of = of

    def held(self, user: Any, record: Any) -> set[str]:
        """Whether the member may discuss it."""
        rows = items_of(user).filter(**{self._of: record.pk})
        return {"panel"} if rows.exists() else set()

    def rows(self, user: Any) -> Mapping[str, Q]:
        """What the member may discuss."""
        return {"panel": NONE if user.seen_by else Q(pk__in=items_of(user).values(self._of))}

    def people(self, record: Any, name: str) -> Iterable[Any]:
        """The members who may."""
        items = AgendaItem.objects.filter(**{self._of: record.pk})
        return User.objects.filter(seats__meeting__items__in=items, is_active=True).exclude(
            seats__absences__item__in=items
        )


plays(Meeting, [TakesPart("call")], [*agency("call__agency"), Accounts("panel", Meeting, "seats__user")])
plays(AgendaItem, [TakesPart("meeting__call")], [*agency("meeting__call__agency"), AtItem()])
plays_also(Proposal, AtItem("proposal"))


def items_of(user: User) -> "QuerySet[AgendaItem]":
    """Return the items that a user may discuss as a member, once the agenda is sent out."""
    if user.seen_by:
        return AgendaItem.objects.none()
    absent = Absence.objects.filter(item=OuterRef("pk"), seat__user=user)
    return AgendaItem.objects.filter(meeting__seats__user=user).exclude(Exists(absent))
