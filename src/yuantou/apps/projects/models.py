"""Projects and what falls due in them. What a project must do stands in its programme type; here is what it did."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.calls.models import Call
from yuantou.apps.proposals.models import Member, Proposal
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import ProgrammeType
from yuantou.engines.workflow.project_plan import Change as ChangePlan
from yuantou.engines.workflow.project_plan import Evaluation
from yuantou.engines.workflow.project_plan import Gate as GatePlan
from yuantou.engines.workflow.project_plan import Instalment as InstalmentPlan
from yuantou.engines.workflow.project_plan import Report as ReportPlan
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.identifiers import new_id


class Project(Stateful):
    """An award while it is carried out. ``plan`` is the agreement (任务书), ``tried`` the dossier of what was tried."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="project")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="projects")
    holder = models.ForeignKey(Person, verbose_name=_("project lead"), on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("institution"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    months = models.PositiveSmallIntegerField(_("months"))
    state = StateField(
        _("state"),
        record="project",
        means=(
            "at_gate",
            "closing",
            "contracting",
            "diligent",
            "ended",
            "running",
            "with_agency",
            "with_institution",
            "working",
        ),
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("awarded"))
    starts_at = models.DateTimeField(_("start"), null=True)
    ends_at = models.DateTimeField(_("end"), null=True)
    due_at = models.DateTimeField(_("next due"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    plan_hash = models.CharField(max_length=64, blank=True)
    plan = models.JSONField(_("agreement"), default=dict)
    tried = models.TextField(_("what was tried"), blank=True)
    outcome = models.TextField(_("outcome for the public"), blank=True)
    diligence = models.JSONField(default=list)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["call", "state", "due_at"], name="project_by_call"),
            models.Index(fields=["state", "due_at"], name="project_by_due"),
            models.Index(fields=["organisation", "state"], name="project_by_institution"),
            models.Index(fields=["holder", "state"], name="project_by_holder"),
        ]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.proposal.number or self.pk  # never the title: logs and the operators' site print this

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.call.programme


class Step(Stateful):
    """What belongs to a project and has a small life of its own; ``plan_id`` is its id in the programme type."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of the project."""
        of: Any = self
        programme: ProgrammeType = of.project.programme
        return programme


class Report(Step):
    """A report that falls due."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports")
    plan_id = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(_("due"))
    state = StateField(_("state"), record="report", means=("accepted", "due", "handed_in", "returned", "writable"))
    submitted_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    reminded = models.CharField(_("reminder sent"), max_length=4, blank=True)
    remark = models.TextField(_("what is lacking"), blank=True)
    text = models.TextField(_("report"), blank=True)

    class Meta:
        ordering = ["due_at", "number"]
        constraints = [models.UniqueConstraint(fields=["project", "plan_id", "number"], name="unique_report")]
        verbose_name = _("report")
        verbose_name_plural = _("reports")

    def __str__(self) -> str:
        return f"{self.project_id} {self.plan_id} {self.number}"

    @property
    def plan(self) -> ReportPlan:
        """What the type says of it."""
        return self.programme.project.report(self.plan_id)


class Gate(Step):
    """A stage gate: tests registered beforehand under their hash, results, and how it was judged."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="gates")
    plan_id = models.CharField(max_length=40)
    due_at = models.DateTimeField(_("due"))
    state = StateField(_("state"), record="gate", means=("ahead", "answered", "judged", "planned", "registered"))
    tests = models.TextField(_("tests and what passes"), blank=True)
    tests_hash = models.CharField(max_length=64, blank=True)
    registered_at = models.DateTimeField(null=True)
    results = models.TextField(_("results of the tests"), blank=True)
    results_hash = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    judged_at = models.DateTimeField(null=True)
    reminded = models.CharField(_("reminder sent"), max_length=4, blank=True)

    class Meta:
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["project", "plan_id"], name="unique_gate")]
        verbose_name = _("gate")
        verbose_name_plural = _("gates")

    def __str__(self) -> str:
        return f"{self.project_id} {self.plan_id}"

    @property
    def plan(self) -> GatePlan:
        """What the type says of it."""
        return self.programme.project.gate(self.plan_id)


class Verdict(Step):
    """The opinion of one expert without conflicts, on a gate or (``gate`` empty) on the whole at closure."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="verdicts")
    gate = models.ForeignKey(Gate, null=True, on_delete=models.CASCADE, related_name="verdicts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = StateField(_("state"), record="verdict", means=("asked", "given", "refused"))
    due_at = models.DateTimeField(_("due"))
    marks = models.JSONField(default=dict)
    opinion = models.TextField(_("opinion"), blank=True)
    given_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["gate", "person"], name="unique_opinion_on_gate"),
            models.UniqueConstraint(
                fields=["project", "person"], condition=models.Q(gate=None), name="unique_opinion_on_closure"
            ),
        ]
        indexes = [models.Index(fields=["person", "state"], name="verdict_by_person")]
        verbose_name = _("opinion")
        verbose_name_plural = _("opinions")

    def __str__(self) -> str:
        return self.pk

    @property
    def plan(self) -> GatePlan | Evaluation:
        """What the type says of what it is about."""
        return self.gate.plan if self.gate else self.programme.project.evaluation


class Change(Step):
    """A change asked for: by rule where the type allows, else decided by the officer."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="changes")
    plan_id = models.CharField(max_length=40)
    state = StateField(_("state"), record="change", means=("approved", "asked"))
    values = models.JSONField(default=dict)
    reason = models.TextField(_("reason"))
    answer = models.TextField(_("answer"), blank=True)
    asked_at = models.DateTimeField(_("asked"))
    decided_at = models.DateTimeField(null=True)
    by_rule = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.project_id} {self.plan_id}"

    @property
    def plan(self) -> ChangePlan:
        """What the type says of it."""
        return next(change for change in self.programme.project.changes if change.id == self.plan_id)


class Instalment(Step):
    """A part of the award with its condition; whether it was paid is recorded, never caused, here."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="instalments")
    plan_id = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    state = StateField(_("state"), record="instalment", means=("planned", "released"))
    paid_on = models.DateField(_("paid on"), null=True)
    reference = models.CharField(_("reference of the payment"), max_length=100, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["project", "plan_id"], name="unique_instalment")]
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")

    def __str__(self) -> str:
        return f"{self.project_id} {self.plan_id}"

    @property
    def plan(self) -> InstalmentPlan:
        """What the type says of it."""
        return next(one for one in self.programme.project.instalments if one.id == self.plan_id)


class Part(models.Model):
    """A share of the award: a partner with work package, budget and consent, or what one of two agencies pays."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("partner"), max_length=300)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    task = models.TextField(_("work package"), blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    agreed_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["project", "position"], name="unique_part")]
        verbose_name = _("part of the award")
        verbose_name_plural = _("parts of the award")

    def __str__(self) -> str:
        return f"{self.project_id} {self.position}"

    @property
    def seal(self) -> str:
        """The hash of what a partner consents to."""
        return content_hash({"part": self.pk, "task": self.task, "amount": f"{self.amount:.2f}"})
