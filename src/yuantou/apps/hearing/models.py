"""Responses of applicants to what reviewers wrote, and debates of experts for and against a proposal."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.proposals.models import Proposal
from yuantou.apps.review.models import Assignment
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import ProgrammeType, ReviewPhase
from yuantou.kernel.identifiers import new_id


class Response(Stateful):
    """What an applicant answers to the comments of a phase; read by those who judge next."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="responses")
    phase = models.CharField(_("phase of review"), max_length=30)
    text = models.TextField(_("response"), blank=True)
    due_at = models.DateTimeField(_("due"))
    state = StateField(_("state"), record="response", means=("due", "given", "waived"))
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    given_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["proposal", "phase"], name="one_response_per_phase")]
        indexes = [models.Index(fields=["state", "due_at"], name="response_by_due")]
        verbose_name = _("response")
        verbose_name_plural = _("responses")

    def __str__(self) -> str:
        return self.pk

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.proposal.call.programme


class Debate(Stateful):
    """A debate on one proposal: experts for and against, without a clock, closed with a summary."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="debates")
    phase = models.CharField(_("phase of review"), max_length=30)
    state = StateField(_("state"), record="debate", means=("closed", "under_way"))
    version = models.PositiveIntegerField(default=0)
    summary = models.TextField(_("summary"), blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    record_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [models.UniqueConstraint(fields=["proposal", "phase"], name="one_debate_per_phase")]
        verbose_name = _("debate")
        verbose_name_plural = _("debates")

    def __str__(self) -> str:
        return self.pk

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.proposal.call.programme

    @property
    def stage(self) -> ReviewPhase:
        """The phase of review that it is held in."""
        return self.programme.phase(self.phase)


class Statement(models.Model):
    """One contribution to a debate: never changed, never removed; each names the hash of the one before."""

    debate = models.ForeignKey(Debate, on_delete=models.PROTECT, related_name="statements")
    number = models.PositiveSmallIntegerField()
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("side"), max_length=30)
    text = models.TextField(_("statement"))
    replies_to = models.PositiveSmallIntegerField(_("replies to statement"), null=True)
    at = models.DateTimeField(_("time"))
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["debate", "number"], name="unique_statement")]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")

    def __str__(self) -> str:
        return f"{self.debate_id} {self.number}"
