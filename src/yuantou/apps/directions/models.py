"""Directions, key questions, what speaks for them, and consultations about them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.models import User
from yuantou.apps.registry.models import Organisation
from yuantou.apps.workflow.facade import StateField, Stateful, register_of
from yuantou.engines.workflow import Register
from yuantou.kernel.identifiers import new_id
from yuantou.kernel.local_text import LocalText


class Kind(models.TextChoices):
    DIRECTION = "direction", _("Direction")
    QUESTION = "question", _("Key question")


class Orientation(models.TextChoices):
    """The four orientations of science (面向)."""

    FRONTIER = "frontier", _("World frontiers of science")
    ECONOMY = "economy", _("Main field of the economy")
    NATION = "nation", _("Major needs of the nation")
    HEALTH = "health", _("Life and health of the people")


class Mode(models.TextChoices):
    FREE = "free", _("Free exploration")
    GOAL = "goal", _("Goal-oriented basic research")
    MARKET = "market", _("Application-driven basic research")


class Question(Stateful):
    """A direction, or a key question within one."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    agency = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="questions", verbose_name=_("agency")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.QUESTION)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    title_zh = models.CharField(_("title (Chinese)"), max_length=120, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=240, blank=True)
    statement_zh = models.TextField(_("the question (Chinese)"), blank=True)
    statement_en = models.TextField(_("the question (English)"), blank=True)
    why_now_zh = models.TextField(_("why now (Chinese)"), blank=True)
    why_now_en = models.TextField(_("why now (English)"), blank=True)
    orientation = models.CharField(_("orientation"), max_length=10, choices=Orientation, default=Orientation.FRONTIER)
    mode = models.CharField(_("mode of research"), max_length=10, choices=Mode, default=Mode.FREE)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_questions")
    review_on = models.DateField(_("to be reviewed on"), null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed")
    state = StateField(
        _("state"),
        record="question",
        means=("draft", "listed", "merged", "priority", "proposed", "registered", "retired"),
        db_index=True,
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "pk"]
        verbose_name = _("direction or key question")
        verbose_name_plural = _("directions and key questions")

    def __str__(self) -> str:
        return self.title_zh or self.title_en or self.pk

    @property
    def programme(self) -> Register:
        """The workflow of the register."""
        return register_of("directions")

    @property
    def title(self) -> LocalText:
        """The title in both languages."""
        return LocalText(self.title_zh or self.title_en, self.title_en or self.title_zh)


class EvidenceKind(models.TextChoices):
    WORKS = "works", _("Works")
    FORECAST = "forecast", _("Forecast with its backtest")
    FIELD = "field", _("State of a field")
    NEED = "need", _("Need stated by those who have it")
    EXPERT = "expert", _("Judgement of experts")
    POLICY = "policy", _("Policy text")


class Evidence(models.Model):
    """A piece of evidence. A figure of the atlas is frozen as it was on the day (``frozen``)."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=10, choices=EvidenceKind)
    text = models.TextField(_("what it shows"))
    source = models.CharField(_("source"), max_length=500)
    frozen = models.JSONField(default=dict, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["question", "source"], name="one_source_counts_once")]

    def __str__(self) -> str:
        return self.source


class Rival(models.Model):
    """Another way to put the question: kept beside it, never written over."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rivals")
    text_zh = models.TextField(_("formulation (Chinese)"))
    text_en = models.TextField(_("formulation (English)"), blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text_zh[:60]

    @property
    def text(self) -> LocalText:
        """The formulation in both languages."""
        return LocalText(self.text_zh, self.text_en or self.text_zh)


class Consultation(Stateful):
    """A round in which invited scientists vote and everybody signed in may comment."""

    id = models.CharField(primary_key=True, max_length=12, default=new_id, editable=False)
    agency = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consultations")
    title_zh = models.CharField(_("title (Chinese)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=240)
    closes_on = models.DateField(_("open until"), null=True, blank=True)
    questions = models.ManyToManyField(Question, related_name="consultations", blank=True)
    invited = models.ManyToManyField(User, related_name="consultations", blank=True)
    state = StateField(
        _("state"), record="consultation", means=("answering", "collecting", "preparing", "published"), db_index=True
    )
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")

    def __str__(self) -> str:
        return self.title_zh

    @property
    def programme(self) -> Register:
        """The workflow of the register."""
        return register_of("directions")

    @property
    def title(self) -> LocalText:
        """The title in both languages."""
        return LocalText(self.title_zh, self.title_en)


class Comment(models.Model):
    """A comment of a consultation and its answer."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="comments")
    question = models.ForeignKey(Question, null=True, blank=True, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("comment"))
    at = models.DateTimeField()
    answer = models.TextField(_("answer"), blank=True)
    taken_up = models.BooleanField(_("taken up"), default=False)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Vote(models.Model):
    """How important (1 to 5) an invited scientist finds a question; changed as long as the round is open."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="votes")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    importance = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "question", "voter"], name="one_vote_per_question"),
            models.CheckConstraint(condition=models.Q(importance__range=(1, 5)), name="importance_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.importance}"
