"""What people type in an evaluation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.language import page_language
from yuantou.apps.outcomes.library import library
from yuantou.engines.evaluation import CREDIT, Template

MOMENT = "%Y-%m-%dT%H:%M"


def in_page(text: Any) -> str:
    """Return a text in the language of the page."""
    return str(text.in_language(page_language()))


class RoundForm(forms.Form):
    """A round: what is evaluated, how long its cycle is, when things are due."""

    organisation = forms.ChoiceField(label=_("Organised by"))
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200)
    title_en = forms.CharField(label=_("Title (English)"), max_length=200)
    category = forms.ChoiceField(label=_("Category"))
    cycle = forms.TypedChoiceField(
        label=_("Cycle in years"),
        coerce=int,
        choices=[(years, years) for years in (3, 5, 8)],
        help_text=_(
            "Basic research has 5 or 8 years, the others 3 or 5; every third year asks for one page, without grades."
        ),
    )
    closes_at = forms.DateTimeField(
        label=_("Hand in before"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    )
    due_at = forms.DateTimeField(
        label=_("Assessments due"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    )
    judges = forms.IntegerField(label=_("Assessors for each portfolio"), min_value=2, max_value=9, initial=3)
    hide_venues = forms.BooleanField(
        label=_("Hide names of journals, addresses and publishers from assessors"), required=False, initial=True
    )
    wording_trial = forms.BooleanField(
        label=_("Try the wording: half of the assessors read texts without promotional words"), required=False
    )

    def __init__(self, *args: Any, organisations: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [(row.pk, str(row)) for row in organisations]  # type: ignore[attr-defined]
        kinds = library().templates.values()
        self.fields["category"].choices = [(kind.id, in_page(kind.name)) for kind in kinds]  # type: ignore[attr-defined]


class WorkForm(forms.Form):
    """One representative work; nothing is compulsory while it is a draft."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    identifier = forms.CharField(label=_("DOI, CSTR or address"), max_length=200, required=False)
    venue = forms.CharField(label=_("Where it appeared"), max_length=200, required=False)
    home_venue = forms.NullBooleanField(label=_("In a Chinese journal or on a Chinese platform"), required=False)
    roles = forms.MultipleChoiceField(label=_("My roles (CRediT)"), required=False, widget=forms.CheckboxSelectMultiple)
    contribution = forms.CharField(
        label=_("What I myself contributed"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = forms.CharField(
        label=_("Evidence: where an assessor can see it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = library().kinds
        kinds = [(kind, in_page(names[kind])) for kind in template.kinds]
        self.fields["kind"].choices = [("", "—"), *kinds]  # type: ignore[attr-defined]
        self.fields["roles"].choices = [(key, in_page(name)) for key, name in CREDIT.items()]  # type: ignore[attr-defined]


def work_forms(template: Template, **kwargs: Any) -> Any:
    """Return the forms of all works a category takes."""
    made = forms.formset_factory(
        WorkForm, extra=template.most_works, max_num=template.most_works, absolute_max=template.most_works
    )
    return made(prefix="works", form_kwargs={"template": template}, **kwargs)


def works_in(formset: Any) -> list[dict[str, Any]]:
    """Return the works of which anything was typed, in their order."""
    rows = [form.cleaned_data for form in formset.forms]
    return [
        row for row in rows if any(row.get(key) for key in ("title", "contribution", "evidence", "identifier", "roles"))
    ]


class TextForm(forms.Form):
    """A text to be read for banned criteria."""

    text = forms.CharField(label=_("Text"), max_length=60_000, widget=forms.Textarea(attrs={"rows": 10}))


class WhatIfForm(forms.Form):
    """A target for the share of basic research."""

    share = forms.DecimalField(label=_("Share of basic research (%)"), min_value=0, max_value=100, decimal_places=2)
    year = forms.IntegerField(label=_("Year"), min_value=2026, max_value=2060)
    growth = forms.DecimalField(label=_("Growth of all R&D (% a year)"), min_value=-20, max_value=50, decimal_places=2)
