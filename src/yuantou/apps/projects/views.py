"""Pages of a project: parse, call, render."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yuantou.apps.http import record_or_404
from yuantou.apps.projects.models import Project


def records() -> Any:
    """Projects with all that their pages print."""
    rows = Project.objects.select_related(
        "proposal__applicant", "call__programme_type", "call__agency", "holder", "organisation"
    )
    return rows.prefetch_related(
        "reports", "gates", "instalments", "changes", "parts", "verdicts__gate", "proposal__members__person"
    )


@require_safe
def detail(request: HttpRequest, project_id: str) -> HttpResponse:
    """Show a project as its reader may see it."""
    project, seen = record_or_404(request.user, records(), project_id)
    return render(request, "projects/detail.html", {"seen": seen, "call": project.call})
