"""Calls for operators: to look at, never to change their state."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.calls.models import Call, Notice


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or removed here: acts go through the pages and the ledger."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Call)
class CallAdmin(ReadOnly):
    list_display = ["title_zh", "title_en", "agency", "state", "opens_at", "closes_at"]
    list_filter = ["state"]
    search_fields = ["title_zh", "title_en"]


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ["call", "kind", "closed_before", "closes_now", "at"]
