"""Operators read; states change only through the workflow."""

from django.contrib import admin

from yuantou.apps.looking import ReadOnly
from yuantou.apps.review.models import Expert, MatchRun


@admin.register(Expert)
class ExpertAdmin(admin.ModelAdmin):
    list_display = ["person", "max_load", "active"]
    list_filter = ["active"]
    search_fields = ["person__name_zh", "person__name_en"]
    raw_id_fields = ["person", "disciplines"]


@admin.register(MatchRun)
class MatchRunAdmin(ReadOnly):
    list_display = ["id", "call", "created_at", "released_at"]
