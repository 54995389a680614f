"""The history of a project as a reader may see it: states and words of the type, never who judged."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.audit.facade import history
from yuantou.apps.language import page_language
from yuantou.apps.projects.models import Project

OTHER: dict[str, Promise] = {
    "project.begin": _("Awarded"),
    "project.ask_partners": _("Partners asked"),
    "project.consent": _("A partner consented"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    index: int
    at: datetime
    name: str


def timeline(project: Project) -> list[Line]:
    """Return what happened to a project, latest first (one query)."""
    language = page_language()
    names = {
        f"project.{t.id}": t.name.in_language(language) for t in project.programme.machine("project").every_transition
    }
    names |= {act: str(name) for act, name in OTHER.items()}
    events = [event for event in history("project", project.pk) if event.act in names]
    return [Line(event.index, event.at, names[event.act]) for event in reversed(events)]
