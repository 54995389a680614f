"""Rankings, lists of decisions, and the decision on each proposal."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.files.models import StoredFile
from yuantou.apps.jobs.models import Job
from yuantou.apps.language import page_language
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class Ranking(models.Model):
    """One run of calibration and ranking over the reviews of a call; ``frozen`` is the file of its inputs."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="rankings")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    parameters = models.JSONField(default=dict)
    record = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64, blank=True)
    frozen = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")

    def __str__(self) -> str:
        return self.id


class RankedProposal(models.Model):
    """One line of a ranking; columns as in the table ``ranking`` of the engines."""

    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, related_name="rows")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="ranked")
    position = models.PositiveIntegerField(_("position"))
    n_reviews = models.PositiveSmallIntegerField(_("reviews"))
    raw_mean = models.FloatField(_("plain mean"))
    mean = models.FloatField(_("calibrated mean"))
    sd = models.FloatField(_("standard deviation"))
    expected_rank = models.FloatField(_("expected rank"))
    rank_low50 = models.FloatField()
    rank_high50 = models.FloatField()
    rank_low90 = models.FloatField()
    rank_high90 = models.FloatField()
    p_top = models.FloatField(_("probability of being within the line"))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["ranking", "proposal"], name="unique_ranked_proposal"),
            models.UniqueConstraint(fields=["ranking", "position"], name="unique_rank_position"),
        ]
        indexes = [
            models.Index(fields=["ranking", "p_top", "position"], name="ranked_by_chance"),
            models.Index(fields=["ranking", "raw_mean"], name="ranked_by_mean"),
        ]
        verbose_name = _("ranked proposal")
        verbose_name_plural = _("ranked proposals")

    def __str__(self) -> str:
        return f"{self.position}. {self.proposal_id}"


class DecisionList(Stateful):
    """The decisions of a call as one list; the signature is bound to its hash."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="decision_lists")
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(_("rule"), max_length=40)
    budget = models.DecimalField(_("budget"), max_digits=16, decimal_places=2)
    record = models.JSONField(default=dict)
    state = StateField(_("state"), record="decision_list", means=("discarded", "drafted", "published", "signed"))
    version = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64, blank=True)
    document = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("list of decisions")
        verbose_name_plural = _("lists of decisions")

    def __str__(self) -> str:
        return self.id

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.call.programme


class Outcome(models.TextChoices):
    FUND = "fund", _("Fund")
    DECLINE = "decline", _("Do not fund")
    DRAW = "draw", _("In the draw")


class Decision(models.Model):
    """What was decided on one proposal, why, and where a person departed from the rule."""

    decision_list = models.ForeignKey(DecisionList, on_delete=models.CASCADE, related_name="decisions")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="decisions")
    position = models.PositiveIntegerField(_("position"))
    by_rule = models.CharField(_("by the rule"), max_length=10, choices=Outcome)
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True)
    chance = models.FloatField(_("chance in the draw"), null=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    override_reason = models.TextField(_("reason for departing from the rule"), blank=True)
    overridden_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["decision_list", "proposal"], name="unique_decision")]
        indexes = [models.Index(fields=["decision_list", "outcome", "amount"], name="decision_by_outcome")]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.outcome}"

    @property
    def reason(self) -> str:
        """The reason in the language of the page."""
        if not (self.reason_zh or self.reason_en):
            return ""
        return LocalText(self.reason_zh, self.reason_en).in_language(page_language())


class Draw(models.Model):
    """The draw of a list: entries, what officer and signatory committed to, and the document that proves the result."""

    decision_list = models.OneToOneField(DecisionList, on_delete=models.CASCADE, related_name="draw")
    frozen = models.JSONField(default=dict)
    frozen_at = models.DateTimeField(null=True)
    commitments = models.JSONField(default=dict)
    parties = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    fallback = models.JSONField(default=dict)
    document = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")

    def __str__(self) -> str:
        return f"{self.decision_list_id}: {self.frozen.get('entries_hash', '')[:12]}"

    @property
    def held(self) -> bool:
        """Whether it is over."""
        return bool(self.document)
