"""Rounds of evaluation by representative works."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.language import page_language
from yuantou.apps.registry.models import Organisation, Person
from yuantou.apps.workflow.facade import StateField, Stateful, register_of
from yuantou.engines.workflow import Register
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class Recorded(Stateful):
    """A record of the register of evaluation."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def programme(self) -> Register:
        """The workflow of evaluation: the same for all rounds."""
        return register_of("evaluation")


class Round(Recorded):
    """One round: a category, a cycle of years, dates, and how its assessors read."""

    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organised by"), on_delete=models.PROTECT, related_name="+"
    )
    title_zh = models.CharField(_("title (Chinese)"), max_length=200)
    title_en = models.CharField(_("title (English)"), max_length=200)
    category = models.CharField(_("category"), max_length=20)
    cycle = models.PositiveSmallIntegerField(_("cycle in years"))
    closes_at = models.DateTimeField(_("hand in before"))
    due_at = models.DateTimeField(_("assessments due"))
    judges = models.PositiveSmallIntegerField(_("assessors for each portfolio"), default=3)
    hide_venues = models.BooleanField(_("hide names of journals from assessors"), default=True)
    wording_trial = models.BooleanField(_("deal neutral wording to half of the assessors"), default=False)
    state = StateField(_("state"), record="round", means=("assessing", "collecting", "preparing"), db_index=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("evaluation round")
        verbose_name_plural = _("evaluation rounds")

    def __str__(self) -> str:
        return self.pk

    @property
    def title(self) -> str:
        """The title in the language of the page."""
        return LocalText(self.title_zh, self.title_en).in_language(page_language())


class Portfolio(Recorded):
    """What one candidate hands in for a round."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="portfolios")
    candidate = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField(_("the question that the works answer together"), blank=True)
    state = StateField(_("state"), record="portfolio", means=("draft", "handed_in"))
    saved_at = models.DateTimeField(_("saved"))
    submitted_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["round", "candidate"], name="one_portfolio_a_round")]
        verbose_name = _("portfolio")
        verbose_name_plural = _("portfolios")

    def __str__(self) -> str:
        return self.pk


class RepresentativeWork(models.Model):
    """A representative work with the candidate's own part in it and the evidence."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="works")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    identifier = models.CharField(_("DOI, CSTR or address"), max_length=200, blank=True)
    venue = models.CharField(_("where it appeared"), max_length=200, blank=True)
    home_venue = models.BooleanField(_("a Chinese journal or platform"), null=True, blank=True)
    roles = models.JSONField(_("roles"), default=list)
    contribution = models.TextField(_("own contribution"), blank=True)
    evidence = models.TextField(_("evidence"), blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "position"], name="one_work_a_position")]
        verbose_name = _("representative work")
        verbose_name_plural = _("representative works")

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.position}"


class Assessment(Recorded):
    """The judgement of one assessor; ``as_written`` tells which version of the texts that assessor reads."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.PROTECT, related_name="assessments")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assessments")
    as_written = models.BooleanField(default=True)
    grades = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    remark = models.TextField(_("reason"), blank=True)
    state = StateField(_("state"), record="assessment", means=("asked", "given"))
    asked_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "assessor"], name="one_assessment_each")]
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")

    def __str__(self) -> str:
        return self.pk


class LightCheck(Recorded):
    """One page within a long cycle, without any grade."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="checks")
    due_on = models.DateField(_("due"))
    text = models.TextField(_("one page"), blank=True)
    state = StateField(_("state"), record="light_check", means=("due",))

    class Meta:
        ordering = ["due_on"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "due_on"], name="one_check_a_date")]
        verbose_name = _("light check")
        verbose_name_plural = _("light checks")

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.due_on}"
