"""What is typed in the directions room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.directions.models import EvidenceKind, Kind, Question


class QuestionForm(forms.ModelForm):
    """A direction or key question in both languages."""

    class Meta:
        model = Question
        fields = [
            *("kind", "parent", "title_zh", "title_en", "statement_zh", "statement_en", "why_now_zh", "why_now_en"),
            *("orientation", "mode", "review_on"),
        ]
        widgets = {"review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, agency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = Question.objects.filter(agency=agency, kind=Kind.DIRECTION, state__means="listed")
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = above.exclude(pk=self.instance.pk)
        parent.label = _("Direction it belongs to")


class EvidenceForm(forms.Form):
    """A piece of evidence."""

    kind = forms.ChoiceField(label=_("Kind"), choices=EvidenceKind.choices)
    text = forms.CharField(label=_("What it shows"), widget=forms.Textarea(attrs={"rows": 2}))
    source = forms.CharField(
        label=_("Source"), max_length=500, help_text=_("DOI, address, clause or file; one source counts once.")
    )


class ConsultationForm(forms.Form):
    """A round in preparation."""

    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=120)
    title_en = forms.CharField(label=_("Title (English)"), max_length=240)
    closes_on = forms.DateField(label=_("Open until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class NarrowForm(forms.Form):
    """What a search of the literature is narrowed to."""

    q = forms.CharField(required=False, max_length=2000)
    first = forms.IntegerField(required=False, min_value=0, max_value=9999)
    last = forms.IntegerField(required=False, min_value=0, max_value=9999)
    every = forms.BooleanField(required=False)
    like = forms.CharField(required=False, max_length=5000)
    page = forms.IntegerField(required=False, min_value=1, max_value=500)
    country = forms.CharField(required=False, max_length=80)
    institution = forms.CharField(required=False, max_length=200)
    funder = forms.CharField(required=False, max_length=200)
    topic = forms.CharField(required=False, max_length=8)
