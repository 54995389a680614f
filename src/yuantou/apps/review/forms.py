"""Forms of review."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuantou.apps.calls.models import Call
from yuantou.apps.review.models import Decline, Expert
from yuantou.apps.review.phases import current_phase
from yuantou.pipelines.parameters import MIX


class MatchForm(forms.Form):
    """Parameters of a matching run."""

    reviews = forms.IntegerField(label=_("Reviews per proposal"), min_value=1, max_value=12)
    max_load = forms.IntegerField(label=_("Proposals per reviewer at most"), min_value=1, max_value=100)
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=2**31, help_text=_("The same seed gives the same result.")
    )

    senior_at_least = forms.IntegerField(
        label=_("Senior reviewers at least"),
        required=False,
        min_value=0,
        max_value=5,
        help_text=_("Ten years or more since the first independent post."),
    )
    abroad_at_least = forms.IntegerField(
        label=_("Reviewers from abroad at least"), required=False, min_value=0, max_value=5
    )
    abroad_at_most = forms.IntegerField(
        label=_("Reviewers from abroad at most"), required=False, min_value=0, max_value=12
    )
    region_at_most = forms.IntegerField(
        label=_("Reviewers of one city at most"), required=False, min_value=1, max_value=12
    )
    discipline_at_least = forms.IntegerField(
        label=_("Reviewers of the proposal's own discipline at least"), required=False, min_value=0, max_value=5
    )
    apart = forms.CharField(
        label=_("Experts kept apart"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=4000,
        help_text=_("Experts of whom no two review one proposal: one group a line, names separated by semicolons."),
    )
    cap = forms.BooleanField(
        label=_("Draw by chance: no pair is likelier than one half"),
        required=False,
        help_text=_(
            "Nobody can count on a certain reviewer. Costs one or two per cent of fit; the chance of each pair is kept "
            "with the run. Not together with wishes above."
        ),
    )
    phase_asks = False
    """Whether the kind of call asks for a mix of its own in the present phase."""

    def clean(self) -> dict[str, Any]:
        """Gather the wishes into ``mix`` and find the experts kept apart."""
        values = super().clean() or {}
        wishes = {name: values.pop(name, None) for name in MIX}
        values["mix"] = {name: number for name, number in wishes.items() if number is not None}
        values["mix"] = {name: n for name, n in values["mix"].items() if n or name.endswith("at_most")}
        values["apart"] = self._apart(values.get("apart", ""))
        least, most = values["mix"].get("abroad_at_least", 0), values["mix"].get("abroad_at_most")
        if most is not None and least > most:
            self.add_error("abroad_at_most", _("Fewer at most than at least: nobody can meet both."))
        if values.get("cap") and (values["mix"] or values["apart"]):
            self.add_error("cap", _("A draw cannot be combined with wishes for the reviewers together: leave out one."))
        elif values.get("cap") and self.phase_asks:
            self.add_error("cap", _("This phase of the call asks for a mix of reviewers, so it cannot be drawn."))
        return values

    def _apart(self, text: str) -> list[list[str]]:
        groups = []
        for line in text.splitlines():
            names = [name.strip() for name in re.split("[;；]", line) if name.strip()]
            found = [self._expert(name) for name in names]
            if len(found) == 1:
                self.add_error("apart", _("A group needs two experts or more: “%(line)s”.") % {"line": line.strip()})
            groups.append([key for key in found if key])
        return [group for group in groups if len(group) > 1]

    def _expert(self, name: str) -> str:
        same = Q(pk=name) | Q(person__name_zh=name) | Q(person__name_en__iexact=name) | Q(person__orcid=name)
        keys = list(Expert.objects.filter(same, active=True).values_list("pk", flat=True)[:2])
        if len(keys) == 1:
            return keys[0]
        told = (
            _("There is no expert “%(name)s”.")
            if not keys
            else _("Several experts are called “%(name)s”: give the ORCID iD.")
        )
        self.add_error("apart", told % {"name": name})
        return ""

    @classmethod
    def for_call(cls, call: Call, data: Any = None) -> "MatchForm":
        """Start from what the call says, and from the wishes of its last run."""
        last = call.match_runs.first()
        wishes = {**last.parameters.get("mix", {}), "cap": last.parameters.get("cap", False)} if last else {}
        if last and (groups := last.parameters.get("apart")):
            people = Expert.objects.select_related("person").in_bulk([key for group in groups for key in group])
            named = ([str(people[key]) for key in group if key in people] for group in groups)
            wishes["apart"] = "\n".join("; ".join(group) for group in named)
        form = cls(data, initial={"reviews": call.reviews_wanted, "max_load": call.max_load, "seed": 1} | wishes)
        form.phase_asks = bool(current_phase(call).mix)
        return form

    @classmethod
    def wishes_of(cls, parameters: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Return what a run was asked beyond its limits, each with its label."""
        asked = {**parameters.get("mix", {})}
        if parameters.get("cap"):
            asked["cap"] = "½"
        if groups := parameters.get("apart"):
            asked["apart"] = len(groups)
        return [(str(cls.base_fields[name].label), value) for name, value in asked.items()]


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
