"""Checks of texts, findings, cases and integrity training."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.files.models import StoredFile
from yuantou.apps.proposals.models import Proposal, ProposalVersion
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful, register_of
from yuantou.engines.workflow import Register
from yuantou.kernel.identifiers import new_id


class Misconduct(models.TextChoices):
    """The classes of article 2 of the rules of 2022."""

    PLAGIARISM = "plagiarism", _("Plagiarism; taking others’ results or proposals")
    FABRICATION = "fabrication", _("Fabricated or falsified process, data or results")
    TRADE = "trade", _("Bought, sold or ghost-written texts; invented reviewers")
    FALSE_CLAIMS = "false_claims", _("False statements; lobbying and favours for approvals")
    ETHICS = "ethics", _("Ethics approval obtained falsely or by fraud")
    AUTHORSHIP = "authorship", _("Authorship without contribution")
    PUBLICATION = "publication", _("Duplicate publication; irrelevant or demanded references")
    OTHER = "other", _("Other misconduct")


class Check(models.Model):
    """One look at the text of a proposal: a draft for its author's eyes alone, or what was submitted."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="integrity_checks")
    edition = models.ForeignKey(ProposalVersion, null=True, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    found = models.JSONField(default=list)
    signals = models.JSONField(default=list)
    related = models.JSONField(default=list)
    compared = models.PositiveIntegerField(_("texts compared with"), default=0)
    method = models.CharField(max_length=40)
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        ordering = ["-checked_at"]
        indexes = [models.Index(fields=["proposal", "edition"], name="check_by_proposal")]
        verbose_name = _("text check")
        verbose_name_plural = _("text checks")

    def __str__(self) -> str:
        return self.pk


class Finding(Stateful):
    """Passages that a submitted text shares with one earlier text. ``version`` guards against two acts at once."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    check_made = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="findings")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="integrity_findings")
    new_text = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    old_text = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(_("relation"), max_length=12)
    size = models.PositiveIntegerField(_("characters"))
    share = models.FloatField(_("share"))
    sections = models.JSONField(default=dict)
    spans = models.JSONField(default=list)
    answer = models.TextField(_("answer"), blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    state = StateField(_("state"), record="finding", means=("answered", "unanswered", "with_author"), db_index=True)
    version = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("answer by"), null=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["-created_at", "-size"]
        constraints = [models.UniqueConstraint(fields=["new_text", "old_text"], name="one_finding_a_pair")]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return self.pk

    @property
    def programme(self) -> Register:
        """The workflow of findings."""
        return register_of("integrity")


class Case(Stateful):
    """A case of possible misconduct. ``reporter`` is nobody's business but the integrity office's."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("class"), max_length=20, choices=Misconduct)
    proposal = models.ForeignKey(Proposal, null=True, on_delete=models.PROTECT, related_name="integrity_cases")
    finding = models.OneToOneField(Finding, null=True, on_delete=models.PROTECT, related_name="case")
    respondent = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    reporter = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    receipt_hash = models.CharField(max_length=64, blank=True)
    allegation = models.TextField(_("what happened"))
    measure = models.CharField(_("measure"), max_length=30, blank=True)
    barred_from = models.DateField(_("from"), null=True)
    barred_until = models.DateField(_("until"), null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    state = StateField(
        _("state"),
        record="case",
        means=(
            "deciding",
            "heard",
            "in_force",
            "investigated",
            "preliminary",
            "received",
            "sanctioned",
            "under_appeal",
            "upheld",
            "with_respondent",
        ),
        db_index=True,
    )
    version = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(_("due"), null=True)
    created_at = models.DateTimeField(_("received"))

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["respondent", "state"], name="case_by_respondent")]
        verbose_name = _("integrity case")
        verbose_name_plural = _("integrity cases")

    def __str__(self) -> str:
        return self.number

    @property
    def programme(self) -> Register:
        """The workflow of cases."""
        return register_of("integrity")


class CaseSeries(models.Model):
    """The last case number of a year; its row is the lock."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Statement(models.Model):
    """What somebody wrote in a case, word for word; the ledger has its hash."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="statements")
    act = models.CharField(_("step"), max_length=30)
    text = models.TextField(_("text"))
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"))
    text_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")

    def __str__(self) -> str:
        return f"{self.act} {self.case_id}"


class CaseFile(models.Model):
    """Evidence, sealed: its hash is in the ledger from the moment it was handed in, and it is never replaced."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["at"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return self.pk


class Seat(models.Model):
    """A member of the committee of a case, and the opinion given."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    misconduct = models.BooleanField(_("misconduct"), null=True)
    opinion = models.TextField(_("opinion"), blank=True)
    given_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="one_seat_in_a_case")]
        verbose_name = _("seat in a committee")
        verbose_name_plural = _("seats in committees")

    def __str__(self) -> str:
        return f"{self.case_id}: {self.user_id}"


class Course(models.Model):
    """Integrity training; whoever acts in a role that requires it must have a record that is still valid."""

    id = models.SlugField(primary_key=True, max_length=40)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    required_of = models.JSONField(_("required of"), default=list)
    valid_months = models.PositiveSmallIntegerField(_("valid for months"), default=36)
    address = models.URLField(_("where it is given"), blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("training")
        verbose_name_plural = _("trainings")

    def __str__(self) -> str:
        return self.id


class TrainingRecord(models.Model):
    """That a person completed a training, who recorded it, and until when it holds."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="trainings")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="records")
    completed_on = models.DateField(_("completed"))
    valid_until = models.DateField(_("valid until"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-completed_on"]
        constraints = [models.UniqueConstraint(fields=["person", "course", "completed_on"], name="one_record_a_day")]
        verbose_name = _("training record")
        verbose_name_plural = _("training records")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.course_id}"
