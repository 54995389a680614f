"""Meetings for operators: to look at, never to change."""

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.meetings.models import Meeting


@admin.register(Meeting)
class MeetingAdmin(admin.ModelAdmin[Meeting]):
    list_display = ("id", "call", "state", "starts_at", "quorum")
    readonly_fields = [field.name for field in Meeting._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Meetings are planned in the application."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is deleted."""
        return False
