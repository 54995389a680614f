"""Directions for operators: to look at, never to change."""

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.directions.models import Question


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin[Question]):
    list_display = ("id", "title_zh", "state", "agency", "review_on")
    readonly_fields = [field.name for field in Question._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Questions are proposed in the application."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is deleted."""
        return False
