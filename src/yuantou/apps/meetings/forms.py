"""What an officer types to plan a meeting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.meetings.planning import LEAST_QUORUM


class PlanForm(forms.Form):
    """When it begins and how many it takes to vote."""

    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    quorum = forms.IntegerField(
        label=_("Quorum"),
        min_value=LEAST_QUORUM,
        max_value=99,
        initial=5,
        help_text=_("How many members must be in the room and vote. At least three: a vote of fewer is not secret."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = True
