"""Experts, matching runs, conflicts, assignments and reviews."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.files.models import StoredFile
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Discipline, Person
from yuantou.apps.workflow.facade import StateField, Stateful, tagged
from yuantou.engines.workflow import ProgrammeType, ReviewPhase
from yuantou.kernel.identifiers import new_id


class Expert(models.Model):
    """A person in the pool of reviewers."""

    id = models.CharField(primary_key=True, max_length=20, default=new_id)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="expert")
    topics = models.JSONField(_("topics"), default=list, blank=True)
    disciplines = models.ManyToManyField(Discipline, blank=True, related_name="+")
    languages = models.JSONField(_("languages"), default=list, blank=True)
    max_load = models.PositiveSmallIntegerField(_("reviews at most"), null=True, blank=True)
    user_side = models.BooleanField(_("speaks for users"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("expert")
        verbose_name_plural = _("experts")

    def __str__(self) -> str:
        return self.person.name


class MatchRun(models.Model):
    """One run of matching: parameters, record and certificate; candidates and chosen pairs lie in Parquet files."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="match_runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    parameters = models.JSONField(default=dict)
    record = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    candidates = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    pairs = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("matching run")
        verbose_name_plural = _("matching runs")

    def __str__(self) -> str:
        return self.id


class ConflictStatus(models.TextChoices):
    POTENTIAL = "potential", _("Potential")
    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSED = "dismissed", _("Dismissed")


STANDING = ~models.Q(status=ConflictStatus.DISMISSED)
"""Conflicts that nobody dismissed."""


class Conflict(models.Model):
    """A conflict of interest between an expert and a proposal, with evidence; only a dismissed one allows a review."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="conflicts")
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="conflicts")
    kind = models.CharField(_("kind"), max_length=30)
    evidence = models.TextField(_("evidence"), blank=True)
    source = models.CharField(_("source"), max_length=12, default="computed")
    status = models.CharField(_("status"), max_length=10, choices=ConflictStatus, default=ConflictStatus.POTENTIAL)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "expert", "kind"], name="unique_conflict")]
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")

    def __str__(self) -> str:
        return f"{self.kind} {self.expert_id} {self.proposal_id}"


class Decline(models.TextChoices):
    BUSY = "busy", _("No time before the due date")
    FIELD = "field", _("Outside my field")
    CONFLICT = "conflict", _("Conflict of interest")
    AWAY = "away", _("Away or on leave")
    OTHER = "other", _("Another reason")


class Assignment(Stateful):
    """An expert asked to review a proposal. Its random id is the pseudonym; it reveals neither order nor person."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="assignments")
    run = models.ForeignKey(MatchRun, null=True, on_delete=models.PROTECT, related_name="assignments")
    phase = models.CharField(_("phase of review"), max_length=30, blank=True, default="")
    role = models.CharField(_("role"), max_length=30, default="reviewer")
    source = models.CharField(_("source"), max_length=10, default="engine")
    locked = models.BooleanField(_("locked"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    decline = models.CharField(_("why declined"), max_length=12, choices=Decline, blank=True)
    familiarity = models.PositiveSmallIntegerField(_("familiarity with the topic"), null=True)
    affinity = models.FloatField(_("affinity"), null=True)
    explanation = models.JSONField(default=dict)
    state = StateField(
        _("state"),
        record="assignment",
        means=("active", "asked", "cancelled", "finished", "live", "planned", "refused", "unfinished", "working"),
    )
    version = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("due"), null=True)
    invited_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "expert", "phase"],
                condition=~models.Q(state__in=tagged("assignment", "cancelled", "refused")),
                name="one_live_assignment_per_pair",
            )
        ]
        indexes = [
            models.Index(fields=["expert", "state"], name="assignment_by_expert"),
            models.Index(fields=["proposal", "state"], name="assignment_by_proposal"),
            models.Index(fields=["call", "due_at", "id", "state"], name="assignment_by_due"),
            models.Index(fields=["call", "state", "due_at", "id"], name="assignment_by_state"),
        ]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self) -> str:
        return f"{self.expert_id} → {self.proposal_id}"

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.proposal.call.programme

    @property
    def stage(self) -> ReviewPhase:
        """The phase of review that it belongs to, as the type has it."""
        return self.programme.phase(self.phase)


class Nomination(models.Model):
    """An expert whom one of several agencies named for a call: counted where a type asks for reviewers of each."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="nominations")
    pot = models.CharField(_("agency"), max_length=30)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "expert"], name="named_by_one_agency")]
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")

    def __str__(self) -> str:
        return f"{self.pot}: {self.expert_id}"


class Coverage(models.Model):
    """How well a proposal is covered: a summary of its assignments, for lists of any length."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, primary_key=True, related_name="coverage")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+", db_index=False)
    reviewers = models.PositiveSmallIntegerField(_("reviewers"), default=0)
    finished = models.PositiveSmallIntegerField(_("reviews in"), default=0)
    weakest = models.FloatField(_("weakest affinity"), default=-1.0)

    class Meta:
        indexes = [
            models.Index(fields=["call", "weakest", "proposal"], name="coverage_by_affinity"),
            models.Index(fields=["call", "reviewers", "proposal"], name="coverage_by_reviewers"),
        ]
        verbose_name = _("coverage")
        verbose_name_plural = _("coverage")

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.reviewers}"


class Load(models.Model):
    """How many proposals of a call an expert has: a summary of the assignments."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+", db_index=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="loads")
    live = models.PositiveSmallIntegerField(_("proposals"), default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "expert"], name="one_load_per_call")]
        indexes = [models.Index(fields=["call", "live"], name="load_by_number")]
        verbose_name = _("load")
        verbose_name_plural = _("loads")

    def __str__(self) -> str:
        return f"{self.expert_id}: {self.live}"


class Review(models.Model):
    """A review: draft as last saved, final once its assignment is submitted. Every save raises ``version``."""

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="review", primary_key=True)
    scores = models.JSONField(_("scores"), default=dict)
    comments = models.TextField(_("comments to the applicant"), blank=True)
    confidential = models.TextField(_("confidential remarks to the agency"), blank=True)
    familiarity = models.PositiveSmallIntegerField(_("familiarity with the topic"), null=True)
    overall = models.FloatField(_("weighted score"), null=True)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")

    def __str__(self) -> str:
        return self.assignment_id

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.assignment.programme

    @property
    def state(self) -> str:
        """The state of its assignment; ``released`` to the applicant is decided by the proposal."""
        return self.assignment.state


class ReviewVersion(models.Model):
    """What a review said when it was submitted; kept for ever."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="unique_review_version")]

    def __str__(self) -> str:
        return f"{self.review_id} v{self.number}"
