"""The components of the interface: one tag for each thing, documented in docs/explanation/looks.md."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yuantou.apps.language import page_language
from yuantou.kernel.money import Money
from yuantou.web.navigation import navigation

register = template.Library()


@register.simple_tag
def pill(record: Any, machine: str) -> SafeString:
    """Show the state of a record (a model or ``Seen`` with ``state`` and ``programme``) as a coloured pill."""
    state = record.programme.machine(machine).state(record.state)
    return format_html('<span class="pill {}">{}</span>', state.kind, state.name.in_language(_language()))


@register.simple_tag
def instant(moment: datetime | None, zone: str = "") -> SafeString:
    """Print date, time and zone in full; never a bare hour."""
    if moment is None:
        return SafeString("—")
    local = moment.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone())
    offset = local.strftime("%z")
    text = f"{date_format(local, 'Y-m-d H:i')} ({local.tzname()}, UTC{offset[:3]}:{offset[3:]})"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


@register.filter
def money(amount: Decimal | float | None, currency: str = "CNY") -> str:
    """Print an amount in the manner of the page's language (元, 万元, 亿元 or CNY)."""
    return "—" if amount is None else Money(Decimal(str(amount)), currency).in_language(_language())


@register.filter
def local(text: Any) -> str:
    """Print a LocalText in the language of the page."""
    return "" if text is None else text.in_language(_language())


@register.simple_tag
def hash(value: str) -> SafeString:  # noqa: A001 the word used in templates
    """Show a content hash short, whole on hover, with a button to copy it."""
    if not value:
        return SafeString("—")
    return format_html(
        '<span class="hash" title="{}">{}…</span>'
        ' <button type="button" class="button quiet small" data-copy="{}">{}</button>',
        value,
        value[:12],
        value,
        _("Copy"),
    )


@register.inclusion_tag("components/field.html")
def field(field: BoundField) -> dict[str, Any]:
    """Render a form field with label, help, error and widget, tied together for screen readers."""
    if field.errors:
        field.field.widget.attrs["aria-invalid"] = "true"
    return {"field": field}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """Render previous and next for a Django page, keeping the filters of the address."""
    return {"page": page, "request": context["request"]}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """Return the query string of the page with some keys changed; ``None`` removes a key."""
    query: QueryDict = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_link(context: template.Context, label: str, key: str) -> SafeString:
    """Render the head of a sortable column; a second click turns the order round."""
    request: HttpRequest = context["request"]
    now = request.GET.get("sort", "")
    turned = f"-{key}" if now == key else key
    mark = {key: " ▲", f"-{key}": " ▼"}.get(now, "")
    return format_html('<a href="{}">{}{}</a>', with_query(context, sort=turned, page=None), label, mark)


@register.inclusion_tag("components/main_nav.html", takes_context=True)
def main_nav(context: template.Context) -> dict[str, Any]:
    """Render the main navigation for the roles of the account."""
    bar, more = navigation(context["request"])
    return {"bar": bar, "more": more, "here": next((link for link in more if link.here), None)}


@register.simple_tag
def rank_plot(rows: Sequence[Any], line: float | None = None) -> SafeString:
    """Draw ranked proposals as dots with 50 and 90 % bars and the funding line, as SVG without any script.

    ``rows`` have ``label``, ``expected_rank``, ``rank_low50`` … ``rank_high90``, ``funded`` and ``url``; ``line`` is
    the number of proposals that can be funded.
    """
    if not rows:
        return SafeString("")
    width, left, height = 860, 270, 22
    most = max(row["rank_high90"] for row in rows)
    least = min(row["rank_low90"] for row in rows)
    span = max(most - least, 1)

    def x(rank: float) -> float:
        return round(left + (rank - least) / span * (width - left - 20), 1)

    drawn = [_plot_row(row, 40 + height * index, x) for index, row in enumerate(rows)]
    total = 50 + height * len(rows)
    marks = [_tick(x(least + span * part / 4), total, least + span * part / 4) for part in range(5)]
    if line is not None and least <= line + 0.5 <= most:
        marks.append(
            format_html(
                '<line class="line" x1="{0}" x2="{0}" y1="20" y2="{1}"/>'
                '<text class="line-label" x="{0}" y="14" text-anchor="middle">{2}</text>',
                x(line + 0.5),
                total - 8,
                _("Funding line"),
            )
        )
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        width,
        total,
        _("Expected ranks with 50 and 90 % intervals"),
        SafeString("".join(marks)),
        SafeString("".join(drawn)),
    )


def _tick(x: float, total: int, value: float) -> SafeString:
    return format_html(
        '<line class="axis" x1="{0}" x2="{0}" y1="26" y2="{1}"/>'
        '<text class="label" x="{0}" y="{2}" text-anchor="middle">{3}</text>',
        x,
        total - 12,
        total - 1,
        f"{value:.0f}",
    )


def _plot_row(row: Any, y: int, x: Any) -> SafeString:
    return format_html(
        '<a href="{url}"><g class="{kind}"><title>{title}</title>'
        '<text class="label" x="0" y="{text_y}">{label}</text>'
        '<line class="bar90" x1="{a}" x2="{d}" y1="{y}" y2="{y}"/>'
        '<line class="bar50" x1="{b}" x2="{c}" y1="{y}" y2="{y}"/>'
        '<circle class="dot" cx="{m}" cy="{y}" r="4.5"/></g></a>',
        url=row["url"],
        kind="funded" if row["funded"] else "",
        title=f"{row['label']}: {row['expected_rank']:.1f} ({row['rank_low90']:.0f}–{row['rank_high90']:.0f})",
        label=_cut(row["label"], 36),
        y=y,
        text_y=y + 4,
        a=x(row["rank_low90"]),
        b=x(row["rank_low50"]),
        c=x(row["rank_high50"]),
        d=x(row["rank_high90"]),
        m=x(row["expected_rank"]),
    )


def _cut(text: str, most: int) -> str:
    """Cut a text to a width in half characters: a Chinese one takes two."""
    width = 0
    for place, letter in enumerate(text):
        width += 2 if east_asian_width(letter) in "WF" else 1
        if width > most:
            return text[:place].rstrip() + "…"
    return text


def _language() -> str:
    return page_language()


@register.simple_tag
def stage_name(stage: str) -> str:
    """Name the stage of a background job."""
    names = {
        "expertise": _("Reading works and finding expertise"),
        "conflicts": _("Checking conflicts of interest"),
        "assign": _("Finding the best assignment"),
        "calibrate": _("Calibrating scores"),
        "store": _("Storing the result"),
        "reuse": _("Comparing texts"),
        "bargaining": _("Finding prices and the bound"),
        "searching": _("Searching for better plans"),
        "explaining": _("Explaining who has no place"),
    }
    return names.get(stage, _("Waiting for the worker"))


@register.simple_tag
def side(row: dict[str, Any], name: str) -> str:
    """Return ``name_zh`` or ``name_en`` of a mapping, for the language of the page."""
    return str(row.get(f"{name}_{'zh' if _language().startswith('zh') else 'en'}", ""))


@register.simple_tag
def score_of(scores: dict[str, Any], criterion: str) -> Any:
    """Return the grade given for a criterion."""
    return scores.get(criterion, "—")


@register.filter
def unlocal(number: float) -> str:
    """Print a number for an attribute: a point, no grouping, whatever the language."""
    return f"{number:g}"


@register.filter
def signed(number: float) -> str:
    """Print a difference with its sign."""
    return f"{number:+.3f}".replace("-", "−")


@register.simple_tag
def conflict_kind(kind: str) -> str:
    """Name a kind of conflict of interest."""
    names = {
        "declared": _("Declared"),
        "self": _("Same person"),
        "organisation": _("Same institution"),
        "past_organisation": _("Past institution"),
        "coauthor": _("Co-author"),
        "officer": _("Barred by an officer"),
    }
    base = kind.removeprefix("possible_")
    name = names.get(base, base)
    return name if base == kind else _("Possibly: %(kind)s") % {"kind": name}
