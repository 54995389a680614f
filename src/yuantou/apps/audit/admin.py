"""The ledger for operators: to read, never to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from yuantou.apps.audit.models import Entry, TreeHead


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or removed here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ["index", "at", "act", "kind", "key", "actor"]
    search_fields = ["key", "actor", "act"]
    show_full_result_count = False


@admin.register(TreeHead)
class TreeHeadAdmin(ReadOnly):
    list_display = ["size", "at", "root"]
