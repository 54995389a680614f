"""What is typed into the pages of a project, as the verbs take it."""

from datetime import date
from typing import Any

from django.http import QueryDict


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
