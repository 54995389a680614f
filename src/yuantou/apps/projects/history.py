"""The history of a project as a reader may see it: never who judged."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuantou.apps.history import Line, timeline
from yuantou.apps.projects.models import Project

OTHER_ACTS: dict[str, Promise] = {
    "project.begin": _("Awarded"),
    "project.ask_partners": _("Partners asked"),
    "project.consent": _("A partner consented"),
}


def lines_of(project: Project) -> list[Line]:
    """Return what happened to a project, latest first (one query)."""
    return timeline(project, "project", OTHER_ACTS)
