"""Parts of the pages of evaluation."""

from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yuantou.apps.language import page_language
from yuantou.engines.evaluation import CREDIT, Criterion
from yuantou.engines.indicators import Figure, Level, Vintage
from yuantou.kernel.local_text import LocalText

register = template.Library()


@register.simple_tag
def credit_roles(roles: list[str]) -> str:
    """Name the roles of a contributor in the language of the page."""
    return " · ".join(CREDIT[role].in_language(page_language()) for role in roles if role in CREDIT)


@register.inclusion_tag("outcomes/_works.html")
def show_works(works: list[Any], kinds: Any) -> dict[str, Any]:
    """Show representative works as an assessor reads them."""
    return {"works": works, "kinds": kinds}


def _judged(row: Any, criterion: Criterion) -> dict[str, Any]:
    """Take grade and reason of a criterion from an assessment, or from a line of those released."""
    grades, reasons = (row["grades"], row["reasons"]) if isinstance(row, dict) else (row.grades, row.reasons)
    grade = grades.get(criterion.id)
    anchor = criterion.anchors[grade - 1] if grade else None
    return {"criterion": criterion, "grade": grade, "anchor": anchor, "reason": reasons.get(criterion.id, "")}


@register.inclusion_tag("outcomes/_graded.html")
def graded(row: Any, criterion: Criterion) -> dict[str, Any]:
    """Show a grade with the meaning of it and its reason."""
    return _judged(row, criterion)


@register.inclusion_tag("outcomes/_grade_field.html")
def grade_field(row: Any, criterion: Criterion) -> dict[str, Any]:
    """Render the choice of a grade with its anchors, and the field of its reason."""
    return {**_judged(row, criterion), "anchors": list(enumerate(criterion.anchors, 1))}


UNITS: Final = {
    "percent": LocalText("%", "%"),
    "points": LocalText("个百分点", "points"),
    "times": LocalText("倍", "times"),
    "CNY_100M": LocalText("亿元", "100 million CNY"),
    "CNY": LocalText("元", "CNY"),
    "CNY_10K_per_person_year": LocalText("万元/人年", "10,000 CNY a person-year"),
    "CNY_10K": LocalText("万元", "10,000 CNY"),
    "rank": LocalText("名次", "rank"),
    "day": LocalText("天", "days"),
    "proposal": LocalText("项", "proposals"),
    "project": LocalText("项", "projects"),
}
LEVELS: Final = {
    Level.NATION: LocalText("国家", "nation"),
    Level.AGENCY: LocalText("资助机构", "agency"),
    Level.PROGRAMME: LocalText("项目类型", "programme"),
    Level.INSTITUTION: LocalText("单位", "institution"),
    Level.TEAM: LocalText("团队", "team"),
    Level.PERSON: LocalText("个人", "person"),
}
RELEASES: Final = {
    Vintage.PRELIMINARY: LocalText("初步数", "preliminary"),
    Vintage.FINAL: LocalText("最终数", "final"),
    Vintage.REVISED: LocalText("修订数", "revised"),
}


def _say(text: LocalText) -> str:
    return str(text.in_language(page_language()))


@register.filter
def unit(name: str) -> str:
    """Name a unit of measure in the language of the page."""
    return _say(UNITS[name]) if name in UNITS else name


@register.filter
def release(vintage: Vintage) -> str:
    """Name a release."""
    return _say(RELEASES[vintage])


@register.filter
def levels(permitted: frozenset[Level]) -> list[str]:
    """Name the units an indicator is permitted for, from the largest to the smallest."""
    return [_say(name) for level, name in LEVELS.items() if level in permitted]


@register.filter
def amount(figure: Figure | None) -> str:
    """Print a figure as its indicator says."""
    return "—" if figure is None else f"{figure.rounded:,}"


@register.filter
def spoken(name: Any) -> str:
    """Print a name that may be in one language or in both."""
    return _say(name) if isinstance(name, LocalText) else str(name)


@register.filter
def words(text: str) -> list[str]:
    """Split at white space."""
    return text.split()


@register.filter
def of_names(key: str, names: Any) -> Any:
    """Look a series up by its key."""
    return names[key]


@register.simple_tag
def facilities_link() -> SafeString:
    """Lead to the facilities, where the site has them."""
    try:
        address = reverse("facilities:home")
    except NoReverseMatch:
        return SafeString("")
    return format_html(' <a href="{}">{}</a>', address, _("Facilities"))


@register.simple_tag
def trend(line: Any) -> SafeString:
    """Draw the figures of an indicator over the years as dots with their intervals (SVG, no script)."""
    figures = line.figures[-8:]
    if len(figures) < 2:
        return SafeString("—")
    low, high = min(float(f.low) for f in figures), max(float(f.high) for f in figures)
    span = (high - low) or 1.0
    first, last = figures[0].period, figures[-1].period

    def x(period: int) -> float:
        return round(14 + (period - first) / max(last - first, 1) * 172, 1)

    def y(value: float) -> float:
        return round(34 - (value - low) / span * 26, 1)

    dots = [
        format_html(
            '<line x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
            '<circle cx="{0}" cy="{3}" r="3"><title>{4}: {5}</title></circle>',
            *(x(f.period), y(float(f.low)), y(float(f.high)), y(float(f.value)), f.period, f"{f.rounded:,}"),
        )
        for f in figures
    ]
    path = " ".join(f"{x(f.period)},{y(float(f.value))}" for f in figures)
    ends = format_html('<text x="14" y="50">{}</text><text x="186" y="50" text-anchor="end">{}</text>', first, last)
    label = f"{figures[0].rounded:,} → {figures[-1].rounded:,}"
    body = SafeString("".join(dots))
    return format_html(
        '<svg class="trend" viewBox="0 0 200 54" width="200" height="54" role="img" aria-label="{}">'
        '<polyline points="{}"/>{}{}</svg>',
        *(label, path, body, ends),
    )
