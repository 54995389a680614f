"""Around the register: substitutes for imported instruments, purchases, reports of indicators, calendar feeds."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.facilities.models.register import Facility, Instrument, Kept, Technique
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import StateField
from yuantou.kernel.identifiers import new_id


class Substitute(Kept):
    """A domestic candidate that might take the place of an instrument; ``other`` if it stands in the register."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="substitutes")
    other = models.ForeignKey(Instrument, null=True, blank=True, on_delete=models.PROTECT, related_name="stands_for")
    name = models.CharField(_("name and model"), max_length=200)
    maker = models.CharField(_("maker"), max_length=200)
    price = models.DecimalField(_("price (CNY)"), max_digits=16, decimal_places=2, default=0)
    state = StateField(_("state"), record="substitute", means=("testing",))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("substitute")
        verbose_name_plural = _("substitutes")

    def __str__(self) -> str:
        return self.name


class UseReport(Kept):
    """What a substitute did in real use; ``measured`` compares quantity by quantity with a tolerance."""

    substitute = models.ForeignKey(Substitute, on_delete=models.CASCADE, related_name="reports")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hours = models.DecimalField(_("hours in use"), max_digits=8, decimal_places=1)
    task = models.TextField(_("what it was used for"))
    measured = models.JSONField(default=list)
    state = StateField(_("state"), record="use_report", means=("verified",))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("report of use")
        verbose_name_plural = _("reports of use")

    def __str__(self) -> str:
        return self.pk

    @property
    def within(self) -> bool:
        """Tell whether every quantity lies within its tolerance."""
        return bool(self.measured) and all(row["within"] for row in self.measured)


class Purchase(Kept):
    """An instrument somebody wants to buy, checked against what there is and how much it is used."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="purchases")
    name = models.CharField(_("instrument"), max_length=200)
    technique = models.ForeignKey(Technique, verbose_name=_("technique"), on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(_("price (CNY)"), max_digits=16, decimal_places=2)
    ground = models.CharField(_("ground"), max_length=20)
    text = models.TextField(_("why it is needed"))
    found = models.JSONField(default=dict)
    state = StateField(_("state"), record="purchase", means=("supported",))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")

    def __str__(self) -> str:
        return self.name


class IndicatorReport(models.Model):
    """Figures as they were reported: from which events (recorded until ``cutoff``), under which edition and weights."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="reports")
    pack = models.CharField(_("indicators"), max_length=60)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("until"))
    cutoff = models.DateTimeField(_("events recorded until"))
    source = models.TextField(_("definitions as they were"))
    figures = models.JSONField(default=dict)
    events_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("report of indicators")
        verbose_name_plural = _("reports of indicators")

    def __str__(self) -> str:
        return f"{self.facility_id} {self.pack}"


def new_secret() -> str:
    """Return an address part that nobody guesses."""
    return secrets.token_urlsafe(24)


class Feed(models.Model):
    """The secret address under which calendar programs read somebody's bookings; a new one makes the old one void."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    secret = models.CharField(max_length=60, unique=True, default=new_secret)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.user_id)
