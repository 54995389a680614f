"""What is typed into the pages of a project, as the verbs take it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict

from yuantou.apps.projects.models import Project


def agreement_of(posted: QueryDict) -> dict[str, Any]:
    """Return the agreement as typed; an unticked pledge is none."""
    named = {key: value for key, value in posted.items() if key.startswith(("line_", "task_", "amount_"))}
    return {**named, "goals": posted.get("goals", ""), "pledge": "pledge" in posted}


def day_of(text: str) -> date | None:
    """Return a day typed as ``2026-05-01``, or nothing."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def typed(project: Project, values: Mapping[str, Any]) -> None:
    """Put what was typed into the agreement for showing it again, without saving: a stale page loses nothing."""
    lines = {item.id: values.get(f"line_{item.id}", "") for item in project.programme.project.lines}
    project.plan = {"goals": values["goals"], "pledge": values["pledge"], "lines": lines}
    for part in project.parts.all():
        part.task = values.get(f"task_{part.position}", part.task)
        part.amount = values.get(f"amount_{part.position}", part.amount)
