"""Names of steps, parts and grades as the programme type has them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from yuantou.apps.language import page_language
from yuantou.apps.projects.models import Part
from yuantou.apps.proposals.facade import read_money
from yuantou.engines.workflow import ProgrammeType
from yuantou.kernel.local_text import LocalText
from yuantou.kernel.money import Money

register = template.Library()


def _said(text: LocalText) -> str:
    return text.in_language(page_language())


@register.simple_tag
def step_name(programme: ProgrammeType, step_id: str) -> str:
    """Name a step of a project, such as the outcome of a gate."""
    step = programme.machine("project").transition(step_id)
    return _said(step.name) if step else "—"


@register.simple_tag
def part_name(programme: ProgrammeType, part: Part) -> str:
    """Name a part of an award: the agency that pays it, or the partner."""
    return next((_said(agency.name) for agency in programme.project.agencies if agency.id == part.name), part.name)


@register.simple_tag
def mark_name(programme: ProgrammeType, marks: Mapping[str, str], question_id: str) -> str:
    """Name the grade given to a question."""
    given = marks.get(question_id)
    return next((_said(grade.name) for grade in programme.project.evaluation.grades if grade.id == given), "—")


@register.simple_tag
def line_amount(programme: ProgrammeType, plan: Mapping[str, Any], line_id: str) -> str:
    """Print the amount of a budget line as typed in the agreement, in the manner of the page's language."""
    amount = read_money(str(plan.get("lines", {}).get(line_id, "")))
    if amount is None:
        return "—"
    return Money(Decimal(str(amount)), programme.budget.currency).in_language(page_language())


@register.filter
def in_words(sides: Mapping[str, str]) -> str:
    """Return the side for the language of the page of ``{…_zh: text, …_en: text}``, or the other; may be empty."""
    zh, en = (next((text for key, text in sides.items() if key.endswith(end)), "") for end in ("_zh", "_en"))
    return _said(LocalText(zh, en)) if zh or en else ""
