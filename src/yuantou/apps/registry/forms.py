"""Forms of the record: names in scripts, ORCID iD with its checksum, dated affiliations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yuantou.apps.registry.models import Affiliation, Career, Organisation, Person, Sex
from yuantou.kernel.identifiers import normalise_orcid


class OrcidField(forms.CharField):
    """An ORCID iD in any usual form; kept as ``0000-0000-0000-0000``."""

    def __init__(self, **named: Any) -> None:
        super().__init__(label="ORCID iD", max_length=60, required=False, help_text="0000-0002-1825-0097", **named)
        self.person: Person | None = None

    def clean(self, value: Any) -> str | None:
        """Check form, checksum, and that nobody else has it."""
        text = super().clean(value)
        if not text:
            return None
        try:
            orcid = normalise_orcid(text)
        except ValueError as error:
            raise ValidationError(_("This is not a valid ORCID iD: its checksum is wrong.")) from error
        if Person.objects.filter(orcid=orcid).exclude(pk=self.person.pk if self.person else "").exists():
            raise ValidationError(_("This ORCID iD belongs to another person of the record; please ask an operator."))
        return orcid


class OrganisationField(forms.CharField):
    """An organisation by its Chinese or English name, suggested while typing."""

    def __init__(self, **named: Any) -> None:
        super().__init__(max_length=200, **named)
        self.widget.attrs |= {"list": "organisations", "autocomplete": "off"}

    def clean(self, value: Any) -> Organisation | None:
        """Find it, or name those that come near."""
        name = " ".join(super().clean(value).split())
        if not name:
            return None
        found = Organisation.objects.filter(Q(name_zh__iexact=name) | Q(name_en__iexact=name)).first()
        if found is None:
            near = Organisation.objects.filter(Q(name_zh__icontains=name) | Q(name_en__icontains=name))[:5]
            names = ", ".join(str(row) for row in near)
            if names:
                raise ValidationError(_now("Which one do you mean? %(names)s") % {"names": names})
            raise ValidationError(_("The record has no institution of this name; please ask an operator to add it."))
        return found


class PersonForm(forms.Form):
    """Names in scripts and ORCID iD."""

    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=200, required=False)
    other_names = forms.CharField(
        label=_("Other names"),
        widget=forms.Textarea,
        required=False,
        max_length=2000,
        help_text=_("One on each line: as printed on papers, earlier names, initials."),
    )
    orcid = OrcidField()

    def __init__(self, data: Any = None, *, person: Person, **named: Any) -> None:
        initial = {name: getattr(person, name) for name in ("name_zh", "name_en", "orcid")}
        super().__init__(data, initial=initial | {"other_names": "\n".join(person.other_names)}, **named)
        self.fields["orcid"].person = person  # type: ignore[attr-defined]

    def clean_other_names(self) -> list[str]:
        """Return one name for each line."""
        names = (" ".join(line.split()) for line in self.cleaned_data["other_names"].splitlines())
        return list(dict.fromkeys(name[:200] for name in names if name))

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least."""
        data = super().clean() or {}
        if not (data.get("name_zh") or data.get("name_en")):
            self.add_error("name_zh", _("Give your name in at least one script."))
        return data


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class CareerForm(forms.Form):
    """What age and career rules ask for."""

    birth_date = _date(_("Date of birth"))
    sex = forms.ChoiceField(label=_("Sex"), required=False, choices=[("", "—"), *Sex.choices])
    independent_since = _date(_("First independent post"))
    leave_months = forms.IntegerField(
        label=_("Months of leave"),
        min_value=0,
        max_value=600,
        required=False,
        help_text=_("For children, care or illness, all together: age limits move by them."),
    )

    def __init__(self, data: Any = None, *, career: Career | None, **named: Any) -> None:
        initial = {name: getattr(career, name) for name in self.base_fields} if career else {}
        super().__init__(data, initial=initial, **named)

    def clean_leave_months(self) -> int:
        """Nothing given means none taken."""
        return self.cleaned_data["leave_months"] or 0


class StayForm(forms.Form):
    """Position and dates of a stay."""

    role = forms.CharField(label=_("Position"), max_length=100, required=False)
    start = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty while you are there."),
    )

    def __init__(self, data: Any = None, *, affiliation: Affiliation | None = None, **named: Any) -> None:
        names = ("role", "start", "end") if affiliation else ()
        super().__init__(data, initial={name: getattr(affiliation, name) for name in names}, **named)

    def clean(self) -> dict[str, Any]:
        """Refuse a stay that ends before it began."""
        data = super().clean() or {}
        if data.get("start") and data.get("end") and data["end"] < data["start"]:
            self.add_error("end", _("The end lies before the beginning."))
        return data


class NewStayForm(StayForm):
    """A stay at an institution of the record."""

    organisation = OrganisationField(label=_("Institution"))
    field_order = ["organisation", "role", "start", "end"]
