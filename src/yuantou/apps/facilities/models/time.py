"""Time at instruments: requests, plans, bookings, metered use and its products."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.facilities.models.register import Facility, Instrument, Kept
from yuantou.apps.jobs.models import Job
from yuantou.apps.proposals.models import Proposal
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import StateField


class TimeRequest(Kept):
    """A request for time out of an awarded proposal. ``ways`` are pairs of instrument and configuration code."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="requests")
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="time_request")
    lead = models.ForeignKey(Person, verbose_name=_("lead"), on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    shifts_min = models.PositiveSmallIntegerField(_("fewest shifts"))
    shifts = models.PositiveSmallIntegerField(_("shifts allocated"))
    shifts_max = models.PositiveSmallIntegerField(_("most shifts"))
    window_start = models.DateField(_("not before"), null=True)
    window_end = models.DateField(_("not after"), null=True)
    ways = models.JSONField(default=list)
    needs = models.JSONField(default=list)
    team = models.ManyToManyField(Person, verbose_name=_("team"), blank=True, related_name="+")
    contact = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    partner = models.CharField(_("partner"), max_length=60, blank=True)
    merit = models.FloatField(_("calibrated merit"), default=1.0)
    hazards = models.TextField(_("samples and hazards"), blank=True)
    notes = models.JSONField(default=list)
    state = StateField(
        _("state"),
        record="time_request",
        means=("ready", "safety_check", "technical_check", "to_be_written", "unfeasible", "unsafe", "withdrawn"),
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["facility", "state"], name="request_by_facility")]
        verbose_name = _("request for time")
        verbose_name_plural = _("requests for time")

    def __str__(self) -> str:
        return self.pk


class YearPlan(Kept):
    """A plan of time. ``record`` keeps what explains it, ``prices`` what proves its bound."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="plans")
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField(_("begins"))
    slots = models.PositiveIntegerField(_("slots"))
    slot_hours = models.PositiveSmallIntegerField(_("hours in a slot"), default=8)
    shares = models.JSONField(default=list)
    seed = models.PositiveIntegerField(default=1)
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")
    base_version = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    value = models.FloatField(_("value"), null=True)
    bound = models.FloatField(_("proved bound"), null=True)
    record = models.JSONField(default=dict)
    prices = models.JSONField(default=dict)
    state = StateField(_("state"), record="year_plan", means=("draft", "published"))
    created_at = models.DateTimeField(_("created"))
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("plan of time")
        verbose_name_plural = _("plans of time")

    def __str__(self) -> str:
        return self.title

    @property
    def gap(self) -> float | None:
        """The proved distance from the best possible, as a share of it."""
        if self.value is None or not self.bound:
            return None
        return max(0.0, (self.bound - self.value) / self.bound)

    @property
    def ends_at(self) -> datetime:
        """When the last slot ends."""
        return self.instant(self.slots)

    def instant(self, slot: int) -> datetime:
        """Return when a slot begins; a slot is always so many real hours, whatever clocks do."""
        return self.starts_at + timedelta(hours=slot * self.slot_hours)

    def slot_of(self, moment: datetime) -> float:
        """Return the slot (with its fraction) of an instant."""
        return (moment - self.starts_at).total_seconds() / 3600 / self.slot_hours


class Booking(Kept):
    """A place in a plan; slots count from the plan's beginning."""

    plan = models.ForeignKey(YearPlan, on_delete=models.CASCADE, related_name="bookings")
    request = models.ForeignKey(TimeRequest, on_delete=models.PROTECT, related_name="bookings")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="bookings")
    start = models.IntegerField()
    stop = models.IntegerField()
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    configuration = models.CharField(_("configuration"), max_length=40, blank=True)
    value = models.FloatField(_("value"), default=0)
    note = models.TextField(_("note"), blank=True)
    state = StateField(
        _("state"),
        record="booking",
        means=(
            "announced",
            "cancelled",
            "confirmed",
            "done",
            "live",
            "lost",
            "movable",
            "moved",
            "over",
            "past",
            "planned",
            "running",
        ),
    )

    class Meta:
        ordering = ["starts_at", "instrument"]
        indexes = [models.Index(fields=["instrument", "starts_at"], name="booking_by_time")]
        constraints = [models.CheckConstraint(condition=models.Q(stop__gt=models.F("start")), name="booking_in_order")]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")

    def __str__(self) -> str:
        return self.pk


class UsageEvent(models.Model):
    """What really happened at an instrument. Rows never change: a correction names the row it takes the place of."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="usage")
    booking = models.ForeignKey(Booking, null=True, on_delete=models.PROTECT, related_name="usage")
    request = models.ForeignKey(TimeRequest, null=True, on_delete=models.PROTECT, related_name="usage")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20)
    mode = models.CharField(_("access"), max_length=10, default="onsite")
    external = models.BooleanField(_("outside user"), default=False)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    prepare = models.DecimalField(_("preparing (h)"), max_digits=8, decimal_places=2, default=0)
    measure = models.DecimalField(_("measuring (h)"), max_digits=8, decimal_places=2, default=0)
    post = models.DecimalField(_("after-treatment (h)"), max_digits=8, decimal_places=2, default=0)
    rate = models.CharField(_("rate"), max_length=12, default="full")
    charge = models.DecimalField(_("charge (CNY)"), max_digits=12, decimal_places=2, default=0)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["instrument", "starts_at"], name="usage_by_time")]
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind}"

    @property
    def effective(self) -> Any:
        """Effective hours: preparing, measuring and after-treatment, never power-on time."""
        return self.prepare + self.measure + self.post


class Product(models.Model):
    """A data set or paper that came out of time at an instrument."""

    request = models.ForeignKey(TimeRequest, on_delete=models.PROTECT, related_name="products")
    kind = models.CharField(_("kind"), max_length=10)
    identifier = models.CharField("DOI", max_length=200)
    title = models.CharField(_("title"), max_length=400)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        ordering = ["added_at"]
        constraints = [models.UniqueConstraint(fields=["request", "identifier"], name="unique_product")]
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.identifier
