"""Operators read; states change only through the workflow."""

from django.contrib import admin

from yuantou.apps.review.models import Expert, MatchRun


@admin.register(Expert)
class ExpertAdmin(admin.ModelAdmin):
    list_display = ["person", "max_load", "active"]
    list_filter = ["active"]
    search_fields = ["person__name_zh", "person__name_en"]
    raw_id_fields = ["person", "disciplines"]


@admin.register(MatchRun)
class MatchRunAdmin(admin.ModelAdmin):
    list_display = ["id", "call", "created_at", "released_at"]

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        """Runs are records."""
        return False

    has_add_permission = has_delete_permission = has_change_permission
