"""Forms of a call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from yuantou.apps.accounts.facade import Role, User, organisations_of
from yuantou.apps.calls.models import Call
from yuantou.apps.language import page_language
from yuantou.apps.registry.models import Discipline, Organisation, Person
from yuantou.apps.workflow.models import ProgrammeTypeVersion
from yuantou.engines.workflow import Field
from yuantou.engines.workflow.model import FieldType
from yuantou.kernel.local_text import LocalText

ZONES = (
    *("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Urumqi", "Asia/Tokyo", "Asia/Singapore", "Asia/Kolkata"),
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "UTC"),
)


class WallClockField(forms.CharField):
    """A date and time as a clock on the wall shows it; the form gives it the zone of the call."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        """Read ``2026-03-20T16:00``."""
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        if moment is None:
            raise forms.ValidationError(_("Give date and time, for example 2026-03-20 16:00."))
        return moment.replace(tzinfo=None)

    def prepare_value(self, value: Any) -> Any:
        """Show a moment without its zone."""
        return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value


def in_zone(moment: datetime | None, zone: str) -> datetime | None:
    """Give a wall-clock time its zone.

    Raises
    ------
    ValidationError
        If clocks skip this time there (summer time begins): it names no instant.
    """
    if moment is None:
        return None
    aware = moment.replace(tzinfo=ZoneInfo(zone))
    if aware.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        raise forms.ValidationError(_("This time does not exist in the time zone: the clocks are put forward."))
    return aware


class NewCallForm(forms.Form):
    """Which kind of call, for which agency."""

    programme_type = forms.ModelChoiceField(ProgrammeTypeVersion.objects.none(), label=_("Programme type"))
    agency = forms.ModelChoiceField(Organisation.objects.none(), label=_("Agency"), empty_label=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = latest_types()
        self._field("programme_type").queryset = ProgrammeTypeVersion.objects.filter(pk__in=[t.pk for t in self.types])
        self._field("agency").queryset = Organisation.objects.filter(pk__in=organisations_of(user, Role.OFFICER))

    def _field(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field


def latest_types() -> list[ProgrammeTypeVersion]:
    """Return the newest version of each programme type in use."""
    newest: dict[str, ProgrammeTypeVersion] = {}
    for row in ProgrammeTypeVersion.objects.filter(retired=False):  # newest version first
        newest.setdefault(row.type_id, row)
    return list(newest.values())


class CallForm(forms.ModelForm):
    """Everything an officer says about a call; may be saved incomplete."""

    opens_at = WallClockField(label=_("Opens"), required=False)
    closes_at = WallClockField(label=_("Closes"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=[(zone, zone) for zone in ZONES])
    disciplines = forms.ModelMultipleChoiceField(
        Discipline.objects.all(),
        label=_("Disciplines"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )

    class Meta:
        model = Call
        fields = [
            *("title_zh", "title_en", "guide_zh", "guide_en", "opens_at", "closes_at", "time_zone", "grace_minutes"),
            *("budget", "reviews_wanted", "max_load", "disciplines"),
        ]
        widgets = {
            "guide_zh": forms.Textarea(attrs={"lang": "zh", "rows": 12}),
            "guide_en": forms.Textarea(attrs={"lang": "en", "rows": 12}),
        }
        help_texts = {
            "grace_minutes": _("Printed on the call: for this long after closing, the server still takes submissions."),
            "budget": _("In yuan (元)."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = ZoneInfo(self.instance.time_zone)
        for name in ("opens_at", "closes_at"):
            moment = getattr(self.instance, name)
            self.initial[name] = moment.astimezone(zone) if moment else None
        self._terms = {f"term_{term.id}": term for term in self.instance.programme.terms}
        for name, term in self._terms.items():
            self.fields[name] = _term_field(term)
            self.initial[name] = self.instance.terms.get(term.id, "")

    @property
    def term_fields(self) -> list[forms.BoundField]:
        """The terms that the type wants laid down before a call opens."""
        return [self[name] for name in self._terms]

    def clean(self) -> dict[str, Any]:
        """Give the window its zone and keep it in order; gather the terms."""
        values = super().clean() or {}
        values["terms"] = {term.id: values.get(name, "") for name, term in self._terms.items()}
        for name in ("opens_at", "closes_at"):
            try:
                values[name] = in_zone(values.get(name), values.get("time_zone", "Asia/Shanghai"))
            except forms.ValidationError as error:
                self.add_error(name, error)
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("It must close after it opens."))
        return values


def _term_field(term: Field) -> forms.CharField:
    language = page_language()
    long = term.type == FieldType.LONG_TEXT
    return forms.CharField(
        label=term.label.in_language(language),
        help_text=term.help.in_language(language) if term.help else "",
        required=False,
        max_length=term.max_length,
        widget=forms.Textarea(attrs={"rows": 6}) if long else forms.TextInput(),
    )


def label_of(name: str) -> Any:
    """Return the label of a field of the form of a call; nothing for what says itself what it is."""
    return CallForm.base_fields[name].label if name in CallForm.base_fields else ""


class AppointForm(forms.Form):
    """Who holds a role on a call: found by the e-mail address of the account or the record."""

    role = forms.ChoiceField(label=_("Role"))
    email = forms.EmailField(label=_("E-mail"))
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language, roles = page_language(), call.programme.roles
        choices = [(role, roles[role].in_language(language)) for role in call.programme.appointed]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        if call.is_now.preparing:
            del self.fields["reason"]

    def clean_email(self) -> Person:
        """Return the person with this address."""
        address = self.cleaned_data["email"]
        found = Person.objects.filter(Q(user__email__iexact=address) | Q(email__iexact=address)).first()
        if found is None:
            raise forms.ValidationError(_("Nobody in the record has this address. Ask them to sign up first."))
        return found


class ReasonForm(forms.Form):
    """A public reason in both languages; one of them is enough to act, both are better."""

    reason_zh = forms.CharField(
        label=_("Reason (Chinese)"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "zh"})
    )
    reason_en = forms.CharField(
        label=_("Reason (English)"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "en"})
    )

    def clean(self) -> dict[str, Any]:
        """Demand a reason in at least one language."""
        values = super().clean() or {}
        if not (values.get("reason_zh", "").strip() or values.get("reason_en", "").strip()):
            self.add_error("reason_zh", _("Please give a reason; it will be public."))
        return values

    @property
    def reason(self) -> LocalText:
        """The reason in both languages."""
        return LocalText(self.cleaned_data["reason_zh"].strip(), self.cleaned_data["reason_en"].strip())


class ExtendForm(ReasonForm):
    """A later deadline with a public reason."""

    closes_at = WallClockField(label=_("New deadline"))
    field_order = ["closes_at", "reason_zh", "reason_en"]

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone

    def clean_closes_at(self) -> datetime | None:
        """Give the deadline the zone of the call."""
        return in_zone(self.cleaned_data["closes_at"], self._zone)
