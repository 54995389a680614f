"""Long work: one row per job, read by pages and written by the worker."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.language import page_language
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """A background job with progress; ``kind`` names the function, ``subject`` the record it works on."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("record"), max_length=40, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=JobState, default=JobState.QUEUED)
    stage = models.CharField(_("stage"), max_length=40, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), default=0)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    parameters = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    message_zh = models.TextField(blank=True)
    message_en = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.state}"

    @property
    def message(self) -> str:
        """What a finished job says, in the language of the page."""
        if not (self.message_zh or self.message_en):
            return ""
        return LocalText(self.message_zh, self.message_en).in_language(page_language())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}

    @property
    def percent(self) -> int:
        """Progress of the present stage, 0 to 100."""
        return min(100, round(100 * self.done / self.total)) if self.total else 0
