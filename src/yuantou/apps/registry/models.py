"""People, organisations, works and disciplines: one record, shared by every stage of the chain."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from yuantou.apps.language import page_language
from yuantou.kernel.identifiers import new_id, normalise_orcid
from yuantou.kernel.local_text import LocalText


def valid_orcid(value: str) -> None:
    """Refuse an ORCID iD with a wrong form or checksum."""
    try:
        normalise_orcid(value)
    except ValueError as error:
        raise ValidationError(_("This is not a valid ORCID iD: its checksum is wrong.")) from error


class Bilingual(models.Model):
    """A name in Chinese and English, printed in the reader's language."""

    name_zh = models.CharField(_("name (Chinese)"), max_length=200, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page, or the other one."""
        if not (self.name_zh or self.name_en):
            return "—"
        return LocalText(self.name_zh, self.name_en).in_language(page_language())


class Discipline(Bilingual):
    """A discipline of the catalogue (code, names, parent)."""

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        ordering = ["code"]
        verbose_name = _("discipline")
        verbose_name_plural = _("disciplines")


class Organisation(Bilingual):
    """A university, institute, firm or agency; a school or hospital names its parent."""

    id = models.CharField(primary_key=True, max_length=20, default=new_id)
    ror = models.CharField("ROR", max_length=30, null=True, blank=True, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="units")
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    fictional = models.BooleanField(_("fictional (demonstration)"), default=False)

    class Meta:
        ordering = ["name_zh", "name_en"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")


class Person(Bilingual):
    """A human being, apart from any account: names in scripts, ORCID iD, dated affiliations."""

    id = models.CharField(primary_key=True, max_length=20, default=new_id)
    orcid = models.CharField("ORCID iD", max_length=19, null=True, blank=True, unique=True, validators=[valid_orcid])
    email = models.EmailField(_("e-mail"), blank=True)
    other_names = models.JSONField(_("other names"), default=list, blank=True)
    fictional = models.BooleanField(_("fictional (demonstration)"), default=False)

    class Meta:
        ordering = ["name_zh", "name_en"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    @property
    def all_names(self) -> list[str]:
        """Every spelling known, for matching authors and finding conflicts."""
        return [name for name in (self.name_zh, self.name_en, *self.other_names) if name]


class Sex(models.TextChoices):
    FEMALE = "f", _("Female")
    MALE = "m", _("Male")


class Career(models.Model):
    """What age and career rules ask for. The person alone sees it; others learn whether a rule is met."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="career")
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    independent_since = models.DateField(_("first independent post"), null=True, blank=True)
    leave_months = models.PositiveSmallIntegerField(_("months of leave (children, care, illness)"), default=0)

    class Meta:
        verbose_name = _("career")
        verbose_name_plural = _("careers")

    def __str__(self) -> str:
        return self.person_id


class Affiliation(models.Model):
    """Where a person works or worked, with dates."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="affiliations")
    role = models.CharField(_("position"), max_length=100, blank=True)
    start = models.DateField(_("from"), null=True, blank=True)
    end = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["-start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True)
                | models.Q(start__isnull=True)
                | models.Q(end__gte=models.F("start")),
                name="affiliation_dates_in_order",
            )
        ]
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


class Work(models.Model):
    """A publication, data set, software or other output."""

    id = models.CharField(primary_key=True, max_length=20, default=new_id)
    doi = models.CharField("DOI", max_length=200, null=True, blank=True, unique=True)
    title = models.TextField(_("title"))
    abstract = models.TextField(_("abstract"), blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    venue = models.CharField(_("venue"), max_length=300, blank=True)
    fictional = models.BooleanField(_("fictional (demonstration)"), default=False)

    class Meta:
        ordering = ["-year", "title"]
        verbose_name = _("work")
        verbose_name_plural = _("works")

    def __str__(self) -> str:
        return self.title


class Authorship(models.Model):
    """A name on a work, linked to a person where it is known who it is."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="authorships")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="authorships")
    name = models.CharField(_("name as printed"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["work", "position"], name="one_author_per_position")]
        verbose_name = _("authorship")
        verbose_name_plural = _("authorships")

    def __str__(self) -> str:
        return self.name
