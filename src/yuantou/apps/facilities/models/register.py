"""Facilities and instruments: what there is, from concept to retirement."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.facilities.book import rulebook
from yuantou.apps.registry.models import Bilingual, Discipline, Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful
from yuantou.engines.workflow import Register
from yuantou.kernel.identifiers import new_id


class Kept(Stateful):
    """A record with a life of its own under the workflow of facilities."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def programme(self) -> Register:
        """The workflow of facilities: what a programme type is to a proposal."""
        return rulebook()


class Facility(Bilingual, Kept):
    """A facility from concept to retirement; ``kind`` is a class of the vocabulary, ``stages`` when each began."""

    organisation = models.ForeignKey(Organisation, verbose_name=_("institution"), on_delete=models.PROTECT)
    kind = models.CharField(_("class"), max_length=40)
    discipline = models.ForeignKey(Discipline, verbose_name=_("field"), null=True, blank=True, on_delete=models.PROTECT)
    place = models.CharField(_("place"), max_length=200, blank=True)
    value = models.DecimalField(_("original value (CNY)"), max_digits=16, decimal_places=2, default=0)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    state = StateField(_("stage"), record="facility", means=("built", "coming"))
    stages = models.JSONField(default=list)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["name_zh", "name_en"]
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """Who does what at a facility: manager, instrument scientist, safety officer."""

    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="facility_posts")
    role = models.CharField(_("role"), max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "user", "role"], name="one_post_each")]
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        return f"{self.facility_id}: {self.user_id} {self.role}"


class Technique(models.Model):
    """A technique of PaNET or another vocabulary, imported from its file."""

    code = models.CharField(primary_key=True, max_length=60)
    label = models.CharField(_("label"), max_length=200)
    label_zh = models.CharField(_("Chinese label"), max_length=200, blank=True)
    parents = models.JSONField(default=list)

    class Meta:
        ordering = ["label"]
        verbose_name = _("technique")
        verbose_name_plural = _("techniques")

    def __str__(self) -> str:
        return self.label


class Instrument(Bilingual, Kept):
    """An instrument; ``pidinst`` is its PIDINST 1.0 record, rates are per effective hour."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="instruments")
    code = models.SlugField(_("code"), max_length=40)
    pid = models.CharField(_("persistent identifier"), max_length=200, blank=True, db_index=True)
    pidinst = models.JSONField(default=dict)
    model = models.CharField(_("model"), max_length=200, blank=True)
    manufacturers = models.JSONField(default=list)
    origin = models.CharField(_("origin"), max_length=20, default="imported")
    value = models.DecimalField(_("original value (CNY)"), max_digits=16, decimal_places=2, default=0)
    acquired_on = models.DateField(_("acquired on"), null=True, blank=True)
    source = models.CharField(_("paid from"), max_length=200, blank=True)
    must_open = models.BooleanField(_("open to others by rule"), default=True)
    is_open = models.BooleanField(_("open to others"), default=True)
    quota_hours = models.PositiveIntegerField(_("hours a year by the rule"), default=1400)
    rate_full = models.DecimalField(_("full rate an hour (CNY)"), max_digits=10, decimal_places=2, default=0)
    rate_subsidised = models.DecimalField(
        _("subsidised rate an hour (CNY)"), max_digits=10, decimal_places=2, default=0
    )
    techniques = models.ManyToManyField(Technique, verbose_name=_("techniques"), blank=True, related_name="instruments")
    contact = models.ForeignKey(
        Person, verbose_name=_("local contact"), null=True, blank=True, on_delete=models.PROTECT
    )
    state = StateField(_("stage"), record="instrument", means=("ordered", "planned", "working"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["facility", "code"]
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="unique_instrument_code")]
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")

    def __str__(self) -> str:
        return self.name


class Configuration(models.Model):
    """A way an instrument is set up; ``setups`` holds the slots to change to others, by code."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="configurations")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    setups = models.JSONField(default=dict)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["instrument", "code"], name="unique_configuration")]
        verbose_name = _("configuration")
        verbose_name_plural = _("configurations")

    def __str__(self) -> str:
        return self.name


class Equipment(models.Model):
    """What instruments of a facility share: how many experiments may hold it at once."""

    facility = models.ForeignKey(Facility, on_delete=models.CASCADE, related_name="equipment")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    capacity = models.PositiveSmallIntegerField(_("pieces"), default=1)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="unique_equipment")]
        verbose_name = _("shared equipment")
        verbose_name_plural = _("shared equipment")

    def __str__(self) -> str:
        return self.name


class Closure(models.Model):
    """When an instrument is not open to users, and why."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="closures")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    kind = models.CharField(_("kind"), max_length=20)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="closure_in_order")
        ]
        verbose_name = _("closure")
        verbose_name_plural = _("closures")

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind}"
