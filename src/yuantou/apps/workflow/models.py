"""Programme types as published, and the outbox of letters."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from yuantou.apps.workflow.states import StateField, Stateful, learn
from yuantou.engines.workflow import Machine, ProgrammeType, load_programme_type
from yuantou.engines.workflow.editing import DRAFT
from yuantou.kernel.identifiers import new_id


class ProgrammeTypeVersion(models.Model):
    """One published version of a programme type; calls and proposals keep the version they began under."""

    type_id = models.SlugField(_("programme type"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    source = models.TextField(_("source (TOML)"))
    parents = models.JSONField(default=dict)
    source_hash = models.CharField(max_length=64)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    retired = models.BooleanField(_("retired"), default=False)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type_id", "version"], name="unique_type_version")]
        ordering = ["type_id", "-version"]
        verbose_name = _("programme type")
        verbose_name_plural = _("programme types")

    def __str__(self) -> str:
        return f"{self.type_id} v{self.version}"

    @classmethod
    def learn_all(cls) -> None:
        """Read every published version once, so that the states of each are known to this process."""
        for row in cls._default_manager.order_by("pk"):
            learn(row.programme)

    @cached_property
    def programme(self) -> ProgrammeType:
        """Return the type as data (read once per process; a published version never changes)."""
        programme = load_programme_type(
            self.source, name=self.source_hash[:12], parents=self.parents, judge=False, earlier=earlier_kind()
        )
        learn(programme)
        return programme


@cache
def earlier_kind() -> str:
    """Return what shipped types say of facts, letters and states, for types of before they said so."""
    folder = files("yuantou") / "programme_types"
    standard = tomllib.loads((folder / "_standard.toml").read_text("utf-8"))
    goes = "\n".join(f"{key} = {letter['to']}" for key, letter in standard["letter"].items())
    events = "\n".join(f'{key} = "{letter["on"]}"' for key, letter in standard["letter"].items() if "on" in letter)
    means = "\n".join(
        f"{record}.{state['id']} = {state.get('is', [])}"
        for record, machine in standard["machine"].items()
        for state in machine["state"]
    )
    facts = (folder / "_facts.toml").read_text("utf-8")
    return f"{facts}\n[letter_to]\n{goes}\n[letter_on]\n{events}\n[state_is]\n{means}\n"


@dataclass(frozen=True, slots=True)
class _Editing:
    """The workflow of drafts of programme types: the same for all, whatever they say."""

    def machine(self, record: str) -> Machine:
        """Return the one machine there is."""
        return DRAFT


class TypeDraft(Stateful):
    """A new version of a programme type while it is written; published with the approval of a second person."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    base = models.ForeignKey(ProgrammeTypeVersion, on_delete=models.PROTECT, related_name="drafts")
    source = models.TextField(_("source (TOML)"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    remark = models.TextField(_("reason for the return"), blank=True)
    published = models.OneToOneField(
        ProgrammeTypeVersion, null=True, on_delete=models.PROTECT, related_name="draft", editable=False
    )
    state = StateField(_("state"), record="type_draft", means=("draft", "proposed", "published"), db_index=True)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("created"))
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        ordering = ["-saved_at"]
        verbose_name = _("draft of a kind of call")
        verbose_name_plural = _("drafts of kinds of call")

    def __str__(self) -> str:
        return f"{self.base.type_id} ← {self.base.version}"

    @property
    def programme(self) -> _Editing:
        """The workflow of the draft itself."""
        return _Editing()


class LetterState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("On its way")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    DROPPED = "dropped", _("Dropped: what it told was undone")


class Letter(models.Model):
    """A letter in the outbox. ``idempotency_key`` makes each letter leave exactly once.

    ``cause`` is the ledger entry of the change it tells; while that may be undone, the letter waits.
    """

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    idempotency_key = models.CharField(max_length=120, unique=True)
    template = models.CharField(_("letter"), max_length=60)
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=40, db_index=True)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=8, choices=LetterState, default=LetterState.QUEUED, db_index=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"))
    cause = models.PositiveBigIntegerField(_("ledger entry of what it tells"), null=True, db_index=True)
    waits_until = models.DateTimeField(_("does not leave before"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")

    def __str__(self) -> str:
        return f"{self.template} → {self.address}"


class UndoWindow(models.Model):
    """The time in which the person who changed a state may undo it; ``cause`` is the ledger entry of the change."""

    cause = models.PositiveBigIntegerField(primary_key=True)
    record = models.CharField(max_length=60)
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField(_("version of the record after the change"))
    machine = models.CharField(max_length=30)
    way_back = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField(_("until"))

    class Meta:
        indexes = [models.Index(fields=["key", "user"], name="undo_by_record")]
        verbose_name = _("time for undoing")
        verbose_name_plural = _("times for undoing")

    def __str__(self) -> str:
        return f"{self.way_back} {self.key}"


class Effect(models.Model):
    """A form that had an effect: who sent what where, as a hash, and where it led."""

    mark = models.CharField(primary_key=True, max_length=64)
    location = models.TextField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.mark[:12]
