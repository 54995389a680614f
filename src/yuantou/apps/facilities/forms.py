"""What is typed into the pages of facilities."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.facilities.book import terms
from yuantou.apps.facilities.models import Facility, Instrument, Purchase, Substitute, Technique, TimeRequest
from yuantou.apps.language import page_language


def choices(vocabulary: str) -> list[tuple[str, str]]:
    """Return a vocabulary for a choice, in the language of the page."""
    language = page_language()
    return [(term, name.in_language(language)) for term, name in terms(vocabulary).items()]


class Day(forms.DateInput):
    input_type = "date"


class Instant(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class FacilityForm(forms.ModelForm[Facility]):
    class Meta:
        model = Facility
        fields = ["name_zh", "name_en", "kind", "discipline", "place", "value", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(label=_("Class"), choices=choices("class"))

    def clean_time_zone(self) -> str:
        """Refuse a zone that does not exist."""
        name: str = self.cleaned_data["time_zone"]
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise forms.ValidationError(_("There is no such time zone; Asia/Shanghai is one.")) from error
        return name


class InstrumentForm(forms.ModelForm[Instrument]):
    class Meta:
        model = Instrument
        fields = [
            "code", "name_zh", "name_en", "pid", "model", "origin", "value", "acquired_on", "source", "must_open",
            "is_open", "quota_hours", "rate_full", "rate_subsidised",
        ]  # fmt: skip
        widgets = {"acquired_on": Day()}

    techniques = forms.CharField(
        label=_("Techniques"), required=False, help_text=_("Codes of PaNET, separated by spaces.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["origin"] = forms.ChoiceField(label=_("Origin"), choices=choices("origin"))
        if self.instance.pk and not self.instance._state.adding:
            codes = self.instance.techniques.values_list("code", flat=True)
            self.fields["techniques"].initial = " ".join(codes)

    def clean_techniques(self) -> list[Technique]:
        """Return the techniques by their codes; an unknown one is named."""
        codes = self.cleaned_data["techniques"].split()
        found = Technique.objects.in_bulk(codes)
        unknown = [code for code in codes if code not in found]
        if unknown:
            raise forms.ValidationError(_("Unknown techniques: %(codes)s") % {"codes": ", ".join(unknown)})
        return list(found.values())


class PlanForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120)
    first_day = forms.DateField(label=_("First day"), widget=Day())
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=400, initial=365)
    slot_hours = forms.TypedChoiceField(
        label=_("Hours in a shift"), coerce=int, choices=[(8, "8"), (4, "4"), (12, "12"), (24, "24")], initial=8
    )


class ClosureForm(forms.Form):
    starts_at = forms.DateTimeField(label=_("From"), widget=Instant())
    ends_at = forms.DateTimeField(label=_("Until"), widget=Instant())
    kind = forms.ChoiceField(label=_("Kind"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=choices("closure"))


class OutageForm(forms.Form):
    instrument = forms.ModelChoiceField(Instrument.objects.none(), label=_("Instrument"))
    starts_at = forms.DateTimeField(label=_("From"), widget=Instant())
    ends_at = forms.DateTimeField(label=_("Until"), widget=Instant())
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, facility: Facility, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["instrument"]
        field.queryset = facility.instruments.filter(state__means="working")


class RequestForm(forms.ModelForm[TimeRequest]):
    ways = forms.MultipleChoiceField(
        label=_("Instruments and configurations that would do"), widget=forms.CheckboxSelectMultiple
    )
    needs = forms.MultipleChoiceField(label=_("Shared equipment"), widget=forms.CheckboxSelectMultiple, required=False)

    class Meta:
        model = TimeRequest
        fields = ["shifts_min", "shifts_max", "window_start", "window_end", "hazards"]
        widgets = {"window_start": Day(format="%Y-%m-%d"), "window_end": Day(format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facility = self.instance.facility
        rows = facility.instruments.filter(state__means="working").prefetch_related("configurations")
        ways = [
            (f"{row.pk}/{code}", f"{row.code} · {row.name}" + (f" · {name}" if name else ""))
            for row in rows
            for code, name in ([(c.code, c.name) for c in row.configurations.all()] or [("", "")])
        ]
        self.fields["ways"].choices = ways  # type: ignore[attr-defined]
        self.fields["ways"].initial = [f"{way['instrument']}/{way['configuration']}" for way in self.instance.ways]
        self.fields["needs"].choices = [(row.code, row.name) for row in facility.equipment.all()]  # type: ignore[attr-defined]
        self.fields["needs"].initial = self.instance.needs

    def clean_ways(self) -> list[dict[str, str]]:
        """Return pairs of instrument and configuration."""
        pairs = [way.partition("/") for way in self.cleaned_data["ways"]]
        return [{"instrument": pk, "configuration": code} for pk, _slash, code in pairs]

    def values(self) -> dict[str, Any]:
        """Return what was typed as the verb takes it."""
        return dict(self.cleaned_data)


class HoursForm(forms.Form):
    prepare = forms.DecimalField(label=_("Preparing (h)"), min_value=0, decimal_places=2, initial=0)
    measure = forms.DecimalField(label=_("Measuring (h)"), min_value=0, decimal_places=2)
    post = forms.DecimalField(label=_("After-treatment (h)"), min_value=0, decimal_places=2, initial=0)
    rate = forms.ChoiceField(
        label=_("Rate"), choices=[("full", _("Full cost")), ("subsidised", _("Subsidised")), ("free", _("Free"))]
    )
    mode = forms.ChoiceField(
        label=_("Access"), choices=[("onsite", _("On site")), ("remote", _("Remote")), ("data", _("Data only"))]
    )


class PurchaseForm(forms.ModelForm[Purchase]):
    technique = forms.CharField(label=_("Technique"), help_text=_("Code of PaNET, such as PaNET01113."))

    class Meta:
        model = Purchase
        fields = ["name", "value", "ground", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"] = forms.ChoiceField(label=_("Ground"), choices=choices("ground"))

    def clean_technique(self) -> Technique:
        """Return the technique by its code."""
        found = Technique.objects.filter(pk=self.cleaned_data["technique"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such technique in the register."))
        return found


class SubstituteForm(forms.ModelForm[Substitute]):
    class Meta:
        model = Substitute
        fields = ["name", "maker", "price"]


class UseReportForm(forms.Form):
    hours = forms.DecimalField(label=_("Hours in use"), min_value=0, decimal_places=1)
    task = forms.CharField(label=_("What it was used for"), widget=forms.Textarea)
    measured = forms.CharField(
        label=_("Comparison"),
        widget=forms.Textarea,
        help_text=_("One line for each quantity: name; reference; substitute; tolerance in per cent."),
    )
