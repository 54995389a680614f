"""The form of a programme type as inputs, and the small forms around a proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuantou.apps.language import page_language
from yuantou.apps.proposals.answers import as_typed
from yuantou.apps.registry.models import Discipline
from yuantou.engines.workflow import Field, ProgrammeType, Section
from yuantou.engines.workflow.model import FieldType


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the form: its name, language and present text."""

    key: str
    language: str
    text: str

    @property
    def checked(self) -> bool:
        """Whether a yes-or-no answer is yes."""
        return self.text == "True"


@dataclass(frozen=True, slots=True)
class FieldInputs:
    """A field with one input, or a Chinese and an English one side by side."""

    field: Field
    inputs: tuple[Input, ...]
    choices: Sequence[tuple[str, str]]

    @property
    def widget(self) -> str:
        """The kind of input that fits the field."""
        return _WIDGETS.get(self.field.type, "text")


_WIDGETS = {
    FieldType.LONG_TEXT: "area",
    FieldType.CHOICE: "select",
    FieldType.DISCIPLINE: "select",
    FieldType.YES: "box",
    FieldType.MONEY: "amount",
    FieldType.INTEGER: "amount",
}


def form_inputs(
    programme: ProgrammeType, answers: Mapping[str, Any], disciplines: Sequence[Discipline]
) -> list[tuple[Section, list[FieldInputs]]]:
    """Return the form section by section with what has been answered so far, without what somebody else writes."""
    return [
        (section, [_inputs(f, answers, disciplines) for f in section.fields if not f.writer])
        for section in programme.form
    ]


def _inputs(field: Field, answers: Mapping[str, Any], disciplines: Sequence[Discipline]) -> FieldInputs:
    codes = ("zh-Hans", "en") if field.bilingual else ("",)
    inputs = tuple(Input(key, code, as_typed(answers.get(key))) for key, code in zip(field.keys, codes, strict=True))
    return FieldInputs(field, inputs, _choices(field, disciplines))


def _choices(field: Field, disciplines: Sequence[Discipline]) -> list[tuple[str, str]]:
    if field.type == FieldType.DISCIPLINE:
        return [(discipline.code, f"{discipline.code} {discipline.name}") for discipline in disciplines]
    language = page_language()
    return [(value, label.in_language(language)) for value, label in field.choices]


class MemberForm(forms.Form):
    """An invitation to take part."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.CharField(label=_("Task in the project"), max_length=200, required=False)


class StatementForm(forms.Form):
    """Who is asked to write and sign a part of the proposal."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)


class ReasonForm(forms.Form):
    """A reason that goes to the applicant."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
