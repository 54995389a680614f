"""Forms of review."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Decline


class MatchForm(forms.Form):
    """Parameters of a matching run."""

    reviews = forms.IntegerField(label=_("Reviews per proposal"), min_value=1, max_value=12)
    max_load = forms.IntegerField(label=_("Proposals per reviewer at most"), min_value=1, max_value=100)
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=2**31, help_text=_("The same seed gives the same result.")
    )

    @classmethod
    def for_call(cls, call: Call, data: Any = None) -> "MatchForm":
        """Start from what the call says."""
        return cls(data, initial={"reviews": call.reviews_wanted, "max_load": call.max_load, "seed": 1})


class RefuseForm(forms.Form):
    """Why a reviewer declines, and how well he or she knows the topic."""

    decline = forms.ChoiceField(label=_("Why"), choices=Decline.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("In your words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text=_("Only the programme officer reads it."),
    )
