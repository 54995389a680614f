"""Proposals, their versions, members, attachments and receipts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.calls.models import Call
from yuantou.apps.files.models import StoredFile
from yuantou.apps.language import page_language
from yuantou.apps.registry.models import Discipline, Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class Proposal(Stateful):
    """A proposal. ``answers`` is the form as last saved; title, discipline and amount are copied out for lists."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="proposals")
    number = models.CharField(_("number"), max_length=30, null=True, blank=True, unique=True)
    applicant = models.ForeignKey(Person, verbose_name=_("applicant"), on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("institution"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    discipline = models.ForeignKey(
        Discipline, verbose_name=_("discipline"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    title_zh = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    requested = models.DecimalField(_("amount requested"), max_digits=14, decimal_places=2, null=True)
    state = StateField(
        _("state"),
        record="proposal",
        means=(
            "admitted",
            "awarded",
            "checked",
            "declined",
            "draft",
            "editable",
            "handed_in",
            "judged",
            "live",
            "not_admitted",
            "returned",
            "under_review",
            "with_institution",
            "withdrawn",
        ),
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("created"))
    saved_at = models.DateTimeField(_("saved"))
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    # Last, because SQLite reads a row from its start: lists then never walk through pages of text.
    answers = models.JSONField(default=dict)

    class Meta:
        ordering = ["number", "created_at"]
        indexes = [
            models.Index(fields=["call", "state", "number"], name="proposal_by_call"),
            models.Index(fields=["call", "discipline"], name="proposal_by_discipline"),
            # All that a search by words reads, so that it never touches the long rows themselves.
            models.Index(fields=["call", "state", "title_zh", "title_en", "number", "id"], name="proposal_by_words"),
            models.Index(fields=["call", "applicant", "state"], name="proposal_by_applicant"),
            models.Index(fields=["organisation", "state", "number"], name="proposal_by_institution"),
        ]
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")

    def __str__(self) -> str:
        return self.number or self.pk  # never the title: logs and the operators' site print this

    @property
    def title(self) -> str:
        """The title in the language of the page."""
        if not (self.title_zh or self.title_en):
            return str(_("Untitled proposal"))
        return LocalText(self.title_zh, self.title_en).in_language(page_language())

    @property
    def programme(self) -> ProgrammeType:
        """The programme type of its call."""
        return self.call.programme


class NumberSeries(models.Model):
    """The last number given in a series such as ``2026-FE``; its row is the lock that keeps numbers unique."""

    prefix = models.CharField(primary_key=True, max_length=20)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last:06d}"


class Remark(models.Model):
    """The reason given for an act on a proposal. The ledger keeps its hash, this row the words."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="remarks")
    act = models.CharField(_("act"), max_length=60)
    text = models.TextField(_("reason"))
    ledger_index = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["at"]
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")

    def __str__(self) -> str:
        return f"{self.act} {self.proposal_id}"


class ProposalVersion(models.Model):
    """What was submitted, kept for ever: the answers, their hash, and the ledger entry that proves the time."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    sealed = models.JSONField(_("what the hash covers beside the answers"), default=dict)
    content_hash = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ledger_index = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="unique_proposal_version")]
        indexes = [models.Index(fields=["proposal", "content_hash"], name="version_by_seal")]

    def __str__(self) -> str:
        return f"{self.proposal_id} v{self.number}"


class MemberState(models.TextChoices):
    INVITED = "invited", _("Invited")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Declined")


class Member(models.Model):
    """A co-applicant or participant; takes part only after confirming."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="members")
    email = models.EmailField(_("e-mail"))
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("task in the project"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MemberState, default=MemberState.INVITED)
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["invited_at"]
        constraints = [models.UniqueConstraint(fields=["proposal", "email"], name="unique_member")]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")

    def __str__(self) -> str:
        return self.person.name if self.person else self.email


class StatementState(models.TextChoices):
    ASKED = "asked", _("Asked")
    SIGNED = "signed", _("Signed")
    REFUSED = "refused", _("Declined")


class Statement(models.Model):
    """What somebody else is asked to write and sign in a proposal; bound by hash to what that person read."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="statements")
    field = models.CharField(_("field"), max_length=60)
    email = models.EmailField(_("e-mail"))
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=StatementState, default=StatementState.ASKED)
    text = models.TextField(_("statement"), blank=True)
    signed_as = models.CharField(_("signed as"), max_length=400, blank=True)
    seen_hash = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(fields=["proposal", "field"], name="one_statement_for_a_field")]
        verbose_name = _("signed statement")
        verbose_name_plural = _("signed statements")

    def __str__(self) -> str:
        return self.pk


class Attachment(models.Model):
    """A file that belongs to a proposal."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at"]

    def __str__(self) -> str:
        return self.name
