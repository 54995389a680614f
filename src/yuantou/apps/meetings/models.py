"""Meetings of a panel over a list of decisions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.identifiers import new_id


class Meeting(Stateful):
    """A meeting of a panel over the draft list of a call."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="meetings")
    decision_list = models.ForeignKey(DecisionList, on_delete=models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField(_("begins"))
    quorum = models.PositiveSmallIntegerField(_("quorum"))
    state = StateField(_("state"), record="meeting", means=("closed", "in_session", "planned"))
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    minutes = models.JSONField(default=dict)
    minutes_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("panel meeting")
        verbose_name_plural = _("panel meetings")

    def __str__(self) -> str:
        return self.id

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.call.programme


class Seat(models.Model):
    """A member of the panel."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seats")
    present_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="one_seat_each")]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.user}"


class AgendaItem(Stateful):
    """A proposal to be discussed. The box holds ballots without names, sorted by their check codes."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"))
    state = StateField(_("state"), record="agenda_item", means=("settled", "under_discussion"))
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    box = models.JSONField(default=list)
    before = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["meeting", "proposal"], name="one_item_each")]
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")

    def __str__(self) -> str:
        return f"{self.meeting_id}/{self.position}"

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of the call."""
        return self.meeting.programme


class Absence(models.Model):
    """A member who must not be in the room for an item, why, and when that member was out of it."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="absences")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(_("kind"), max_length=20)
    reason = models.TextField(_("reason"), blank=True)
    left_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "seat"], name="one_absence_each")]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")

    def __str__(self) -> str:
        return f"{self.item_id}: {self.seat_id}"


class Mark(models.Model):
    """That a member has voted on an item; never how."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="marks")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="marks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "seat"], name="one_vote_each")]
        verbose_name = _("vote cast")
        verbose_name_plural = _("votes cast")

    def __str__(self) -> str:
        return f"{self.item_id}: {self.seat_id}"
