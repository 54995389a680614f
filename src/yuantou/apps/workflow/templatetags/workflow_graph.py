"""The states and transitions of a record, drawn on the server as SVG."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yuantou.apps.language import page_language
from yuantou.engines.workflow.model import Machine, ProgrammeType

register = template.Library()
BOX, TALL, STEP_X, STEP_Y, MARGIN = 158, 38, 226, 84, 26
Places = Mapping[str, tuple[float, float]]


@register.simple_tag
def state_graph(machine: Machine) -> SafeString:
    """Draw a machine from left to right; the numbers on the arrows are those of the table of transitions."""
    places = _places(machine)
    edges = [
        _edge(places[source], places[transition.target], number)
        for number, transition in enumerate(machine.transitions, 1)
        for source in transition.sources
    ]
    language = page_language()
    boxes = [
        _box(places[state.id], state.name.in_language(language), state.kind, first=state.id == machine.initial)
        for state in machine.states
        if state.id in places
    ]
    width = max(x for x, _y in places.values()) + BOX + MARGIN
    height = max(y for _x, y in places.values()) + TALL + 2.4 * MARGIN
    return format_html(
        '<svg class="graph" viewBox="0 0 {} {}" role="img" aria-label="{}"><defs><marker id="tip" viewBox="0 0 8 8" '
        'refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        "{}{}</svg>",
        width,
        height,
        _("States and transitions; the table below says the same in words"),
        SafeString("".join(edges)),
        SafeString("".join(boxes)),
    )


def columns(machine: Machine) -> dict[str, int]:
    """Return the column of each state: the longest way to it from the initial state that meets no state twice."""
    targets: dict[str, list[str]] = defaultdict(list)
    for transition in machine.transitions:
        for source in transition.sources:
            targets[source].append(transition.target)
    found = {machine.initial: 0}

    def walk(state: str, path: frozenset[str]) -> None:
        for target in targets[state]:
            if target not in path and found.get(target, -1) < found[state] + 1:
                found[target] = found[state] + 1
                walk(target, path | {target})

    walk(machine.initial, frozenset({machine.initial}))
    return found


def _places(machine: Machine) -> Places:
    rows: dict[int, int] = defaultdict(int)
    places = {}
    column = columns(machine)
    for state in machine.states:
        at = column.get(state.id, 0)
        places[state.id] = (MARGIN + STEP_X * at, MARGIN + STEP_Y * rows[at] + (STEP_Y / 3 if at % 2 else 0))
        rows[at] += 1
    return places


def _box(place: tuple[float, float], name: str, kind: str, *, first: bool) -> SafeString:
    x, y = place
    return format_html(
        '<g class="state {}{}"><rect x="{}" y="{}" width="{}" height="{}" rx="19"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        kind,
        " first" if first else "",
        x,
        y,
        BOX,
        TALL,
        x + BOX / 2,
        y + TALL / 2 + 5,
        name,
    )


def _edge(source: tuple[float, float], target: tuple[float, float], number: int) -> SafeString:
    """Draw an arrow: forwards from side to side, back under the boxes, within a column from edge to edge."""
    (x1, y1), (x2, y2) = source, target
    if x2 > x1:
        start, end = (x1 + BOX, y1 + TALL / 2), (x2, y2 + TALL / 2)
        bend = (end[0] - start[0]) / 2
        first, second = (start[0] + bend, start[1]), (end[0] - bend, end[1])
    elif x2 < x1:
        start, end = (x1 + BOX / 3, y1 + TALL), (x2 + 2 * BOX / 3, y2 + TALL)
        low = max(y1, y2) + TALL + 40
        first, second = (start[0], low), (end[0], low)
    else:
        down = y2 > y1
        start, end = (x1 + BOX / 2, y1 + TALL if down else y1), (x2 + BOX / 2, y2 if down else y2 + TALL)
        first = second = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    middle = [(a + 3 * b + 3 * c + d) / 8 for a, b, c, d in zip(start, first, second, end, strict=True)]
    return format_html(
        '<path class="edge" marker-end="url(#tip)" d="M{} {}C{} {} {} {} {} {}"/>'
        '<circle class="tag" cx="{}" cy="{}" r="9"/><text class="tag" x="{}" y="{}" text-anchor="middle">{}</text>',
        *start,
        *first,
        *second,
        *end,
        middle[0],
        middle[1],
        middle[0],
        middle[1] + 4,
        number,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A transition in words, in the language of the page."""

    name: str
    actors: str
    sources: str
    target: str
    guards: str
    needs_reason: bool


@register.filter
def steps(machine: Machine, programme: ProgrammeType) -> list[Step]:
    """Return the transitions of a machine in words."""
    language = page_language()

    def states(*ids: str) -> str:
        return ", ".join(machine.state(state).name.in_language(language) for state in ids)

    return [
        Step(
            transition.name.in_language(language),
            ", ".join(programme.roles[role].in_language(language) for role in transition.actors),
            states(*transition.sources),
            states(transition.target),
            " · ".join(_guard(machine, guard, language) for guard in transition.guards),
            transition.needs_reason,
        )
        for transition in machine.transitions
    ]


def _guard(machine: Machine, guard: str, language: str) -> str:
    """Name a guard by the words of its fact."""
    fact = machine.fact.get(guard)
    return fact.message.in_language(language) if fact else guard
