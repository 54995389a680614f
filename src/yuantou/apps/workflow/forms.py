"""The common values of a programme type as a form; everything else is its text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.engines.workflow.editing import values_of

LABELS = {
    "name.zh": _("Name of the kind (Chinese)"),
    "name.en": _("Name of the kind (English)"),
    "summary.zh": _("Summary (Chinese)"),
    "summary.en": _("Summary (English)"),
    "budget.floor": _("Least amount"),
    "budget.ceiling": _("Greatest amount"),
    "review.count": _("Reviews per proposal"),
    "review.max_load": _("Proposals per reviewer at most"),
    "review.days": _("Days for a review"),
}


class CommonForm(forms.Form):
    """Only the values that the text itself gives; what it inherits is changed in the text."""

    def __init__(self, data: Any = None, *, source: str, **named: Any) -> None:
        super().__init__(data, **named)
        for path, value in values_of(source).items():
            self.fields[path.replace(".", "_")] = _field(path, value)

    def values(self) -> dict[str, Any]:
        """Return the values by their place in the text."""
        return {path: self.cleaned_data[name] for path in LABELS if (name := path.replace(".", "_")) in self.fields}


def _field(path: str, value: Any) -> forms.Field:
    if isinstance(value, int):
        return forms.IntegerField(label=LABELS[path], initial=value, min_value=0, max_value=10**12)
    long = path.startswith("summary")
    widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(label=LABELS[path], initial=value, max_length=1000, widget=widget)
