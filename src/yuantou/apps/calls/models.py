"""Calls for proposals."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.language import page_language
from yuantou.apps.registry.models import Discipline, Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class CallQuerySet(models.QuerySet["Call"]):
    """Reads of calls."""

    def visible_to(self, user: object) -> "CallQuerySet":
        """Published calls for everybody; drafts only for officers of the agency."""
        announced = Notice.objects.filter(call=models.OuterRef("pk"))
        public = models.Q(state__means="public")
        public |= models.Q(state__means="cancelled") & models.Q(models.Exists(announced))
        if isinstance(user, User):
            own = user.grants.filter(role__in=["officer", "signatory"]).values("organisation")
            return self.filter(public | models.Q(agency__in=own))
        return self.filter(public)

    def open_at(self, now: datetime) -> "CallQuerySet":
        """Calls that take submissions at an instant (the grace period not counted)."""
        return self.filter(state__means="announced", opens_at__lte=now, closes_at__gt=now)


class Call(Stateful):
    """A call: a programme type with a guide, a window, a budget and an agency."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    programme_type = models.ForeignKey(ProgrammeTypeVersion, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Organisation, verbose_name=_("agency"), on_delete=models.PROTECT, related_name="+")
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    guide_zh = models.TextField(_("guide (Chinese)"), blank=True)
    guide_en = models.TextField(_("guide (English)"), blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    grace_minutes = models.PositiveSmallIntegerField(_("grace period (minutes)"), default=5)
    budget = models.DecimalField(_("budget"), max_digits=16, decimal_places=2, null=True, blank=True)
    reviews_wanted = models.PositiveSmallIntegerField(_("reviews per proposal"), default=3)
    max_load = models.PositiveSmallIntegerField(_("proposals per reviewer at most"), default=6)
    disciplines = models.ManyToManyField(Discipline, verbose_name=_("disciplines"), blank=True, related_name="+")
    phase = models.CharField(_("phase of review"), max_length=30, blank=True, default="")
    comments_out = models.BooleanField(_("comments are with the applicants"), default=False)
    terms = models.JSONField(_("frozen terms"), default=dict, blank=True)
    state = StateField(
        _("state"),
        record="call",
        means=("announced", "cancelled", "decided", "deciding", "preparing", "public", "received", "reviewing"),
        db_index=True,
    )
    version = models.PositiveIntegerField(default=0)
    demonstration = models.BooleanField(_("demonstration (fictional)"), default=False)
    created_at = models.DateTimeField(_("created"))

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=True)
                | models.Q(closes_at__isnull=True)
                | models.Q(closes_at__gt=models.F("opens_at")),
                name="call_closes_after_it_opens",
            )
        ]
        verbose_name = _("call")
        verbose_name_plural = _("calls")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the language of the page."""
        if not (self.title_zh or self.title_en):
            return str(_("Untitled call"))
        return LocalText(self.title_zh, self.title_en).in_language(page_language())

    @property
    def guide(self) -> str:
        """The guide in the language of the page."""
        if not (self.guide_zh or self.guide_en):
            return ""
        return LocalText(self.guide_zh, self.guide_en).in_language(page_language())

    @property
    def programme(self) -> ProgrammeType:
        """The programme type, in the version the call was made with."""
        return self.programme_type.programme

    @property
    def last_instant(self) -> datetime | None:
        """When the server stops taking submissions: closing time and the printed grace period."""
        return self.closes_at + timedelta(minutes=self.grace_minutes) if self.closes_at else None


class NoticeKind(models.TextChoices):
    EXTENDED = "extended", _("Deadline extended")
    CANCELLED = "cancelled", _("Call cancelled")


class Notice(models.Model):
    """A public notice on a call: what changed after publication, why, and the ledger entry that proves when."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind)
    reason_zh = models.TextField(_("reason (Chinese)"), blank=True)
    reason_en = models.TextField(_("reason (English)"), blank=True)
    closed_before = models.DateTimeField(null=True)
    closes_now = models.DateTimeField(null=True)
    at = models.DateTimeField(_("time"))
    ledger_index = models.PositiveBigIntegerField(unique=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return f"{self.kind} {self.call_id}"

    @property
    def reason(self) -> str:
        """The reason in the language of the page."""
        return LocalText(self.reason_zh, self.reason_en).in_language(page_language())


class Appointment(models.Model):
    """Somebody who has a role of the programme type on a whole call: poser, co-judge, safety officer."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(_("role"), max_length=30)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["role", "at"]
        constraints = [models.UniqueConstraint(fields=["call", "role", "person"], name="unique_appointment")]
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")

    def __str__(self) -> str:
        return f"{self.role} {self.call_id}"
