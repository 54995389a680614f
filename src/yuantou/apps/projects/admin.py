"""Projects for operators: what stands where, never what was written or judged."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.looking import ReadOnly
from yuantou.apps.projects.models import Project


@admin.register(Project)
class ProjectAdmin(ReadOnly):
    """State and dates; people, texts and opinions stay with those whom the programme type lets see them."""

    list_display = ["id", "call_id", "state", "due_at", "ends_at", "closed_at"]
    list_filter = ["state"]
    search_fields = ["=id", "=proposal__number"]
    fields = ["id", "state", "version", "created_at", "starts_at", "ends_at", "due_at", "closed_at", "plan_hash"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the text in the database."""
        return super().get_queryset(request).defer("plan", "tried", "outcome")
